"""What the include reads: everything in a whole file, and nothing from one that has a wrong line."""

from __future__ import annotations

from pathlib import Path

import pytest

import assistant
from assistant.core.advice import Advice
from assistant.outputs.panel_file import decimal, render
from tests.mql5.conftest import Start
from tests.mql5.terminal import Terminal
from tests.outputs.test_panel_file import ended, read

DOCUMENT = Path(assistant.__file__).parent / "docs" / "panel-file.md"
BODY = DOCUMENT.read_text(encoding="utf-8").split("```text\n")[1].split("END|")[0]


def showing(start: Start, body: str) -> Terminal:
    """A terminal of the example's account that has read a file with this body."""
    terminal = start()
    terminal.do("login 4001", "server Example-Live", "utc 1538751600")
    terminal.file.with_name("advice_4001.txt").write_bytes(ended(body.encode()))
    terminal.poll(0)
    return terminal


def test_everything_in_a_file_arrives_where_a_panel_finds_it(start: Start) -> None:
    floors = "FLOOR|daily loss|95000|1234.5|5000|1538773200|amber\nFLOOR|total|90000|6000|||told\n"
    news = "NEWS|1538755200|USD|high|ISM Services\n"
    terminal = showing(
        start, BODY + floors + news + "ALERT|stance|warning|RISK_OFF since today\nNOVELTY|1|2\n"
    )

    assert terminal.state() == "LIVE"
    shown = terminal.do("event 1000 0 0 all")

    flags = "fresh break below its 50-session low of 2018-10-03, ratio f…"
    assert shown[0] == (
        "HEADER|1812|1538751600|5|4001|Example-Live|live|off|open|1538769600|RISK_OFF|2018-09-24|9|"
        f"{flags}|0.563313000|0.576084000|0.700000000|regime"
    )
    assert shown[1] == "POINTS|0.567212|0.565401|0.563313"
    assert shown[2].startswith("VOTE|breadth|-1|-0.021400000|IWM against SPY: 10-session")
    assert shown[4] == "VOTE|economy|A|-|ICSA: last value is of 2018-09-08, 21 days allowed"
    costs = "93.000000000|1.500000000|0.000000000|12.400000000|margin"
    why = "0.70x RISK_OFF since 2018-09-24 (9 sessions)"
    told = "0.50 % of equity 99300.00 is 496.50; 396.75 a lot to the st…"
    assert shown[6:10] == [
        "SYM|IWM.US|risk_on|3|0.300000000|0.100000000|0.500000000|4.250000000|1250",
        f"SIDE|IWM.US|B|347.550000000|regime|{costs}|0.800000000|regime|{why}|-|",
        f"SIDE|IWM.US|S|496.500000000|normal|{costs}|1.200000000|normal|{told}|-|",
        "SYM|SPY.US|risk_on|3|0.300000000|0.100000000|-|-|-",
    ]
    assert shown[10].startswith(
        "SIDE|SPY.US|B|-||0.000000000|0.000000000|0.000000000|0.000000000|broker facts|0.0"
    )
    assert shown[12:] == [
        "POS|IWM.US|B|1.100000000|0.800000000",
        "FLOOR|daily loss|95000.000000000|1234.500000000|5000.000000000|1538773200|amber",
        "FLOOR|total|90000.000000000|6000.000000000|-|0|told",
        "NEWS|1538755200|USD|high|ISM Services",
        "ALERT|stance|warning|RISK_OFF since today",
    ]
    # by hand in panel-file.md: 0.876 -> 0.8, 0.311 -> 0.3, 0.287 -> below the smallest order
    assert [float(terminal.ask("lots IWM.US B", stop)) for stop in (4.25, 12.0, 13.0)] == [0.8, 0.3, 0.0]
    assert float(terminal.ask("lots SPY.US B", 4.25)) == 0.0
    assert terminal.ask("clamp IWM.US B 2.05", 4.25) == (f"0.80000000 0.8 lots of 2.0: regime: {why}")
    assert terminal.ask("clamp IWM.US B 0.55", 4.25) == "0.50000000 0.5 lots: within the advice"
    assert terminal.ask("clamp IWM.US B 0.2", 4.25).endswith("less than the broker's smallest order")
    assert terminal.ask("clamp IWM.US B 2", 13.0) == (
        "0.00000000 0.0 lots of 2.0: regime at this stop, which leaves 0.2871 lots, "
        "less than the broker's smallest order"
    )
    for none in (0.0, -4.25):
        assert "without a stop there are no lots" in terminal.ask("clamp IWM.US B 2", none)
    assert terminal.ask("clamp QQQ.US B 2", 4.25) == "0.00000000 there is no advice for QQQ.US"


def test_every_number_of_a_paper_file_arrives(start: Start, advice: Advice) -> None:
    content, terminal = render(advice, seq=7, ttl=5, funded_mode="off"), start()
    terminal.write(content)
    terminal.poll(0)
    panel, shown = read(content), terminal.do("event 1000 0 0 all")
    sides = {tuple(line.split("|")[1:3]): line.split("|") for line in shown if line.startswith("SIDE|")}
    assert len(sides) == 2 * len(panel.symbols) > 12
    for name, symbol in panel.symbols.items():
        for letter, side in symbol.sides.items():
            found = sides[name, letter]
            assert float(found[10]) == pytest.approx(side.lots, abs=1e-9)
            assert (found[11], found[12]) == (side.binding, side.reason)
    points = next(line for line in shown if line.startswith("POINTS")).split("|")[1:]
    assert [decimal(float(point)) for point in points] == panel.one["RATIO"][2].split(",")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BREADTH-ADVICE|1", "BREADTH-ADVICE|2"),
        ("SEQ|1812", "SEQ|1812.5"),
        ("SEQ|1812", "SEQ|"),
        ("TTL|5\n", "TTL|0\n"),
        ("TTL|5\n", ""),
        ("UTC|1538751600\nTTL|5", "TTL|5\nUTC|1538751600"),
        ("LOGIN|4001", "LOGIN|4001|2"),
        ("LOGIN|4001", "LOGIN|99999999999999999999"),
        ("MODE|live|off", "MODE|alive|off"),
        ("0.567212,0.565401", "0.567212,,0.565401"),
        ("SHARE|0.7|", "SHARE|-0.7|"),
        ("SHARE|0.7|", "SHARE|7e-1|"),
        ("SHARE|0.7|", "SHARE|.7|"),
        ("VOTE|credit|1|", "VOTE|credit|2|"),
        ("|0.3|0.1|0.5|", "|0.3|0|0.5|"),
        ("|0.3|0.1|0.5|", "|-0.3|0.1|0.5|"),
        ("SIDE|IWM.US|B|347.55", "SIDE|IWM.US|S|347.55"),
        ("SIDE|IWM.US|B|347.55", "SIDE|SPY.US|B|347.55"),
        ("|347.55|regime|93|", "|347.55|regime||"),
        ("|12.4|margin|0.8|", "||margin|0.8|"),
        ("|12.4|margin|0.8|", "|12.4|margin|nan|"),
        ("POS|IWM.US|B|", "POS|SPY.US|B|"),
        ("SYM|SPY.US", "FLOOR|daily loss||1234.5|||green\nSYM|SPY.US"),
        ("SYM|SPY.US", "FLOOR|daily loss|95000|1234.5|||\nSYM|SPY.US"),
        ("SYM|SPY.US", "ALERT|stance|warning\nSYM|SPY.US"),
        ("SYM|SPY.US", "NEWS|1538755200|USD|high\nSYM|SPY.US"),
        ("SYM|SPY.US", "NEWS|soon|USD|high|ISM Services\nSYM|SPY.US"),
    ],
)
def test_a_whole_file_with_a_wrong_line_is_corrupt(start: Start, old: str, new: str) -> None:
    assert old in BODY
    assert showing(start, BODY.replace(old, new, 1)).state() == "CORRUPT"


@pytest.mark.parametrize("gone", [("SIDE|IWM.US|S", "POS"), ("SIDE|SPY.US|S",), ("SIDE",), ("SHARE",)])
def test_a_whole_file_that_lacks_a_line_is_corrupt(start: Start, gone: tuple[str, ...]) -> None:
    lines = BODY.splitlines(keepends=True)
    left = "".join(line for line in lines if not line.startswith(gone))
    assert showing(start, left).state() == "CORRUPT"


def test_a_side_whose_lots_lose_nothing_has_none(start: Start) -> None:
    terminal = showing(start, BODY.replace("|regime|93|1.5|0|", "|regime|0|0|0|", 1))
    assert float(terminal.ask("lots IWM.US B", 4.25)) == 0.0
    assert float(terminal.ask("lots IWM.US S", 4.25)) > 0.0

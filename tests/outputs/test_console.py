"""What the trader reads: the picture, the plain line, the verdict; PAPER first where it is paper."""

from __future__ import annotations

import copy
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from assistant.core.check import Intent, Verdict, check
from assistant.core.market import Side
from assistant.outputs.console import Document, Screen, plain, screen, verdict_lines
from assistant.outputs.state import standing_from, verdict_document
from tests.doubles import bridge
from tests.doubles.bridge import Broker
from tests.doubles.cycles import advice_of, broker_snapshot, document_of, paper_snapshot

OPEN = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
CHRISTMAS = datetime(2018, 12, 25, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    """Documents by name; a test that changes one takes a copy."""
    home = tmp_path_factory.mktemp("home")
    broker = Broker(home)
    broker.positions = (bridge.position(),)
    return {
        "open": document_of(advice_of(paper_snapshot(home, OPEN))),
        "closed": document_of(advice_of(paper_snapshot(home, CHRISTMAS))),
        "live": document_of(advice_of(broker_snapshot(broker))),
    }


def drawn(document: Document, width: int) -> list[str]:
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(screen(document))
    return console.export_text().splitlines()


def number(lots: float) -> str:
    return rf"(?<![\d.…]){re.escape(f'{lots:.12g}')}(?![\d.…])"


# The picture


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["open", "closed", "live"])
def test_the_lots_of_every_symbol_are_whole_at_usual_widths(
    shown: dict[str, Document], name: str, width: int
) -> None:
    lines = drawn(shown[name], width)
    assert max(map(len, lines)) <= width
    start = next(i for i, line in enumerate(lines) if line.startswith("Lots that may be ordered now"))
    rows = lines[start:]
    for one in shown[name]["symbols"]:
        row = next(i for i, line in enumerate(rows) if line.startswith(f"{one['symbol']} "))
        text = "".join(rows[row : row + 3])  # a row may take more lines than one
        for side in ("buy", "sell"):
            assert re.search(number(one[side]["lots"]), text), text
            assert re.search(number(one[side]["plan_lots"]), text), text


def test_lots_of_seven_digits_are_not_rounded(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["live"])
    document["symbols"][0]["buy"]["lots"] = document["symbols"][0]["buy"]["plan_lots"] = 12345.67
    assert any("12345.67" in line for line in drawn(document, 120))  # six digits would be 12345.7: too many
    assert "IWM 12345.67/" in plain(document)


def test_a_rung_never_shows_more_lots_than_it_lets_through(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["live"])
    side = document["symbols"][0]["buy"]
    values = {6.96: "6.9", 0.0456: "0.0456", 0.04569: "0.0456", 2.9999999999: "3.0", 70512.39: "70512.3"}
    side["ladder"] = [
        {"name": f"cap{i}", "lots": lots, "reason": "", "advisory": False} for i, lots in enumerate(values)
    ]
    text = "\n".join(drawn(document, 120))
    for i, (lots, expected) in enumerate(values.items()):
        assert re.search(rf"^cap{i} +{re.escape(expected)} *$", text, re.MULTILINE), lots


def test_the_picture_says_what_binds_and_why(shown: dict[str, Document]) -> None:
    text = "\n".join(drawn(shown["open"], 120))
    assert "RISK_OFF since 2018-09-26 (62 sessions)" in text
    assert "open, closes 21:00" in text
    assert "307.20 of 350.00 at risk already in 60 lots buy" in text
    assert "5,000" not in text  # lots have no thousands separator: it could be taken for a decimal comma


def test_what_is_unknown_is_said_and_not_zero(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.positions = (bridge.position(sl=0.0),)
    broker.ticks["SPY.US"] = None
    document = document_of(advice_of(broker_snapshot(broker)))
    lines = drawn(document, 120)
    text = "\n".join(lines)
    assert "open risk not known" in text
    assert "1.1 lots buy open or pending without a stop-loss" in text
    spy = next(line for line in lines if line.startswith("SPY "))
    assert re.split(r" {2,}", spy)[1:3] == ["-", "-"]
    assert "stale SPY" in text


def test_problems_are_shown(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["live"]) | {"problems": ["KRE is not offered: [no] symbol KRE.US, KRE"]}
    assert "! KRE is not offered: [no] symbol KRE.US, KRE" in drawn(document, 120)


def test_a_picture_without_symbols_can_be_drawn(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.symbols.clear()
    document = document_of(advice_of(broker_snapshot(broker)))
    assert any("not offered by this broker: IWM, SPY, XLU" in line for line in drawn(document, 80))
    assert plain(document).partition(" | !")[0].endswith("lots buy/sell: ")
    assert " | ! not offered by this broker: IWM, SPY, XLU" in plain(document)


# The plain line


def test_the_plain_line_is_one_line_with_the_lots_of_every_symbol(shown: dict[str, Document]) -> None:
    line = plain(shown["open"])
    assert line.startswith("PAPER 2018-12-26 15:30:00 UTC open, closes 21:00 | RISK_OFF 0.70x by regime | ")
    assert "\n" not in line
    for one in shown["open"]["symbols"]:
        assert f"{one['symbol']} {one['buy']['lots']:g}/{one['sell']['lots']:g}" in line
    assert plain(shown["live"]).startswith("2025-01-15 17:00:00 UTC open")


# PAPER


def test_paper_stands_in_the_first_line_of_everything(shown: dict[str, Document]) -> None:
    verdict = check(Intent(Side.BUY, "IWM", 10.0, 120.0), standing_from(shown["open"]))
    assert isinstance(verdict, Verdict)
    first = [drawn(shown["open"], 80)[0], plain(shown["open"])]
    first += [verdict_lines(verdict_document(verdict))[0]]
    assert ["PAPER" in line for line in first] == [True, True, True]
    assert "PAPER" not in "".join(drawn(shown["live"], 80))


# Where there is no terminal to draw on


def session(document: Document, steps: list[tuple[timedelta, Document | str]]) -> list[str]:
    """What a pipe gets of advice at several instants, each with changes; a text stands for a failure."""
    out = io.StringIO()
    with Screen(Console(file=out, width=80), every=timedelta(minutes=1), notes=("a note",)) as view:
        for after, what in steps:
            if isinstance(what, str):
                view.trouble(what)
            else:
                at = datetime.fromisoformat(document["as_of"]) + after
                view.show(copy.deepcopy(document) | {"as_of": at.isoformat()} | what)
    assert "\x1b" not in out.getvalue()
    assert "\r" not in out.getvalue()
    return out.getvalue().splitlines()


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_a_pipe_gets_plain_lines_without_control_codes(shown: dict[str, Document]) -> None:
    note, line = session(shown["open"], [(seconds(0), {})])
    assert note == "a note"
    assert line == plain(shown["open"])
    assert len(line) > 80  # one line however narrow


def test_a_pipe_gets_a_line_when_something_changes_and_once_a_minute(shown: dict[str, Document]) -> None:
    share = {"share": {"value": 0.5, "binding": "unknown"}}
    steps: list[tuple[timedelta, Document | str]] = [(seconds(at), {}) for at in (0, 1, 59.9, 60, 61)]
    lines = session(shown["open"], [*steps, (seconds(62), share), (seconds(63), share)])
    assert [line[17:25] for line in lines[1:]] == ["15:30:00", "15:31:00", "15:31:02"]


def test_a_failure_is_told_once_and_the_advice_after_it_has_a_line(shown: dict[str, Document]) -> None:
    failed = "account_info failed: -10004 No IPC connection"
    steps: list[tuple[timedelta, Document | str]] = [
        (seconds(0), {}),
        *((seconds(at), failed) for at in (1, 6, 11)),
        (seconds(16), {}),
        (seconds(17), {}),
    ]
    lines = session(shown["open"], steps)
    assert lines[2] == f"no advice: {failed}; trying again"
    assert [line[17:25] for line in lines[3:]] == ["15:30:16"]


def test_a_screen_on_a_terminal_shows_no_old_lots_while_the_terminal_is_lost(
    shown: dict[str, Document],
) -> None:
    out = io.StringIO()
    with Screen(Console(file=out, force_terminal=True, width=120), every=timedelta(minutes=1)) as view:
        view.show(shown["open"])
        view.trouble("terminal_info failed: -10004 No IPC connection")
    last = out.getvalue().rsplit("no advice: terminal_info failed", 1)
    assert len(last) == 2
    assert "Lots that may be ordered" not in last[1]


# A verdict


def verdict_of(document: Document, intent: Intent) -> Document:
    verdict = check(intent, standing_from(document))
    assert isinstance(verdict, Verdict)
    return verdict_document(verdict)


def test_a_verdict_says_answer_lots_and_reason_in_its_first_line(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["open"], Intent(Side.BUY, "IWM", 10.0, 120.0)))
    # 350.00 - 307.20 = 42.80 left; 125.95 - 120.00 = 5.95 a lot: 7.193
    reason = "307.20 of 350.00 at risk already in 60 lots buy"
    assert lines[0] == f"PAPER RESIZE: buy IWM 7 lots of 10; at most 7.1 by idea: {reason}"
    starred = [line for line in lines if line.startswith("*")]
    assert starred == [f"* idea                 7.1 lots  {reason}"]
    assert "loss at the stop 41.65 USD" in lines[-2]  # 7 x 5.95
    assert lines[-1] == "facts as of 2018-12-26 15:30:00 UTC from Paper-Demo, login 9000001"


def test_a_verdict_allows_what_was_asked(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["open"], Intent(Side.BUY, "IWM", 7.0, 120.0)))
    assert lines[0].startswith("PAPER ALLOW: buy IWM 7 lots; ")


def test_a_verdict_on_a_closed_market_denies(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["closed"], Intent(Side.BUY, "IWM", 7.0, 120.0)))
    assert lines[0] == (
        "PAPER DENY: buy IWM 0 lots of 7; at most 0.0 by market closed: opens 2018-12-26 14:30 UTC"
    )


def test_a_verdict_that_only_reduces_names_no_loss(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["live"], Intent(Side.SELL, "IWM", 1.1, close=81)))
    assert lines[0].startswith(
        "ALLOW: sell IWM 1.1 lots; at most 1.1 by open position: 1.1 lots in ticket 81"
    )
    assert not any("loss at the stop" in line for line in lines)


def test_a_verdict_beside_an_open_end_says_so(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.positions = (bridge.position(sl=0.0),)
    document = document_of(advice_of(broker_snapshot(broker)))
    lines = verdict_lines(verdict_of(document, Intent(Side.SELL, "SPY", 0.5, 595.0)))
    assert any("not known: something open has no stop-loss" in line for line in lines)

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
from assistant.outputs.console import Fitted, Screen, plain, plain_console, screen
from assistant.outputs.fields import Document
from assistant.outputs.state import standing_from
from assistant.outputs.verdict import verdict_document, verdict_lines
from tests.doubles import bridge
from tests.doubles.bridge import Broker
from tests.doubles.cycles import advice_of, broker_snapshot, document_of, paper_snapshot
from tests.outputs.voting import voted

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
        "voted": document_of(voted()[0]),
    }


def context(document: Document) -> Document:
    """The cap of the votes: what it is worth is asserted in tests/core."""
    found: Document = next(cap for cap in document["caps"] if cap["name"] == "context")
    return found


def share(document: Document) -> str:
    return f"{context(document)['value']:.2f}x"


def drawn(document: Document, width: int) -> list[str]:
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(screen(document))
    return console.export_text().splitlines()


def number(lots: float) -> str:
    return rf"(?<![\d.…]){re.escape(f'{lots:.12g}')}(?![\d.…])"


# The picture


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["open", "closed", "live", "voted"])
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
    assert "RISK_OFF since 2018-09-24 (64 sessions)" in text
    assert "open, closes 21:00" in text
    told = " ".join(text.split())
    assert context(shown["open"])["reason"].removeprefix(f"{share(shown['open'])} ") in told
    assert f"share {share(shown['open'])} by context" in told
    ladder = shown["open"]["symbols"][0]["buy"]["ladder"]
    assert next(rung["reason"] for rung in ladder if rung["name"] == "idea") in text
    assert "5,000" not in text  # lots have no thousands separator: it could be taken for a decimal comma


def test_what_is_unknown_is_said_and_not_zero(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.positions = (bridge.position(sl=0.0),)
    broker.ticks["IWM.US"] = None
    document = document_of(advice_of(broker_snapshot(broker)))
    lines = drawn(document, 120)
    text = "\n".join(lines)
    assert "open risk not known" in text
    assert "! open without a stop-loss, counted with their gap: 1.1 IWM.US" in text
    iwm = next(line for line in lines if line.startswith("IWM "))
    assert re.split(r" {2,}", iwm)[1:3] == ["-", "-"]
    assert "stale IWM" in text


def test_problems_are_shown(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["live"]) | {"problems": ["KRE is not offered: [no] symbol KRE.US, KRE"]}
    assert "! KRE is not offered: [no] symbol KRE.US, KRE" in drawn(document, 120)


def test_what_the_rules_of_a_funded_account_do_stands_in_the_first_line(shown: dict[str, Document]) -> None:
    assert "dry run" not in drawn(shown["live"], 120)[0]
    document = copy.deepcopy(shown["live"]) | {"funded_mode": "dry_run"}
    assert "dry run" in drawn(document, 120)[0]


def test_a_console_takes_brackets_and_colons_for_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    plain_console().print("[bold]C:/home[/bold] :smile: 7")
    assert capsys.readouterr().out == "[bold]C:/home[/bold] :smile: 7\n"


def test_a_picture_without_symbols_can_be_drawn(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.symbols.clear()
    document = document_of(advice_of(broker_snapshot(broker)))
    assert any("not offered by this broker: IWM, SPY, XLU" in line for line in drawn(document, 80))
    assert plain(document).partition(" | !")[0].endswith("lots buy/sell: ")
    assert " | ! not offered by this broker: IWM, SPY, XLU" in plain(document)


# Votes


def votes_shown(lines: list[str]) -> list[list[str]]:
    """The rows below the heading of the votes, cell by cell."""
    start, end = (
        next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("Votes ", "Ladder")
    )
    rows = lines[start:end]
    return [re.split(r" {2,}", row.rstrip()) for row in rows]


def test_each_vote_is_one_line_in_words_with_number_date_and_reason(shown: dict[str, Document]) -> None:
    assert votes_shown(drawn(shown["voted"], 100)) == [
        ["Votes", "says", "number", "as of", "reason"],
        [
            *("small", "against", "-0.0380", "2018-12-08"),
            "IWM against SPY: 2-session mean 3.8 % below its 3-session mean",
        ],
        ["fear", "for", "15.25", "2018-12-07", "VIX 15.25 of 2018-12-07 is under 20"],
        ["calm", "neither", "40.00", "2018-12-08", "IWM 40 is from 35 to 45"],
        ["silent: credit (BAA: is not read; name it in macro.series)"],
    ]


def test_a_reason_too_long_for_the_width_is_cut_and_the_vote_stays_one_line(
    shown: dict[str, Document],
) -> None:
    document = copy.deepcopy(shown["voted"])
    document["regime"]["votes"][3]["reason"] = "BAA: https://fred.example.org/ did not answer: " + "x" * 300
    rows = votes_shown(drawn(document, 80))
    assert [row[:2] for row in rows[1:4]] == [["small", "against"], ["fear", "for"], ["calm", "neither"]]
    assert rows[4][0].startswith("silent: credit (BAA: https://fred.example.org/ did not answer: xx")
    assert rows[1][4].startswith("IWM against SPY: 2-session mean 3.8 %")
    assert [row[-1][-1] for row in rows[1:]] == ["…", "0", "5", "…"]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (-0.0380431, "-0.0380"),
        (9.99, "9.9900"),
        (-9.99, "-9.9900"),
        (10.0, "10.00"),
        (-12_500.0, "-12500.00"),
    ],
)
def test_the_number_of_a_vote_has_no_exponent(
    shown: dict[str, Document], number: float, written: str
) -> None:
    document = copy.deepcopy(shown["voted"])
    document["regime"]["votes"][0]["number"] = number
    assert votes_shown(drawn(document, 100))[1][2] == written


def coloured(document: Document) -> str:
    console = Console(
        record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(screen(document))
    return console.export_text(styles=True)


def test_votes_are_green_for_risk_red_against_yellow_for_neither_and_dim_where_silent(
    shown: dict[str, Document],
) -> None:
    text = coloured(shown["voted"])
    assert "\x1b[32mfor" in text
    assert "\x1b[31magainst" in text
    assert "\x1b[33mneither" in text
    row = next(line for line in text.splitlines() if "silent: credit" in line)
    assert row.startswith("\x1b[2msilent: credit (BAA: is not read")


def test_the_first_lines_say_stance_share_what_binds_it_and_the_votes(shown: dict[str, Document]) -> None:
    lines = drawn(shown["voted"], 80)
    stance = next(i for i, line in enumerate(lines) if line.startswith("IWM/SPY"))
    assert stance <= 4
    assert lines[stance].rstrip() == "IWM/SPY RISK_OFF since 2018-12-08 (1 sessions)  share 0.30x by regime"
    assert lines[stance + 1].rstrip() == "votes: 1 for, 1 against, 1 neither, 1 silent"
    assert "\x1b[1;32m1 for" in coloured(shown["voted"])


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, 1, 1, 1], "votes: 4 for, 0 against"),
        ([-1, -1, 0, 0], "votes: 0 for, 2 against, 2 neither"),
        ([None] * 4, "votes: 0 for, 0 against, 4 silent"),
    ],
)
def test_for_and_against_are_always_counted(
    shown: dict[str, Document], values: list[int | None], told: str
) -> None:
    document = copy.deepcopy(shown["voted"])
    for vote, value in zip(document["regime"]["votes"], values, strict=True):
        vote["value"] = value
    assert told in [line.rstrip() for line in drawn(document, 80)]


def test_where_no_votes_are_asked_none_are_shown(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["voted"])
    document["regime"]["votes"] = []
    assert not any("votes:" in line or line.startswith("Votes") for line in drawn(document, 80))
    assert "votes" not in plain(document)


def test_the_averages_of_the_ratio_are_set_against_each_other_and_flags_come_last(
    shown: dict[str, Document],
) -> None:
    document = copy.deepcopy(shown["voted"])
    document["regime"]["flags"] = ["one", "two"]
    # The ratio is 0.2; of its averages, 12.5/60 over 13/60 is 0.9615. 0.2 itself is 7.7 % below 13/60.
    ratio = "ratio 0.2000; its fast average is 3.8 % below its slow one, 0.2167"
    lines = [line.rstrip() for line in drawn(document, 80)]
    assert ratio in lines
    assert lines[-1] == "Ratio: one, two"
    document["regime"] |= {"flags": [], "distance": 0.0384}
    lines = [line.rstrip() for line in drawn(document, 80)]
    assert ratio.replace("below", "above") in lines
    assert not any(line.startswith("Ratio:") for line in lines)
    document["regime"] |= {"distance": None, "flags": ["3 of 4 sessions"]}
    lines = [line.rstrip() for line in drawn(document, 80)]
    assert lines[-1] == "Ratio: 3 of 4 sessions"
    assert lines[lines.index("votes: 1 for, 1 against, 1 neither, 1 silent") + 1].startswith("Lots ")


@pytest.mark.parametrize(("width", "most"), [(80, 58), (100, 53), (120, 53)])
def test_a_picture_of_twelve_symbols_and_seven_votes_fits_a_screen(
    shown: dict[str, Document], width: int, most: int
) -> None:
    document = shown["open"]
    assert (len(document["symbols"]), len(document["regime"]["votes"])) == (12, 7)
    lines = drawn(document, width)
    assert len(lines) <= most
    assert max(map(len, lines)) <= width


def test_the_volatility_of_a_symbol_stands_in_its_ladder_and_not_among_the_caps(
    shown: dict[str, Document],
) -> None:
    lines = drawn(shown["open"], 100)
    caps, votes, ladder = (
        next(i for i, line in enumerate(lines) if line.startswith(word)) for word in ("Caps", "Votes", "La")
    )
    names = [line[:10].rstrip() for line in lines[caps + 1 : votes] if line[:10].strip()]
    assert names == ["normal", "regime", "context", "daily loss", "heat"]
    lots = shown["open"]["symbols"][0]["buy"]["lots"]
    assert lines[ladder].rstrip() == f"Ladder: buy IWM (risk-on); binds: idea, {lots:g} lots"
    assert any(line.startswith("volatility ") for line in lines[ladder:])


def test_silent_votes_with_one_reason_are_one_line_and_the_others_say_their_own(
    shown: dict[str, Document],
) -> None:
    lines = [line.rstrip() for line in drawn(shown["open"], 80)]
    assert "silent: rates, economy, conditions, volatility (macro.source is off)" in lines
    document = copy.deepcopy(shown["open"])
    document["regime"]["votes"][3]["reason"] = "DGS10: too few values"
    lines = [line.rstrip() for line in drawn(document, 80)]
    assert "silent: rates (DGS10: too few values)" in lines
    assert "silent: economy, conditions, volatility (macro.source is off)" in lines
    for vote in document["regime"]["votes"]:
        vote["value"] = None
    assert not any(line.startswith("Votes") for line in drawn(document, 80))


def test_a_cap_does_not_say_its_value_twice(shown: dict[str, Document]) -> None:
    lines = [re.split(r" {2,}", line.rstrip()) for line in drawn(shown["open"], 120)]
    assert ["regime", "0.70x", "risk-on", "RISK_OFF since 2018-09-24 (64 sessions)"] in lines


def test_a_share_that_present_facts_decide_says_why_in_the_next_line(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["open"])
    why = {"name": "stale", "value": 0.0, "kind": "condition", "unit": "share"}
    late = document["caps"][0] | why | {"reason": "the server's clock is not measured yet: " + "x" * 80}
    document["caps"] += [late | {"scope": "IWM", "reason": "another"}, late, late | {"reason": "a third"}]
    document["share"] = {"value": 0.0, "binding": "stale"}
    lines = [line.rstrip() for line in drawn(document, 80)]
    place = next(i for i, line in enumerate(lines) if line.endswith("share 0.00x by stale"))
    assert re.fullmatch(r"  stale: the server's clock is not measured yet: x+…", lines[place + 1])
    assert lines[place + 2].startswith("votes: ")
    edge = late | {"name": "session edge", "value": 0.5, "reason": "0.50x in the first minutes"}
    document |= {"share": {"value": 0.5, "binding": "session edge"}, "caps": [edge]}
    assert "  session edge: in the first minutes" in [line.rstrip() for line in drawn(document, 80)]
    # A signal says why in its cap, and lasts.
    assert not any(line.startswith("  context:") for line in drawn(shown["open"], 80))


# A closed market


def test_after_the_close_a_symbol_is_one_line_and_says_what_binds_at_the_open(
    shown: dict[str, Document],
) -> None:
    lines = [line.rstrip() for line in drawn(shown["closed"], 80)]
    place = lines.index("Lots that may be ordered now: 0, the market is closed; (at the next open)")
    rows = [re.split(r" {2,}", line) for line in lines[place + 2 : place + 14]]
    assert [row[0] for row in rows] == [one["symbol"] for one in shown["closed"]["symbols"]]
    for row, one in zip(rows, shown["closed"]["symbols"], strict=True):
        for lots, binds, side in ((row[3], row[4], one["buy"]), (row[5], row[6], one["sell"])):
            rungs = {rung["name"]: rung["lots"] for rung in side["ladder"] if not rung["advisory"]}
            assert rungs.pop("market closed") == 0
            assert (lots, rungs[binds]) == (f"0 ({side['plan_lots']:g})", min(rungs.values()))
    assert {row[4] for row in rows} >= {"context", "volatility"}
    # Also a plan of 0 stands in brackets.
    document = copy.deepcopy(shown["closed"])
    document["symbols"][0]["buy"]["plan_lots"] = 0.0
    shown_only = {"name": "profit day", "lots": 0.0, "reason": "", "advisory": True}  # and never binding
    document["symbols"][0]["buy"]["ladder"].append(shown_only)
    assert not any("profit day" in line for line in drawn(document, 80)[place : place + 14])
    assert any(re.match(r"IWM .* 0 \(0\) ", line) for line in drawn(document, 80))


def test_a_shut_market_says_in_one_line_when_it_opens(shown: dict[str, Document]) -> None:
    lines = drawn(shown["closed"], 80)
    assert lines[0].rstrip().endswith("2018-12-25 15:30:00 UTC  holiday, opens Wed 14:30")
    assert lines[1].startswith("Paper-Demo 9000001")
    assert "holiday, opens 2018-12-26 14:30" in plain(shown["closed"])


# A window too small


def fitted(document: Document, width: int, height: int) -> list[str]:
    out = io.StringIO()
    console = Console(record=True, width=width, height=height, file=out, force_terminal=True)
    console.print(Fitted(screen(document, ("a note",)), "python run.py status"))
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize("name", ["open", "closed", "live"])
def test_the_lots_of_every_symbol_are_in_the_smallest_usual_window(
    shown: dict[str, Document], name: str
) -> None:
    lines = fitted(shown[name], 80, 24)
    assert len(lines) <= 24
    for one in shown[name]["symbols"]:
        assert any(line.startswith(f"{one['symbol']} ") for line in lines), one["symbol"]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 40), (120, 30)])
def test_what_does_not_fit_a_window_is_cut_at_the_end_and_counted(
    shown: dict[str, Document], width: int, height: int
) -> None:
    whole = [line.rstrip() for line in fitted(shown["open"], width, 200)]
    lines = fitted(shown["open"], width, height)
    assert whole[-1] == "a note"
    assert lines[:-1] == whole[: height - 1]
    more = len(whole) - (height - 1)
    assert (len(lines), lines[-1]) == (
        height,
        f"... {more} lines more: a larger window shows them, or python run.py status",
    )
    assert fitted(shown["open"], width, len(whole)) == whole  # what fits is not cut


def test_a_screen_in_a_small_window_leaves_the_whole_picture_when_it_ends(
    shown: dict[str, Document],
) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80, height=24)
    with Screen(console, every=timedelta(minutes=1), status="x status") as view:
        view.show(shown["open"])
    assert "Ladder: buy IWM" in out.getvalue()
    assert "or x status" not in out.getvalue().rpartition("Ladder: buy IWM")[2]


def test_a_cap_by_hand_on_one_symbol_stands_among_the_caps(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["open"])
    like = next(cap for cap in document["caps"] if cap["name"] == "volume_max")
    document["caps"].append(like | {"name": "manual", "value": 2.5, "scope": "SPY", "reason": "earnings"})
    (line,) = [line for line in drawn(document, 100) if line.startswith("manual")]
    assert re.fullmatch(r"manual SPY +2\.50 lots +all +earnings *", line)


# The plain line


def test_the_plain_line_is_one_line_with_the_lots_of_every_symbol(shown: dict[str, Document]) -> None:
    line = plain(shown["open"])
    assert line.startswith(
        "PAPER 2018-12-26 15:30:00 UTC open, closes 21:00 | RISK_OFF "
        f"{share(shown['open'])} by context | votes 0/7 | lots "
    )
    assert "0.30x by regime | votes 1/4 | lots buy/sell: " in plain(shown["voted"])
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


def test_a_vote_that_changes_is_worth_a_line(shown: dict[str, Document]) -> None:
    regime = copy.deepcopy(shown["open"]["regime"])
    regime["votes"][0]["value"] = 1
    reworded = copy.deepcopy(regime)
    reworded["votes"][0]["reason"] = "other words"
    lines = session(
        shown["open"],
        [
            (seconds(0), {}),
            (seconds(1), {"regime": regime}),
            (seconds(2), {"regime": regime}),
            (seconds(3), {"regime": reworded}),
        ],
    )
    assert [line[17:25] for line in lines[1:]] == ["15:30:00", "15:30:01"]
    assert "votes 1/7" in lines[2]


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


def test_a_line_of_its_own_stands_at_the_foot_of_the_picture_until_the_next_one(
    shown: dict[str, Document],
) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, height=100)
    with Screen(console, every=timedelta(minutes=1), notes=("a note",)) as view:
        for line in ("review of 2018-12-24: a.html", "no review of 2018-12-26: exit 1: full"):
            view.show(shown["open"])
            view.tell(line)
            out.truncate(0)
            view.show(shown["open"])  # of the same instant: it is drawn for the line alone
            assert line in out.getvalue()
    assert "a note" in out.getvalue()
    assert "2018-12-24: a.html" not in out.getvalue()


def test_a_pipe_gets_a_line_of_its_own_at_once(shown: dict[str, Document]) -> None:
    out = io.StringIO()
    with Screen(Console(file=out, width=20), every=timedelta(minutes=1)) as view:
        view.show(shown["open"])
        view.tell("review of 2018-12-24: [a].html")
    assert out.getvalue().splitlines()[1:] == ["review of 2018-12-24: [a].html"]


# A verdict


def verdict_of(document: Document, intent: Intent) -> Document:
    verdict = check(intent, standing_from(document))
    assert isinstance(verdict, Verdict)
    return verdict_document(verdict)


def test_a_verdict_says_answer_lots_and_reason_in_its_first_line(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["open"], Intent(Side.BUY, "XLI", 100.0, 57.0)))
    # A gap of 8 % of 60.07 and 2 x 0.02 % slippage: 4.8296 a lot of 500 x the share.
    most = 500 * context(shown["open"])["value"] / 4.829628
    lots, reason = int(most), context(shown["open"])["reason"]
    shows = f"{int(10 * most) / 10:.1f}"
    assert lines[0] == f"PAPER RESIZE: buy XLI {lots} lots of 100; at most {shows} by context: {reason}"
    starred = [line for line in lines if line.startswith("*")]
    assert starred == [f"* context             {shows} lots  {reason}"]
    assert f"loss at the stop {lots * 3.094028:.2f} USD" in lines[-2]  # 60.07 - 57.00 + 0.0004 x 60.07
    assert lines[-1] == "facts as of 2018-12-26 15:30:00 UTC from Paper-Demo, login 9000001"


def test_a_verdict_allows_what_was_asked(shown: dict[str, Document]) -> None:
    lines = verdict_lines(verdict_of(shown["open"], Intent(Side.BUY, "XLI", 55.0, 57.0)))
    assert lines[0].startswith("PAPER ALLOW: buy XLI 55 lots; ")


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
    broker.ticks["IWM.US"] = None
    document = document_of(advice_of(broker_snapshot(broker)))
    lines = verdict_lines(verdict_of(document, Intent(Side.SELL, "SPY", 0.5, 595.0)))
    assert any("worst case of the account not known: " in line for line in lines)


def test_a_verdict_names_what_is_only_shown_and_would_let_fewer_through(shown: dict[str, Document]) -> None:
    document = copy.deepcopy(shown["open"])
    cap = {"name": "max new trades", "unit": "lots", "value": 0.0, "advisory": True, "reason": "8 of 8"}
    document["caps"].append(document["caps"][0] | cap)
    lines = verdict_lines(verdict_of(document, Intent(Side.BUY, "XLI", 55.0, 57.0)))
    assert lines[0].startswith("PAPER ALLOW: buy XLI 55 lots; ")
    assert lines[1] == "would bind (dry run): max new trades"
    assert any(re.search(r"max new trades +0\.0 lots +\(dry run\) 8 of 8", line) for line in lines)

"""The panel in a simulated terminal, with files that the real writer made: what it says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from assistant.core.advice import Advice
from assistant.core.market import Side
from assistant.core.sizing import Sizing
from tests.mql5.conftest import EPOCH, StartPanel
from tests.mql5.drawn import drawn
from tests.mql5.panels import ASK, BID, CLICK, KEY, LINE, LINE_BUTTON, changed, colors, texts
from tests.outputs.test_panel_file import lots_at, read

# What it says


def test_a_live_advice_is_on_the_chart(panel: StartPanel, live_file: bytes, advice: Advice) -> None:
    said = texts(panel(live_file).dump())
    iwm = next(one for one in advice.symbols if one.instrument.broker_symbol == "IWM.US")
    buy, sell = iwm.sides[Side.BUY], iwm.sides[Side.SELL]

    assert (said["state"], said["age"], said["mode"], said["symbol"]) == ("LIVE", "0 s", "live", "IWM.US")
    assert said["buy.lots"] == f"{buy.lots:.0f}"  # the volume step is 1
    assert said["sell.lots"] == f"{sell.lots:.0f}"
    assert (said["buy.cap"], said["sell.cap"]) == (buy.binding.name, sell.binding.name)
    assert isinstance(buy.sizing, Sizing)
    loss = float(said["buy.loss"].rpartition(" ")[2])
    assert loss == pytest.approx(buy.lots * buy.sizing.floor_loss_per_lot, abs=0.005)
    assert said["stance"] == "RISK OFF"
    assert said["since"] == f"since {advice.regime.since}, {advice.regime.sessions} sessions"
    assert said["ratio"] == f"{advice.regime.ratio:.4f}, average {advice.regime.average:.4f}"
    assert said["share.label"] == "risk multiplier"
    assert said["share"] == f"{advice.share.value:.2f} by {advice.share.name}"
    assert said["session"] == "open, closes in 5:30:00"  # 15:30 to 21:00
    assert said["session.label"] == "15:30:00 UTC"
    assert said["flags"] in ", ".join(advice.regime.flags)
    silent = [vote.name for vote in advice.regime.votes if vote.value is None]
    assert said["votes.silent"] == ", ".join(silent)
    assert len([name for name in said if re.fullmatch(r"other\.\d+", name)]) == 8


@pytest.mark.parametrize(
    ("make", "state", "words"),
    [
        (lambda _: None, "MISSING", "no file for account 9000001"),
        (lambda live_file: live_file[:-9], "CORRUPT", "the file is torn or was changed"),
        (lambda live_file: changed(live_file, "LOGIN|9000001", "LOGIN|4"), "FOREIGN ACCOUNT", "account 4"),
        (
            lambda live_file: changed(live_file, f"UTC|{EPOCH}", f"UTC|{EPOCH + 60}"),
            "STALE",
            "60 s in the future",
        ),
    ],
)
def test_what_is_not_to_be_followed_is_said_in_red_with_lots_of_none(
    panel: StartPanel, live_file: bytes, make: Callable[[bytes], bytes | None], state: str, words: str
) -> None:
    shown = panel(make(live_file)).dump()
    said = texts(shown)
    assert said["state"] == state
    assert words in " ".join(said.get(name, "") for name in ("why.1", "why.2"))
    assert (said["buy.lots"], said["sell.lots"]) == ("0", "0")
    assert colors(shown)["state"] == colors(shown)["why.1"] == "#FF625A"
    assert "share" not in said
    assert "other.0" not in said


def test_a_stale_advice_tells_its_age_and_only_what_the_stance_was(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file)
    terminal.poll(5000)
    assert texts(terminal.dump())["state"] == "LIVE"  # the time to live is 5 seconds
    terminal.poll(7000)
    said = texts(terminal.dump())

    assert (said["state"], said["age"]) == ("STALE", "12 s")
    assert said["why.1"] == "the assistant has written nothing new for 12 s"
    assert (said["buy.lots"], said["buy.cap"], said["stance"]) == ("0", "fail-safe", "was RISK OFF")
    assert "buy.loss" not in {name for name, text in said.items() if text.strip()}
    assert {"share", "ratio", "session", "other.0", "floor.0", "over.0"}.isdisjoint(said)


def test_paper_and_a_dry_run_stand_behind_the_state(panel: StartPanel, rehearsed: bytes) -> None:
    shown = panel(rehearsed).dump()
    assert texts(shown)["mode"] == "paper, dry run"
    assert colors(shown)["mode"] == "#F0B250"


def test_a_dry_run_says_what_its_rule_would_leave_rounded_down(panel: StartPanel, rehearsed: bytes) -> None:
    said = texts(panel(rehearsed).dump())
    assert said["buy.would"] == "dry run: funded daily leaves buy 2"  # 2.5 at a volume step of 1
    assert "sell.would" not in said


def test_with_a_stop_line_a_dry_run_says_for_which_stop_it_holds(panel: StartPanel, rehearsed: bytes) -> None:
    terminal = panel(rehearsed)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}", f"drag {LINE} 120", f"event 2 0 0 {LINE}")
    said = texts(terminal.dump())
    assert said["buy.would"] == "dry run: funded daily leaves buy 2 at stop 8.22"
    assert said["buy.stop"] == "your stop 11.55"  # 131.55 less 120


def test_floors_show_their_headroom_now_and_after_the_reset(panel: StartPanel, rehearsed: bytes) -> None:
    shown = panel(rehearsed).dump()
    said, boxes = texts(shown), {one.name: one for one in drawn(shown)}
    assert (said["floor.0"], said["floor.0.now"], said["floor.0.after"]) == (
        "daily",
        "1200",
        "4000",
    )  # cut down
    assert (said["floor.1"], said["floor.1.now"], said["floor.1.after"]) == ("max", "9800", "9800")
    # the largest headroom, 9800, is 64 pixels wide: 1200.5 is 7.84 and 4000 is 26.12 of them
    widths = [
        boxes[name].right - boxes[name].left for name in ("floor.0.bar", "floor.0.later", "floor.1.bar")
    ]
    assert widths == [8, 26, 64]
    assert colors(shown)["floor.0.now"] == "#F0B250"


def test_a_position_over_its_cap_is_red(panel: StartPanel, live_file: bytes, advice: Advice) -> None:
    shown = panel(live_file).dump()
    over = [
        (f"short {one.instrument.broker_symbol} over its cap", f"{held.lots:.0f} of {held.position_cap:.0f}")
        for one in advice.symbols
        for held in one.held
        if held.position_cap is not None and held.lots > held.position_cap
    ]
    said = texts(shown)
    assert [(said["over.0"], said["over.0.lots"])] == over
    assert colors(shown)["over.0"] == "#FF625A"


@pytest.mark.parametrize(("cap", "over"), [("24", False), ("23.99", True), ("", False)])
def test_a_position_is_over_its_cap_from_the_first_lot_beyond_it(
    panel: StartPanel, live_file: bytes, cap: str, *, over: bool
) -> None:
    line = next(one for one in live_file.decode().splitlines() if one.startswith("POS|IWM.US|B|24|"))
    said = texts(panel(changed(live_file, line, f"POS|IWM.US|B|24|{cap}")).dump())
    assert ("long IWM.US over its cap" in said.values()) is over


def test_wanted_lots_are_said_to_be_capped(panel: StartPanel, live_file: bytes, advice: Advice) -> None:
    iwm = next(one for one in advice.symbols if one.instrument.broker_symbol == "IWM.US")
    lots = iwm.sides[Side.BUY].lots
    said = texts(panel(live_file, InpWantedLots=lots + 3).dump())
    assert said["buy.from"] == f"capped from {lots + 3:.0f} to {lots:.0f}"
    said = texts(panel(live_file, InpWantedLots=lots).dump())
    assert said["buy.from"] == " "


def test_a_cap_in_lots_says_what_the_money_would_have_let_through(
    panel: StartPanel, live_file: bytes
) -> None:
    symbol = read(live_file).symbols["IWM.US"]
    side = symbol.sides["B"]
    assert side.money is not None
    assert side.floor_loss_per_lot is not None
    line = next(one for one in live_file.decode().splitlines() if one.startswith("SIDE|IWM.US|B|"))
    fields = line.split("|")
    fields[8:13] = ["3.5", "margin", "3", "margin", "300.00 free"]
    said = texts(panel(changed(live_file, line, "|".join(fields))).dump())
    by_money = int(side.money / side.floor_loss_per_lot)
    assert by_money > 3
    assert (said["buy.lots"], said["buy.from"]) == ("3", f"capped from {by_money} to 3")


def test_a_symbol_without_advice_has_no_lots(panel: StartPanel, live_file: bytes) -> None:
    said = texts(panel(live_file, "symbol XAUUSD", "quote 2000 2001").dump())
    assert (said["symbol"], said["buy.lots"], said["buy.cap"]) == ("XAUUSD", "0", "no advice")


def test_the_fail_safe_of_the_user_is_shown_while_the_advice_is_stale(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file, InpFailSafeLots=2)
    terminal.poll(6000)
    assert texts(terminal.dump())["buy.lots"] == "2"


# The stop line


@pytest.mark.parametrize("distance", [0.4, 2.5, 8.22, 9.7, 12.5, 20.0, 130.0])
def test_the_lots_of_the_stop_line_are_those_of_the_formula(
    panel: StartPanel, live_file: bytes, distance: float
) -> None:
    terminal = panel(live_file)
    symbol = read(live_file).symbols["IWM.US"]
    for side, price in (("buy", ASK - distance), ("sell", BID + distance)):
        terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}") if side == "buy" else None
        terminal.do(f"drag {LINE} {price!r}", f"event 2 0 0 {LINE}")
        said = texts(terminal.dump())
        lots = lots_at(symbol, symbol.sides["B" if side == "buy" else "S"], distance)
        assert float(said[f"{side}.lots"]) == pytest.approx(lots)
        assert said[f"{side}.stop"] == f"your stop {distance:.2f}"


def test_the_stop_line_begins_at_the_stop_of_the_advice_and_a_key_brings_it_back(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file)
    stop = read(live_file).symbols["IWM.US"].default_stop
    assert stop is not None

    terminal.do(f"event {KEY} {ord('S')} 0 ")
    (line,) = [one for one in terminal.dump()["objects"] if one["name"] == LINE]
    assert line["price"] == pytest.approx(ASK - stop, abs=0.005)
    terminal.do(f"drag {LINE} 140", f"event 2 0 0 {LINE}", f"event {KEY} {ord('S')} 0 ")
    (line,) = [one for one in terminal.dump()["objects"] if one["name"] == LINE]
    assert line["price"] == pytest.approx(BID + stop, abs=0.005)  # it was above the price, and stays there


def test_a_line_that_the_user_deletes_is_gone(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}", f"delete {LINE}")
    terminal.poll()
    said = texts(terminal.dump())
    assert (said["stop"], said["buy.stop"]) == ("stop line", "stop 8.22")


def test_a_line_within_the_spread_is_no_stop(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}", f"drag {LINE} 131.53")
    terminal.poll()
    said = texts(terminal.dump())
    assert (said["buy.stop"], said["sell.stop"]) == ("stop 8.22", "stop 8.22")


def test_without_a_quote_there_is_no_line(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, "quote 0 0")
    assert terminal.do(f"event {KEY} {ord('S')} 0 ") == [
        "Panel: there is no stop line without a quote and an advice for IWM.US"
    ]
    assert LINE not in {one["name"] for one in terminal.dump()["objects"]}

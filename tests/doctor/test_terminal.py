"""What doctor says of the terminal, over the paper terminal and its faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.core.market import Quote, SessionState, Unknown
from assistant.doctor import terminal
from assistant.doctor.look import Look
from assistant.terminal import constants
from assistant.terminal.process import Process
from assistant.terminal.symbols import Ambiguous, Found, NotOffered
from tests.doctor.looks import bad, good, looked, said

LEGS = (("IWM", "SPY"), ("US2000", "US500"))
SATURDAY = datetime(2018, 12, 29, 12, 0, tzinfo=UTC)
MT5 = r"C:\Program Files\Example MT5"
RUNS = Process("terminal64.exe", rf"{MT5}\terminal64.exe")


def of_windows(look: Look) -> Look:
    """The same look, as a terminal on Windows would answer it."""
    return replace(look, facts=replace(look.facts, path=MT5))


# Found, running, 64 bits


def test_paper_says_that_it_is_paper() -> None:
    found = terminal.terminal_check(good(), (), paper=True, bridge=None)
    assert said(found) == ("ok", "PAPER: the stand-in terminal, which plays recorded prices")


def test_a_bridge_is_named() -> None:
    found = terminal.terminal_check(good(), (), paper=False, bridge="my_bridge")
    assert (found.status, "module my_bridge" in found.text) == ("ok", True)


def test_a_terminal_of_64_bits_that_runs_is_told_with_its_folder() -> None:
    found = terminal.terminal_check(of_windows(good()), [RUNS], paper=False, bridge=None)
    assert said(found) == ("ok", f"runs, 64 bits, in {MT5}")
    hidden = terminal.terminal_check(
        of_windows(good()), [Process("terminal64.exe", None)], paper=False, bridge=None
    )
    assert hidden.status == "ok"


def test_a_terminal_of_32_bits_is_to_mend() -> None:
    narrow = Process("terminal.exe", rf"{MT5}\terminal.exe")
    found = terminal.terminal_check(of_windows(good()), [narrow], paper=False, bridge=None)
    assert said(found) == ("fail", rf"{MT5}\terminal.exe is no 64-bit terminal")


@pytest.mark.parametrize(
    ("answer", "running", "mend"),
    [
        ("no MetaTrader 5 terminal is running", (), "start MetaTrader 5"),
        ("2 terminals are running: name one as terminal.path", (RUNS, RUNS), "terminal: {path:"),
        ("terminal.path was x; that terminal is not running", (RUNS,), "mend terminal.path"),
        ("terminal.module was 'x'; it cannot be imported", (RUNS,), "mend that word"),
    ],
)
def test_where_none_can_be_asked_it_is_said_how_to_come_to_one(
    answer: str, running: tuple[Process, ...], mend: str
) -> None:
    found = terminal.terminal_check(answer, running, paper=False, bridge=None)
    assert said(found) == ("fail", answer)
    assert mend in found.mend


def test_a_terminal_that_has_gone_does_not_answer() -> None:
    answer = looked(lambda faults: faults.lose_terminal())
    assert isinstance(answer, Unknown)
    found = terminal.terminal_check(answer, (), paper=True, bridge=None)
    assert found.status == "fail"
    assert found.text.startswith("it does not answer: initialize failed")


def test_a_terminal_that_times_out_was_started_with_other_rights() -> None:
    answer = looked(lambda faults: faults.fail("initialize", constants.RES_E_INTERNAL_FAIL_TIMEOUT))
    assert isinstance(answer, Unknown)
    found = terminal.terminal_check(answer, (), paper=True, bridge=None)
    assert "both as administrator, or neither" in found.mend


def test_what_needs_a_terminal_is_to_know_and_only_the_terminal_to_mend() -> None:
    found = terminal.not_asked(("login", "quotes"))
    assert [(one.name, *said(one)) for one in found] == [
        ("login", "warn", "not asked: no terminal"),
        ("quotes", "warn", "not asked: no terminal"),
    ]


# Link and login


def test_the_link_to_the_broker_is_well_or_lost() -> None:
    assert terminal.link_check(good().facts).status == "ok"
    lost = bad(lambda faults: faults.lose_broker())
    assert said(terminal.link_check(lost.facts)) == (
        "fail",
        "the terminal is not connected to its broker",
    )


def test_the_account_is_told_and_another_login_than_was_asked_for_is_to_mend() -> None:
    found = terminal.login_check(good(), 9000001)
    assert said(found) == ("ok", "9000001 on Paper-Demo: 100,000.00 USD, hedging")
    assert terminal.login_check(good(), None).status == "ok"
    other = terminal.login_check(good(), 7)
    assert said(other) == ("fail", "login 9000001 on Paper-Demo is logged in, --login was 7")


def test_an_account_that_cannot_be_read_or_has_nothing_is_to_mend() -> None:
    lost = bad(lambda faults: faults.fail("account_info", constants.RES_E_AUTH_FAILED))
    assert terminal.login_check(lost, None).status == "fail"
    assert "Authorization failed" in terminal.login_check(lost, None).text
    account = good().account
    assert not isinstance(account, Unknown)
    empty = replace(good(), account=replace(account, balance=0.0))
    assert "nothing that could be risked" in terminal.login_check(empty, None).text


# Symbols


def test_symbols_are_told_by_both_names_and_a_stand_in_is_not_missed() -> None:
    (found,) = terminal.symbols_check(good().found, LEGS, None)
    assert said(found) == (
        "ok",
        (
            "12 of 14 found and selected: IWM is IWM.US, SPY is SPY.US, QQQ is QQQ.US, "
            "XLF is XLF.US, and 8 more; "
            "US2000, US500 would stand in for IWM/SPY: not offered, not needed"
        ),
    )


def test_a_symbol_that_is_not_offered_is_to_know() -> None:
    (found,) = terminal.symbols_check(bad(lambda faults: faults.vanish("XLU.US")).found, LEGS, None)
    assert found.status == "warn"
    assert found.text.endswith("; not offered: XLU, US2000, US500")


def test_without_a_whole_pair_there_is_no_ratio_unless_it_is_lent() -> None:
    gone = bad(lambda faults: faults.vanish("IWM.US")).found
    (found,) = terminal.symbols_check(gone, LEGS, None)
    assert found.status == "fail"
    assert found.text.endswith("; no pair for the ratio is whole: IWM/SPY, US2000/US500")
    assert terminal.symbols_check(gone, LEGS, 4001)[0].status == "warn"
    (nothing,) = terminal.symbols_check({"IWM": NotOffered("x")}, LEGS, None)
    assert nothing.text.startswith("none was found")


def test_a_pair_that_stands_in_is_said_to() -> None:
    gone: Found = {"IWM": NotOffered("x"), "SPY": NotOffered("x"), "US2000": "US2000", "US500": "US500.cash"}
    (found,) = terminal.symbols_check(gone, LEGS, None)
    assert found.status == "warn"
    assert "the ratio is that of US2000/US500, a stand-in for IWM/SPY" in found.text


def test_nothing_stands_in_where_no_pair_is_whole() -> None:
    doubt = Ambiguous("x", ("a", "b"))
    gone = NotOffered("x")
    found: Found = {"IWM": doubt, "SPY": "SPY", "US2000": gone, "US500": gone}
    assert terminal.stand_ins(found, LEGS) == set()
    assert terminal.stand_ins({**found, "IWM": "IWM"}, LEGS) == {"US2000", "US500"}
    assert terminal.stand_ins({**found, "US2000": "a", "US500": "b"}, LEGS) == set()


def test_a_doubt_names_the_candidates_and_what_to_write() -> None:
    found: Found = {
        "IWM": "IWM.US",
        "SPY": "SPY.US",
        "QQQ": Ambiguous("told", ("QQQ.x", "QQQ_y")),
        "XLF": Unknown("why"),
    }
    whole, qqq, xlf = terminal.symbols_check(found, LEGS, None)
    assert whole.status == "ok"
    assert said(qqq) == ("fail", "QQQ could be QQQ.x, QQQ_y: it is left out")
    assert "symbols: {QQQ: {names: [QQQ.x]}}" in qqq.mend
    assert said(xlf) == ("fail", "why")


def test_symbols_that_take_no_order_and_facts_that_fail_are_told() -> None:
    assert said(terminal.trading_check(good())[0]) == (
        "ok",
        "the broker takes orders on both sides in all 12",
    )
    (closing,) = terminal.trading_check(
        bad(lambda faults: faults.set_trade_mode("XLF.US", constants.SYMBOL_TRADE_MODE_CLOSEONLY))
    )
    assert said(closing) == ("warn", "not every order is taken in XLF.US (close only)")
    lost = replace(
        good(), instruments=[one for one in good().instruments if one.symbol != "KRE"], problems=["why"]
    )
    assert said(terminal.trading_check(lost)[0]) == ("fail", "not known of KRE: why")


# Clocks


def test_the_servers_clock_is_told_with_how_it_was_found() -> None:
    assert said(terminal.server_clock_check(good(), "auto")) == (
        "ok",
        (
            "UTC+02:00 now (New_York+7), measured from ticks that move, "
            "its summer time recognised from the history"
        ),
    )
    named = replace(good(), facts=replace(good().facts, clock="UTC+03:00"))
    assert said(terminal.server_clock_check(named, "UTC+03:00")) == (
        "ok",
        "UTC+03:00 now, as terminal.server_zone says",
    )


def test_a_clock_in_doubt_is_to_mend_in_a_session_and_to_know_outside_of_one() -> None:
    doubt = replace(good(), facts=replace(good().facts, clock_doubt="too few ticks"))
    found = terminal.server_clock_check(doubt, "auto")
    assert said(found) == ("fail", "taken for UTC+02:00 now (New_York+7); too few ticks")
    assert "server_zone" in found.mend
    weekend = looked(start=SATURDAY)
    assert isinstance(weekend, Look)
    closed = terminal.server_clock_check(weekend, "auto")
    assert closed.status == "warn"
    assert "from 2018-12-31 14:30 UTC on" in closed.mend
    pc = terminal.pc_clock_check(weekend, allowed=15, future=10, paper=False)
    assert said(pc) == ("warn", "cannot be told while no tick comes")


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (2.5, ("ok", "the freshest tick is 2.5 s old by it")),
        (15.0, ("ok", "the freshest tick is 15.0 s old by it")),
        (15.5, ("fail", "16 s ahead of the freshest tick, or ticks are late")),
        (-10.0, ("ok", "the freshest tick is 0.0 s old by it")),
        (-11.0, ("fail", "11 s behind the server's ticks")),
    ],
)
def test_the_pcs_clock_is_held_against_the_freshest_tick(age: float, expected: tuple[str, str]) -> None:
    fresh = Quote(130.0, 130.1, good().at - timedelta(seconds=age))
    old = Quote(250.0, 250.1, good().at - timedelta(seconds=age + 40))
    seen = replace(good(), quotes={"IWM": fresh, "SPY": old, "QQQ": Unknown("x")})
    found = terminal.pc_clock_check(seen, allowed=15, future=10, paper=False)
    assert said(found) == expected
    assert ("w32tm /resync" in found.mend) is (expected[0] == "fail")


def test_without_a_tick_and_on_paper_the_pcs_clock_is_not_judged() -> None:
    nothing = replace(good(), quotes={})
    assert terminal.pc_clock_check(nothing, allowed=15, future=10, paper=False).status == "warn"
    assert terminal.pc_clock_check(nothing, allowed=15, future=10, paper=True).status == "ok"
    halted = replace(good(), hours=replace(good().hours, state=SessionState.HALTED))
    assert terminal.pc_clock_check(halted, allowed=15, future=10, paper=False).status == "warn"

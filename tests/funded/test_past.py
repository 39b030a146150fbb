"""The past of a paper account, rebuilt and held against what the account truly was at its ticks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from assistant.core.firm_day import Cutoff
from assistant.core.market import Unknown
from assistant.core.past import Past, adds_up, happened
from assistant.core.track import Event, Look, Reset, Track, fold, start
from assistant.funded.past import read_past
from assistant.terminal.ledger import Ledger
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.profile import profile
from assistant.terminal.script import Entry, PaperOperation, PaperTrade, packaged_script
from assistant.terminal.sessions import Sessions
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Bridge, Broker
from tests.doubles.cycles import terminal_of
from tests.terminal.playing import at, play

END = "2018-12-26T20:00"
SINCE = at("2018-12-24T15:00")
PRAGUE = Cutoff(time(0), ZoneInfo("Europe/Prague"))
INSIDE = Cutoff(time(11), ZoneInfo("America/New_York"))  # 16:00 UTC, while prices move
HEDGED: tuple[Entry, ...] = (
    PaperTrade("IWM", "buy", 24, at("2018-12-24T15:30"), at("2018-12-26T16:40:30")),
    PaperTrade("IWM", "sell", 10, at("2018-12-24T16:10:20"), at("2018-12-26T18:00")),
    PaperTrade("SPY", "sell", 30, at("2018-12-24T16:30"), None),
    PaperTrade("XLF", "buy", 900, at("2018-12-26T15:00:10"), at("2018-12-26T15:59:30")),
    PaperOperation("balance", 1500.0, at("2018-12-26T17:00")),
    PaperOperation("balance", -700.0, at("2018-12-26T17:30")),
)
SCRIPTS = {
    "A": HEDGED,
    "B": packaged_script("B"),  # in EUR, with commission and swap
    "C": packaged_script("C"),  # netting, with a reversal
    "D": packaged_script("D"),  # in EUR, quoted till ten minutes before the close
    "E": packaged_script("E"),  # round the clock
}


def reader(letter: str) -> MetaTrader:
    """The adapter on the paper terminal, at the end of it all."""
    paper = play(END, SCRIPTS[letter], letter)
    zone = profile(letter).clock
    found = MetaTrader(paper, {}, Sessions.packaged(), zone=zone, sessions=600)
    found.connect()
    return found


@cache
def read(letter: str) -> Past:
    terminal = reader(letter)
    found = read_past(terminal, terminal.account(), SINCE, at(END), stress=0.03)
    assert isinstance(found, Past), found
    return found


def equities(
    letter: str, since: datetime, until: datetime, step_ms: int = 11_000
) -> list[tuple[datetime, float]]:
    """What the account was worth every eleven seconds, without credit."""
    ledger = Ledger(profile(letter), SCRIPTS[letter])
    found = []
    for ms in range(round(since.timestamp() * 1000), round(until.timestamp() * 1000), step_ms):
        account = ledger.account(ms)
        found.append((datetime.fromtimestamp(ms / 1000, UTC), account.equity - account.credit))
    return found


@pytest.mark.parametrize("letter", SCRIPTS)
def test_true_equity_lies_between_the_bounds_of_its_stretch(letter: str) -> None:
    past = read(letter)
    found = happened(past, PRAGUE, SINCE)
    assert found.unbounded == ()
    looks = [one for one in found.events if isinstance(one, Look)][:-1]
    begins = sorted({one.at for one in looks})
    spans = list(zip(begins, [*begins[1:], past.until], strict=True))
    truth = equities(letter, SINCE, past.until)
    held = 0
    for begin, end in spans:
        own = [equity for at_, equity in truth if begin <= at_ < end]
        pair = [one.equity for one in looks if one.at == begin]
        for equity in own:
            assert min(pair) - 0.02 <= equity <= max(pair) + 0.02, (begin, end)
        held += len(own)
    assert held == len(truth)


@pytest.mark.parametrize("letter", SCRIPTS)
@pytest.mark.parametrize("cutoff", [PRAGUE, INSIDE])
def test_a_restart_at_any_moment_gives_the_same_marks_or_safer_ones(letter: str, cutoff: Cutoff) -> None:
    past = read(letter)
    first = start(past.balance, past.balance)
    watched = [Look(at_, 0.0, equity) for at_, equity in equities(letter, SINCE, past.until, 121_000)]
    ledger = Ledger(profile(letter), SCRIPTS[letter])

    def seen(until: datetime) -> Track:
        """What somebody would have remembered who looked all the time."""
        events: list[Event] = [one for one in happened(past, None, SINCE).events if not isinstance(one, Look)]
        reset = cutoff.next(SINCE)
        while reset <= until:
            account = ledger.account(round(reset.timestamp() * 1000))
            events.append(Reset(reset, account.balance, account.equity - account.credit))
            reset = cutoff.next(reset)
        for one in watched:
            account = ledger.account(round(one.at.timestamp() * 1000))
            events.append(Look(one.at, account.balance, one.equity))
        return fold(first, [one for one in events if one.at <= until])

    whole = seen(past.until)
    for hours in (0, 1.03, 24.5, 48.9, 50.27, 52.99):
        gone = SINCE + timedelta(hours=hours)
        track = fold(seen(gone), happened(past, cutoff, gone).events)
        for mark in ("start_balance", "start_equity", "high_balance_eod", "high_equity"):
            assert getattr(track, mark) >= getattr(whole, mark) - 0.02, (hours, mark)
        assert track.balance == pytest.approx(past.balance)
        assert (track.payouts, track.deposited) == (whole.payouts, whole.deposited)


def test_prices_from_before_a_symbol_was_open_change_nothing() -> None:
    past, terminal = read("A"), reader("A")
    whole = {name: terminal.minutes(name, SINCE, at(END)) for name in past.minutes}
    assert all(len(whole[name]) > len(one) + 25 for name, one in past.minutes.items())  # type: ignore[arg-type]
    for cutoff in (PRAGUE, INSIDE):
        assert happened(replace(past, minutes=whole), cutoff, SINCE) == happened(past, cutoff, SINCE)


def test_a_paper_account_adds_up_from_its_first_deposit() -> None:
    past = read("B")
    # 80000 less a payout of 1500, less commissions of 1 USD and 90.25 x 0.02 USD: 2.805 x 0.876 = 2.46 EUR
    assert adds_up(past, 78_500.0, SINCE - timedelta(hours=3)) == Unknown(
        "the account's history does not add up: by its deals 78497.54 stood in it at 2018-12-24 12:00 UTC; "
        "expected 78500.00"
    )
    assert adds_up(past, 80_000.0, past.deals[0].at) is None
    lost = replace(past, deals=past.deals[1:])
    assert "does not add up" in getattr(adds_up(lost, 60_000.0, SINCE), "reason", "")


# What cannot be read. A broker's double stands at 17:00 UTC, in EUR at 0.93 for a USD, 100 shares a lot.


@pytest.fixture
def terminal(broker: Broker) -> MetaTrader:
    found = terminal_of(broker)
    found.connect()
    broker.deals = (
        bridge.deal(
            1, NOON - timedelta(days=900), type=2, symbol="", position_id=0, volume=0.0, profit=99_500.0
        ),
        bridge.deal(2, NOON - timedelta(hours=1), comment="by hand"),
    )
    broker.positions = (bridge.position(swap=-1.5),)
    stamp = bridge.server(NOON) // 1000
    broker.minutes["IWM.US"] = [(stamp - 60 * n, 221.0, 221.5, 220.5, 221.0, 9, 40, 0) for n in (90, 60, 1)]
    return found


def past_of(terminal: MetaTrader, since: datetime = NOON - timedelta(hours=1)) -> Past | Unknown:
    return read_past(terminal, terminal.account(), since, NOON, stress=0.02)


def test_a_past_holds_old_deals_and_what_a_lot_earns_at_a_stressed_rate(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.money["credit"] = 250.0
    past = past_of(terminal)
    assert isinstance(past, Past)
    assert [(one.ticket, one.comment) for one in past.deals] == [(1, ""), (2, "by hand")]
    assert [one.swap for one in past.positions] == [-1.5]
    assert [one.at for one in past.minutes["IWM.US"]] == [NOON - timedelta(minutes=n) for n in (90, 60, 1)]  # type: ignore[union-attr]
    assert past.worth == {"IWM.US": pytest.approx((93 * 0.98, 93 * 1.02))}
    assert (past.balance, past.equity) == (99_500.0, 99_300.0 - 250.0)


def test_minutes_are_read_from_when_a_symbol_was_open_and_the_one_that_stood_before(
    terminal: MetaTrader, broker: Broker
) -> None:
    bought = bridge.deal(2, NOON - timedelta(minutes=59, seconds=40))  # its minute may be quoted later
    broker.deals = (broker.deals[0], bought)
    stamp = bridge.server(NOON) // 1000
    steps = (2880, 70, 61, 60, 1)
    bars: list[tuple[float, ...]] = [(stamp - 60 * n, 221.0, 221.5, 220.5, 221.0, 9, 40, 0) for n in steps]
    broker.minutes["IWM.US"] = bars
    past = past_of(terminal, since=NOON - timedelta(days=30))
    assert isinstance(past, Past)
    assert [one.at for one in past.minutes["IWM.US"]] == [NOON - timedelta(minutes=n) for n in (61, 60, 1)]  # type: ignore[union-attr]


def test_in_the_currency_of_the_account_there_is_no_conversion(terminal: MetaTrader, broker: Broker) -> None:
    broker.symbols["IWM.US"].currency_profit = "EUR"
    past = past_of(terminal)
    assert isinstance(past, Past)
    assert past.worth == {"IWM.US": pytest.approx((93, 93))}


def test_a_symbol_that_cannot_be_read_is_not_known_and_the_rest_is(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.fails = {"order_calc_profit"}
    past = past_of(terminal)
    assert isinstance(past, Past)
    assert past.worth == {"IWM.US": Unknown("order_calc_profit for IWM.US failed: -1 Terminal: Call failed")}
    broker.fails = {"symbol_info"}
    past = past_of(terminal)
    assert isinstance(past, Past)
    failed = Unknown("symbol_info for IWM.US failed: -1 Terminal: Call failed")
    assert (past.worth, past.minutes) == ({"IWM.US": failed}, {"IWM.US": failed})
    (told,) = happened(past, None, past.since).unbounded
    assert told.endswith(failed.reason)


@pytest.mark.usefixtures("terminal")
def test_a_history_that_still_grows_is_not_known(broker: Broker) -> None:
    deals = broker.deals
    rest = [deals[:1], deals[1:], deals[:1]]
    module = Bridge(broker)
    module.history_deals_get = lambda *_: rest.pop(0)  # type: ignore[attr-defined]
    reader = MetaTrader(module, {}, Sessions.packaged(), zone="New_York+7", sessions=600)
    assert past_of(reader) == Unknown("the account's history is still loading")
    rest += [deals[1:], deals, deals]
    assert isinstance(past_of(reader), Past)
    broker.fails = {"positions_get"}
    rest += [deals, deals]
    told = "the account's history is not known: positions_get failed: -1 Terminal: Call failed"
    assert past_of(reader) == Unknown(told)


def test_an_account_that_changes_meanwhile_is_not_known(terminal: MetaTrader, broker: Broker) -> None:
    account = terminal.account()
    broker.money["balance"] = 99_600.0
    since = NOON - timedelta(hours=1)
    told = Unknown("the balance went from 99500.00 to 99600.00 meanwhile")
    assert read_past(terminal, account, since, NOON, stress=0.02) == told
    broker.login = 4002
    told = Unknown("the terminal left login 4001 while its history was read")
    assert read_past(terminal, account, since, NOON, stress=0.02) == told

"""The past of a paper account, rebuilt and held against what the account truly was at its ticks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from assistant.core.firm_day import Cutoff
from assistant.core.past import Past, happened
from assistant.core.track import Event, Look, Reset, Track, fold, start
from assistant.funded.past import read_past
from assistant.terminal.ledger import Ledger
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.profile import profile
from assistant.terminal.script import Entry, PaperOperation, PaperTrade, packaged_script
from assistant.terminal.sessions import Sessions
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

"""Small logbooks and judged trades of 2018-12-20 by hand; a test replaces the fields that it speaks of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from assistant.core.check import Answer
from assistant.core.judged import Judged
from assistant.core.logbook import Asked, FloorSeen, Logbook, Money, Run, Share, Span
from assistant.core.market import Deal
from assistant.core.ordered import Ordered
from assistant.core.trades import Trade
from tests.core.builders import BUY, utc

SESSION = date(2018, 12, 20)
BEGIN, END = utc("2018-12-19T21:00"), utc("2018-12-20T21:00")
OPENS = utc("2018-12-20T14:30")
LATER = utc("2018-12-20T22:00")  # when one looks back


def at(time: str) -> datetime:
    """The instant of a time of the session's date."""
    return utc(f"2018-12-20T{time}")


def span(begin: str, end: str) -> Span:
    """From one time of the session's date to another."""
    return Span(at(begin), at(end))


def nothing() -> Logbook:
    """The logbook of a session of which nothing is on record."""
    return Logbook(
        login=50_012,
        server="Firm-Demo",
        currency="EUR",
        mode="live",
        hedging=True,
        session=SESSION,
        opens_at=OPENS,
        closes_at=END,
        span=Span(BEGIN, END),
        until=None,
        versions=(),
        runs=(),
        lost=(),
        shares=(),
        stances=(),
        states=(),
        lots={},
        conditions=(),
        votes=(),
        legs=None,
        closes=(),
        ratio=(),
        money=(),
        scale=1.0,
        lights=(),
        floors=(),
        problems=(),
        positions=(),
        deals=(),
        taken=(),
        asked=(),
        held_over=None,
        events=(),
        missing=(),
    )


def a_book(**changes: Any) -> Logbook:  # noqa: ANN401 -- fields of a logbook
    """A session that was watched from its beginning to after its close, 0.7x bound by the regime."""
    plain = replace(
        nothing(),
        until=END,
        runs=(Run(Span(BEGIN - timedelta(hours=1), END + timedelta(hours=1)), ""),),
        shares=((BEGIN, Share(0.7, "regime")),),
        stances=((BEGIN, "RISK_OFF"),),
        held_over=(),
    )
    return replace(plain, **changes)


def a_floor(headroom: float, name: str = "daily_loss", level: float = 9_500.0) -> FloorSeen:
    """A loss rule that enforces a pause, as it stood."""
    return FloorSeen(name, "pause", level, headroom, None, None, advisory=False)


def flat(money: float) -> Money:
    """An account in which nothing is open."""
    return Money(money, money)


def an_order(
    time: str, *, advised: float | None = 3.0, over: float | None = 0.0, checked: Asked | None = None
) -> Ordered:
    """An order of 2 lots that opened or added to a trade."""
    return Ordered(
        at=at(time),
        lots=2.0,
        price=130.0,
        deals=(),
        taken=None,
        stop=129.0,
        advised=advised,
        cap="regime",
        why="0.70x RISK_OFF",
        over=over,
        planned=None,
        before=0.0,
        checked=checked,
    )


def a_trade(
    position: int,
    times: tuple[str, str | None],  # opened, closed
    *,
    lots: float = 2.0,
    **changes: Any,  # noqa: ANN401 -- fields of what is judged
) -> Judged:
    """A long trade in IWM that was within its advice of 3 lots, with 1 R of 100.00."""
    opened, ended = times
    deal = Deal(position, at(opened), "buy", "in", position, "IWM.US", lots, 130.0, 0.0, -1.0, 0.0, 0.0)
    trade = Trade(
        position=position,
        broker_symbol="IWM.US",
        side=BUY,
        opened_at=at(opened),
        closed_at=at(ended) if ended else None,
        lots=lots,
        left=0.0 if ended else lots,
        entry=130.0,
        exit=131.0 if ended else None,
        profit=0.0,
        costs=0.0,
        swap=0.0,
        stops=(),
        openings=(deal,),
        closings=(),
    )
    plain = Judged(
        trade=trade,
        symbol="IWM",
        opened_now=True,
        taken=(),
        advised=3.0,
        cap="regime",
        why="0.70x RISK_OFF",
        checked=None,
        over=0.0,
        planned=None,
        at_stop=None,
        widened=(),
        removed=False,
        r=100.0,
        result_r=None,
        over_cost=None,
        slippage=None,
        spread=None,
        reduced=False,
        remarks=(),
    )
    return replace(plain, **changes)


CHECK = Asked(
    at=at("15:00"),
    symbol="IWM",
    side=BUY,
    lots=2.0,
    answer=Answer.ALLOW,
    suggested=2.0,
    cap="regime",
    loss_at_stop=98.0,
)

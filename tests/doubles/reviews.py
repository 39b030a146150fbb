"""A session looked back at, made by hand: it has everything that a review may hold."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from assistant.core.check import Answer
from assistant.core.judged import Judged
from assistant.core.logbook import Asked, Event, FloorSeen, HeldOver, Lots, Money, Share, Span, Taken
from assistant.core.market import Deal, Side, Vote
from assistant.core.review import Approach, Bound, Discipline, Quality, RegimeDay, Review
from assistant.core.trades import Trade

SESSION = date(2018, 12, 26)
OPENS = datetime(2018, 12, 26, 14, 30, tzinfo=UTC)
CLOSES = datetime(2018, 12, 26, 21, 0, tzinfo=UTC)
BEGIN = datetime(2018, 12, 24, 18, 0, tzinfo=UTC)  # a half-day's close
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    """An instant (UTC) of the session's date."""
    return datetime(2018, 12, 26, hour, minute, second, tzinfo=UTC)


def asked(symbol: str, lots: float, when: datetime) -> Asked:
    """A check that let through what was asked."""
    return Asked(
        at=when,
        symbol=symbol,
        side=Side.BUY,
        lots=lots,
        answer=Answer.ALLOW,
        suggested=lots,
        cap="regime",
        loss_at_stop=345.0,
    )


def deal(ticket: int, when: datetime, kind: str, entry: str, lots: float, price: float) -> Deal:
    """One fill of a position that has the ticket's tens as its own."""
    return Deal(ticket, when, kind, entry, ticket // 10 * 10, "IWM.US", lots, price, 0.0, -1.5, 0.0, 0.0)


def trade(number: int, lots: float, opened: datetime, closed: datetime | None, profit: float) -> Trade:
    """A trade that bought IWM."""
    ticket = 1000 + 10 * number
    closings = () if closed is None else (deal(ticket + 1, closed, "sell", "out", lots, 131.9),)
    return Trade(
        position=ticket,
        broker_symbol="IWM.US",
        side=Side.BUY,
        opened_at=opened,
        closed_at=closed,
        lots=lots,
        left=0.0 if closed else lots,
        entry=131.52,
        exit=131.9 if closed else None,
        profit=profit,
        costs=-3.0 if closed else -1.5,
        swap=0.0,
        stops=((opened, 130.52),),
        openings=(deal(ticket, opened, "buy", "in", lots, 131.52),),
        closings=closings,
    )


def judged(number: int, lots: float, hour: int, minute: int, profit: float) -> Judged:
    """A trade of 20 minutes, checked and within its advice of 6.9 lots."""
    opened = at(hour, minute, 7)
    made = trade(number, lots, opened, opened + 20 * MINUTE, profit)
    taken = Taken(
        at=opened + timedelta(seconds=1),
        as_of=opened - timedelta(seconds=1),
        ticket=made.position,
        position=made.position,
        pending=False,
        symbol="IWM",
        side=Side.BUY,
        lots=lots,
        stop=130.52,
        bid=131.5,
        ask=131.52,
        answer=Answer.ALLOW if lots <= 6.9 else Answer.RESIZE,
        suggested=min(lots, 6.9),
        cap="regime",
        reason="0.70x RISK_OFF since 2018-10-05 (58 sessions)",
        would_bind=Lots(5.9, "daily loss"),
        loss_at_stop=50.0 * lots,
        formula=None,
    )
    over = max(0.0, round(lots - 6.9, 2))
    return Judged(
        trade=made,
        symbol="IWM",
        opened_now=True,
        taken=(taken,),
        advised=6.9,
        cap="regime",
        why=taken.reason,
        checked=asked("IWM", lots, opened - timedelta(seconds=40)),
        over=over,
        planned=345.0,
        at_stop=50.0 * lots,
        widened=(),
        removed=False,
        r=50.0 * lots,
        result_r=(profit - 3.0) / (50.0 * lots),
        over_cost=over / lots * (profit - 3.0) if over else 0.0,
        slippage=-0.35 * lots,
        spread=-0.2 * lots,
        reduced=False,
        remarks=(),
    )


def seven() -> tuple[Judged, ...]:
    """Trades of every kind that a page has to tell apart."""
    first = judged(1, 6.9, 14, 41, 310.0)
    unchecked = replace(judged(2, 5.0, 15, 12, -210.0), checked=None)
    oversize = replace(
        judged(3, 12.0, 16, 3, -480.0), checked=None, remarks=("12 lots where 6.9 were advised",)
    )
    partial = replace(judged(4, 6.0, 17, 20, 145.0), remarks=("closed in two parts: 3 and 3 lots",))
    over_night = judged(5, 4.0, 20, 30, 0.0)
    over_night = replace(
        over_night,
        trade=trade(5, 4.0, at(20, 30, 7), None, 0.0),
        result_r=None,
        slippage=None,
        remarks=("held over the close",),
    )
    bare = replace(
        judged(6, 2.0, 18, 5, -96.0),
        at_stop=None,
        r=345.0,
        result_r=-99.0 / 345.0,
        remarks=("without a stop for 20 min",),
    )
    bare = replace(
        bare, trade=replace(bare.trade, stops=((at(18, 5, 8), None),), broker_symbol="SPY.US"), symbol="SPY"
    )
    unknown = replace(
        judged(7, 3.0, 19, 10, 20.0),
        taken=(),
        advised=None,
        cap=None,
        why="no assistant ran when it was opened",
        checked=None,
        over=None,
        planned=None,
        over_cost=None,
        slippage=None,
        spread=None,
    )
    widened = replace(
        unknown, symbol="XLU", widened=(129.9, 129.1), removed=True, remarks=("stop taken away at 19:40",)
    )
    return first, unchecked, oversize, partial, bare, widened, over_night


def discipline(trades: tuple[Judged, ...]) -> Discipline:
    """What the page shows of the orders."""
    results = tuple(one.result_r for one in trades if one.result_r is not None)
    return Discipline(
        orders=6,
        within=5,
        unknown=1,
        checked=4,
        asked=6,
        mean_over=0.74,
        against_zero=0,
        results_r=results,
        total_r=sum(results),
        over_cost_r=-0.34,
        widened=2,
        removed=1,
        without_stop=1,
    )


def floor(name: str, level: float, headroom: float, *, advisory: bool = True) -> FloorSeen:
    """A loss rule of a rehearsal."""
    return FloorSeen(name, "fail", level, headroom, headroom - 300.0, CLOSES + timedelta(hours=2), advisory)


def regime() -> tuple[RegimeDay, ...]:
    """A year of the ratio: up, and from October down."""
    days: list[RegimeDay] = []
    one = date(2017, 12, 27)
    while one < SESSION:
        if one.weekday() < 5:
            n = len(days)
            ratio = 0.58 + 0.02 * math.sin(n / 40) - max(0, n - 190) * 0.0008 + 0.003 * math.sin(n * 1.7)
            slow = 0.585 - max(0, n - 205) * 0.0004 if n > 20 else None
            stance = "RISK_OFF" if n > 200 else "NEUTRAL" if n > 180 else "RISK_ON"
            upper, lower = (slow * 1.01, slow * 0.99) if slow else (None, None)
            days.append(RegimeDay(one, ratio, ratio + 0.002, slow, stance, upper, lower))
        one += timedelta(days=1)
    return tuple(days)


def money() -> tuple[tuple[datetime, Money], ...]:
    """An account that loses some and makes good for a part."""
    line = [(BEGIN + timedelta(hours=44, minutes=25), Money(100_000.0, 100_000.0))]
    for n in range(390):
        equity = 100_000.0 - 900 * math.sin(n / 130) * (n / 390) + 60 * math.sin(n / 7)
        line.append((OPENS + n * MINUTE, Money(100_000.0 - n, equity)))
    return tuple(line)


def session_bounds() -> tuple[tuple[Bound, ...], tuple[Bound, ...]]:
    """What bound the share, and the lots."""
    edge = Bound("edge", "account", 1200.0, (Span(OPENS, at(14, 35)), Span(at(20, 45), CLOSES)), 0.35, 0.35)
    stale = Bound("stale", "account", 312.0, (Span(at(17, 2), at(17, 7, 12)),), 0.0, 0.0)
    regime_ = Bound(
        "regime", "account", 21888.0, (Span(at(14, 35), at(17, 2)), Span(at(17, 7, 12), at(20, 45))), 0.7, 0.7
    )
    buys = Bound("regime", "IWM buy", 21888.0, regime_.spans, 6.1, 6.9)
    sells = Bound("normal", "IWM sell", 21888.0, regime_.spans, 9.4, 9.9)
    return (regime_, edge, stale), (buys, sells)


def sample() -> Review:
    """A paper session with seven trades, in a rehearsal of a funded account."""
    bound, by_symbol = session_bounds()
    daily, total = floor("daily loss", 97_000.0, 2_140.0), floor("total loss", 92_000.0, 7_140.0)
    near = replace(daily, headroom=1_905.0)
    shares = (
        (OPENS, Share(0.35, "edge")),
        (at(14, 35), Share(0.7, "regime")),
        (at(17, 2), Share(0.0, "stale")),
        (at(17, 7, 12), Share(0.7, "regime")),
        (at(20, 45), Share(0.35, "edge")),
    )
    trades = seven()
    return Review(
        login=9000001,
        server="Paper-Demo",
        currency="EUR",
        mode="paper",
        session=SESSION,
        opens_at=OPENS,
        closes_at=CLOSES,
        span=Span(BEGIN, CLOSES),
        until=CLOSES,
        finished=True,
        summary="Seven trades lost 314.00 EUR (-0.68 R); one was larger than advised and cost 0.34 R, "
        "and one rule would have been broken.",
        shares=shares,
        stances=((OPENS, "RISK_OFF"),),
        bound=bound,
        bound_by_symbol=by_symbol,
        lots={"IWM": ((at(14, 35), {Side.BUY: Lots(6.9, "regime"), Side.SELL: Lots(9.9, "normal")}),)},
        legs=("IWM", "SPY"),
        regime=regime(),
        ratio=tuple((OPENS + n * MINUTE, 0.535 + 0.002 * math.sin(n / 60)) for n in range(390)),
        votes=(
            Vote("breadth", -1, 0.31, "31 % of 9 sectors above their 50-session average", date(2018, 12, 24)),
            Vote("credit", -1, 2.41, "BAA10Y 2.41 points, 0.22 above its 60-day mean", date(2018, 12, 21)),
            Vote("volatility", 1, 0.92, "VIX falls below its 10-day mean", date(2018, 12, 24)),
            Vote("rates", 0, 0.01, "the curve is flat", date(2018, 12, 24)),
            Vote("economy", None, None, "no series: ICSA is missing", None),
        ),
        money=money(),
        floors=((OPENS, (daily, total)), (at(18, 0), (near, total)), (CLOSES, (daily, total))),
        approaches=(
            Approach(near, at(18, 27), 1_905.0, 0.63),
            Approach(total, at(18, 27), 6_905.0, 0.86),
        ),
        broken=("max open lots: would have been broken at 16:03 (12 of 10 lots)",),
        trades=trades,
        held_over=(HeldOver(1050, "IWM.US", Side.BUY, 4.0, 130.52, 204.0, 530.0, 20.0, "IWM"),),
        discipline=discipline(trades),
        result=-314.0,
        moved=-352.5,
        quality=Quality(
            watched=23_088.0,
            session=23_400.0,
            lost=(Span(at(17, 2), at(17, 7, 12)),),
            unseen=(),
            fail_safe=(bound[2],),
            events=(
                Event(at(17, 2), "terminal", "the terminal did not answer: IPC timeout"),
                Event(at(17, 7, 12), "terminal", "the terminal answers again"),
                Event(at(19, 0), "alert", "daily loss: 36 % of the room is left"),
            ),
        ),
        next_reset=(
            "Daily loss: its floor moves from 97000.00 to 96700.00 EUR on 2018-12-26 at 23:00 UTC.",
            "One position is held over: a gap may cost 530.00 EUR, and 1905.00 EUR remain.",
        ),
        missing=("IWM.US: the stop of position 1070 is not on record before 19:10.",),
        clock="New_York+7",
        floated=-38.5,
    )


def nothing() -> Review:
    """A session of which nothing is on record."""
    full = sample()
    quality = Quality(0.0, 23_400.0, (), (Span(OPENS, CLOSES),), (), ())
    none = Discipline(0, 0, 0, 0, 0, None, 0, (), None, None, 0, 0, 0)
    return Review(
        login=full.login,
        server="",
        currency="EUR",
        mode="live",
        session=SESSION,
        opens_at=OPENS,
        closes_at=CLOSES,
        span=full.span,
        until=None,
        finished=False,
        summary="No journal is on record of 2018-12-26.",
        shares=(),
        stances=(),
        bound=(),
        bound_by_symbol=(),
        lots={},
        legs=None,
        regime=(),
        ratio=(),
        votes=(),
        money=(),
        floors=(),
        approaches=(),
        broken=(),
        trades=(),
        held_over=None,
        discipline=none,
        result=0.0,
        moved=None,
        quality=quality,
        next_reset=(),
        missing=("No assistant ran in this session.",),
    )


def busy(count: int = 200) -> Review:
    """A session of many trades, remarks, events and gaps."""
    full = sample()
    many = tuple(judged(n, 1.0 + n % 9, 15 + n // 60, n % 60, 40.0 * math.sin(n)) for n in range(count))
    told = tuple(replace(one, remarks=("closed in two parts: half and half",)) for one in many)
    events = tuple(Event(OPENS + n * MINUTE, "slow", f"a cycle took {n + 2}.1 s") for n in range(40))
    missing = tuple(f"the quotes of symbol {n} are not on record" for n in range(20))
    quality = replace(full.quality, events=events)
    return replace(
        full, trades=told, discipline=discipline(told), quality=quality, missing=missing, broken=missing[:9]
    )


def sessions() -> tuple[Review, ...]:
    """A month: one session without a record, two with a rule broken, one without a trade."""
    made, one = [], date(2018, 12, 3)
    while one.month == SESSION.month:
        if one.weekday() < 5 and one.day != 25:
            made.append(_session(one))
        one += timedelta(days=1)
    return tuple(made)


def _session(day: date) -> Review:
    full, quiet = sample(), nothing()
    if day.day == 7:
        return replace(quiet, session=day)
    if day.day == 14:
        return replace(full, session=day, trades=(), discipline=quiet.discipline, result=0.0, broken=())
    total = round(2 * math.sin(1.3 * day.day), 2)
    found = replace(full.discipline, results_r=(total / 2, total / 4, total / 4), total_r=total)
    broken = full.broken if day.day in {18, 27} else ()
    return replace(full, session=day, discipline=found, result=345 * total, broken=broken, missing=())

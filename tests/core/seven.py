"""A day with seven trades, made by hand: all that is on record of it, and what each trade comes to.

81 unchecked, 82 oversize, 83 closed in two parts, 84 held over the close, 85 without a stop-loss,
86 from an earlier session and only reduced, 87 with its stop moved away. A hedging account in EUR; prices
are in USD at 1.25 a EUR, so that a lot earns 0.8 x contract size for 1.0 of price: IWM 20 x 0.8 = 16,
SPY 50 x 0.8 = 40, XLP 30 x 0.8 = 24. Commission for a lot and side: IWM 0.40, SPY 0.90, XLP 0.50.
"""

from datetime import date, timedelta

from assistant.core.caps import Unit
from assistant.core.check import Answer
from assistant.core.logbook import (
    Asked,
    Condition,
    Event,
    FloorSeen,
    Formula,
    HeldOver,
    Light,
    Logbook,
    Lots,
    Money,
    Opened,
    Run,
    Share,
    Span,
    Taken,
)
from assistant.core.market import Deal, Side, Vote
from tests.core.builders import BUY, SELL, utc

SESSION = date(2018, 12, 20)
IWM, SPY, XLP = "IWM.US", "SPY.US", "XLP.US"
_RATE = {IWM: 0.40, SPY: 0.90, XLP: 0.50}  # commission, account currency for a lot and side


def fill(
    ticket: int,
    when: str,
    order: str,  # "buy in": kind and entry
    position: int,
    what: tuple[str, float, float],  # broker's symbol, lots, price
    profit: float = 0.0,
    swap: float = 0.0,
) -> Deal:
    """A fill with the commission of its symbol; `when`: a time of the session, or an instant."""
    kind, entry = order.split()
    symbol, lots, price = what
    return Deal(
        ticket=ticket,
        at=utc(when if "T" in when else f"{SESSION}T{when}"),
        kind=kind,
        entry=entry,
        position=position,
        broker_symbol=symbol,
        lots=lots,
        price=price,
        profit=profit,
        commission=round(-_RATE[symbol] * lots, 2),
        swap=swap,
        fee=0.0,
    )


# Profit by hand: lots x difference x what a lot earns for 1.0.
DEALS = (
    fill(480, "2018-12-17T15:00:00", "buy in", 86, (IWM, 3.5, 134.50)),
    Deal(500, utc("2018-12-20T13:00:00"), "balance", "in", 0, "", 0.0, 0.0, 1000.0, 0.0, 0.0, 0.0),
    fill(501, "14:41:00", "buy in", 81, (IWM, 2.0, 130.07)),
    fill(502, "15:10:00", "sell out", 81, (IWM, 2.0, 132.47), 76.80),  # 2.0 x 2.40 x 16
    fill(503, "15:22:00", "buy in", 82, (IWM, 3.0, 132.20)),
    fill(504, "15:58:00", "sell out", 82, (IWM, 3.0, 128.17), -193.44),  # 3.0 x -4.03 x 16
    fill(505, "16:05:00", "buy in", 85, (IWM, 1.0, 131.00)),
    fill(506, "16:12:30", "sell out", 85, (IWM, 1.0, 130.10), -14.40),  # 1.0 x -0.90 x 16
    fill(507, "16:33:00", "sell in", 83, (SPY, 2.1, 250.24)),
    fill(508, "17:05:00", "buy out", 83, (SPY, 0.9, 248.84), 50.40),  # 0.9 x 1.40 x 40
    fill(509, "17:41:00", "buy out", 83, (SPY, 1.2, 249.54), 33.60),  # 1.2 x 0.70 x 40
    fill(510, "18:30:00", "sell out", 86, (IWM, 1.5, 131.70), -67.20, -2.70),  # 1.5 x -2.80 x 16
    fill(511, "19:02:00", "buy in", 87, (SPY, 1.9, 249.62)),
    fill(512, "20:05:00", "sell out", 87, (SPY, 1.9, 246.87), -209.00),  # 1.9 x -2.75 x 40
    fill(513, "20:41:00", "buy in", 84, (XLP, 2.5, 51.31)),
)


def _held(ticket: int, lots: float, stop: float | None) -> Opened:
    """One of the day's positions as a look shows it."""
    symbol, side, price = {
        81: (IWM, BUY, 130.07),
        82: (IWM, BUY, 132.20),
        83: (SPY, SELL, 250.24),
        84: (XLP, BUY, 51.31),
        85: (IWM, BUY, 131.00),
        86: (IWM, BUY, 134.50),
        87: (SPY, BUY, 249.62),
    }[ticket]
    return Opened(ticket, symbol, side, lots, price, stop)


_OLD, _LESS = _held(86, 3.5, 126.50), _held(86, 2.0, 126.50)
POSITIONS = (  # of the journal's changes; the first from before the span
    (utc("2018-12-19T14:00:00"), (_OLD,)),
    (utc("2018-12-20T14:41:01"), (_OLD, _held(81, 2.0, None))),
    (utc("2018-12-20T14:41:25"), (_OLD, _held(81, 2.0, 127.07))),  # the order first, then its stop
    (utc("2018-12-20T15:10:01"), (_OLD,)),
    (utc("2018-12-20T15:22:01"), (_OLD, _held(82, 3.0, 128.20))),
    (utc("2018-12-20T15:58:01"), (_OLD,)),
    (utc("2018-12-20T16:05:01"), (_OLD, _held(85, 1.0, None))),
    (utc("2018-12-20T16:12:31"), (_OLD,)),
    (utc("2018-12-20T16:33:01"), (_OLD, _held(83, 2.1, 252.24))),
    (utc("2018-12-20T17:05:01"), (_OLD, _held(83, 1.2, 252.24))),
    (utc("2018-12-20T17:41:01"), (_OLD,)),
    (utc("2018-12-20T18:30:01"), (_LESS,)),
    (utc("2018-12-20T19:02:01"), (_LESS, _held(87, 1.9, 248.12))),
    (utc("2018-12-20T19:22:00"), (_LESS, _held(87, 1.9, 247.32))),
    (utc("2018-12-20T19:40:00"), (_LESS, _held(87, 1.9, 246.92))),
    (utc("2018-12-20T20:05:01"), (_LESS,)),
    (utc("2018-12-20T20:41:01"), (_LESS, _held(84, 2.5, 50.11))),
)

_FORMULA = {  # by symbol: what an order of the day's side could lose, and what stood against it
    IWM: Formula(
        money=120.0,
        money_cap="regime",
        loss_per_unit=16.0,
        cost_per_lot=1.20,
        floor_loss_per_lot=0.0,
        lots_cap=8.0,
        lots_cap_name="exposure",
        volume_min=0.3,
        volume_step=0.1,
        default_stop=2.5,
        min_stop=0.8,
    ),
    SPY: Formula(
        money=200.0,
        money_cap="normal",
        loss_per_unit=40.0,
        cost_per_lot=2.10,
        floor_loss_per_lot=0.0,
        lots_cap=4.0,
        lots_cap_name="exposure",
        volume_min=0.3,
        volume_step=0.1,
        default_stop=4.0,
        min_stop=1.1,
    ),
    XLP: Formula(
        money=180.0,
        money_cap="heat",
        loss_per_unit=24.0,
        cost_per_lot=1.70,
        floor_loss_per_lot=61.46,  # a gap of 2.49: ordered later than 20 minutes before the close
        lots_cap=20.0,
        lots_cap_name="margin",
        volume_min=0.3,
        volume_step=0.1,
        default_stop=1.2,
        min_stop=0.5,
    ),
}
_LONG_SPY = Formula(
    money=120.0,
    money_cap="regime",
    loss_per_unit=40.0,
    cost_per_lot=2.10,
    floor_loss_per_lot=0.0,
    lots_cap=4.0,
    lots_cap_name="exposure",
    volume_min=0.3,
    volume_step=0.1,
    default_stop=4.0,
    min_stop=1.1,
)


def _taken(
    deal: int,
    quote: tuple[float, float],  # bid, ask of the advice
    stop: float | None,
    told: tuple[Answer | None, float | None, str | None, str],  # answer, lots, cap, reason
    loss: float | None,
    formula: Formula | None = None,
    would_bind: Lots | None = None,
) -> Taken:
    """What the advice a second before one of the day's deals said, seen a second after it."""
    own = next(one for one in DEALS if one.ticket == deal)
    answer, suggested, cap, reason = told
    return Taken(
        at=own.at + timedelta(seconds=1),
        as_of=own.at - timedelta(seconds=1),
        ticket=deal,
        position=own.position,
        pending=False,
        symbol=own.broker_symbol[:3],
        side=Side(own.kind),
        lots=own.lots,
        stop=stop,
        bid=quote[0],
        ask=quote[1],
        answer=answer,
        suggested=suggested,
        cap=cap,
        reason=reason,
        would_bind=would_bind,
        loss_at_stop=loss,
        formula=formula or _FORMULA[own.broker_symbol],
    )


_REGIME = "0.60x NEUTRAL since 2018-10-12 (48 sessions)"
TAKEN = (
    # without a stop at first the answer is for one at the default distance: 2.5 x 16 + 1.20 = 41.20, 2.9 lots
    _taken(501, (130.02, 130.06), None, (Answer.ALLOW, 2.0, "regime", _REGIME), None),
    # 132.20 - 128.20 = 4.00 and 4.00 x 16 + 1.20 = 65.20 a lot; 120 / 65.20 = 1.84, so 1.8, losing 117.36
    _taken(503, (132.12, 132.20), 128.20, (Answer.RESIZE, 1.8, "regime", _REGIME), 117.36),
    _taken(505, (130.95, 131.00), None, (Answer.ALLOW, 1.0, "regime", _REGIME), None),
    # 252.24 - 250.25 = 1.99 and 1.99 x 40 + 2.10 = 81.70 a lot; 2.1 lots lose 171.57
    _taken(
        507,
        (250.25, 250.31),
        252.24,
        (Answer.ALLOW, 2.1, "normal", "0.50 % of equity 40000.00 is 200.00"),
        171.57,
    ),
    # 249.60 - 248.12 = 1.48 and 1.48 x 40 + 2.10 = 61.30 a lot; 120 / 61.30 = 1.957: 1.9 lots lose 116.47
    _taken(511, (249.54, 249.60), 248.12, (Answer.ALLOW, 1.9, "regime", _REGIME), 116.47, formula=_LONG_SPY),
    # 51.31 - 50.11 = 1.20 and 1.20 x 24 + 1.70 = 30.50 a lot, but 61.46 in a gap: 180 / 61.46 = 2.929
    _taken(
        513,
        (51.27, 51.31),
        50.11,
        (Answer.ALLOW, 2.5, "heat", "620.00 of 800.00"),
        76.25,
        would_bind=Lots(2.2, "funded daily loss"),
    ),
)


def _asked(
    time: str,
    order: tuple[str, Side, float],  # our symbol, side, lots
    told: tuple[Answer, float, str],
    loss: float | None,
) -> Asked:
    symbol, side, lots = order
    answer, suggested, cap = told
    return Asked(
        at=utc(f"{SESSION}T{time}"),
        symbol=symbol,
        side=side,
        lots=lots,
        answer=answer,
        suggested=suggested,
        cap=cap,
        loss_at_stop=loss,
    )


ASKED = (
    _asked("15:20:10", ("IWM", BUY, 3.0), (Answer.RESIZE, 1.8, "regime"), 117.36),
    _asked("16:31:40", ("SPY", SELL, 2.1), (Answer.ALLOW, 2.1, "normal"), 171.57),
    _asked("17:50:00", ("IWM", BUY, 2.0), (Answer.ALLOW, 2.0, "regime"), 98.40),  # and nothing was ordered
    _asked("18:28:00", ("IWM", SELL, 1.5), (Answer.ALLOW, 1.5, "open position"), None),  # --close 86
    _asked("19:01:00", ("SPY", BUY, 2.4), (Answer.RESIZE, 1.9, "regime"), 116.47),
    _asked("20:36:30", ("XLP", BUY, 2.9), (Answer.ALLOW, 2.9, "heat"), 88.45),
)

MONEY = tuple(
    (utc(f"{SESSION}T{time}"), Money(balance, equity))
    for time, balance, equity in (
        # Equity is the balance and what floats; of 86 at IWM's bid: 3.5 x (bid - 134.50) x 16
        ("08:00:00", 39200.00, 39004.00),  # 131.00: -196.00
        ("13:00:01", 40200.00, 40004.00),  # 131.00: -196.00; 1000.00 were paid in
        ("14:41:01", 40199.20, 39946.72),  # 130.02: -250.88; 81: 2.0 x -0.05 x 16 = -1.60
        ("15:10:01", 40275.20, 40161.52),  # 132.47: -113.68
        ("15:22:01", 40274.00, 40136.88),  # 132.12: -133.28; 82: 3.0 x -0.08 x 16 = -3.84
        ("15:57:59", 40274.00, 39729.20),  # 128.20: -352.80; 82: 3.0 x -4.00 x 16 = -192.00
        ("15:58:01", 40079.36, 39724.88),  # 128.17: -354.48
        ("16:05:01", 40078.96, 39879.36),  # 130.95: -198.80; 85: 1.0 x -0.05 x 16 = -0.80
        ("16:12:31", 40064.16, 39817.76),  # 130.10: -246.40
        ("17:05:01", 40111.86, 39983.06),  # 131.00: -196.00; 83: 1.2 x 1.40 x 40 = 67.20
        ("17:41:01", 40144.38, 39948.38),  # 131.00: -196.00
        ("18:30:01", 40073.88, 39984.28),  # 131.70: 2.0 x -2.80 x 16 = -89.60
        ("19:02:01", 40072.17, 39976.49),  # 131.70: -89.60; 87: 1.9 x -0.08 x 40 = -6.08
        ("20:05:01", 39861.46, 39755.86),  # 131.20: -105.60
        ("20:41:01", 39860.21, 39741.01),  # 130.85: -116.80; 84: 2.5 x -0.04 x 24 = -2.40
        ("20:59:59", 39860.21, 39722.61),  # 130.50: -128.00; 84: 2.5 x -0.16 x 24 = -9.60
    )
)


def _floors(equity: float) -> tuple[FloorSeen, ...]:
    """Two rules of a program of 40000: 400 may be lost in a day that begins at 40004, and 3000 in all."""
    reset = utc("2018-12-20T22:00:00")
    return (
        FloorSeen("daily loss", "pause", 39_604.0, equity - 39_604.0, 400.0, reset, advisory=True),
        FloorSeen("static", "fail", 37_000.0, equity - 37_000.0, None, None, advisory=False),
    )


FLOORS = tuple((when, _floors(one.equity)) for when, one in MONEY[1:])

_SPREAD = Condition("spread", "IWM", 1.0, Unit.LOTS, "spread 0.10 is 3.1x its median")
_EDGE = Condition("edge", "account", 0.4, Unit.SHARE, "the last 15 minutes of the session")


def a_logbook() -> Logbook:
    """All that is on record of the day."""
    opens, closes, begin = utc("2018-12-20T14:30"), utc("2018-12-20T21:00"), utc("2018-12-19T21:00")
    lost = Span(utc("2018-12-20T17:20:00"), utc("2018-12-20T17:22:00"))
    none, few, most = Lots(0.0, "market closed"), Lots(1.0, "spread"), Lots(2.4, "regime")
    return Logbook(
        login=50123,
        server="Broker-Demo",
        currency="EUR",
        mode="live",
        hedging=True,
        session=SESSION,
        opens_at=opens,
        closes_at=closes,
        span=Span(begin, closes),
        until=closes,
        versions=("0.9.0",),
        runs=(Run(Span(utc("2018-12-20T08:00:00"), utc("2018-12-20T21:05:00")), ""),),
        lost=(lost,),
        shares=(
            (utc("2018-12-20T08:00:00"), Share(0.0, "market closed")),
            (opens, Share(0.4, "edge")),
            (utc("2018-12-20T14:35:00"), Share(0.6, "regime")),
            (lost.begin, Share(0.0, "stale")),
            (utc("2018-12-20T17:22:30"), Share(0.6, "regime")),
            (utc("2018-12-20T20:45:00"), Share(0.4, "edge")),
        ),
        stances=((utc("2018-12-20T08:00:00"), "NEUTRAL"),),
        states=(
            (utc("2018-12-20T08:00:00"), "pre"),
            (opens, "edge"),
            (utc("2018-12-20T14:35:00"), "open"),
            (utc("2018-12-20T20:45:00"), "edge"),
            (closes, "closed"),
        ),
        lots={
            "IWM": (
                (utc("2018-12-20T08:00:00"), {BUY: none, SELL: none}),
                (utc("2018-12-20T14:35:00"), {BUY: most, SELL: Lots(4.1, "normal")}),
                (utc("2018-12-20T18:00:00"), {BUY: few, SELL: few}),
                (utc("2018-12-20T18:10:00"), {BUY: most, SELL: Lots(4.1, "normal")}),
            ),
            "SPY": ((utc("2018-12-20T14:35:00"), {BUY: Lots(0.7, "regime"), SELL: Lots(1.2, "normal")}),),
        },
        conditions=(
            (utc("2018-12-20T14:30:00"), (_EDGE,)),
            (utc("2018-12-20T14:35:00"), ()),
            (utc("2018-12-20T18:00:00"), (_SPREAD,)),
            (utc("2018-12-20T18:10:00"), ()),
            (utc("2018-12-20T20:45:00"), (_EDGE,)),
        ),
        votes=(
            (
                utc("2018-12-20T08:00:00"),
                (
                    Vote("credit", -1, -0.012, "HYG/IEF fell", date(2018, 12, 19)),
                    Vote("volatility", None, None, "VIX was not published", None),
                ),
            ),
        ),
        legs=("IWM", "SPY"),
        closes=(  # ratios 0.5300, 0.5280, 0.5240
            (date(2018, 12, 17), 134.62, 254.00),
            (date(2018, 12, 18), 132.00, 250.00),
            (date(2018, 12, 19), 131.00, 250.00),
        ),
        ratio=(
            (utc("2018-12-20T14:31:00"), 0.5236),
            (utc("2018-12-20T16:00:00"), 0.5212),
            (utc("2018-12-20T18:00:00"), 0.5229),
            (utc("2018-12-20T20:59:00"), 0.5219),
        ),
        money=MONEY,
        scale=1.0,
        lights=((utc("2018-12-20T08:00:00"), Light("green", ())),),
        floors=FLOORS,
        problems=(),
        positions=POSITIONS,
        deals=DEALS,
        taken=TAKEN,
        asked=ASKED,
        held_over=(
            HeldOver(84, XLP, BUY, 2.5, 50.11, 62.40, 149.40, -9.60),  # 2.5 x 1.04 x 24; 2.5 x 2.49 x 24
            HeldOver(86, IWM, BUY, 2.0, 126.50, 128.00, 250.56, -128.00),  # 2.0 x 4.00 x 16; 2.0 x 7.83 x 16
        ),
        events=(
            Event(lost.begin, "terminal", "the terminal does not answer: IPC timeout"),
            Event(lost.end, "terminal", "the terminal answers again"),
        ),
        missing=(),
        clock="New_York+7",
    )


# What each trade comes to. R is the loss at the first stop; without one, what the lots taken would have
# lost at the default stop.
EXPECTED: dict[int, dict[str, object]] = {
    # d = 130.07 - 127.07 = 3.00: 3.00 x 16 + 1.20 = 49.20 a lot; 120 / 49.20 = 2.439, so 2.4
    81: {
        "checked": False,
        "advised": 2.4,
        "cap": "regime",
        "over": 0.0,
        "at_stop": 98.40,  # 2.0 x 49.20
        "planned": 118.08,  # 2.4 x 49.20
        "result": 75.20,  # 76.80 - 0.80 - 0.80
        "r": 98.40,
        "result_r": 75.20 / 98.40,  # 0.764
        "over_cost": 0.0,
        "slippage": -0.32,  # filled at 130.07 for 130.06: 2.0 x -0.01 x 16
        "spread": -0.64,  # 2.0 x 0.02 x 16
    },
    # d = 132.20 - 128.20 = 4.00: 65.20 a lot; 120 / 65.20 = 1.840, so 1.8; 3.0 - 1.8 = 1.2 too many
    82: {
        "checked": True,
        "advised": 1.8,
        "cap": "regime",
        "over": 1.2,
        "at_stop": 195.60,  # 3.0 x 65.20
        "planned": 117.36,  # 1.8 x 65.20
        "result": -195.84,  # -193.44 - 1.20 - 1.20
        "r": 195.60,
        "result_r": -195.84 / 195.60,  # -1.001
        "over_cost": -78.336,  # -195.84 x 1.2 / 3.0
        "slippage": -1.44,  # opened at the ask; its stop at 128.20 was filled at 128.17: 3.0 x -0.03 x 16
        "spread": -1.92,  # 3.0 x 0.04 x 16
    },
    # d = 252.24 - 250.24 = 2.00: 2.00 x 40 + 2.10 = 82.10 a lot; 200 / 82.10 = 2.436, so 2.4
    83: {
        "checked": True,
        "advised": 2.4,
        "cap": "normal",
        "over": 0.0,
        "at_stop": 172.41,  # 2.1 x 82.10
        "planned": 197.04,  # 2.4 x 82.10
        "result": 80.22,  # 50.40 + 33.60 - 1.89 - 0.81 - 1.08
        "r": 172.41,
        "result_r": 80.22 / 172.41,  # 0.465
        "over_cost": 0.0,
        "slippage": -0.84,  # sold at 250.24 for 250.25: 2.1 x -0.01 x 40
        "spread": -2.52,  # 2.1 x 0.03 x 40
    },
    # d = 51.31 - 50.11 = 1.20: 30.50 a lot to the stop, 61.46 in a gap; 180 / 61.46 = 2.929, so 2.9
    84: {
        "checked": True,
        "advised": 2.9,
        "cap": "heat",
        "over": 0.0,
        "at_stop": 76.25,  # 2.5 x 30.50
        "planned": 88.45,  # 2.9 x 30.50
        "result": -1.25,  # its commission; it is still open
        "r": 76.25,
        "result_r": None,
        "over_cost": 0.0,
        "slippage": 0.0,
        "spread": -1.20,  # 2.5 x 0.02 x 24
    },
    # the default stop 2.5: 2.5 x 16 + 1.20 = 41.20 a lot; 120 / 41.20 = 2.913, so 2.9
    85: {
        "checked": False,
        "advised": 2.9,
        "cap": "regime",
        "over": 0.0,
        "at_stop": None,
        "planned": 119.48,  # 2.9 x 41.20
        "result": -15.20,  # -14.40 - 0.40 - 0.40
        "r": 41.20,  # of the 1.0 lot taken
        "result_r": -15.20 / 41.20,  # -0.369
        "over_cost": 0.0,
        "slippage": 0.0,
        "spread": -0.40,  # 1.0 x 0.025 x 16
    },
    # opened on Monday; its 3.5 lots had 134.50 - 126.50 = 8.00 to the stop: 8.00 x 16 + 1.20 = 129.20 each
    86: {
        "checked": False,
        "advised": None,
        "cap": None,
        "over": None,
        "at_stop": 452.20,  # 3.5 x 129.20
        "planned": None,
        "result": -71.90,  # -67.20 - 1.40 - 0.60 - 2.70 of swap
        "r": 452.20,
        "result_r": -71.90 / 452.20,  # -0.159
        "over_cost": None,
        "slippage": None,
        "spread": None,
    },
    # d = 249.62 - 248.12 = 1.50: 1.50 x 40 + 2.10 = 62.10 a lot; 120 / 62.10 = 1.932, so 1.9
    87: {
        "checked": True,
        "advised": 1.9,
        "cap": "regime",
        "over": 0.0,
        "at_stop": 117.99,  # 1.9 x 62.10
        "planned": 117.99,
        "result": -212.42,  # -209.00 - 1.71 - 1.71
        "r": 117.99,
        "result_r": -212.42 / 117.99,  # -1.800: its stop was moved away twice
        "over_cost": 0.0,
        "slippage": -5.32,  # 1.9 x -0.02 x 40 = -1.52 at its opening, 1.9 x -0.05 x 40 = -3.80 at its stop
        "spread": -2.28,  # 1.9 x 0.03 x 40
    },
}
WIDENED = {87: (247.32, 246.92)}
ORDER = (86, 81, 82, 85, 83, 87, 84)  # in which they were opened

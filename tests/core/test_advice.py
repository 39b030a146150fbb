from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Rung, Unit
from assistant.core.exposure import NOTHING, OpenRisk
from assistant.core.held import Held
from assistant.core.market import (
    Bar,
    Deal,
    Fill,
    Other,
    PerLot,
    Position,
    Quote,
    Role,
    SessionState,
    Side,
    TradeMode,
    Unknown,
)
from assistant.core.shares import ShareSettings
from assistant.core.sizing import Sizing
from assistant.core.snapshot import Snapshot
from assistant.core.symbol_advice import SideAdvice
from tests.core.builders import (
    AS_OF,
    BUY,
    BUY_IWM,
    IWM,
    IWM_QUOTE,
    OPEN,
    ORDER,
    POSITION,
    SELL,
    SELL_IWM,
    SETTINGS,
    SHARES,
    SHUT,
    SNAPSHOT,
    SPY_BARS,
    XLU,
    a_cap,
    risk_on_only,
    with_bars,
    with_quote,
)

FULL = replace(SNAPSHOT, positions=(POSITION,), orders=(ORDER,))


def advice_on(snapshot: Snapshot, shares: ShareSettings = SHARES) -> Advice:
    advice, _ = advise(snapshot, Track(), replace(SETTINGS, fold=replace(SETTINGS.fold, shares=shares)))
    return advice


def sides(advice: Advice) -> dict[str, SideAdvice]:
    return {
        f"{side} {symbol.instrument.symbol}": one
        for symbol in advice.symbols
        for side, one in symbol.sides.items()
    }


def lots(advice: Advice) -> dict[str, float]:
    return {name: side.lots for name, side in sides(advice).items()}


def ladder(side: SideAdvice) -> dict[str, float]:
    return {rung.name: round(rung.lots, 4) for rung in side.ladder}


# -- a whole snapshot, worked out by hand --
# Normal risk: 0.005 x (99550 - 250) = 496.50. RISK_OFF (builders.py): 0.3 x 496.50 = 148.95 for what adds
# risk-on exposure, that is buy IWM and sell XLU.
# A lot to its default stop: IWM 2.5 x 3.0 = 7.5 away loses 7.5 x 20 = 150 bought, 7.5 x 20.1 = 150.75 sold;
# XLU 2.5 x 1.1 = 2.75 away loses 2.75 x 25 = 68.75 bought, 2.75 x 25.2 = 69.3 sold.
# Open: IWM 0.5 lots with the stop 2.5 away, 0.5 x 2.5 x 20 = 25; notional 0.5 x 40.00 x 20 = 400.
# Pending: XLU sell 0.4 lots with the stop 0.8 away, 0.4 x 0.8 x 25.2 = 8.064; notional 0.4 x 26.5 x 25.2 =
# 267.12; margin 1.25 x 0.4 x 400 = 200, the dearer side.
# Own equity 99550 - 250 = 99300. Heat 0.02 x 99300 = 1986, less 25 + 8.064 is 1952.936. Cluster
# 0.012 x 99300 = 1191.6, less the same 33.064 (both add risk-on exposure) is 1158.536.
# Exposure 2.5 x 99300 = 248250, less 667.12 is 247582.88; a lot is 40.06 x 20 = 801.2 of IWM bought,
# 40.00 x 20.1 = 804 sold, 26.25 x 25 = 656.25 of XLU bought, 26.20 x 25.2 = 660.24 sold.
# Margin of a lot, stressed: 1.25 x 137.5 = 171.875, 174.375; 500, 487.5. Usable 0.7 x (4000 - 200) = 2660.
# Stop-out: (99550 - 1986) / (0.4 x 1.6) = 152443.75, less 95550 + 200 in use is 56693.75.


def test_a_whole_snapshot_becomes_the_lots_worked_out_by_hand() -> None:
    assert lots(advice_on(FULL)) == {
        "buy IWM": 0.8,  # idea: (148.95 - 25) / 150 = 0.826
        "sell IWM": 3.2,  # normal: 496.5 / 150.75 = 3.294
        "buy XLU": 5.2,  # margin: 2660 / 500 = 5.32, in steps of 0.2
        "sell XLU": 2.0,  # idea: (148.95 - 8.064) / 69.3 = 2.033, in steps of 0.2
    }


def test_every_cap_stands_in_the_ladder_with_the_lots_worked_out_by_hand() -> None:
    found = {name: ladder(side) for name, side in sides(advice_on(FULL)).items()}
    assert found == {
        # money / 150, the broker's, 247582.88 / 801.2, 2660 and 56693.75 / 171.875
        "buy IWM": {
            "normal": 3.31,  # 496.5
            "regime": 0.993,  # 148.95
            "volatility": 3.31,
            "heat": 13.0196,  # 1952.936
            "volume_max": 7.7,
            "idea": 0.8263,  # 123.95
            "cluster": 7.7236,  # 1158.536
            "exposure": 309.0151,
            "margin": 15.4764,
            "stop-out": 329.8545,
        },
        # money / 150.75, the broker's, 247582.88 / 804, 2660 and 56693.75 / 174.375
        "sell IWM": {
            "normal": 3.2935,
            "volatility": 3.2935,
            "heat": 12.9548,
            "volume_max": 7.7,
            "cluster": 7.9045,  # 1191.6: nothing open takes risk-on exposure away
            "exposure": 307.9389,
            "margin": 15.2545,
            "stop-out": 325.1254,
        },
        # money / 68.75, the broker's, 247582.88 / 656.25, 2660 and 56693.75 / 500
        "buy XLU": {
            "normal": 7.2218,
            "volatility": 7.2218,
            "heat": 28.4063,
            "volume_max": 11.0,
            "cluster": 17.3324,
            "exposure": 377.2692,
            "margin": 5.32,
            "stop-out": 113.3875,
        },
        # money / 69.3, the broker's, 247582.88 / 660.24, 2660 and 56693.75 / 487.5
        "sell XLU": {
            "normal": 7.1645,
            "regime": 2.1494,
            "volatility": 7.1645,
            "heat": 28.1809,
            "volume_max": 11.0,
            "idea": 2.033,  # 140.886
            "cluster": 16.7177,
            "exposure": 374.9892,
            "margin": 5.4564,
            "stop-out": 116.2949,
        },
    }


def test_each_side_names_what_binds_in_lots_and_in_money() -> None:
    found = {
        name: (side.binding.name, side.money.name, round(side.money.value, 6), side.lots_cap.name)
        for name, side in sides(advice_on(FULL)).items()
    }
    assert found == {
        "buy IWM": ("idea", "idea", 123.95, "volume_max"),
        "sell IWM": ("normal", "normal", 496.5, "volume_max"),
        "buy XLU": ("margin", "normal", 496.5, "margin"),
        "sell XLU": ("idea", "idea", 140.886, "margin"),
    }


def test_each_side_carries_the_facts_that_its_lots_rest_on() -> None:
    found = sides(advice_on(FULL))
    assert found["buy IWM"].sizing == BUY_IWM
    assert found["sell IWM"].sizing == SELL_IWM
    xlu = found["sell XLU"].sizing
    assert isinstance(xlu, Sizing)
    assert (xlu.entry, xlu.exit, xlu.loss_per_unit) == (26.20, 26.25, 25.2)
    assert (xlu.min_stop, xlu.default_stop) == pytest.approx((0.55, 2.75))  # 0.5 x 1.1, 2.5 x 1.1
    # From 41.0 to 38.5: 25. From 40.00 on: 15. With the stop 7.5 away: 50 more than the 25.
    assert found["buy IWM"].at_risk == OpenRisk(0.5, 25.0, 0.0, 0.0, 400.0, moved=50.0, ahead=15.0)
    assert found["sell IWM"].at_risk == NOTHING


def test_what_is_open_stands_against_what_the_shares_alone_let_through() -> None:
    iwm, xlu = advice_on(FULL).symbols
    assert iwm.held == (Held(BUY, 0.5, 0.9, None),)  # regime: 148.95 / 150 = 0.993
    assert xlu.held == ()  # a pending order is not open


def test_the_account_is_told_what_all_that_is_open_and_pending_can_lose() -> None:
    assert advice_on(FULL).at_risk == pytest.approx(33.064)  # 25 + 8.064
    assert advice_on(SNAPSHOT).at_risk == 0.0


def test_the_advice_lists_all_caps_and_the_smallest_share() -> None:
    advice = advice_on(FULL)
    assert [(cap.name, cap.scope, cap.side) for cap in advice.caps] == [
        ("normal", "account", None),
        ("regime", "account", None),
        ("volatility", "IWM", None),
        ("volatility", "SPY", None),
        ("volatility", "XLU", None),
        ("heat", "account", None),
        ("volume_max", "IWM", None),
        ("idea", "IWM", BUY),
        *((name, "IWM", BUY) for name in ("cluster", "exposure", "margin", "stop-out")),
        *((name, "IWM", SELL) for name in ("cluster", "exposure", "margin", "stop-out")),
        ("volume_max", "XLU", None),
        *((name, "XLU", BUY) for name in ("cluster", "exposure", "margin", "stop-out")),
        ("idea", "XLU", SELL),
        *((name, "XLU", SELL) for name in ("cluster", "exposure", "margin", "stop-out")),
    ]
    assert (advice.share.name, advice.share.value) == ("regime", 0.3)
    assert (advice.as_of, advice.mode, advice.problems) == (AS_OF, "live", FULL.problems)
    assert (advice.account, advice.hours, advice.terminal) == (FULL.account, FULL.hours, FULL.terminal)


# -- bad facts --


def test_a_stale_quote_takes_all_lots_of_its_symbol_and_of_no_other() -> None:
    old = with_quote(FULL, "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(seconds=40)))
    advice = advice_on(old)
    assert lots(advice) == {"buy IWM": 0.0, "sell IWM": 0.0, "buy XLU": 5.2, "sell XLU": 2.0}
    rung = sides(advice)["sell IWM"].binding
    assert rung == Rung("stale", 0.0, "quote is 40 s old, 15 s allowed")


def test_a_quote_exactly_at_the_age_limit_still_serves() -> None:
    at_limit = with_quote(FULL, "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(seconds=15)))
    assert lots(advice_on(at_limit))["sell IWM"] == 3.2


def test_a_quote_from_the_future_takes_all_lots() -> None:
    ahead = with_quote(FULL, "IWM", replace(IWM_QUOTE, at=AS_OF + timedelta(hours=1)))
    side = sides(advice_on(ahead))["buy IWM"]
    assert (side.lots, side.binding.name) == (0.0, "stale")
    assert side.binding.reason.startswith("quote stamped 3600 s in the future")


def test_a_quote_that_cannot_be_read_leaves_a_side_without_sizing_and_without_lots() -> None:
    quotes: dict[str, Quote | Unknown] = {**FULL.quotes, "IWM": Unknown("no tick of IWM.US")}
    advice = advice_on(replace(FULL, quotes=quotes))
    side = sides(advice)["buy IWM"]
    assert side.sizing == Unknown("no tick of IWM.US")
    assert (side.lots, side.plan_lots) == (0.0, 0.0)
    assert side.binding == Rung("broker facts", 0.0, "no tick of IWM.US")
    assert advice.symbols[0].held == (Held(BUY, 0.5, None, None),)
    assert advice.at_risk is None  # what the open lots can lose is not known


def test_outside_a_session_no_lots_now_and_those_of_the_plan() -> None:
    side = sides(advice_on(replace(FULL, hours=SHUT)))["buy IWM"]
    # Out of session what is open is held over a close: (4.5 x 20 + 4 x 0.7) x 0.5 = 46.4, not 25.
    assert (side.lots, side.plan_lots) == (0.0, 0.6)  # (148.95 - 46.4) / (150 + 2.8) = 0.671
    assert side.binding == Rung("market closed", 0.0, "opens 2018-12-10 14:30 UTC")
    assert (side.lots_cap.name, side.lots_cap.value) == ("market closed", 0.0)


def test_a_plan_is_no_way_around_another_cap() -> None:
    old = with_quote(FULL, "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(days=3)))
    side = sides(advice_on(replace(old, hours=SHUT)))["buy IWM"]
    assert (side.lots, side.plan_lots) == (0.0, 0.0)


def test_an_early_closing_is_not_open() -> None:
    hours = replace(SHUT, state=SessionState.CLOSED)
    assert set(lots(advice_on(replace(FULL, hours=hours))).values()) == {0.0}


def test_closes_that_are_missing_make_the_whole_account_stale() -> None:
    behind = with_bars(FULL, {"SPY": SPY_BARS[:5]})
    advice = advice_on(behind)
    assert set(lots(advice).values()) == {0.0}
    assert (advice.share.name, advice.share.value) == ("stale", 0.0)


def test_the_fail_safe_is_a_share_of_normal_risk_on_every_side() -> None:
    behind = with_bars(SNAPSHOT, {"SPY": SPY_BARS[:5]})
    shares = replace(SHARES, fail_safe=0.15)  # 0.15 x 496.5 = 74.475
    assert lots(advice_on(behind, shares)) == {
        "buy IWM": 0.4,  # 74.475 / 150 = 0.4965
        "sell IWM": 0.4,  # 74.475 / 150.75 = 0.494
        "buy XLU": 1.0,  # 74.475 / 68.75 = 1.083, in steps of 0.2
        "sell XLU": 1.0,  # 74.475 / 69.3 = 1.075, in steps of 0.2
    }


def test_a_leg_that_cannot_be_read_falls_to_the_fail_safe() -> None:
    bars: dict[str, Sequence[Bar] | Unknown] = {**FULL.bars, "SPY": Unknown("copy_rates failed")}
    advice = advice_on(replace(FULL, bars=bars))
    assert set(lots(advice).values()) == {0.0}
    assert sides(advice)["sell IWM"].binding == Rung("stale", 0.0, "copy_rates failed")


def test_too_little_history_is_a_share_of_its_own_on_every_side() -> None:
    bars = {name: FULL.bars[name] for name in ("IWM", "XLU")}  # no second leg at all
    advice = advice_on(replace(SNAPSHOT, bars=bars))
    assert (advice.share.name, advice.share.value) == ("unknown", 0.2)
    assert lots(advice)["sell IWM"] == 0.6  # 0.2 x 496.5 / 150.75 = 0.659


def test_bars_that_are_missing_leave_no_stop_and_no_lots() -> None:
    bars = {name: FULL.bars[name] for name in ("IWM", "SPY")}
    side = sides(advice_on(replace(FULL, bars=bars)))["buy XLU"]
    assert (side.lots, side.binding.name) == (0.0, "broker facts")
    assert side.binding.reason == "0 sessions of bars, 4 that move are needed"


def test_a_fact_missing_on_one_side_takes_the_lots_of_that_side() -> None:
    half = replace(IWM, per_lot={BUY: Unknown("order_calc_profit failed"), SELL: PerLot(20.1, 139.5)})
    advice = advice_on(replace(FULL, instruments=(half, XLU), positions=()))
    side = sides(advice)["buy IWM"]
    assert (side.lots, side.plan_lots) == (0.0, 0.0)
    assert side.binding == Rung("broker facts", 0.0, "order_calc_profit failed")
    assert (side.lots_cap.name, side.lots_cap.value) == ("broker facts", 0.0)
    assert lots(advice)["sell IWM"] == 3.2


@pytest.mark.parametrize(
    ("mode", "buy", "sell"),
    [(TradeMode.LONG_ONLY, 0.8, 0.0), (TradeMode.SHORT_ONLY, 0.0, 3.2), (TradeMode.CLOSE_ONLY, 0.0, 0.0)],
)
def test_a_side_that_the_broker_does_not_take_has_no_lots(mode: TradeMode, buy: float, sell: float) -> None:
    advice = advice_on(replace(FULL, instruments=(replace(IWM, trade_mode=mode), XLU)))
    assert lots(advice)["buy IWM"] == buy
    assert lots(advice)["sell IWM"] == sell


@pytest.mark.parametrize("value", [0.0, -20_000.0])
def test_an_account_without_means_of_its_own_has_no_lots(value: float) -> None:
    poor = replace(SNAPSHOT, account=replace(SNAPSHOT.account, equity=value))
    assert set(lots(advice_on(poor)).values()) == {0.0}


# -- what is open --


def another(**changes: object) -> Position:
    return replace(POSITION, **changes)  # type: ignore[arg-type]  # its fields have several types


@pytest.mark.parametrize(
    "snapshot",
    [
        replace(FULL, positions=(POSITION, another(broker_symbol="TSLA.US"))),
        replace(FULL, orders=(ORDER, replace(ORDER, broker_symbol="TSLA.US"))),
        with_quote(FULL, "IWM", Unknown("gone")),
    ],
)
def test_a_risk_of_which_a_fact_is_missing_is_no_number_and_leaves_no_lots(snapshot: Snapshot) -> None:
    advice = advice_on(snapshot)
    assert advice.at_risk is None
    assert set(lots(advice).values()) == {0.0}
    heat = next(cap for cap in advice.caps if cap.name == "heat")
    assert heat.value == 0.0
    assert heat.reason in {f"what is open in {name} can lose is not known" for name in ("TSLA.US", "IWM.US")}


def test_what_has_no_stop_counts_with_its_gap_and_is_named() -> None:
    # A gap of IWM: 0.1125 of 40.06 is 1.5 average true ranges, 4.50675; of XLU sold, from 26.20: the worst
    # opening of its history, 26.8 / 26.0 - 1 = 0.8 / 26 = 0.0308, the floor 0.08, 1.65 / 26.2 = 0.063.
    bare = advice_on(replace(FULL, positions=(another(stop=None),)))
    assert bare.at_risk == pytest.approx(0.5 * (1.0 + 4.5) * 20 + 8.064)  # 1.0 lost since 41.0 already
    assert bare.no_stop == pytest.approx(0.5 * 5.5 * 20)
    assert bare.problems[-1] == "open without a stop-loss, counted with their gap: 0.5 IWM.US"
    waiting = advice_on(replace(FULL, orders=(replace(ORDER, stop=None),)))
    assert waiting.at_risk == pytest.approx(25.0 + 0.4 * 0.08 * 26.20 * 25.2)


def test_what_is_open_in_a_symbol_that_is_not_configured_counts_with_its_gap() -> None:
    # Bought at 41.0, stop 38.5, now 40.00: the plan is for the day, so 2.5 x 20 x 0.5; then over night, where
    # nothing is known of its gaps but the floor of 8 %: 0.08 x 40.06 x 20, and 2 + 2 nights at 0.7, x 0.5.
    tesla = Other(replace(IWM, symbol="TSLA.US", broker_symbol="TSLA.US", role=Role.NEUTRAL), IWM_QUOTE)
    snapshot = replace(FULL, positions=(another(broker_symbol="TSLA.US"),), others={"TSLA.US": tesla})
    advice = advice_on(snapshot)
    assert advice.at_risk == pytest.approx(25.0 + 8.064)
    assert ladder(sides(advice)["sell IWM"])["exposure"] == 307.9389  # its 400 of notional count, too
    plan = replace(SETTINGS, plan=replace(SETTINGS.plan, hold="overnight"))
    night, _ = advise(replace(snapshot, orders=()), Track(), plan)
    assert night.at_risk == pytest.approx((0.08 * 40.06 * 20 + 2.8) * 0.5)
    unread = advice_on(replace(snapshot, others={"TSLA.US": Unknown("symbol_info failed")}))
    assert unread.at_risk is None


def test_stops_that_were_filled_worse_leave_fewer_lots_while_they_are_known() -> None:
    fills = tuple(Fill("IWM.US", SELL, 40.0, 39.6) for _ in range(10))  # 1 % worse each
    advice, track = advise(replace(SNAPSHOT, fills=fills), Track(), SETTINGS)
    again, _ = advise(replace(SNAPSHOT, fills=fills), track, SETTINGS)
    for one in (advice, again):
        sizing = one.symbols[0].sides[BUY].sizing
        assert isinstance(sizing, Sizing)
        assert sizing.cost_per_lot == pytest.approx(16.024)  # 2 x 0.01 x 40.06 x 20
    gone, _ = advise(SNAPSHOT, track, SETTINGS)
    assert gone.symbols == advise(SNAPSHOT, Track(), SETTINGS)[0].symbols


def test_past_fills_that_cannot_be_read_are_told() -> None:
    advice = advice_on(replace(SNAPSHOT, fills=Unknown("past fills are not known")))
    assert advice.problems[-1] == "past fills are not known"


def test_what_past_deals_taught_stands_while_they_cannot_be_read() -> None:
    paid = Deal(1, AS_OF, "buy", "in", 7, "IWM.US", 3.0, 40.0, 0.0, -66.0, 0.0, 0.0)
    read, track = advise(replace(SNAPSHOT, past=(paid,)), Track(), SETTINGS)
    gone, after = advise(replace(SNAPSHOT, past=Unknown("timeout")), track, SETTINGS)
    assert lots(gone) == lots(read) != lots(advice_on(SNAPSHOT))
    assert after.trips == track.trips


def test_past_deals_that_cannot_be_read_are_told() -> None:
    advice = advice_on(replace(SNAPSHOT, past=Unknown("past deals are not known")))
    assert advice.problems[-1] == "past deals are not known"


def test_what_was_to_be_closed_by_now_is_named_and_counts_with_its_gap() -> None:
    late = replace(FULL, hours=replace(OPEN, closes_at=AS_OF + timedelta(minutes=20)), orders=())
    advice = advice_on(late)
    assert advice.problems[-1] == "still open, and so counted as held over the close: 0.5 IWM.US"
    assert advice.at_risk == pytest.approx(46.4)  # (4.5 x 20 + 4 nights at 0.7) x 0.5, not 2.5 x 20 x 0.5
    soon = advice_on(replace(late, hours=replace(OPEN, closes_at=AS_OF + timedelta(minutes=21))))
    assert soon.at_risk == pytest.approx(25.0)


def test_a_position_without_a_stop_ends_its_idea_and_no_other() -> None:
    advice = advice_on(replace(FULL, positions=(another(stop=None),)))
    assert sides(advice)["buy IWM"].binding.name == "idea"
    assert lots(advice) == {"buy IWM": 0.0, "sell IWM": 3.2, "buy XLU": 5.2, "sell XLU": 2.0}


def test_positions_of_one_side_are_added_up() -> None:
    two = replace(FULL, positions=(POSITION, another(ticket=702, lots=0.6, stop=39.0)))
    advice = advice_on(two)
    # 25 and 0.6 x 2.0 x 20 = 24: (148.95 - 49) / 150 = 0.666
    assert lots(advice)["buy IWM"] == 0.6
    assert advice.symbols[0].held[0].lots == pytest.approx(1.1)


def test_hedged_positions_are_shown_by_side() -> None:
    short = another(ticket=703, side=SELL, lots=0.4, price=40.5, stop=43.0)
    held = advice_on(replace(FULL, positions=(POSITION, short))).symbols[0].held
    assert [(one.side, one.lots, one.position_cap) for one in held] == [
        (BUY, 0.5, 0.9),
        (SELL, 0.4, 3.2),  # no regime: 496.5 / 150.75 = 3.294
    ]


def test_a_condition_of_the_moment_does_not_shrink_what_a_position_may_hold() -> None:
    old = with_quote(FULL, "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(seconds=40)))
    assert advice_on(old).symbols[0].held[0].position_cap == 0.9


# -- from cycle to cycle --


def test_lots_come_back_once_the_facts_have_been_good_for_long_enough() -> None:
    old = with_quote(SNAPSHOT, "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(seconds=40)))
    _, track = advise(old, Track(), SETTINGS)
    seen = {}
    for seconds in (1, 30, 31):  # the first good look comes at 1
        as_of = AS_OF + timedelta(seconds=seconds)
        fresh = with_quote(replace(SNAPSHOT, as_of=as_of), "IWM", replace(IWM_QUOTE, at=as_of))
        fresh = with_quote(fresh, "XLU", replace(IWM_QUOTE, bid=26.20, ask=26.25, at=as_of))
        advice, track = advise(fresh, track, SETTINGS)
        seen[seconds] = (lots(advice)["sell IWM"], sides(advice)["sell IWM"].binding.name)
    assert seen == {1: (0.0, "stale"), 30: (0.0, "stale"), 31: (3.2, "normal")}


def test_the_regime_is_folded_once_for_the_same_closes() -> None:
    _, first = advise(SNAPSHOT, Track(), SETTINGS)
    _, second = advise(FULL, first, SETTINGS)
    assert second.folded is first.folded


# -- caps from outside, and advisory ones --


def test_a_fault_without_any_share_takes_all_lots() -> None:
    fault = a_cap(0.0, Unit.SHARE, "journal")
    advice, _ = advise(FULL, Track(), SETTINGS, [fault])
    assert set(lots(advice).values()) == {0.0}
    assert {side.binding.name for side in sides(advice).values()} == {"journal"}
    assert (advice.share, fault in advice.caps) == (fault, True)


def test_a_fault_in_money_counts_on_top_of_what_the_shares_say() -> None:
    advice, _ = advise(SNAPSHOT, Track(), SETTINGS, [a_cap(63.0, Unit.MONEY, "daily loss")])
    assert lots(advice)["sell IWM"] == 0.4  # 63 / 150.75 = 0.418
    assert sides(advice)["sell IWM"].binding.name == "daily loss"


def test_an_advisory_cap_changes_no_lots_and_shows_what_would_bind() -> None:
    dry = replace(a_cap(63.0, Unit.MONEY, "daily loss"), advisory=True)
    advice, _ = advise(SNAPSHOT, Track(), SETTINGS, [dry])
    assert lots(advice) == lots(advice_on(SNAPSHOT))
    side = sides(advice)["sell IWM"]
    assert side.binding.name == "normal"
    assert side.would_bind is not None
    assert side.would_bind.name == "daily loss"
    assert side.would_bind.lots == pytest.approx(63 / 150.75)


def test_an_advisory_cap_that_is_not_the_smallest_would_not_bind() -> None:
    dry = replace(a_cap(5.5, name="dry"), advisory=True)
    advice, _ = advise(SNAPSHOT, Track(), SETTINGS, [dry])
    assert sides(advice)["sell IWM"].would_bind is None  # 3.29 lots by normal
    assert sides(advice)["buy XLU"].would_bind == Rung("dry", 5.5, "why dry", advisory=True)


def test_a_cap_on_risk_on_exposure_spares_the_other_sides() -> None:
    advice, _ = advise(SNAPSHOT, Track(), SETTINGS, [risk_on_only(a_cap(0.0, Unit.SHARE, "break"))])
    assert lots(advice) == {"buy IWM": 0.0, "sell IWM": 3.2, "buy XLU": 5.6, "sell XLU": 0.0}


def test_what_rounding_leaves_of_too_small_a_cap_is_nothing_and_says_so() -> None:
    advice, _ = advise(SNAPSHOT, Track(), SETTINGS, [a_cap(0.05, Unit.SHARE, "heat")])
    side = sides(advice)["sell IWM"]  # 0.05 x 496.5 / 150.75 = 0.1647
    assert side.lots == 0.0
    assert side.binding.name == "volume_min"
    assert side.binding.reason == "heat leaves 0.1647 lots, the broker's smallest order is 0.3"
    assert side.ladder[-1] is side.binding


def test_the_order_of_sides_is_buy_then_sell() -> None:
    assert list(advice_on(SNAPSHOT).symbols[0].sides) == [Side.BUY, Side.SELL]

"""The packs in the box, and what a file that is no pack is told."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

import assistant
from assistant.core.day_rules import Concentration, DayCount, Inactivity, TimeLimit
from assistant.core.floors import Amount, Floor, Measure, Op, Reference
from assistant.core.funded import NO_CUTOFF, PayoutGate, ProfitCap, Target, Text, judge_floor
from assistant.core.market import Unknown
from assistant.core.order_rules import ExposureCap, OrderRule, RateLimit, Window
from assistant.core.track import Reset, fold, start
from assistant.errors import ConfigError
from assistant.funded.packs import Pack, Program, Rule, load_packs, read_pack
from assistant.funded.words import floor_words

PACKS = load_packs()
ALL = [(key, name) for key, pack in PACKS.items() for name in pack.programs]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KINDS = {
    "floor": Floor,
    "target": Target,
    "day_count": DayCount,
    "concentration": Concentration,
    "inactivity": Inactivity,
    "time_limit": TimeLimit,
    "window": Window,
    "exposure": ExposureCap,
    "order": OrderRule,
    "rate_limit": RateLimit,
    "profit_cap": ProfitCap,
    "payout": PayoutGate,
    "text": Text,
}
MINIMAL = """\
schema: funded-pack/1
firm: Example
currency: USD
sources: {page: https://example.com}
shared:
  scope: {text: {items: [one account]}, effect: review, source: [page], as_of: 2026-06}
programs:
  one:
    name: One
    phase: challenge
    market: cfd
    sizes: [50000]
    as_of: 2026-06-05
    confidence: low
    cutoffs: [{time: "17:00", zone: America/New_York}]
    shares: [scope]
    rules:
      max:
        floor: {reference: initial, amount: {percent: 6, of: initial}, measure: equity, op: lt}
        effect: fail
        source: [page]
        as_of: 2026-06-05
        otherwise:
          - {told: it trails, floor: {reference: hwm_balance_eod, amount: {money: 3000}}}
"""


def program(key: str) -> tuple[Program, dict[str, Rule]]:
    pack, name = key.split("/")
    return PACKS[pack].programs[name], PACKS[pack].rules(name)


def floors(rule: Rule) -> dict[str, Floor]:
    return {one.told: one.floor for one in rule.readings if one.floor}


def written(folder: Path, text: str) -> Path:
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_program_is_in_the_box_and_every_rule_has_source_and_date() -> None:
    counts = {key: len(pack.programs) for key, pack in PACKS.items()}
    assert counts == {
        "apex": 4,
        "e8": 3,
        "ftmo": 6,
        "fundednext": 7,
        "fundingpips": 7,
        "the5ers": 4,
        "the_trading_pit": 20,
        "topstep": 2,
    }
    rules = [rule for key, name in ALL for rule in PACKS[key].rules(name).values()]
    assert len(rules) == 413
    assert all(rule.source and rule.as_of >= "2025-12" for rule in rules)


@pytest.mark.parametrize(("key", "name"), ALL)
def test_no_amount_by_size_leaves_a_size_of_its_program_out(key: str, name: str) -> None:
    sizes = set(PACKS[key].programs[name].sizes)
    for rule in PACKS[key].rules(name).values():
        for reading in rule.readings:
            for amount in (
                *([reading.floor.amount, reading.floor.lock] if reading.floor else []),
                *([reading.target.amount] if reading.target else []),
            ):
                if amount is not None and amount.by_size is not None:
                    assert set(amount.by_size) == sizes
            if reading.exposure and reading.exposure.by_size:
                assert set(reading.exposure.by_size) == sizes


@pytest.mark.parametrize(
    ("key", "rule", "levels"),
    [  # floors after a day of 100000 or 50000 that began with balance 2 % and equity 3 % up
        ("ftmo/2_step_challenge", "daily", {"as published": 97_000}),  # 102000 - 5000
        ("ftmo/1_step_challenge", "daily", {"as published": 99_000}),  # 102000 - 3000
        ("the5ers/high_stakes_phase1", "daily", {"as published": 97_850}),  # 103000 - 5150
        ("fundingpips/2_step_pro_phase1", "daily", {"as published": 99_910}),  # 103000 - 3090
        ("fundednext/stellar_1_step", "max", {"as published": 94_000}),
        ("the_trading_pit/prime_2_phase_100k_phase1", "daily", {"as published": 98_000}),  # 102000 - 4000
        ("the_trading_pit/prime_1_phase_50k_challenge", "max", {"as published": 47_000}),
        ("topstep/combine", "max", {"as published": 99_000}),  # 102000 - 3000, locked at 100000
        ("apex/eod_pa", "max", {"as published": 99_000}),  # 102000 - 3000, locked at 100100
        ("e8/pro", "max", {"as published": 92_000}),
    ],
)
def test_floors_of_each_firm_by_hand(key: str, rule: str, levels: dict[str, float]) -> None:
    one, rules = program(key)
    size = 100_000.0 if 100_000 in one.sizes or not one.sizes else 50_000.0
    track = fold(start(size, size), [Reset(NOON, 1.02 * size, 1.03 * size)])
    assert {told: floor.level(track) for told, floor in floors(rules[rule]).items()} == levels


def test_two_readings_are_two_floors_and_the_higher_is_shown() -> None:
    _, rules = program("the_trading_pit/prime_1_phase_200k_challenge")
    track = fold(start(200_000, 200_000), [Reset(NOON, 207_000, 207_000)])
    judged = judge_floor(floors(rules["max"]), {"16:15": track})
    assert judged.told == "as published"  # it trails: 207000 - 12000
    assert not isinstance(judged.finding, Unknown)
    assert judged.finding.bound == 195_000
    assert [(told, found.bound) for told, found in judged.others if not isinstance(found, Unknown)] == [
        ("static, as the firm's support page says", 188_000)  # 200000 - 12000
    ]


def test_the_lock_of_an_evaluation_is_the_target_less_the_drawdown() -> None:
    _, rules = program("apex/eod_eval")
    never, at_target = floors(rules["max"]).values()
    track = fold(start(50_000, 50_000), [Reset(NOON, 54_000, 54_000)])
    assert (never.level(track), at_target.level(track)) == (52_000, 51_000)  # 50000 + 3000 - 2000


def test_the_express_account_begins_at_0_and_its_size_names_it() -> None:
    one, rules = program("topstep/xfa")
    assert one.starts_at == 0
    (floor,) = floors(rules["max"]).values()
    assert floor.level(start(one.starts_at, 150_000)) == -4500
    assert floor.initial_after_payout


def test_what_is_not_published_stays_unknown() -> None:
    _, instant = program("the_trading_pit/cfd_instant")
    (floor,) = floors(instant["daily"]).values()
    assert floor.level(start(10_000, 10_000)) == Unknown("its amount is not published")
    stocks, rules = program("the_trading_pit/stocks")
    assert stocks.cutoffs == ()
    judged = judge_floor(floors(rules["max"]), {NO_CUTOFF: start(10_000, 10_000)})
    assert isinstance(judged.finding, Unknown)
    _, prime = program("the_trading_pit/prime_2_phase_20k_phase1")
    leverage = prime["leverage_fx"].readings[0].rule
    assert isinstance(leverage, ExposureCap)
    assert isinstance(leverage.find(1.0, "equities", 20_000), Unknown)
    _, zero = program("fundingpips/zero")
    days = zero["days_profit"].readings[0].rule
    assert isinstance(days, DayCount)
    assert days.amount == Amount(percent=None)


def test_the_firm_s_day_is_all_that_its_pages_may_mean() -> None:
    def told(key: str) -> list[str]:
        return [f"{one.time:%H:%M} {one.zone.key}" for one in program(key)[0].cutoffs]

    assert told("ftmo/2_step_challenge") == ["00:00 Europe/Prague"]
    assert told("the_trading_pit/classic_challenge") == ["16:15 America/Chicago", "16:00 America/Chicago"]
    assert told("fundednext/lite_phase1") == ["17:00 America/New_York", "00:00 Europe/Athens"]
    assert told("fundingpips/1_step") == ["00:00 Etc/GMT-3", "17:00 America/New_York"]


def test_another_reading_lacks_no_number_that_the_rule_itself_has() -> None:
    read = [floors(rule) for key, name in ALL for rule in PACKS[key].rules(name).values()]
    several = [[one.amount for one in floor.values()] for floor in read if len(floor) > 1]
    for amounts in several:
        assert len({(one.percent is None, one.by_size is None) for one in amounts}) == 1, amounts
    assert len(several) == 5 + 3 + 1 + 4 + 2 + 2 + 2  # The Trading Pit three times, FTMO twice, two more
    _, zero = program("fundingpips/zero")
    track = fold(start(10_000, 10_000), [Reset(NOON, 10_400, 10_400)])
    levels = [floor.level(track) for floor in floors(zero["max"]).values()]
    assert levels == [9900, 9880]  # 10400 - 500, and 10400 - 520


def test_a_window_in_two_readings_is_two_windows() -> None:
    _, rules = program("the_trading_pit/prime_1_phase_50k_challenge")
    older, newer = (one.rule for one in rules["news"].readings)
    assert isinstance(older, Window)
    assert isinstance(newer, Window)
    assert ([*older.forbids], newer.allowed) == (["open", "pending_placed"], True)


def test_a_pack_is_read_with_its_readings_laid_over_the_rule(tmp_path: Path) -> None:
    pack = read_pack(written(tmp_path, MINIMAL.replace("amount: {money: 3000}", "op: le")))
    published, trails = floors(pack.rules("one")["max"]).values()
    assert (published.reference, published.op) == (Reference.INITIAL, Op.LT)
    assert (trails.reference, trails.op) == (Reference.HWM_BALANCE_EOD, Op.LE)
    assert published.amount == trails.amount == Amount(percent=6)
    assert list(pack.rules("one")) == ["max", "scope"]


BROKEN = "programs.one.rules.max"


@pytest.mark.parametrize(
    ("was", "now", "complaint"),
    [
        ("", "", f"{BROKEN}.readings.1.floor.amount: amount was stated twice; expected one of money"),
        ("told: it trails", "told: as published", f"{BROKEN}: two readings have one name"),
        ("op: lt", "op: gt", f"{BROKEN}.readings.0.floor: op was gt; expected lt or le for a floor"),
        ("op: lt", "op: below", f"{BROKEN}.readings.0.floor.op: Input should be 'lt', 'le', 'gt' or 'ge'"),
        ("percent: 6", "percent: .nan", f"{BROKEN}.readings.0.floor.amount.percent: "),
        ("percent: 6", "percent: six", f"{BROKEN}.readings.0.floor.amount.percent: "),
        ("measure: equity", "measured: equity", f"{BROKEN}.readings.0.floor.measured: "),
        ("source: [page]\n", "source: [blog]\n", "as a whole: the source blog is not among the sources"),
        ("source: [page]\n", "source: []\n", f"{BROKEN}.source: "),
        ("as_of: 2026-06-05\n        other", "as_of: lately\n        other", f"{BROKEN}.as_of: "),
        ("effect: fail", "effect: lose", f"{BROKEN}.effect: "),
        ("shares: [scope]", "shares: [conduct]", "as a whole: one shares conduct; expected shared rules"),
        ("  max:", "  scope:", "as a whole: one shares a rule that it has itself"),
        ("zone: America/New_York", "zone: America/Gotham", "programs.one.cutoffs.0.zone: "),
        ("firm: Example\n", "", "firm: Field required"),
        ("schema: funded-pack/1\n", "", "schema: Field required"),
        (
            "it trails, floor:",
            "it is text, text: {items: [x]}, floor: null, note:",
            f"{BROKEN}.readings.1.note: ",
        ),
        (
            "it trails, floor: {reference: hwm_balance_eod, op: le}",
            "it is text, text: {items: [x]}, floor: null",
            f"{BROKEN}: readings of one rule were of several kinds; expected one kind",
        ),
        ("currency: USD", "currency: Dollar", "currency: "),
        ("schema: funded-pack/1", "schema: funded-pack/2", "schema: Input should be 'funded-pack/1'"),
        ("floor: {reference: initial", "text: {items: [x]}\n        floor: {reference: initial", "kind was"),
        ("- {told: it trails, ", "- {", f"{BROKEN}.readings.1.told: "),
        ("otherwise:\n          - {", "otherwise:\n          {", f"{BROKEN}.otherwise: "),
        ("programs:\n", "programs: none\nothers:\n", "programs: "),
        ("shared:\n", "shared: [x]\nothers:\n", "shared: "),
    ],
)
def test_a_pack_that_does_not_fit_is_refused_by_file_and_key(
    was: str, now: str, complaint: str, tmp_path: Path
) -> None:
    text = MINIMAL.replace("amount: {money: 3000}", "op: le") if was else MINIMAL
    assert was in text
    path = written(tmp_path, text.replace(was, now, 1))
    with pytest.raises(ConfigError) as refused:
        load_packs(tmp_path)
    lines = str(refused.value).splitlines()
    assert any(line.startswith(f"{path}: ") and complaint in line for line in lines), lines


def test_a_rule_without_a_kind_or_that_is_no_rule_is_refused(tmp_path: Path) -> None:
    for text in ("max: {effect: fail, source: [page], as_of: 2026-06}", "max: 6 %"):
        head = MINIMAL.partition("      max:")[0]
        with pytest.raises(ConfigError, match=r"programs\.one\.rules\.max"):
            read_pack(written(tmp_path, f"{head}      {text}\n"))
    with pytest.raises(ConfigError, match=r"programs\.one"):
        read_pack(written(tmp_path, f"{MINIMAL.partition('  one:')[0]}  one: 6 %\n"))


def said(packs: dict[str, Pack]) -> Iterator[str]:
    for pack in packs.values():
        for name in pack.programs:
            for rule in pack.rules(name).values():
                yield from map(floor_words, floors(rule).values())


def test_each_floor_is_said_in_plain_words() -> None:
    words = set(said(PACKS))
    assert (
        "5 % of the initial balance, below the balance at the day's start; broken when equity falls below it"
        in words
    )
    assert (
        "5 % of it, below the higher of balance and equity at the day's start; "
        "broken when balance or equity reaches it" in words
    )
    assert (
        "1000 / 2000 / 3000 / 4000 by account size, below the highest balance at a day's end; "
        "broken when equity reaches it; rises up to the initial balance plus 100" in words
    )
    assert any(one.startswith("cannot certify: not published, below the highest balance") for one in words)
    static = Floor(reference=Reference.INITIAL, amount=Amount(money=7000), measure=Measure.BALANCE, op=Op.LT)
    assert floor_words(static) == "7000, below the initial balance; broken when balance falls below it"


def test_the_document_names_every_kind_of_rule_and_each_of_its_keys() -> None:
    page = (Path(assistant.__file__).parent / "docs" / "funded-rules.md").read_text(encoding="utf-8")
    for kind, rule in KINDS.items():
        keys = {kind, *(field.name for field in fields(rule))}
        keys -= {"stated"}  # the dashboard's number, which no pack can know
        assert {key for key in keys if f"`{key}`" not in page} == set()
    for model in (Pack, Program, Rule):
        keys = set(model.model_fields) - {"schema_", "readings"}
        assert {key for key in keys if f"`{key}`" not in page} == set()

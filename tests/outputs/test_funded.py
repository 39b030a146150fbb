"""What a trader sees of the rules of a funded account: the page, the line on the console, the documents."""

from __future__ import annotations

import copy
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.outputs.fields import Document
from assistant.outputs.funded import funded_document
from assistant.outputs.funded_lines import funded_lines, funded_words
from assistant.outputs.funded_page import page
from assistant.outputs.wording import light_of
from tests.doubles.cycles import plain_schema, schema

BERLIN = ZoneInfo("Europe/Berlin")
PRAGUE = "2018-12-26T23:00:00Z"  # midnight there


def rule(name: str, kind: str, effect: str, words: str = "so it stands", **other: Any) -> Document:  # noqa: ANN401 -- fields of several types
    fields: Document = {"status": "green", "told": "as published", "others": [], "doubts": [], "broken": None}
    return {"name": name, "kind": kind, "effect": effect, "words": words, "source": "x"} | fields | other


def floor(
    name: str,
    effect: str,
    level: float,
    headroom: float,
    after: float | None,
    **other: Any,  # noqa: ANN401 -- fields of several types
) -> Document:
    fields = {"name": name, "effect": effect, "floor": level, "headroom": headroom, "after_reset": after}
    fields["after_told"] = None
    reset = None if after is None else PRAGUE
    return fields | {"reset_at": reset, "status": "green", "moves": "nothing moves it"} | other


def cap(name: str, value: float, unit: str = "money", **other: Any) -> Document:  # noqa: ANN401 -- fields of several types
    fields = {
        "name": name,
        "value": value,
        "unit": unit,
        "scope": "account",
        "side": "both",
        "kind": "condition",
    }
    more = {"applies_to": "all", "reason": "why", "advisory": True, "since": None, "until": None}
    return fields | more | other


FUNDED: Document = {
    "pack": "ftmo/2_step_challenge",
    "title": "FTMO 2-Step, challenge",
    "mode": "dry_run",
    "status": "green",
    "why": [],
    "lacking": [],
    "currency": "USD",
    "initial_balance": 100_000.0,
    "virtual": False,
    "scale": 1.0,
    "resets": [{"cutoff": "00:00 Europe/Prague", "at": PRAGUE}],
    "floors": [
        floor("daily", "pause", 95_000.0, 4_300.0, 2_700.5, moves="each reset moves it"),
        floor("max_loss", "fail", 90_000.0, 9_300.0, 9_300.0, status="amber"),
    ],
    "rules": [
        rule("daily", "floor", "pause", doubts=["whether swap counts"]),
        rule("max_loss", "floor", "fail", others=["it trails: 99300.00 against 92000.00"]),
        rule("target", "target", "pass", "120.00 of 10000.00 profit; 9880.00 to go"),
        rule(
            "best_day",
            "concentration",
            "raises_target",
            "above 3.00 today raises your target",
            status="amber",
        ),
        rule("idle", "inactivity", "fail", "16.0 of 30 days", status="red"),
        rule("weekend", "window", "violation", "flat by 2018-12-28 20:45 UTC (weekend)"),
        rule("requests", "rate_limit", "violation", "at most 2000", status=None),
        rule("conduct", "text", "review", "no gambling", status=None),
    ],
    "track": "ftmo/2_step_challenge 100000/100000 from the first deal",
    "record": "00112233aabbccdd",
    "seen_at": "2018-12-26T15:30:04.500000Z",
}
ADVICE: Document = {
    "as_of": "2018-12-26T15:30:04.500000Z",
    "valid_until": "2018-12-26T15:30:09.500000Z",
    "mode": "live",
    "terminal": {
        "module": "MetaTrader5",
        "server": "Firm-Live",
        "login": 51,
        "currency": "USD",
        "clock": "New_York+7",
        "clock_doubt": None,
    },
    "account": {
        "balance": 99_500.0,
        "equity": 99_300.0,
        "credit": 0.0,
        "margin": 100.0,
        "free_margin": 99_200.0,
        "stop_out": {"value": 0.5, "in_money": False},
        "risk_base": 99_300.0,
        "margin_mode": "hedging",
        "nets": False,
        "at_risk": 10.0,
        "no_stop": 0.0,
    },
    "caps": [cap("normal", 500.0), cap("funded daily", 1_800.25), cap("funded max loss", 7_800.0)],
    "symbols": [],
    "funded": FUNDED,
}


def advice(**changes: Any) -> Document:  # noqa: ANN401 -- fields of several types
    """The advice with other fields in what the rules come to."""
    document = copy.deepcopy(ADVICE)
    document["funded"] |= changes
    return document


def shown(width: int = 80, **changes: Any) -> list[str]:  # noqa: ANN401 -- fields of several types
    return page(funded_document(advice(**changes)), width, BERLIN)


def words(**changes: Any) -> str:  # noqa: ANN401 -- fields of several types
    return " ".join(" ".join(shown(400, **changes)).split())


def test_the_document_of_the_page_keeps_to_its_schema() -> None:
    document = funded_document(copy.deepcopy(ADVICE))
    schema("funded-1").validate(document)
    plain_schema("funded-1").validate(document)
    assert [one["name"] for one in document["caps"]] == ["funded daily", "funded max loss"]
    document["funded"]["status"] = "fine"
    assert not schema("funded-1").is_valid(document)
    assert not plain_schema("funded-1").is_valid(document)


def test_the_page_says_light_and_mode_first_then_floors_with_what_breaking_them_means() -> None:
    assert shown()[:9] == [
        "GREEN: FTMO 2-Step, challenge, 100,000 USD. DRY RUN: nothing binds.",
        "51 on Firm-Live: balance 99,500.00, equity 99,300.00 USD",
        "",
        "Floors               floor  headroom  after reset  if it is broken",
        "daily     green  95,000.00  4,300.00     2,700.50  no trading until the next day",
        "          each reset moves it",
        "max loss  AMBER  90,000.00  9,300.00     9,300.00  the account is lost",
        "          nothing moves it",
        "",
    ]


def test_the_page_names_the_reading_that_leaves_less_after_the_reset() -> None:
    one = floor("max_loss", "fail", 90_000.0, 9_300.0, 9_100.0, after_told="it trails the balance")
    page = shown(floors=[one])
    at = page.index("          nothing moves it")
    assert page[at - 1].split()[:6] == ["max", "loss", "green", "90,000.00", "9,300.00", "9,100.00"]
    assert page[at + 1] == "          after the reset another reading leaves less: it trails the balance"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    assert max(map(len, shown(width))) <= min(width, 110)


def test_a_reset_is_told_by_both_clocks_and_in_how_long() -> None:
    """15:30:04 to 23:00 UTC; Berlin and Prague have one clock, New York is six hours behind."""
    assert "Next reset in 7 h 30 min: Thu 00:00 your time, Thu 00:00 in Europe/Prague" in words()
    here = page(funded_document(ADVICE), 200, ZoneInfo("America/New_York"))
    assert "Next reset in 7 h 30 min: Wed 18:00 your time, Thu 00:00 in Europe/Prague" in here
    two = [*FUNDED["resets"], {"cutoff": "17:00 America/New_York", "at": "2018-12-26T22:00:00Z"}]
    assert (
        "Next reset in 6 h 30 min: Wed 23:00 your time, Wed 17:00 in America/New_York which of them is the "
        "firm's is not certain: the worse counts"
    ) in words(resets=two)
    assert "Next reset: not known" in words(resets=[])


def test_other_rules_stand_below_each_with_what_follows() -> None:
    told = words()
    assert "Goals and days target 120.00 of 10000.00 profit; 9880.00 to go best day AMBER: above 3.00" in told
    assert "raises your target idle RED: 16.0 of 30 days (if broken: the account is lost)" in told
    assert "weekend flat by 2018-12-28 20:45 UTC (21:45 your time) (weekend) (if broken: a violation)" in told
    assert "No program can judge conduct no gambling" in told
    assert (
        "Not certain daily: whether swap counts max loss: or, if it trails: 99300.00 against 92000.00" in told
    )
    assert told.endswith(
        "its dashboard decides. A number of it is taken by `assistant funded anchor NAME VALUE`."
    )


def test_what_the_rules_leave_a_new_order_is_told() -> None:
    assert "A new order may lose 1,800.25 USD at most by funded daily (dry run): " in words()
    none = copy.deepcopy(ADVICE)
    none["caps"].append(cap("funded lots", 3.0, "lots"))
    assert any("lose 1,800.25 USD" in line for line in page(funded_document(none), 110, BERLIN))
    none["caps"].append(cap("funded account", 0.0, "lots", advisory=False))
    told = page(funded_document(none), 110, BERLIN)
    assert "No new risk by funded account. An order that reduces is always allowed." in told
    none["caps"] = [cap("funded exposure", 3.0, "lots", scope="IWM")]
    assert not any("new" in line for line in page(funded_document(none), 110, BERLIN)[:12])


def test_why_it_cannot_be_certified_is_told_once_and_not_by_each_rule() -> None:
    reason = "the account's history was not read"
    told = words(
        status="cannot certify",
        lacking=[reason],
        why=[reason, f"daily: cannot certify: {reason}", "news: cannot certify: no calendar"],
        floors=[],
        rules=[rule("daily", "floor", "fail", f"cannot certify: {reason}", status="cannot certify")],
        scale=None,
    )
    assert told.startswith("CANNOT CERTIFY: FTMO 2-Step")
    assert f"! {reason} ! news: cannot certify: no calendar Floors" in told
    assert f"daily cannot certify: {reason}. If it is broken: the account is lost" in told


def test_a_program_without_loss_rules_says_so_and_a_rehearsal_names_its_scale() -> None:
    told = words(rules=[], floors=[], virtual=True, scale=0.5, mode="enforce")
    assert "GREEN: FTMO 2-Step, challenge rehearsed, 100,000 USD. ENFORCED: their caps bind." in told
    assert "A rehearsal: 0.5 of the program's money stands for 1 of the account's." in told
    assert "Floors: this program has no loss rule" in told
    assert "Not certain" not in told


def test_paper_stands_before_the_light_and_another_reading_that_counts_is_named() -> None:
    document = advice(
        rules=[rule("max", "floor", "fail", told="it trails", others=["as published: 5.00 against 1.00"])]
    )
    lines = page(funded_document(document | {"mode": "paper"}), 110, None)
    assert lines[0].startswith("PAPER GREEN: ")
    assert "  max: shown is the worse reading: it trails" in lines
    assert "  max: or, as published: 5.00 against 1.00" in lines


def red(effect: str, headroom: float, broken: Document | None = None) -> Document:
    """A red light by one loss rule."""
    one = floor("daily", effect, 95_000.0, headroom, None, status="red")
    return FUNDED | {
        "status": "red",
        "floors": [one],
        "rules": [rule("daily", "floor", effect, broken=broken)],
    }


def test_a_red_light_says_whether_the_account_is_lost_or_paused_or_has_no_room() -> None:
    """A tool that reports a pause as a loss is ignored after a week."""
    assert light_of(red("pause", -3.0)) == "RED (paused)"
    assert light_of(red("fail", -3.0)) == "RED (account lost)"
    assert light_of(red("violation", -3.0)) == "RED (a violation)"
    assert light_of(red("fail", 3.0)) == "RED (no room)"
    was = {"at": PRAGUE, "value": 1.0, "floor": 2.0, "seen": True, "until": None}
    assert light_of(red("fail", 3.0, was)) == "RED (account lost)"
    assert light_of(FUNDED | {"status": "red"}) == "RED"
    both = red("pause", -3.0)
    both["floors"].append(floor("max", "fail", 9.0, -1.0, None, status="red"))
    assert light_of(both) == "RED (account lost)"


def side(name: str | None) -> Document:
    return {"would_bind": None if name is None else cap(name, 1.0)}


def test_the_console_names_the_light_and_the_tightest_floor_now_and_after_the_reset() -> None:
    assert [one.plain for one in funded_lines(ADVICE)] == [
        "funded GREEN  daily 4,300.00 above 95,000.00, 2,700.50 after the reset"
    ]
    assert funded_words(ADVICE) == " | funded GREEN daily 4,300.00 above 95,000.00, 2,700.50 after the reset"
    below = advice(**red("pause", -3.0))
    assert funded_words(below) == " | funded RED (paused) daily 3.00 below 95,000.00"
    assert funded_lines(advice() | {"funded": None}) == []
    assert funded_words(advice() | {"funded": None}) == ""
    later = advice(floors=[floor("near", "fail", 1.0, 100.0, 90.0), floor("soon", "fail", 2.0, 200.0, 10.0)])
    assert funded_words(later) == " | funded GREEN soon 200.00 above 2.00, 10.00 after the reset"
    other = advice(floors=[floor("soon", "fail", 2.0, 200.0, 10.0, after_told="it trails")])
    assert funded_words(other).endswith(", 10.00 after the reset by another reading")


def test_the_console_says_where_the_rules_would_bind_and_what_lacks() -> None:
    document = advice(status="cannot certify", why=["no calendar", "other"], floors=[])
    names = ["IWM", "SPY", "QQQ", "XLF"]
    document["symbols"] = [
        {"symbol": name, "buy": side("funded daily"), "sell": side("regime" if name == "IWM" else None)}
        for name in names
    ]
    assert [one.plain for one in funded_lines(document)] == [
        "funded CANNOT CERTIFY",
        "  no calendar",
        "  would bind: funded daily in IWM buy, SPY buy, QQQ buy and 1 more",
    ]
    document["symbols"] = document["symbols"][:2]
    assert funded_lines(document)[2].plain == "  would bind: funded daily in IWM buy, SPY buy"
    assert funded_words(document) == " | funded CANNOT CERTIFY no calendar"

"""A review as a document and as CSV."""

from __future__ import annotations

import copy
import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from assistant.core.fold import FoldSettings
from assistant.core.judged import judged
from assistant.core.logbook import Lots, Share
from assistant.core.market import Side
from assistant.core.review import Review, review
from assistant.core.series import Series, series
from assistant.core.trades import trades
from assistant.outputs.review import (
    ADVICES,
    TRADES,
    advices_csv,
    plain,
    review_document,
    series_document,
    trades_csv,
)
from tests.core.seven import a_logbook
from tests.doubles.cycles import packaged_config, schema, schemas
from tests.doubles.reviews import OPENS, at, busy, nothing, sample, sessions


def written(document: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return read


def seven() -> Review:
    """The day with seven trades, looked back at after its close."""
    book, settings = a_logbook(), packaged_config().settings.fold
    assert isinstance(settings, FoldSettings)
    own = trades(book.deals, book.positions, book.span, hedging=book.hedging)
    return review(book, judged(own, book), settings, book.closes_at + timedelta(minutes=5))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("made", [sample, nothing, busy, seven], ids=lambda one: one.__name__)
def test_a_review_keeps_to_its_schema_and_is_read_back_whole(made: Any) -> None:  # noqa: ANN401 -- a function
    one = made()
    document = written(review_document(one))
    schema("review-1").validate(document)
    assert TypeAdapter(Review).validate_python(document) == one
    assert document == review_document(one)  # in memory it is as it is written


def test_a_series_keeps_to_its_schema_and_is_read_back_whole() -> None:
    one = series(sessions())
    document = written(series_document(one))
    schema("series-1").validate(document)
    assert TypeAdapter(Series).validate_python(document) == one


def objects(node: object) -> Any:  # noqa: ANN401 -- as JSON has it
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(child)


def one_of_each(document: dict[str, Any]) -> dict[str, Any]:
    """The same with one of each thing, for all are alike."""

    def cut(node: Any) -> Any:  # noqa: ANN401 -- as JSON has it
        if isinstance(node, dict):
            return {key: cut(one) for key, one in node.items()}
        kept = node if not isinstance(node, list) or len(node) <= 2 else node[:1]
        return [cut(one) for one in kept] if isinstance(kept, list) else kept

    cut_down: dict[str, Any] = cut(copy.deepcopy(document))
    return cut_down


@pytest.mark.parametrize("name", ["review-1", "series-1"])
def test_the_schemas_refuse_every_missing_and_every_unknown_key(name: str) -> None:
    made = review_document(sample()) if name == "review-1" else series_document(series(sessions()[:1]))
    document, validator = one_of_each(written(made)), schema(name)
    validator.validate(document)
    open_ended = [document.get("lots")]  # by symbol
    for one in objects(document):
        if one in open_ended or set(one) == {"buy", "sell"}:
            continue
        one["novelty"] = 1
        assert not validator.is_valid(document)
        del one["novelty"]
        for key in list(one):
            kept = one.pop(key)
            assert not validator.is_valid(document), key
            one[key] = kept


def test_every_field_of_the_schemas_of_a_review_is_described() -> None:
    for name in ("review-1", "series-1"):
        for one in objects(schemas()[f"{name}.json"]):
            for field in one.get("properties", {}).values():
                assert field["description"].endswith("."), field


def test_a_document_has_what_follows_from_a_trade_and_never_a_comment() -> None:
    document = review_document(sample())
    first, *_, last = document["trades"]
    assert first["trade"]["result"] == 307.0  # 310 - 3
    assert (first["within"], document["trades"][2]["within"], last["within"]) == (True, False, True)
    assert "comment" not in first["trade"]["openings"][0]
    assert document["shares"][0] == ["2018-12-26T14:30:00Z", {"value": 0.35, "cap": "edge"}]
    assert document["regime"][0]["session"] == "2017-12-27"


def test_a_number_that_is_none_is_null() -> None:
    assert plain((float("nan"), float("inf"), 1.5, True, None)) == [None, None, 1.5, True, None]


def test_a_row_of_trades_says_what_was_taken_and_what_was_advised() -> None:
    told = rows(trades_csv(sample()))
    assert list(told[0]) == list(TRADES)
    assert [one["position"] for one in told] == ["1010", "1020", "1030", "1040", "1060", "1070", "1050"]
    over = told[2]
    assert (over["lots"], over["advised"], over["over"], over["cap"]) == ("12", "6.9", "5.1", "regime")
    assert (over["checked"], told[0]["checked"]) == ("unchecked", "allow")
    assert over["result"] == "-483"  # -480 - 3, a number and no text: nothing stands in front
    assert (told[5]["stops_widened"], told[5]["stop_removed"]) == ("2", "yes")
    assert (told[6]["closed_at"], told[6]["result_r"], told[6]["left"]) == ("", "", "4")  # still open
    assert told[0]["opened_at"] == "2018-12-26T14:41:07Z"
    assert told[0]["result_r"] == "0.8899"  # 307 / 345


def test_the_first_stop_of_a_row_is_the_first_that_there_was() -> None:
    assert [one["first_stop"] for one in rows(trades_csv(sample()))][4] == ""
    stops = ((at(14, 41, 8), None), (at(14, 42), 130.4), (at(14, 50), 131.0))
    first = sample().trades[0]
    later = replace(first, trade=replace(first.trade, stops=stops))
    assert rows(trades_csv(replace(sample(), trades=(later,))))[0]["first_stop"] == "130.4"


def test_a_text_that_a_spreadsheet_would_compute_is_marked_as_text() -> None:
    first = sample().trades[0]
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        odd = replace(sample(), trades=(replace(first, symbol=text, why='a "b", c\nd'),))
        row = rows(trades_csv(odd))[0]
        assert row["symbol"].startswith("'"), text
        assert row["why"] == 'a "b", c\nd'


def test_numbers_are_plain_decimals() -> None:
    first = sample().trades[0]
    tiny = replace(first, over=1e-7, planned=1e15, slippage=float("nan"), spread=-1e-12)
    row = rows(trades_csv(replace(sample(), trades=(tiny,))))[0]
    assert (row["over"], row["planned"], row["slippage"], row["spread"]) == (
        *("0.0000001", "1000000000000000", "", "0"),
    )


def test_money_has_cents_and_r_four_places() -> None:
    first = sample().trades[0]
    noisy = replace(
        first,
        planned=249.0520868571,
        r=160.6787657143,
        result_r=0.3734158632,
        slippage=0.1 + 0.2,
        trade=replace(first.trade, entry=103.366667, costs=-0.004, profit=419.9),
    )
    row = rows(trades_csv(replace(sample(), trades=(noisy,))))[0]
    assert (row["planned"], row["r"], row["result_r"], row["slippage"]) == (
        "249.05",
        "160.68",
        "0.3734",
        "0.3",
    )
    assert (row["costs"], row["profit"], row["entry"]) == ("0", "419.9", "103.366667")  # a price has its own


def test_advices_have_a_row_for_each_change_with_the_share_beside_it() -> None:
    full = sample()
    lots = {
        "IWM": (
            (OPENS, {Side.BUY: Lots(0.0, "edge")}),
            (at(15, 0), {Side.BUY: Lots(6.9, "regime")}),
        ),
        "SPY": ((at(15, 0), {Side.SELL: Lots(2.0, "normal")}),),
    }
    shares = (
        (OPENS, Share(0.35, "edge")),
        (at(15, 0), Share(0.7, "regime")),
        (at(16, 0), Share(0.0, "stale")),
    )
    told = advices_csv(replace(full, shares=shares, lots=lots)).splitlines()
    assert told == [
        ",".join(ADVICES),
        "2018-12-26T14:30:00Z,IWM,buy,0,edge,0.35,edge",
        "2018-12-26T15:00:00Z,IWM,buy,6.9,regime,0.7,regime",  # one row, though share and lots changed
        "2018-12-26T15:00:00Z,SPY,sell,2,normal,0.7,regime",
        "2018-12-26T16:00:00Z,IWM,buy,6.9,regime,0,stale",
        "2018-12-26T16:00:00Z,SPY,sell,2,normal,0,stale",
    ]


def test_a_session_without_a_record_has_files_with_a_header_alone() -> None:
    assert trades_csv(nothing()).splitlines() == [",".join(TRADES)]
    assert advices_csv(nothing()).splitlines() == [",".join(ADVICES)]

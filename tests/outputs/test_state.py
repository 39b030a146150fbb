"""Advice and verdicts as documents, and the state file that other commands answer from."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.advice import Advice
from assistant.core.check import Answer, Intent, Standing, Verdict, check
from assistant.core.market import Side, Unknown
from assistant.core.standing import standing
from assistant.errors import PublishError
from assistant.outputs.advice import Stamp, advice_document
from assistant.outputs.fields import Document
from assistant.outputs.state import (
    find_saved,
    looked_at,
    said_last,
    standing_from,
    state_path,
    write_state,
)
from assistant.outputs.verdict import verdict_document
from tests.doubles import bridge
from tests.doubles.cycles import (
    STAMP,
    advice_of,
    broker_snapshot,
    document_of,
    paper_snapshot,
    plain_schema,
    schema,
    schemas,
)
from tests.outputs.voting import broken, voted

OPEN = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
INSTANTS = {
    "open": OPEN,
    "holiday": datetime(2018, 12, 25, 15, 30, tzinfo=UTC),
    "pre": datetime(2018, 12, 27, 13, 0, tzinfo=UTC),
    "closed": datetime(2018, 12, 29, 12, 0, tzinfo=UTC),
    "last minute": datetime(2018, 12, 28, 20, 59, 59, tzinfo=UTC),
}
CASES = [*INSTANTS, "no quote", "old quote", "netting", "no bars", "empty", "no stop", "no link"]
CASES += ["votes", "broken"]


def broker_case(case: str, folder: Path) -> bridge.Broker:
    broker = bridge.Broker(folder)
    broker.positions = (bridge.position(), bridge.position(82, "XLU.US", type=1, sl=80.125, price_open=78.5))
    broker.orders = (bridge.order(),)
    if case == "no quote":
        broker.ticks["SPY.US"] = None
    elif case == "old quote":
        broker.age = timedelta(seconds=40)
    elif case == "netting":
        broker.margin_mode = 0
    elif case == "no bars":
        broker.fails.add("copy_rates_from_pos")
    elif case == "empty":
        broker.symbols.clear()
    elif case == "no stop":
        broker.positions = (bridge.position(sl=0.0),)
    elif case == "no link":
        broker.connected = False
    return broker


@pytest.fixture(params=CASES)
def advice(request: pytest.FixtureRequest, tmp_path: Path) -> Advice:
    if request.param in INSTANTS:
        return advice_of(paper_snapshot(tmp_path, INSTANTS[request.param]))
    if request.param in ("votes", "broken"):
        return voted()[0] if request.param == "votes" else broken(voted()[0])
    return advice_of(broker_snapshot(broker_case(request.param, tmp_path)))


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """The document of one paper cycle; a test that changes it takes a copy."""
    return document_of(advice_of(paper_snapshot(tmp_path_factory.mktemp("home"), OPEN)))


def bare(now: Standing) -> Standing:
    """A standing without what a check does not read of a cap: since when, until when, whether it settles."""
    caps = tuple(replace(cap, since=None, until=None, settles=False) for cap in now.caps)
    return replace(now, caps=caps)


def intents(now: Standing) -> Iterator[Intent]:
    """Orders of every kind in every symbol, some of them foolish."""
    for symbol in now.symbols:
        for side in Side:
            sizing = symbol.sizing[side]
            entry = 100.0 if isinstance(sizing, Unknown) else sizing.entry
            for lots, far in ((0.05, 0.001), (1.0, 0.02), (37.25, 0.05), (1e6, 0.2), (1.0, -0.02)):
                stop = entry * (1 - side.sign * far)
                yield Intent(side, symbol.symbol, lots, stop)
                yield Intent(side, symbol.broker_symbol, lots, stop, price=entry * 0.99)
            yield Intent(side, symbol.symbol, 1.0)
            for ticket in now.positions:
                yield Intent(side, symbol.symbol, ticket.lots / 2, close=ticket.ticket)
    yield Intent(Side.BUY, "NOSUCH", 1.0, 50.0)


# Documents against the schemas


def test_an_advice_document_keeps_to_its_schema(advice: Advice) -> None:
    document = document_of(advice)
    schema("advice-1").validate(document)
    plain_schema("advice-1").validate(document)


def test_a_document_in_memory_is_the_one_that_is_written(advice: Advice) -> None:
    assert advice_document(advice, STAMP) == document_of(advice)


def test_verdict_documents_keep_to_their_schema(advice: Advice) -> None:
    validator, answers = schema("verdict-1"), set()
    now = standing(advice)
    for intent in intents(now):
        verdict = check(intent, now)
        if isinstance(verdict, Verdict):
            validator.validate(json.loads(json.dumps(verdict_document(verdict), allow_nan=False)))
            answers.add(verdict.answer)
    assert answers >= {Answer.DENY} or not now.symbols


def objects(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(child)


@pytest.mark.parametrize(
    ("name", "of"), [("advice-1", "paper"), ("advice-1", "broken"), ("verdict-1", "paper")]
)
def test_a_schema_refuses_every_missing_and_every_unknown_key(paper: Document, name: str, of: str) -> None:
    document = copy.deepcopy(paper) if of == "paper" else document_of(broken(voted()[0]))
    if name == "verdict-1":
        verdict = check(Intent(Side.BUY, "IWM", 10.0, 120.0), standing_from(document))
        assert isinstance(verdict, Verdict)
        document = json.loads(json.dumps(verdict_document(verdict)))
    else:
        document["caps"], document["symbols"] = document["caps"][:2], document["symbols"][:1]
    validator = schema(name)
    validator.validate(document)
    plain_schema(name).validate(document)
    for one in objects(document):
        one["novelty"] = 1
        assert not validator.is_valid(document)
        del one["novelty"]
        for key in list(one):
            kept = one.pop(key)
            assert not validator.is_valid(document), key
            one[key] = kept


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("as_of",), "2018-12-26T15:30:00"),
        (("as_of",), "2018-12-26T15:30:00+02:00"),
        (("mode",), "demo"),
        (("funded_mode",), "dry run"),
        (("seq",), 0),
        (("terminal", "login"), "9000001"),
        (("account", "at_risk"), -0.01),
        (("regime", "stance"), "BULLISH"),
        (("regime", "since"), "2018-09-26T00:00:00Z"),
        (("regime", "votes", 0, "value"), 2),
        (("regime", "votes", 0, "value"), True),
        (("regime", "votes", 0, "number"), "-0.04"),
        (("regime", "votes", 0, "as_of"), "2018-12-24T21:00:00Z"),
        (("regime", "votes"), None),
        (("regime", "context", "target_share"), 1.01),
        (("regime", "context", "held_share"), -0.01),
        (("regime", "context", "heard"), -1),
        (("regime", "context", "quorum"), 0),
        (("regime", "context", "remembered"), "credit"),
        (("regime", "broken", "line"), "trendline"),  # no cap stands on one
        (("regime", "broken", "status"), "false"),
        (("regime", "broken", "since"), None),
        (("regime", "broken", "level"), 0.0),
        (("symbols", 0, "supported_by"), None),
        (("symbols", 0, "supported_by"), [""]),
        (("share", "value"), 1.01),
        (("caps", 0, "value"), -1),
        (("caps", 0, "side"), None),
        (("symbols", 0, "session", "state"), "lunch"),
        (("symbols", 0, "buy", "lots"), None),
        (("symbols", 0, "buy", "lots"), -1),
        (("symbols", 0, "buy", "sizing", "volume_step"), 0),
        (("funded",), {}),
    ],
)
def test_a_schema_refuses_a_value_that_does_not_fit(path: tuple[str | int, ...], value: object) -> None:
    document: Any = document_of(broken(voted()[0]))
    assert schema("advice-1").is_valid(document)
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert not schema("advice-1").is_valid(document)
    assert not plain_schema("advice-1").is_valid(document)


def test_every_field_of_the_schemas_is_described() -> None:
    for name in ("advice-1", "verdict-1", "status-1", "evidence-1", "funded-1"):
        for one in objects(schemas()[f"{name}.json"]):
            for field in one.get("properties", {}).values():
                assert field["description"].endswith("."), field


def test_a_document_says_what_the_advice_says(tmp_path: Path) -> None:
    broker = broker_case("", tmp_path)
    document = document_of(advice_of(broker_snapshot(broker)))

    assert document["as_of"] == "2025-01-15T17:00:00Z"
    assert document["valid_until"] == "2025-01-15T17:00:05Z"  # ttl 5 s
    assert document["history"] == {"source": "terminal", "sessions": 300, "last_close": "2025-01-14"}
    iwm, spy, xlu = document["symbols"]
    assert (iwm["quote_age_s"], iwm["bid"], iwm["ask"]) == (1.25, 221.125, 221.165)
    assert iwm["session"] == {
        "state": "open",
        "opens_at": "2025-01-15T14:30:00Z",
        "closes_at": "2025-01-15T21:00:00Z",
    }
    sizing = spy["sell"]["sizing"]
    assert sizing["loss_per_unit"] == pytest.approx(93.93)  # 100 shares a lot x 0.93 EUR a USD, 1 % stress
    assert sizing["margin_per_lot"] == pytest.approx(10981.626)  # 590.41 x 100 x 0.2 x 0.93
    # normal: 0.5 % of 99300 is 496.50; every true range is 2, the stop two of them
    assert sizing["default_stop"] == pytest.approx(4.0)
    # slippage of 0.02 % of 590.41, twice: 22.1826; 496.50 / (4 x 93.93 + 22.1826) = 1.248
    assert sizing["cost_per_lot"] == pytest.approx(22.1829, abs=1e-4)
    assert spy["sell"]["lots"] == pytest.approx(1.2)
    assert iwm["position"]["lots"] == 1.1
    assert xlu["position"]["lots"] == -1.1  # a sell
    # worst cases, each from the worse of entry and present price, at 93.93 and with slippage of 0.04 %: IWM
    # from 222.5 to 218.25 is 4.25, and 0.088466 of 221.165, x 1.1; the order from 219.5 to 216.25 is 3.25 and
    # the same, x 0.6; XLU from 77.35 to 80.125 is 2.775, and 0.030928 of 77.32, x 1.1
    worst = 93.93 * (4.338466 * 1.1 + 3.338466 * 0.6 + 2.805928 * 1.1)
    assert document["account"]["at_risk"] == pytest.approx(worst)
    assert document["account"]["no_stop"] == 0.0
    assert document["account"]["stop_out"] == {"value": 0.5, "in_money": False}


def test_a_document_holds_what_each_vote_says_and_what_they_leave_together() -> None:
    document = document_of(voted()[0])

    small, fear, calm, credit = document["regime"]["votes"]
    assert small["number"] == pytest.approx(-0.0380431, abs=5e-8)  # (ln(13/14) + ln(12/14)) / 6
    assert (small["name"], small["value"], small["as_of"]) == ("small", -1, "2018-12-08")
    assert small["reason"] == "IWM against SPY: 2-session mean 3.8 % below its 3-session mean"
    assert fear == {
        "name": "fear",
        "value": 1,
        "number": 15.25,
        "reason": "VIX 15.25 of 2018-12-07 is under 20",
        "as_of": "2018-12-07",  # observed; the close that knew it is of the 8th
    }
    assert (calm["value"], calm["number"], calm["as_of"]) == (0, 40.0, "2018-12-08")
    assert (credit["value"], credit["number"], credit["as_of"]) == (None, None, None)
    # Now 0.7 + 0.4 x (1 - 1) / 4; a close before, when 33 was the last value of VIX, 0.7 - 0.4 x 2 / 4.
    assert document["regime"]["context"] == {
        "target_share": 0.7,
        "held_share": pytest.approx(0.5),
        "heard": 3,
        "quorum": 1,
        "remembered": [],
    }


def test_a_document_names_the_level_that_is_broken_or_none() -> None:
    advice = voted()[0]
    assert document_of(advice)["regime"]["broken"] is None
    assert document_of(broken(advice))["regime"]["broken"] == {
        "line": "range",
        "status": "fresh",
        "since": "2018-12-08",
        "level": 13 / 60,
    }


def test_a_document_says_what_supports_a_long_position_in_each_symbol() -> None:
    symbols = document_of(voted()[0])["symbols"]
    # The stance is RISK_OFF, which speaks for the defensive one, as does the vote that is against risk.
    assert {one["symbol"]: one["supported_by"] for one in symbols} == {
        "IWM": ["fear"],
        "XLU": ["stance", "small"],
    }


def test_where_no_votes_are_asked_there_is_no_context() -> None:
    advice = voted()[0]
    bare_regime = replace(advice.regime, votes=(), witnesses=None)
    document = document_of(replace(advice, regime=bare_regime))
    schema("advice-1").validate(document)
    assert (document["regime"]["votes"], document["regime"]["context"]) == ([], None)


# One advice, in memory and from the file


def test_a_standing_is_the_same_from_memory_and_from_the_document(advice: Advice) -> None:
    assert bare(standing_from(document_of(advice))) == bare(standing(advice))


def test_a_check_gives_the_same_verdict_from_memory_and_from_the_document(advice: Advice) -> None:
    here, there = standing(advice), standing_from(document_of(advice))
    asked = list(intents(here))
    assert [check(intent, there) for intent in asked] == [check(intent, here) for intent in asked]


# The state file


def put(home: Path, document: Document, login: int = 9000001) -> Path:
    path = state_path(home, login)
    document = copy.deepcopy(document)
    document["terminal"]["login"] = login
    write_state(path, document)
    return path


def live(paper: Document, as_of: datetime, ttl: int = 5) -> Document:
    """The document as a live terminal's, of another instant."""
    instants = {"as_of": as_of, "valid_until": as_of + timedelta(seconds=ttl)}
    written = {key: value.isoformat().replace("+00:00", "Z") for key, value in instants.items()}
    return copy.deepcopy(paper) | {"mode": "live"} | written


def test_what_was_written_is_found_again(tmp_path: Path, paper: Document) -> None:
    document = live(paper, OPEN)
    path = put(tmp_path, document)

    (saved,) = find_saved(tmp_path, OPEN + timedelta(seconds=2))

    assert (saved.path, saved.document, saved.age, saved.login) == (path, document, 2.0, 9000001)
    assert find_saved(tmp_path / "elsewhere", OPEN) == []


@pytest.mark.parametrize(
    ("age", "fresh"),
    [(0, True), (5, True), (5.001, False), (-1, True), (-1.001, False), (86_400, False), (-86_400, False)],
)
def test_an_advice_is_fresh_for_its_ttl_and_never_from_the_future(
    tmp_path: Path, paper: Document, age: float, fresh: bool
) -> None:
    put(tmp_path, live(paper, OPEN))
    (saved,) = find_saved(tmp_path, OPEN + timedelta(seconds=age))
    assert saved.fresh is fresh


def test_a_live_advice_is_as_old_as_its_facts_however_new_the_file_is(
    tmp_path: Path, paper: Document
) -> None:
    path = put(tmp_path, live(paper, OPEN))
    now = OPEN + timedelta(days=900)
    os.utime(path, (now.timestamp(), now.timestamp()))
    (saved,) = find_saved(tmp_path, now)
    assert (saved.age, saved.fresh) == (900 * 86_400, False)


def test_a_paper_advice_is_as_old_as_its_file(tmp_path: Path, paper: Document) -> None:
    written = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    path = put(tmp_path, paper)
    os.utime(path, (written.timestamp(), written.timestamp()))
    ages = {
        second: find_saved(tmp_path, written + timedelta(seconds=second), paper=True)[0]
        for second in (0, 5, 6)
    }
    assert {second: (saved.age, saved.fresh) for second, saved in ages.items()} == {
        0: (0.0, True),
        5: (5.0, True),
        6: (6.0, False),
    }


def test_live_and_paper_terminals_are_never_mixed(tmp_path: Path, paper: Document) -> None:
    put(tmp_path, paper)
    assert find_saved(tmp_path, OPEN) == []
    put(tmp_path, live(paper, OPEN - timedelta(days=3)), 17)
    put(tmp_path, live(paper, OPEN - timedelta(seconds=2)), 19)

    assert [one.login for one in find_saved(tmp_path, OPEN)] == [19, 17]  # the freshest first
    assert [one.login for one in find_saved(tmp_path, OPEN, paper=True)] == [9000001]


def test_no_part_of_a_state_file_is_taken_for_an_advice(tmp_path: Path, paper: Document) -> None:
    small = live(paper, OPEN) | {"symbols": paper["symbols"][:1], "caps": paper["caps"][:1], "positions": []}
    small |= {"orders": [], "problems": []}
    small["regime"] |= {"votes": [], "flags": []}
    path = put(tmp_path, small)
    content = path.read_bytes()
    end = len(content) - 1  # the final newline is no loss
    for length in (*range(0, end, 11), *range(end - 150, end)):
        path.write_bytes(content[:length])
        assert find_saved(tmp_path, OPEN) == [], length


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"advice/1"',
        b"{}",
        b"\xff\xfe",
        b"\x00" * 4096,
        b'{"schema":"advice/1"}',
        b'{"schema":"advice/1","terminal":[],"account":{}}',
        b"[" * 900,
    ],
)
def test_a_foreign_file_is_no_advice(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "advice_1.json").write_bytes(content)
    assert find_saved(tmp_path, OPEN) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "advice/2"),
        ("as_of", "2018-12-26T15:30:00"),  # no zone: it could be any of 24 hours
        ("valid_until", "2018-12-26T15:30:05"),
        ("valid_until", None),
        ("as_of", 1545838200),
        ("symbols", [{}]),
        ("symbols", {"IWM": 1}),
        ("caps", [{"unit": "lots"}]),
        ("account", None),
    ],
)
def test_a_document_that_cannot_be_trusted_is_no_advice(
    tmp_path: Path, paper: Document, key: str, value: object
) -> None:
    put(tmp_path, live(paper, OPEN))
    assert len(find_saved(tmp_path, OPEN)) == 1
    put(tmp_path, live(paper, OPEN) | {key: value})
    assert find_saved(tmp_path, OPEN) == []


def test_sizing_of_another_shape_is_no_advice(tmp_path: Path, paper: Document) -> None:
    shapes: tuple[object, ...] = ([], 7, {"entry": 1.0})
    for value in shapes:
        document = live(paper, OPEN)
        document["symbols"][0]["buy"]["sizing"] = value
        put(tmp_path, document)
        assert find_saved(tmp_path, OPEN) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("as_of",), "9999-12-31T23:59:59.999999-14:00"),
        (("caps", 0, "name"), ["normal"]),
        (("caps", 0, "name"), "largest"),  # of which the shares would be shares
        (("caps", 0, "scope"), "IWM"),  # all others would have none
        (("caps", 0, "advisory"), True),
        (("symbols", 0, "symbol"), {"IWM": 1}),
        (("symbols", 0, "broker_symbol"), None),
        (("symbols", 0, "digits"), "20181226"),  # places of a price: 20 MB of zeros on the screen
        (("symbols", 0, "digits"), 16),
        (("symbols", 0, "digits"), -1),
        (("symbols", 0, "buy", "sizing", "volume_step"), 0),
        (("symbols", 0, "buy", "sizing", "cost_per_lot"), -1e308),
        (("symbols", 0, "buy", "sizing", "cost_per_order"), "NaN"),
        (("symbols", 0, "buy", "sizing", "exit"), 1e16),
        (("symbols", 0, "buy", "sizing", "entry"), 0),
        (("symbols", 0, "buy", "sizing", "margin_per_lot"), 0),
        (("symbols", 0, "buy", "sizing", "loss_per_unit"), 1e-13),
        (("symbols", 0, "buy", "sizing", "volume_step"), 1e-320),
        (("symbols", 0, "buy", "sizing", "gap"), -0.01),
        (("symbols", 0, "buy", "sizing", "min_stop"), True),
        (("symbols", 0, "buy", "sizing"), None),  # and no rung says which fact is missing
        (("account", "at_risk"), [17.0]),
        (("account", "at_risk"), "17"),
        (("account", "at_risk"), -0.01),
        (("account", "nets"), "false"),
        (("account", "margin_mode"), "none"),
        (("account", "stop_out", "in_money"), 1),
        (("positions", 0, "ticket"), "50000002"),
        (("positions", 0, "lots"), -1),
        (("caps", 0, "value"), -0.01),
        (("caps", 0, "advisory"), 0),
        (("terminal", "server"), 7),
        (("mode",), ["paper"]),
    ],
)
def test_what_a_check_could_stumble_over_is_no_advice(
    tmp_path: Path, paper: Document, path: tuple[str | int, ...], value: object
) -> None:
    document = live(copy.deepcopy(paper), OPEN)
    assert document["caps"][0]["name"] == "normal"
    *above, key = path
    node: Any = document
    for part in above:
        node = node[part]
    node[key] = value
    put(tmp_path, document)
    assert find_saved(tmp_path, OPEN) == []


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"schema":"advice/1","as_of":' + b"9" * 5000 + b"}"])
def test_what_json_itself_stumbles_over_is_no_advice(tmp_path: Path, content: bytes) -> None:
    path = state_path(tmp_path, 17)
    path.parent.mkdir()
    path.write_bytes(content)
    assert find_saved(tmp_path, OPEN) == []
    assert looked_at(path) is None
    assert said_last(path) == {}


def test_a_folder_of_the_name_is_no_advice(tmp_path: Path) -> None:
    state_path(tmp_path, 1).mkdir(parents=True)
    assert find_saved(tmp_path, OPEN) == []


def test_a_state_file_that_cannot_be_written_is_told_and_the_old_one_stays(
    tmp_path: Path, paper: Document
) -> None:
    path = put(tmp_path, paper)
    (tmp_path / "state" / "advice_9000001.json.tmp" / "full").mkdir(parents=True)
    before = path.read_bytes()

    with pytest.raises(PublishError, match=r"advice_9000001\.json could not be written: [^\n]+$"):
        write_state(path, live(paper, OPEN))

    assert path.read_bytes() == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "many"])
def test_a_number_that_is_none_is_no_advice(tmp_path: Path, paper: Document, value: object) -> None:
    for path in (("caps", 0, "value"), ("account", "equity"), ("symbols", 0, "buy", "sizing", "entry")):
        document = live(paper, OPEN)
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value
        put(tmp_path, document)
        assert find_saved(tmp_path, OPEN) == []


@pytest.mark.parametrize(
    ("content", "at"),
    [
        ('{"as_of": "2018-12-26T15:30:00Z"}', datetime(2018, 12, 26, 15, 30, tzinfo=UTC)),
        ('{"as_of": "2018-12-26T15:30:00"}', None),
        ('{"as_of": 5}', None),
        ("{}", None),
        ("[]", None),
        ("{", None),
        (None, None),
    ],
)
def test_a_state_file_tells_when_its_facts_were_read(
    tmp_path: Path, content: str | None, at: datetime | None
) -> None:
    path = tmp_path / "advice_4001.json"
    if content is not None:
        path.write_text(content)
    assert looked_at(path) == at


def test_a_stamp_is_carried_into_the_document(paper: Document, tmp_path: Path) -> None:
    advice = advice_of(paper_snapshot(tmp_path, OPEN))
    document = advice_document(advice, Stamp(12, 60, "dry_run", {"assistant": "9", "panel_file": "1"}))
    assert (document["seq"], document["funded_mode"]) == (12, "dry_run")
    assert document["valid_until"] == "2018-12-26T15:31:00Z"
    assert document["versions"] != paper["versions"]

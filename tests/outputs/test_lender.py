"""An assistant lends its regime only while its advice is fresh, its own, and of the same mode."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.market import Lent, LentShare, Unknown, Vote
from assistant.outputs.lender import Lender
from tests.doubles.cycles import document_of
from tests.outputs.voting import voted

NOW = datetime(2018, 12, 10, 15, 0, 3, tzinfo=UTC)


def a_cap(name: str, value: float, **other: object) -> dict[str, Any]:
    plain = {"name": name, "kind": "condition", "unit": "share", "value": value, "scope": "account"}
    more = {"side": "both", "applies_to": "all", "reason": f"why {name}", "advisory": False, "since": None}
    return plain | more | other


def advice(**other: object) -> dict[str, Any]:
    """The parts of an advice that are read, three seconds old with two more to go."""
    return {
        "schema": "advice/1",
        "as_of": "2018-12-10T15:00:00Z",
        "valid_until": "2018-12-10T15:00:05Z",
        "mode": "live",
        "terminal": {"login": 5001},
        "history": {"source": "terminal", "sessions": 600, "last_close": "2018-12-07"},
        "regime": {
            "legs": ["IWM", "SPY"],
            "proxy": False,
            "lender": None,
            "stance": "RISK_OFF",
            "since": "2018-10-05",
            "sessions": 44,
            "ratio": 0.5469,
            "average": 0.5757,
            "distance": -0.0211,
            "target_share": 0.7,
            "held_share": 0.7,
            "flags": ["ratio below its slow average"],
            "votes": [
                {"name": "credit", "value": -1, "number": 0.12, "reason": "spread", "as_of": "2018-12-06"},
                {"name": "rates", "value": None, "number": None, "reason": "silent", "as_of": None},
            ],
        },
        "caps": [
            a_cap("normal", 496.5, unit="money"),
            a_cap("regime", 0.7, kind="signal", applies_to="risk_on", since="2018-10-05"),
            a_cap("stale", 0.1, since="2018-12-10T14:59:00Z"),
            a_cap("stale", 0.0, scope="XLU"),
            a_cap("doubtful close", 0.5),
            a_cap("no record", 0.0),
            a_cap("volatility", 0.2, kind="signal", advisory=True),
        ],
    } | other


def with_vote(**other: object) -> dict[str, Any]:
    """The advice with its first vote changed."""
    first, *rest = advice()["regime"]["votes"]
    return advice(regime=advice()["regime"] | {"votes": [first | other, *rest]})


def put(home: Path, document: object, login: int = 5001) -> Path:
    path = home / "state" / f"advice_{login}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def lent(
    home: Path, document: object, now: datetime = NOW, mode: str = "live", own: int = 7
) -> Lent | Unknown:
    put(home, document)
    return Lender(home, 5001).lent(now, mode, own)


def refusal(home: Path, document: object, mode: str = "live", own: int = 7) -> str:
    answer = lent(home, document, NOW, mode, own)
    assert isinstance(answer, Unknown)
    start = "advice of login 5001: "
    assert answer.reason.startswith(start)
    return answer.reason.removeprefix(start)


def test_a_fresh_advice_lends_its_regime_and_the_shares_that_speak_of_it(tmp_path: Path) -> None:
    answer = lent(tmp_path, advice())
    assert isinstance(answer, Lent)
    assert (answer.login, answer.legs, answer.stance) == (5001, ("IWM", "SPY"), "RISK_OFF")
    assert (answer.since, answer.last_session, answer.history) == (date(2018, 10, 5), date(2018, 12, 7), 600)
    assert answer.shares == (
        LentShare(
            name="regime",
            value=0.7,
            signal=True,
            risk_on_only=True,
            reason="why regime",
            since=date(2018, 10, 5),
        ),
        LentShare(
            name="stale",
            value=0.1,
            signal=False,
            risk_on_only=False,
            reason="why stale",
            since=date(2018, 12, 10),
        ),
        LentShare(
            name="doubtful close",
            value=0.5,
            signal=False,
            risk_on_only=False,
            reason="why doubtful close",
            since=None,
        ),
    )
    assert answer.votes == (
        Vote("credit", -1, 0.12, "spread", date(2018, 12, 6)),
        Vote("rates", None, None, "silent", None),
    )


def test_every_share_that_rests_on_closes_is_lent_and_what_the_account_makes_of_it_is_not(
    tmp_path: Path,
) -> None:
    signals = {"regime": 0.7, "context": 0.55, "break": 0.6, "intraday": 0.65}
    caps = [a_cap(name, value, kind="signal", applies_to="risk_on") for name, value in signals.items()]
    caps[3] |= {"since": "2018-12-10T14:52:30Z", "until": "2018-12-10T21:00:00Z"}
    caps += [
        a_cap("volatility", 0.3, kind="signal", scope="IWM"),
        a_cap("session edge", 0.5),
        a_cap("max new trades", 0.0, unit="lots", kind="signal"),
    ]
    answer = lent(tmp_path, advice(caps=caps))
    assert isinstance(answer, Lent)
    assert {one.name: one.value for one in answer.shares} == signals
    assert {(one.signal, one.risk_on_only) for one in answer.shares} == {(True, True)}
    assert answer.shares[3].since == date(2018, 12, 10)  # of the instant


def test_a_document_of_the_assistant_itself_is_lent_with_its_votes_and_shares(tmp_path: Path) -> None:
    document = document_of(voted()[0])
    at = datetime.fromisoformat(document["as_of"]) + timedelta(seconds=2)
    put(tmp_path, document, login=50012)
    answer = Lender(tmp_path, 50012).lent(at, "live", 7)
    assert isinstance(answer, Lent)
    assert answer.votes == voted()[0].regime.votes
    assert {one.name: one.value for one in answer.shares} == {"regime": 0.3, "context": pytest.approx(0.5)}


def test_an_unknown_stance_is_lent_with_its_cap(tmp_path: Path) -> None:
    unknown = advice()["regime"] | {"stance": "UNKNOWN", "since": None, "ratio": None}
    answer = lent(tmp_path, advice(regime=unknown, caps=[a_cap("unknown", 0.5)]))
    assert isinstance(answer, Lent)
    assert [(share.name, share.value) for share in answer.shares] == [("unknown", 0.5)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"mode": "paper"}, "mode was paper, expected live"),
        ({"schema": "advice/2"}, "schema was 'advice/2', expected advice/1"),
        ({"terminal": {"login": 8}}, "its file holds that of login 8"),
        ({"valid_until": "2018-12-10T15:00:02Z"}, "it is 3 s old, 2 s allowed"),
        (
            {"as_of": "2018-12-10T15:00:05Z", "valid_until": "2018-12-10T15:00:10Z"},
            "it is from 2 s in the future",
        ),
        ({"regime": advice()["regime"] | {"lender": 7}}, "it is itself lent by login 7"),
    ],
)
def test_what_may_not_be_lent_is_refused_with_its_reason(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    assert refusal(tmp_path, advice(**changed)) == told


def test_a_paper_assistant_is_not_fed_by_a_live_one_either(tmp_path: Path) -> None:
    assert refusal(tmp_path, advice(), mode="paper") == "mode was live, expected paper"


def test_nobody_borrows_from_itself(tmp_path: Path) -> None:
    assert refusal(tmp_path, advice(), own=5001) == "that is this account's own"


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        "{",
        "null",
        "{}",
        advice(regime="RISK_ON"),
        advice(regime=advice()["regime"] | {"stance": "BULL"}),
        advice(regime=advice()["regime"] | {"legs": ["IWM"]}),
        advice(as_of="2018-12-10T15:00:00"),
        advice(caps=[]),
        advice(caps=[a_cap("stale", 0.0)]),
        advice(caps=[a_cap("regime", 1.25, kind="signal")]),
        advice(caps=[a_cap("regime", -0.1, kind="signal")]),
        advice(caps=[{"name": "regime"}]),
        with_vote(value=2),
        with_vote(value=True),
        with_vote(value=1.0),
        with_vote(value="1"),
        with_vote(number="much"),
        with_vote(as_of="yesterday"),
        with_vote(as_of=20181206),
        advice(regime=advice()["regime"] | {"votes": [{"name": "credit", "value": 1}]}),
        advice(regime=advice()["regime"] | {"votes": None}),
        advice(regime={key: value for key, value in advice()["regime"].items() if key != "votes"}),
    ],
)
def test_a_damaged_file_is_refused_and_breaks_nothing(tmp_path: Path, broken: object) -> None:
    assert "is damaged" in refusal(tmp_path, broken)


def test_without_a_file_there_is_nothing_to_lend(tmp_path: Path) -> None:
    answer = Lender(tmp_path, 5001).lent(NOW, "live", 7)
    expected = f"advice of login 5001: there is none in {tmp_path / 'state'}: is its assistant running?"
    assert answer == Unknown(expected)


def test_an_unchanged_file_is_not_read_again_but_grows_old(tmp_path: Path) -> None:
    path = put(tmp_path, advice())
    lender = Lender(tmp_path, 5001)
    assert isinstance(lender.lent(NOW, "live", 7), Lent)
    stamp, size = path.stat().st_mtime_ns, path.stat().st_size
    with path.open("r+") as file:  # the same file with other content, and the time it had
        file.write(" " * size)
    os.utime(path, ns=(stamp, stamp))
    assert isinstance(lender.lent(NOW, "live", 7), Lent)
    late = lender.lent(NOW + timedelta(seconds=3), "live", 7)
    assert late == Unknown("advice of login 5001: it is 6 s old, 5 s allowed")


def test_a_file_that_goes_away_leaves_its_last_reading_to_grow_old(tmp_path: Path) -> None:
    path = put(tmp_path, advice())
    lender = Lender(tmp_path, 5001)
    assert isinstance(lender.lent(NOW, "live", 7), Lent)
    path.unlink()
    assert isinstance(lender.lent(NOW, "live", 7), Lent)
    assert isinstance(lender.lent(NOW + timedelta(seconds=3), "live", 7), Unknown)


def test_a_new_file_is_read(tmp_path: Path) -> None:
    put(tmp_path, "{")
    lender = Lender(tmp_path, 5001)
    assert isinstance(lender.lent(NOW, "live", 7), Unknown)
    put(tmp_path, advice())
    assert isinstance(lender.lent(NOW, "live", 7), Lent)

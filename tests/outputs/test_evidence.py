"""What broke a loss rule, frozen: which breaches are new, what goes with them, and what when a disk fails."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.core.market import Quote, Unknown
from assistant.errors import TerminalError
from assistant.outputs.evidence import Evidence
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.sessions import Sessions
from tests.core.builders import IWM_QUOTE, SNAPSHOT
from tests.core.following import (
    DAILY,
    DEPOSIT,
    PROGRAM,
    TRAIL,
    begun,
    gain,
    history,
    known,
    looks,
    seconds,
    shown,
)
from tests.core.pasts import still_open
from tests.terminal.playing import at, play

LOGIN = 50_012


class Kept:
    """A terminal that keeps one tick a minute, and is asked for them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, float]] = []
        self.gone = False

    def ticks(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Quote, ...] | Unknown:
        """Return a tick at the end of the span."""
        if self.gone:
            raise TerminalError("the terminal is gone")
        span = [(one - seconds(0)).total_seconds() for one in (since, until)]
        self.asked.append((broker_symbol, span[0], span[1]))
        return (Quote(39.5, 39.57, until),) if broker_symbol == "IWM.US" else Unknown("none of it")


def kept(folder: Path) -> tuple[Evidence, Kept]:
    terminal = Kept()
    return Evidence(folder, LOGIN, terminal), terminal


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The records by rule."""
    found = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*"))]
    return {one["breach"]["rule"]: one for one in found}


def test_a_breach_that_was_not_seen_goes_with_the_history_it_was_told_by(tmp_path: Path) -> None:
    evidence, terminal = kept(tmp_path)
    before = begun()
    dip = [gain(3, -90_000, 0.0), gain(4, -4_000, 100.0), gain(5, 60, -1_000.0), gain(6, 65, 995.0)]
    other = replace(dip[2], ticket=7, broker_symbol="SPY.US", profit=0.0)
    told = replace(history(700, *dip, other), positions=(still_open(0.7, "DAX"),))
    now = shown(700, 21_105.0, told=told)
    after = known(replace(before, asks=PROGRAM.start), now)
    evidence.see(now, before, after, PROGRAM)
    found = read(tmp_path)
    assert set(found) == {"daily"}
    assert (found["daily"]["breach"]["seen"], found["daily"]["complete"]) == (False, True)
    assert [one["ticket"] for one in found["daily"]["deals"]] == [1, 4, 5, 7, 6]  # of that day
    assert terminal.asked == [("DAX", -240, 360), ("IWM.US", -240, 360), ("SPY.US", -240, 360)]
    assert found["daily"]["ticks"]["IWM.US"]["ticks"] == [["2026-06-01T14:06:00Z", 39.5, 39.57]]
    assert found["daily"]["ticks"]["DAX"]["unknown"] == "none of it"
    assert found["daily"]["rule"]["readings"]["reading 0"]["amount"] == {
        "money": None, "percent": 4.0, "of": "initial", "by_size": None,
    }  # fmt: skip
    assert found["daily"]["program"]["cutoffs"]["A"] == {"time": "15:30:00", "zone": "Europe/London"}
    assert "rules" not in found["daily"]["program"]


def test_a_breach_is_new_once_and_anew_when_it_is_seen(tmp_path: Path) -> None:
    evidence, _ = kept(tmp_path)
    before = begun()
    dip = [gain(4, 1, -1_000.0), gain(5, 2, 1_000.0)]
    unseen = known(replace(before, asks=PROGRAM.start), shown(9, told=history(9, *dip)))
    evidence.see(shown(9), before, unseen, PROGRAM)
    assert len(list(tmp_path.iterdir())) == 1
    evidence.see(shown(9.5), unseen, unseen, PROGRAM)
    seen = looks(unseen, shown(10, equity=20_100.0))
    evidence.see(shown(10), unseen, seen, PROGRAM)
    names = [path.name for path in sorted(tmp_path.iterdir())]
    assert names == [
        f"evidence_{LOGIN}_20260601T140001000000Z_daily.json",
        f"evidence_{LOGIN}_20260601T140010000000Z_daily.json",
    ]
    evidence.see(shown(11), seen, replace(seen, key="another"), PROGRAM)
    assert [path.name for path in sorted(tmp_path.iterdir())] == names  # written already: it stays
    evidence.see(shown(12), None, None, None)
    evidence.see(shown(12), None, seen, None)
    assert [path.name for path in sorted(tmp_path.iterdir())] == names


def test_a_record_of_an_earlier_run_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / f"evidence_{LOGIN}_20260601T140005000000Z_daily.json"
    path.write_bytes(b"as it was")
    evidence, _ = kept(tmp_path)
    now = shown(5, equity=20_100.0)
    evidence.see(now, None, known(begun(), now), PROGRAM)
    assert path.read_bytes() == b"as it was"
    evidence.finish(seconds(700))
    assert (path.read_bytes(), evidence.problems) == (b"as it was", ())


def test_a_rule_may_have_any_name_and_a_number_that_is_none_is_null(tmp_path: Path) -> None:
    evidence, _ = kept(tmp_path)
    odd = replace(PROGRAM, rules=(replace(TRAIL, name="a/b: c.."),), cutoffs={})
    first = known(None, shown(0, told=history(0)), odd)
    now = shown(5, equity=19_000.0)
    after = known(first, now, odd)
    quotes: dict[str, Quote | Unknown] = {
        "IWM": IWM_QUOTE,
        "SPY": Unknown("no tick"),
        "XLU": Quote(float("inf"), 26.25, seconds(1)),
    }
    now = replace(now, quotes=quotes, positions=(still_open(1.5),), deals=(DEPOSIT, gain(9, 4, 3.0)))
    evidence.see(now, first, after, odd)
    (path,) = tmp_path.iterdir()
    assert path.name == f"evidence_{LOGIN}_20260601T140005000000Z_a_b_c_.json"
    found = json.loads(path.read_bytes())
    assert found["quotes"]["SPY"] == {"unknown": "no tick"}
    assert found["quotes"]["XLU"]["bid"] is None
    assert [one["ticket"] for one in found["deals"]] == [1, 9]  # of the last 24 hours
    assert (found["positions"][0]["side"], list(found["ticks"])) == ("buy", ["IWM.US"])
    assert found["before"]["broken"] == {}


def test_a_terminal_that_is_gone_is_told_in_the_record(tmp_path: Path) -> None:
    evidence, terminal = kept(tmp_path)
    terminal.gone = True
    now = replace(shown(5, equity=20_100.0), positions=(still_open(1.5),), deals=Unknown("on their way"))
    evidence.see(now, None, known(begun(), shown(5, equity=20_100.0)), PROGRAM)
    assert read(tmp_path)["daily"]["ticks"]["IWM.US"]["unknown"] == "the terminal is gone"
    assert evidence.problems == ()


def test_what_cannot_be_written_is_told_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.write_bytes(b"")  # a file where the folder should be
    evidence, _ = kept(folder)
    now = shown(5, equity=20_100.0)
    after = known(begun(), now)
    evidence.see(now, None, after, PROGRAM)
    assert [one.partition(":")[0] for one in evidence.problems] == ["what broke daily is not on record"]
    folder.unlink()
    evidence.see(shown(6), after, after, PROGRAM)
    assert evidence.problems == ()
    assert (read(folder)["daily"]["complete"], read(folder)["daily"]["found_at"]) == (
        False,
        "2026-06-01T14:00:05Z",
    )
    evidence.see(shown(304.9), after, after, PROGRAM)
    assert read(folder)["daily"]["complete"] is False
    evidence.see(shown(305), after, after, PROGRAM)
    assert read(folder)["daily"]["complete"] is True


def test_on_the_paper_terminal_the_ticks_of_five_minutes_on_either_side_are_kept(tmp_path: Path) -> None:
    paper = play("2018-12-26T15:10")
    terminal = MetaTrader(paper, {}, Sessions.packaged(), zone="New_York+7", sessions=600)
    terminal.connect()
    evidence = Evidence(tmp_path, LOGIN, terminal)
    now = shown(5, equity=20_100.0)
    after = known(begun(), now)
    instant = at("2018-12-26T15:04")
    broken = {"daily": replace(after.broken["daily"], at=instant)}
    evidence.see(
        replace(SNAPSHOT, as_of=at("2018-12-26T15:10"), positions=(still_open(1.5),)),
        None,
        replace(after, broken=broken),
        replace(PROGRAM, rules=(DAILY,)),
    )
    found = read(tmp_path)["daily"]
    times = [datetime.fromisoformat(one[0]) for one in found["ticks"]["IWM.US"]["ticks"]]
    assert found["complete"] is True
    assert min(times) - (instant - timedelta(minutes=5)) < timedelta(seconds=30)
    assert (instant + timedelta(minutes=5)) - max(times) < timedelta(seconds=30)
    assert times == sorted(times)

"""What the program reads that somebody else may have written, each from real documents of the program."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import typer
import yaml

from assistant import cli, notes
from assistant.answer import answered, last_said, saved_advice, show
from assistant.app import Assistant
from assistant.config import load_config, packaged, read_yaml
from assistant.confirmed import Confirmed
from assistant.core.check import Intent
from assistant.core.followed import key_of
from assistant.core.market import Side
from assistant.core.program import Program
from assistant.core.regime import Stance
from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from assistant.errors import AssistantError
from assistant.funded import anchors
from assistant.funded.calendar import Calendars
from assistant.funded.packs import read_pack
from assistant.funded.program import program_of
from assistant.funded.vectors import run_file
from assistant.history import import_history, load_imported
from assistant.macro.fred import Fred
from assistant.macro.store import from_folder, load, store
from assistant.outputs.alerts import recall_alerts
from assistant.outputs.files import replace_file
from assistant.outputs.journal import Journal, entry_of, read_journal, repair, sealed
from assistant.outputs.lender import Lender
from assistant.outputs.logbook import read_logbook
from assistant.outputs.recall import (
    recall,
    recall_conditions,
    recall_followed,
    recall_notes,
    recall_overrides,
)
from assistant.outputs.state import find_saved, looked_at, said_last, standing_from, state_path
from assistant.overrides import Overrides, OverrideSettings
from assistant.source import open_source
from assistant.terminal import paper
from tests.fuzz.engine import Input
from tests.macro.server import FAST, KEY, Answer, Clock, served, settings

NAMES = (
    *(
        "state",
        "journal",
        "notes",
        "overrides",
        "contracts",
        "anchors",
        "reserved",
        "yaml",
        "settings",
        "pack",
    ),
    *("custom", "examples", "history", "imported", "calendar", "series", "fred csv", "fred json"),
)
LOGIN = 9000001
NOW = datetime(2018, 12, 26, 15, 40, tzinfo=UTC)
HOURS = {
    "since": datetime(2018, 12, 24, 18, tzinfo=UTC),
    "opens_at": datetime(2018, 12, 26, 14, 30, tzinfo=UTC),
    "closes_at": datetime(2018, 12, 26, 21, tzinfo=UTC),
}
LOCAL = """
macro: {source: off}
regime: {legs: [[IWM, SPY]]}
cycle: {sessions: 260}
overrides: [{symbol: all, share: 0.5, why: holidays}]
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLP: null, XLV: null, KRE: null, HYG: null, IEF: null,
  US2000: null, US500: null}
funded:
  mode: dry_run
  pack: custom
  initial_balance: 100000
  start: 2018-12-01
  custom:
    name: My firm
    currency: USD
    as_of: 2026-11-20
    cutoffs: [{time: "17:00", zone: America/New_York}]
    rules:
      daily:
        effect: pause
        floor: {reference: day_start_max, amount: {percent: 3, of: initial}, measure: equity, op: le}
      max:
        effect: fail
        floor: {reference: hwm_equity_intraday, amount: {money: 2500}, measure: equity, op: le}
      best:
        effect: raises_target
        concentration: {most: 0.5, of: profit_target, op: le, raises: best_over_share}
      target: {effect: pass, target: {amount: {percent: 8, of: initial}}}
      news: {effect: fail, window: {about: news, forbids: [open], before: 5, after: 5, impact: high}}
"""
VIEWS = (
    b'{"at":"2018-12-20T10:00:00Z","stance":"RISK_OFF","first":"2018-12-20","until":"2019-01-31","why":"Fed"}\n'
    b'{"at":"2018-12-21T10:00:00Z","ended":"2018-12-21"}\n'
    b'{"stance":"neutral","first":"2018-12-24","until":"2019-01-31","why":"by hand"}\n'
)
RELEASES = (
    b"# breadth-assistant calendar 1\ntime_utc,currency,impact,title\n"
    b'2018-12-26T13:30:00Z,USD,high,"Fed, Interest Rate Decision"\n2018-12-27T07:00:00Z,GBP,medium,GDP\n'
    b"# as of 2018-12-26T06:00:00Z\n"
)
CLOSES = (
    b"date,close\n2018-12-20,131.79\n2018-12-21,128.3\n2018-12-24,125.88\n",
    b"date,open,high,low,close,volume\n2018-12-20,130,132.5,129.1,131.79,10\n2018-12-21,131,132,128,128.3,9\n",
)
EXAMPLES = b"""schema: funded-test-vectors/1
floors:
- id: one
  grade: A
  initial: 200000
  rules: {daily: {ref: day_start_balance, op: lt, measure: equity, amount: {pct: 5, of: initial}}}
  steps:
  - {at: reset, balance: 200000, equity: 200000, expect: {daily: 190000}}
  - {at: tick, balance: 192000, equity: 192000, room: {daily: 2000}, breach: []}
"""
SERIES = (date(2018, 12, 20), date(2018, 12, 21), date(2018, 12, 24))
RECORDED = Path(__file__).parents[1] / "macro" / "recorded"


def played(home: Path) -> tuple[bytes, bytes, Program]:
    """Play five minutes on the paper terminal; return state file and journal, and the program followed."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    replace_file(notes.notes_path(home), VIEWS)
    config = load_config(home)
    source = open_source(config, home, paper=True, speed=1e6)
    with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
        for _ in range(3):
            assistant.cycle()
            paper.advance(60)
        journal = assistant.journal.path
    program = program_of(config.funded)
    assert program is not None
    return state_path(home, LOGIN).read_bytes(), journal.read_bytes(), program


@contextmanager
def inputs(folder: Path) -> Iterator[dict[str, Input]]:
    """Every kind of document by name, made in a folder; a web server runs meanwhile."""
    state, journal, program = played(folder / "played")
    contracts = (folder / "played" / "state" / f"contracts_{LOGIN}.json").read_bytes()
    kept = _kept(folder / "kept")
    packs = tuple((packaged() / "funded" / f"{one}.yaml").read_bytes() for one in ("topstep", "apex", "e8"))
    csv, answer = (tuple(_recorded(kind)) for kind in ("csv", "json"))
    with served([Answer()]) as server, ExitStack() as open_until_the_end:

        def fred(name: str, documents: tuple[bytes, ...], key: str) -> Input:
            def reader(_: Path) -> Callable[[bytes], object]:
                plain = Fred(settings(server.url, attempts=1), FAST, Clock(), lambda: False)
                connection = open_until_the_end.enter_context(plain)
                connection._key = key  # noqa: SLF001 -- the environment is everybody's

                def read(document: bytes) -> object:
                    server.answers = {"": [Answer(document)]}
                    return connection.read("BAA10Y").observations

                return read

            return Input(name, documents, "json" if key else "text", reader)

        made = [
            Input("state", (state,), "json", _state),  # 40 kB, and seven readers of it
            Input("journal", (_short(journal),), "lines", _journal(key_of(program)), sealed=_sealed),
            Input("notes", (VIEWS,), "lines", _notes),
            Input("overrides", (kept["overrides"],), "json", _overrides),
            Input("contracts", (contracts,), "json", _contracts),
            Input("anchors", (kept["anchors"],), "json", _anchors),
            Input("reserved", (_reserved(state, folder / "asked"),), "json", _reservations(state)),
            Input("yaml", (LOCAL.encode(), *packs[:1]), "yaml", _yaml),  # a YAML reader in Python
            Input("settings", (LOCAL.encode(),), "yaml", _settings),
            Input("pack", packs, "yaml", _pack),  # likewise: 90 lines of YAML and more
            Input("custom", (_custom(),), "json", _custom_program),
            Input("examples", (EXAMPLES,), "yaml", _examples),
            Input("history", CLOSES, "text", _history),
            Input("imported", (kept["imported"], kept["origin"]), "text", _imported(kept)),
            Input("calendar", (RELEASES,), "text", _calendar),
            Input("series", (kept["series"], kept["series origin"]), "text", _series(kept)),
            fred("fred csv", csv, ""),
            fred("fred json", answer, KEY),
        ]
        yield {one.name: one for one in made}


def _recorded(kind: str) -> Iterator[bytes]:
    return (one.read_bytes() for one in sorted(RECORDED.glob(f"BAA10Y.{kind}")))


def _kept(home: Path) -> dict[str, bytes]:
    """What the program itself writes of what a user says."""
    made = Overrides(home)
    until = "2019-01-18"
    made.set(OverrideSettings(symbol="IWM", lots=2.5, why="earnings", until=until), NOW)
    made.set(OverrideSettings(symbol="all", share=0.5, why="holidays", until=until), NOW)
    anchors.add_anchor(home, LOGIN, Stated(NOW, {Mark.HIGH_EQUITY: 100500.0}, "max", lower=False))
    path = anchors.add_anchor(home, LOGIN, Stated(NOW, {Mark.HIGH_EQUITY: 99000.0}, None, lower=True))
    (home / "IWM.csv").write_bytes(CLOSES[1])
    import_history(home / "IWM.csv", home, ["IWM"], SERIES, NOW)
    (home / "BAA10Y.csv").write_bytes((RECORDED / "BAA10Y.csv").read_bytes())
    store(home, "BAA10Y", from_folder(home, "BAA10Y", NOW))
    return {
        "overrides": made.path.read_bytes(),
        "anchors": path.read_bytes(),
        "imported": (home / "history" / "IWM.csv").read_bytes(),
        "origin": (home / "history" / "IWM.json").read_bytes(),
        "series": (home / "BAA10Y.csv").read_bytes(),
        "series origin": (home / "BAA10Y.json").read_bytes(),
    }


# The state file: whatever reads it


def _state(home: Path) -> Callable[[bytes], object]:
    path = state_path(home, LOGIN)
    path.parent.mkdir(parents=True)
    lender = Lender(home, LOGIN)
    count = iter(range(10**9))

    def read(document: bytes) -> object:
        path.write_bytes(document)
        looked_at(path)
        said_last(path)
        for mode in ("paper", "live"):
            lender.lent(NOW + timedelta(microseconds=next(count)), mode, 5)
        for one in find_saved(home, NOW, paper=True) + find_saved(home, NOW):
            _ask(standing_from(one.document), home)
        with redirect_stdout(io.StringIO()), suppress(typer.Exit):
            cli.status(login=None, as_json=False, home=home)
        return last_said(home, None, paper=True), saved_advice(home, -5, paper=True)

    return read


def _ask(now: object, home: Path) -> None:
    for intent in (
        Intent(Side.BUY, "IWM", 9.0, 1.0, None, None),
        Intent(Side.SELL, "IWM.US", 5.0, None, None, 50000002),
    ):
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            try:
                verdict, _ = answered(intent, now, home, release=False)  # type: ignore[arg-type]
            except AssistantError:
                continue
            show(verdict, as_json=True)
            show(verdict, as_json=False)
        assert 0 <= verdict["suggested"] <= verdict["requested"]
    for written in (home / "logs").glob("checks_*"):
        written.unlink()


def _reserved(state: bytes, home: Path) -> bytes:
    standing = standing_from(json.loads(state))
    intent = Intent(Side.BUY, "IWM", 1.0, 120.0, None, None)
    answered(intent, standing, home, release=False)
    found = home / "state" / f"reserved_{LOGIN}.json"
    return found.read_bytes() if found.exists() else b"[]"


def _reservations(state: bytes) -> Callable[[Path], Callable[[bytes], object]]:
    standing = standing_from(json.loads(state))

    def reader(home: Path) -> Callable[[bytes], object]:
        path = home / "state" / f"reserved_{LOGIN}.json"
        path.parent.mkdir(parents=True)

        def read(document: bytes) -> object:
            path.write_bytes(document)
            _ask(standing, home)
            return None

        return read

    return reader


# The journal


def _short(journal: bytes) -> bytes:
    """Return a journal without most of its closes: what is asked is how lines are read."""
    lines = []
    for line in journal.splitlines():
        entry = entry_of(line)
        if entry["kind"] == "closes":
            entry["closes"] = [leg[-3:] for leg in entry["closes"]]
        lines.append(json.dumps(entry, separators=(",", ":")).encode())
    return _sealed(b"\n".join(lines) + b"\n")


def _sealed(document: bytes) -> bytes:
    """Return a journal whose lines bear the checksum of what they now are."""
    return b"\n".join(
        sealed(line).rstrip(b"\n") if line[-1:] == b"}" else line for line in document.split(b"\n")
    )


def _journal(key: str) -> Callable[[Path], Callable[[bytes], object]]:
    def reader(folder: Path) -> Callable[[bytes], object]:
        path = folder / f"journal_{LOGIN}_{NOW.date()}.jsonl"

        def read(document: bytes) -> object:
            path.write_bytes(document)
            found = (
                recall(folder, LOGIN, NOW),
                recall_overrides(folder, LOGIN, NOW),
                recall_notes(folder, LOGIN, NOW),
                recall_conditions(folder, LOGIN, NOW),
                recall_followed(folder, LOGIN, NOW, key),
                recall_alerts(folder, LOGIN, NOW),
                read_logbook(folder, LOGIN, NOW.date(), **HOURS, now=NOW),
            )
            writer = Journal(folder, LOGIN)
            writer.write(NOW, "start", {})
            writer.close()
            assert repair(path) == b""
            with path.open("rb") as file:
                last = file.read().splitlines()[-1]
            assert entry_of(last)["kind"] == "start"
            read_journal(path)
            return found

        return read

    return reader


# What a user says


def _notes(home: Path) -> Callable[[bytes], object]:
    path = notes.notes_path(home)
    path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        path.write_bytes(document)
        found = notes.Notes(home)
        said = found.read(), found.read(), found.problems(date(2018, 12, 24))
        written = notes.write_note(home, Stance.NEUTRAL, date(2018, 12, 26), date(2018, 12, 31), "mine", NOW)
        notes.withdraw(home, date(2018, 12, 26), NOW)
        return said, written

    return read


def _overrides(home: Path) -> Callable[[bytes], object]:
    held = Overrides(home)
    held.path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        held.path.write_bytes(document)
        found = held.read()
        assert all(one.lots >= 0 for one in found if one.lots is not None)
        held.end("IWM", NOW)
        return found

    return read


def _contracts(home: Path) -> Callable[[bytes], object]:
    path = Confirmed(home).path(LOGIN)
    path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        path.write_bytes(document)
        found = Confirmed(home).read(LOGIN)
        Confirmed(home).change(LOGIN, lambda facts: facts)
        return found

    return read


def _anchors(home: Path) -> Callable[[bytes], object]:
    path = anchors.anchors_path(home, LOGIN)
    path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        path.write_bytes(document)
        found = anchors.Anchors(home)
        found.read(LOGIN)
        return anchors.add_anchor(home, LOGIN, Stated(NOW, {Mark.HIGH_EQUITY: 99500.0}, None, lower=False))

    return read


# Settings


def _yaml(folder: Path) -> Callable[[bytes], object]:
    path = folder / "any.yaml"

    def read(document: bytes) -> object:
        path.write_bytes(document)
        return read_yaml(path)

    return read


def _settings(home: Path) -> Callable[[bytes], object]:
    path = home / "config" / "local.yaml"
    path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        path.write_bytes(document)
        config = load_config(home)
        return config.settings, program_of(config.funded)

    return read


def _pack(folder: Path) -> Callable[[bytes], object]:
    path = folder / "firm.yaml"

    def read(document: bytes) -> object:
        path.write_bytes(document)
        return read_pack(path)

    return read


def _custom() -> bytes:
    """Return the program of the settings as JSON, from which it is fuzzed behind the reader of YAML."""
    return json.dumps(yaml.safe_load(LOCAL)["funded"], default=str).encode()


def _custom_program(home: Path) -> Callable[[bytes], object]:
    base = load_config(home).funded

    def read(document: bytes) -> object:
        try:
            told = json.loads(document)
        except (ValueError, RecursionError):
            return None
        if not isinstance(told, dict) or not isinstance(told.get("custom"), dict):
            return None
        return program_of(
            type(base)(
                **{name: getattr(base, name) for name in base.__slots__}
                | {"mode": type(base.mode)("dry_run"), "pack": "custom", "initial_balance": 100000.0}
                | {"custom": told["custom"]}
            )
        )

    return read


def _examples(folder: Path) -> Callable[[bytes], object]:
    path = folder / "examples.yaml"

    def read(document: bytes) -> object:
        path.write_bytes(document)
        return run_file(path)

    return read


# Prices, news, series


def _history(home: Path) -> Callable[[bytes], object]:
    path = home / "IWM.csv"

    def read(document: bytes) -> object:
        path.write_bytes(document)
        import_history(path, home, ["IWM", "SPY"], SERIES, NOW)
        return load_imported(home)

    return read


def _imported(kept: dict[str, bytes]) -> Callable[[Path], Callable[[bytes], object]]:
    def reader(home: Path) -> Callable[[bytes], object]:
        folder = home / "history"
        folder.mkdir(parents=True)

        def read(document: bytes) -> object:
            (folder / "IWM.csv").write_bytes(kept["imported"])
            (folder / "IWM.json").write_bytes(document)
            first = load_imported(home)
            (folder / "IWM.csv").write_bytes(document)
            (folder / "IWM.json").write_bytes(kept["origin"])
            return first, load_imported(home)

        return read

    return reader


def _calendar(home: Path) -> Callable[[bytes], object]:
    path = home / "Common" / "Files" / "BreadthAssistant" / "calendar.csv"
    path.parent.mkdir(parents=True)

    def read(document: bytes) -> object:
        path.write_bytes(document)
        found = Calendars(home)
        return found.read(str(home / "Common"), NOW), found.problems

    return read


def _series(kept: dict[str, bytes]) -> Callable[[Path], Callable[[bytes], object]]:
    def reader(folder: Path) -> Callable[[bytes], object]:
        def read(document: bytes) -> object:
            (folder / "BAA10Y.csv").write_bytes(kept["series"])
            (folder / "BAA10Y.json").write_bytes(document)
            first = load(folder, "BAA10Y")
            (folder / "BAA10Y.csv").write_bytes(document)
            (folder / "BAA10Y.json").write_bytes(kept["series origin"])
            return first, load(folder, "BAA10Y")

        return read

    return reader

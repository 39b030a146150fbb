"""All checks, one after another: each for itself, so that one that fails hides no other."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from assistant import autostart
from assistant.clock import WallClock
from assistant.config import Config, load_config
from assistant.core.market import Unknown
from assistant.core.program import Mode
from assistant.doctor import files, market, rules, system, terminal
from assistant.doctor.finding import Finding, Status, guarded, ok, warn
from assistant.doctor.look import Look, look
from assistant.errors import AssistantError, ConfigError, TerminalError
from assistant.home import PAPER
from assistant.outputs.state import find_saved
from assistant.panel.files import packaged
from assistant.panel.folders import chosen, data_folder, listed
from assistant.source import open_source, played
from assistant.terminal.process import terminals
from assistant.terminal.sessions import Sessions

_AT_ONCE = 1000.0  # paper seconds in a second
_REAL = ("auto", "MetaTrader5")
Progress = Callable[[str], None]  # told what is looked at next, where that may take a while


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be examined."""

    home: Path
    paper: bool = False
    letter: str | None = None  # of the paper terminal's broker
    login: int | None = None
    command: str = "assistant"  # what the user types to start it


@dataclass(frozen=True, slots=True)
class Section:
    """Findings of one subject."""

    name: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was found."""

    at: datetime  # UTC, by the PC's clock
    mode: str  # live or paper
    home: Path
    sections: tuple[Section, ...]
    costs: tuple[market.Costs, ...]  # of each symbol that the broker offers
    atr_sessions: int  # of the average true range that costs are shares of

    def count(self, status: Status) -> int:
        """Return how many findings stand so."""
        return sum(one.status is status for section in self.sections for one in section.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What all checks share."""

    asked: Asked
    config: Config
    complaint: ConfigError | None
    paper: bool
    now: datetime  # UTC, by the PC's clock
    answer: Look | Unknown | str  # of the terminal; a text says why it was not asked


def examine(asked: Asked, progress: Progress) -> Report:
    """Look at every precondition; nothing that lasts is changed, and nothing is raised."""
    config, complaint = _settings(asked.home)
    paper = asked.paper or config.terminal.module == PAPER
    config = played(config) if paper else config
    progress("asking the terminal")
    answer = _answer(asked, config, paper=paper)
    case = _Case(
        asked=asked,
        config=config,
        complaint=complaint,
        paper=paper,
        now=WallClock().now(),
        answer=answer,
    )
    costs: list[market.Costs] = []
    progress("looking at this computer")
    sections = (
        Section("This computer", tuple(_computer(case))),
        Section("Settings and rules", tuple(_rules(case))),
        Section("Terminal", tuple(_terminal(case))),
        Section("Market", tuple(_market(case, costs))),
        Section("Files", tuple(_files(case))),
    )
    return Report(
        at=case.now,
        mode="paper" if paper else "live",
        home=asked.home,
        sections=sections,
        costs=tuple(costs),
        atr_sessions=config.sizing.atr_sessions,
    )


def _settings(home: Path) -> tuple[Config, ConfigError | None]:
    """Return the settings, or the packaged ones and what is wrong with those of the home."""
    try:
        return load_config(home), None
    except ConfigError as error:
        return load_config(home / "config" / "none"), error  # where nothing lies above the packaged ones


def _answer(asked: Asked, config: Config, *, paper: bool) -> Look | Unknown | str:
    """Ask the terminal; a text says why there is none to ask."""
    plain = config.model_copy(  # what a firm's rules and the series say is looked at elsewhere
        update={
            "funded": replace(config.funded, mode=Mode.OFF),
            "macro": replace(config.macro, source="off"),
        }
    )
    try:
        source = open_source(plain, asked.home, paper=paper, letter=asked.letter, speed=_AT_ONCE)
        return look(source)
    except (TerminalError, ConfigError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 -- a module of the user's own may fail in any way
        return Unknown(f"{type(error).__name__}: {' '.join(str(error).split())}")


def _all(checks: Iterable[tuple[str, Callable[[], Finding | Iterable[Finding]]]]) -> Iterator[Finding]:
    for name, check in checks:
        yield from guarded(name, check)


def _computer(case: _Case) -> Iterator[Finding]:
    asked, windows = case.asked, platform.system() == "Windows"
    return _all(
        [
            ("python", lambda: system.python_check(sys.version_info[:3], system.bits_are_64())),
            ("packages", lambda: _packages(windows=windows)),
            ("sleep", lambda: system.sleep_check(system.powercfg())),
            ("disk", lambda: _room("disk", asked.home)),
            (
                "autostart",
                lambda: system.autostart_check(autostart.is_on() if windows else None, asked.command),
            ),
            ("assistant", lambda: _running(case)),
        ]
    )


def _packages(*, windows: bool) -> Finding:
    wanted = system.requirements(system.required(), windows=windows)
    return system.packages_check(wanted, system.installed)


def _room(name: str, folder: Path) -> Finding:
    there = files.existing(folder)
    return system.room_check(name, folder, shutil.disk_usage(there).free)


def _running(case: _Case) -> Finding:
    asked = case.asked
    saved = [
        one for one in find_saved(asked.home, case.now, paper=case.paper) if asked.login in (None, one.login)
    ]
    heard = system.Heard(saved[0].login, saved[0].age, saved[0].fresh) if saved else None
    return system.running_check(heard, system.assistants(system.processes()), asked.command)


def _rules(case: _Case) -> Iterator[Finding]:
    today, answer = case.now.date(), case.answer
    told = answer.account if isinstance(answer, Look) else None
    account = None if isinstance(told, Unknown) else told
    return _all(
        [
            ("settings", lambda: rules.settings_check(case.asked.home, case.complaint)),
            ("funded rules", lambda: rules.funded_check(case.config.funded, today, account)),
            ("sessions", lambda: rules.table_check(Sessions.packaged().last, today)),
        ]
    )


def _terminal(case: _Case) -> Iterator[Finding]:
    answer, config = case.answer, case.config
    real = not case.paper and config.terminal.module in _REAL
    bridge = None if real or case.paper else config.terminal.module
    yield from guarded(
        "terminal",
        lambda: terminal.terminal_check(answer, terminals() if real else (), paper=case.paper, bridge=bridge),
    )
    if not isinstance(answer, Look):
        yield from terminal.not_asked(("link", "login", "symbols", "server clock", "pc clock"))
        return
    cycle, regime, seen = config.conditions, config.regime, answer
    yield from _all(
        [
            ("link", lambda: terminal.link_check(seen.facts)),
            ("login", lambda: terminal.login_check(seen, case.asked.login)),
            ("symbols", lambda: terminal.symbols_check(seen.found, regime.legs, regime.lender)),
            ("trade mode", lambda: terminal.trading_check(seen)),
            ("server clock", lambda: terminal.server_clock_check(seen, config.terminal.server_zone)),
            (
                "pc clock",
                lambda: terminal.pc_clock_check(
                    seen,
                    allowed=cycle.quote_age_seconds,
                    future=cycle.quote_future_seconds,
                    paper=case.paper,
                ),
            ),
        ]
    )


def _market(case: _Case, costs: list[market.Costs]) -> Iterator[Finding]:
    """Run the checks of the market; the table of costs goes into `costs`."""
    answer, config = case.answer, case.config
    if not isinstance(answer, Look):
        return iter(terminal.not_asked(("quotes", "history", "costs")))
    return _all(
        [
            ("quotes", lambda: market.quotes_check(answer, config.regime.legs, config.conditions)),
            ("history", lambda: market.history_check(answer, config.settings, case.asked.command)),
            ("costs", lambda: _costs(answer, config, costs)),
        ]
    )


def _costs(seen: Look, config: Config, costs: list[market.Costs]) -> Finding:
    costs += market.costs_of(seen, config.settings)
    return market.costs_check(costs, seen.hours.state)


def _files(case: _Case) -> Iterator[Finding]:
    home, answer = case.asked.home, case.answer
    logs = home / "logs"
    yield from _all(
        [
            ("home", lambda: files.writable_check("home", home)),
            ("journal", lambda: files.journal_check(logs)),
            ("log size", lambda: system.logs_check(logs, system.size_of(logs))),
            ("series", lambda: files.macro_check(case.config.macro, home, case.now, paper=case.paper)),
            ("panel", lambda: _panel(case)),
        ]
    )
    if not isinstance(answer, Look) or isinstance(answer.account, Unknown):
        yield from terminal.not_asked(("panel file",))
        return
    common, login = answer.facts.common_folder, answer.account.login
    yield from _all(
        [
            ("panel file", lambda: files.panel_file_check(common, login)),
            ("terminal disk", lambda: _room("terminal disk", Path(common))),
        ]
    )


def _panel(case: _Case) -> Finding:
    """Judge the panel in the folder of the terminal that answers, or of the only one there is."""
    command = case.asked.command
    if case.paper:
        return ok("panel", "the paper terminal has no charts, so there is nothing to install")
    answer = case.answer
    if isinstance(answer, Look) and not isinstance(answer.data_folder, Unknown):
        if not Path(answer.data_folder).is_dir():
            told = f"not asked: the terminal keeps its data in {answer.data_folder}, which is no folder here"
            return warn("panel", told, f"`{command} panel install --folder`, as seen from here")
        folder = data_folder(Path(answer.data_folder))
    else:
        try:
            folder = chosen(listed(Path(os.environ.get("APPDATA", ""))), case.config.terminal.path)
        except AssistantError:
            return terminal.not_asked(("panel",))[0]
    return files.panel_check(folder.path, packaged(), command)

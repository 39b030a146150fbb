"""The first run from its first line to its last: look, ask, check, write, and what comes next."""

import platform
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.clock import WallClock
from assistant.config import Config, load_config
from assistant.core.market import Account, Unknown
from assistant.core.program import Mode
from assistant.doctor.look import Look, look
from assistant.errors import AssistantError, TerminalError
from assistant.funded.packs import load_packs
from assistant.home import PAPER
from assistant.setup.asker import Asker
from assistant.setup.interview import COMMENTS, Answers, interview, show
from assistant.setup.local import as_yaml, with_answers
from assistant.setup.placing import LOCAL, Placed, loaded, own_settings, place, place_beside
from assistant.source import open_source, played
from assistant.terminal.process import terminals

_AT_ONCE = 1000.0  # paper seconds in a second
_REAL = ("auto", "MetaTrader5")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """What is to be set up, and by which words the user goes on."""

    home: Path
    yes: bool  # nothing is asked
    paper: bool
    letter: str | None  # of the paper terminal's broker
    command: str  # what the user types to start the assistant
    where: str  # words that a command needs to find this home again; empty: none


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that is done beside the settings, where it is wanted."""

    words: str  # the command that does it later
    do: Callable[[], None]  # AssistantError where it fails


@dataclass(frozen=True, slots=True)
class Decided:
    """All that was answered; nothing has been changed yet."""

    text: str  # of local.yaml
    way: str  # replace, beside, nothing
    answers: Answers
    paper: bool


def decide(asker: Asker, run: FirstRun) -> Decided:
    """Find the terminal, show it, ask, and show what would be written; nothing is changed.

    Raises ConfigError for settings that do not fit, TerminalError where no terminal answers.
    """
    config, own = load_config(run.home), own_settings(run.home)
    paper = run.paper or config.terminal.module == PAPER
    answers, account = _asked(asker, run, config, paper=paper)
    defaults = loaded(run.home, "").model_dump(mode="json")
    data = with_answers(own or {}, answers.settings, defaults)
    text = _text(run, data, answers, account)
    if data == own:
        asker.say()
        asker.say(f"{run.home / 'config' / LOCAL} says all of it already.")
        return Decided(text, "nothing", answers, paper)
    return Decided(text, _way(asker, text, own, run.home), answers, paper)


def carry_out(asker: Asker, run: FirstRun, decided: Decided, extras: Sequence[Extra]) -> None:
    """Write what was decided, do what was asked for beside it, and tell what comes next.

    PublishError where the file cannot be written; one that was there is then as it was.
    """
    if decided.way == "nothing":
        asker.say("Nothing was written.")
    elif decided.way == "replace":
        _tell(asker, place(run.home, decided.text, WallClock().now()))
    else:
        _tell(asker, place_beside(run.home, decided.text))
    for extra in extras:
        asker.say()
        try:
            extra.do()
        except AssistantError as error:
            asker.say(f"not done: {error}; `{run.command} {extra.words}` tries again", "  ")
    _next(asker, run, paper=decided.paper)


def _asked(asker: Asker, run: FirstRun, config: Config, *, paper: bool) -> tuple[Answers, Account]:
    """Find the terminal, show what it is, ask the questions; nothing is changed."""
    asker.say(f"{'PAPER: ' if paper else ''}First run, for the home {run.home}", "  ")
    path = None if paper or run.yes else _terminal(asker, config)  # unasked none is chosen
    asker.say("Asking the terminal ...")
    seen, account = _look(config, run.home, path, paper=paper, letter=run.letter)
    where = "the paper terminal, which plays recorded prices" if paper else seen.facts.path
    show(asker, seen, account, where, config.regime.legs)
    answers = interview(
        asker,
        seen,
        account,
        config,
        load_packs,
        paper=paper,
        autostart=not paper and platform.system() == "Windows",
    )
    if path is not None:
        answers = replace(answers, settings={"terminal": {"path": path}, **answers.settings})
    return answers, account


def _terminal(asker: Asker, config: Config) -> str | None:
    """Return the path of the terminal that the user chooses where several run; None: there is no choice."""
    if config.terminal.module not in _REAL:
        return None
    paths = sorted({one.path for one in terminals() if one.path})
    if len(paths) < 2 or config.terminal.path is not None:  # noqa: PLR2004 -- a choice has two sides
        return None
    number = asker.pick("Which terminal is meant?", f"{len(paths)} terminals are running.", paths, 1)
    return paths[number - 1] if number else None


def _look(
    config: Config, folder: Path, path: str | None, *, paper: bool, letter: str | None
) -> tuple[Look, Account]:
    """Read the terminal once; TerminalError where none answers, or nobody is logged in."""
    update = {"funded": replace(config.funded, mode=Mode.OFF), "macro": replace(config.macro, source="off")}
    if path is not None:
        update["terminal"] = replace(config.terminal, path=path)
    asked = (played(config) if paper else config).model_copy(update=update)
    seen = look(open_source(asked, folder, paper=paper, letter=letter, speed=_AT_ONCE))
    if isinstance(seen, Unknown):
        raise TerminalError(seen.reason)
    if isinstance(seen.account, Unknown):
        raise TerminalError(
            f"{seen.account.reason}: in the terminal, File > Login to Trade Account, then again"
        )
    return seen, seen.account


def _text(run: FirstRun, data: dict[str, Any], answers: Answers, account: Account) -> str:
    """Return local.yaml, checked by the loader that reads it later; ConfigError where it does not fit."""
    head = (
        "Your settings: what differs from the defaults.\n"
        "Every key stands with its unit in config/assistant.yaml of the program.\n"
        f"Written by `{run.command} setup` on {WallClock().now():%Y-%m-%d}\n"
        f"for login {account.login} on {account.server}."
    )
    text = as_yaml(data, {**COMMENTS, **answers.comments}, head if data else f"{head}\nNothing differs yet.")
    loaded(run.home, text)
    return text


def _way(asker: Asker, text: str, own: dict[str, Any] | None, folder: Path) -> str:
    """Show the file and ask whether it is wanted: replace (or write), beside, nothing."""
    path = folder / "config" / LOCAL
    asker.say()
    asker.say(f"{path} would hold:" if own is None else f"{path} is there already; the new one would hold:")
    asker.verbatim(textwrap.indent(text, "  | ", lambda _: True))
    if own is None:
        wanted = asker.whether("Write it?", "Nothing has been changed so far.", default=True)
        return "replace" if wanted else "nothing"
    return asker.choose(
        "What is to be done",
        "Your other settings are in both; comments of yours are not in the new one.",
        {
            "beside": "it is written as local.new.yaml, and nothing else changes",
            "replace": f"it takes the place of {LOCAL}, a copy of which stays",
            "nothing": "nothing is written",
        },
        "beside",
    )


def _tell(asker: Asker, placed: Placed) -> None:
    asker.say()
    asker.say(f"written: {placed.path}", "  ")
    if placed.backup:
        asker.say(f"as it was: {placed.backup}", "  ")
    if not placed.read:
        asker.say(f"It is not read: compare it with {LOCAL}, and rename it to that where you want it.", "  ")


def _next(asker: Asker, run: FirstRun, *, paper: bool) -> None:
    """End with the three commands that follow."""
    played_there = " --paper" if paper else ""
    where = f" {run.where}" if run.where else ""
    asker.say()
    asker.say("Next:")
    for words, what in (
        (f"doctor{played_there}{where}", "looks at everything once, and says how to mend what is not well"),
        (f"run{played_there}{where}", "the live loop; Ctrl-C ends it"),
        (f"panel install{where}", "puts the panel into a real terminal, and says what to click"),
    ):
        asker.verbatim(f"  {run.command} {words}")
        asker.say(f"      {what}", "      ")

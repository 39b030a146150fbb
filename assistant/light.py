"""The light way into `assistant check`: answered from the state file in a moment, with nothing heavy loaded.

It takes only words that it understands to the letter, and acts only where a running assistant has said
something fresh. For all else it returns None, and the full command, which alone explains itself, gets the
same words.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from assistant.answer import answered, last_said, replace_unprintable, show, told
from assistant.core.check import Intent
from assistant.core.market import Side
from assistant.errors import AssistantError
from assistant.home import find_home, names_paper

_SWITCHES = ("--paper", "--json", "--release")
_VALUES = ("--stop", "--price", "--close", "--profile", "--login", "--home")
_ON_WINDOWS = re.compile(r"[~$%*?\[]")  # the full command replaces such words there, as a shell would
_BROKERS = Path(__file__).parent / "data" / "brokers.yaml"


class _NotMineError(Exception):
    """The words are for the full command."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What the words ask."""

    intent: Intent
    home: Path
    paper: bool
    login: int | None
    as_json: bool
    release: bool


def light(words: Sequence[str]) -> int | None:
    """Answer `assistant check WORDS` and return the exit code; None where the full command must."""
    try:
        asked = _question(words)
        replace_unprintable()
        now = last_said(asked.home, asked.login, paper=asked.paper)
        if now is None:
            return None
        document, code = answered(asked.intent, now, asked.home, release=asked.release)
        show(document, as_json=asked.as_json)
    except AssistantError as error:
        return told(error)
    except Exception:  # noqa: BLE001 -- the full command meets it, too, and has a log for it
        return None
    return code


def _question(words: Sequence[str]) -> _Question:
    """Return what the words ask."""
    places, given = _sorted(words)
    if len(places) != 3 or places[0].lower() not in tuple(Side):  # noqa: PLR2004 -- side, symbol, lots
        raise _NotMineError
    side, symbol, lots = places
    stop, price = (_price(given[name]) if name in given else None for name in ("--stop", "--price"))
    close, login = (_whole(given[name]) if name in given else None for name in ("--close", "--login"))
    home, paper = _home(given.get("--home")), "--paper" in given
    if not paper and ("--profile" in given or names_paper(home)):
        raise _NotMineError
    if "--profile" in given or (paper and login is None):
        login = _paper_login(given.get("--profile", "A"))
    intent = Intent(Side(side.lower()), symbol, _price(lots), stop, price, close)
    return _Question(intent, home, paper, login, "--json" in given, "--release" in given)


def _sorted(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the words that stand for themselves, and the values by option; that of a switch is empty."""
    places, given = [], {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            places.append(word)
            continue
        if name in _VALUES:
            value = value if equals else next(rest, "")
        if name in given or not (word in _SWITCHES or (name in _VALUES and value)):
            raise _NotMineError
        given[name] = value
    if not all(places) or (os.name == "nt" and any(_ON_WINDOWS.search(word) for word in words)):
        raise _NotMineError
    return places, given


def _price(word: str) -> float:
    """Read a number more than 0, of a price or of lots, in plain digits."""
    value = float(word) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", word) else 0.0
    if not (isfinite(value) and value > 0):
        raise _NotMineError
    return value


def _whole(word: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", word):
        raise _NotMineError
    return int(word)


def _home(word: str | None) -> Path:
    """Find the home; one that is named must be readable, or the full command says that it is not."""
    if word is None:
        return find_home(None)
    if not os.access(word, os.R_OK):
        raise _NotMineError
    return find_home(Path(word))


def _paper_login(letter: str) -> int:
    """Look up the login of a broker that the paper terminal plays, without loading what reads YAML."""
    account = rf"^{re.escape(letter.upper())}:\n  account: \{{login: ([0-9]+),"
    found = re.search(account, _BROKERS.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise _NotMineError
    return int(found[1])

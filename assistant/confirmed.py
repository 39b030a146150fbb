"""What a lot of each symbol was when it was last confirmed: <home>/state/contracts_LOGIN.json.

The running assistant writes down what it sees for the first time, `assistant confirm` what was said yes to;
everybody else only reads. A file that cannot be read is no lots in any symbol until all is confirmed anew.
"""

import json
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from typing import Any

from assistant.core.contracts import Facts, present, seen
from assistant.core.market import ContractFacts, Unknown
from assistant.core.snapshot import Snapshot
from assistant.errors import AssistantError, PublishError
from assistant.outputs.files import json_of, locked, read_file, replace_file, short
from assistant.outputs.record import contract_fields

_PATIENCE = 2.0  # seconds for another process that is writing
_SCHEMA = "contracts/1"
_Stamp = tuple[int, int, int]  # of a file: another one is another content


class Confirmed:
    """The confirmed contracts of one home, by login."""

    def __init__(self, home: Path) -> None:
        """Take the home; no file need be there."""
        self._folder = home / "state"
        self._login: int | None = None  # whose contracts are known
        self._stamp: _Stamp | None = None  # of the file when it was read; None: there was none
        self._known: Facts | Unknown = {}  # what the file held when it was last there

    def path(self, login: int) -> Path:
        """Return where the contracts of a login lie."""
        return self._folder / f"contracts_{login}.json"

    def read(self, login: int) -> Facts | Unknown:
        """Return what was confirmed for a login; the file is read only where it is another than before.

        What a file held that has gone since stands while this process runs.
        """
        if login != self._login:
            self._login, self._stamp, self._known = login, None, {}
        stamp = _stamp(self.path(login))
        if stamp is not None and stamp != self._stamp:
            self._known = _read(self.path(login), gone=self._known)
        held = isinstance(self._known, Unknown)  # perhaps by another program: the next look tries again
        self._stamp = None if held else stamp
        return self._known

    def see(self, snapshot: Snapshot) -> tuple[Facts | Unknown, tuple[str, ...]]:
        """Return what counts as confirmed after a look, and what went wrong in writing it down.

        What is seen for the first time is confirmed, and written at once; where that fails it stands for
        this process.
        """
        known = snapshot.confirmed
        if isinstance(known, Unknown) or self._settled(known, snapshot):
            return known, ()
        now = present(snapshot.instruments, snapshot.quotes)
        fresh = seen(known, now)
        if fresh == known and (self._stamp is not None or not known):
            return known, ()
        self._known = fresh
        try:
            self._known = self.change(snapshot.account.login, lambda there: seen({**fresh, **there}, now))
        except AssistantError as error:
            return self._known, (f"{error}: a contract that changes is only seen while this run lasts",)
        return self._known, ()

    def _settled(self, known: Facts, snapshot: Snapshot) -> bool:
        """Whether the file is there and holds every symbol in full: the usual case, in each cycle."""
        margins = (known[one.symbol].margin if one.symbol in known else None for one in snapshot.instruments)
        return self._stamp is not None and None not in margins

    def change(self, login: int, made: Callable[[Facts], Facts], *, mend: bool = False) -> Facts:
        """Put down what is made of what the file holds, while no other process writes it; return that.

        With `mend` a file that cannot be read holds nothing. Raises AssistantError where it cannot be read
        otherwise, or not be written.
        """
        path = self.path(login)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.with_suffix(".lock"), seconds=_PATIENCE):
                there = _read(path)
                if isinstance(there, Unknown):
                    if not mend:
                        raise AssistantError(f"{there.reason}: assistant confirm all")
                    there = {}
                after = made(there)
                replace_file(path, _content(after), durable=True)
        except OSError as error:
            raise AssistantError(f"{path} could not be written: {error.strerror or error}") from None
        except PublishError as error:
            raise AssistantError(str(error)) from None
        return after


def _stamp(path: Path) -> _Stamp | None:
    """Return what tells one content of a file from another; None: it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _content(facts: Facts) -> bytes:
    """Return the file of such contracts."""
    fields = {symbol: contract_fields(one) for symbol, one in facts.items()}
    return (json.dumps({"schema": _SCHEMA, "contracts": fields}, indent=1) + "\n").encode()


def _read(path: Path, gone: Facts | Unknown | None = None) -> Facts | Unknown:
    """Return what a file holds; `gone`, or else nothing, where there is none."""
    try:
        return {symbol: _facts(fields) for symbol, fields in _listed(json_of(read_file(path)))}
    except FileNotFoundError:
        return {} if gone is None else gone
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it holds something else"
    return Unknown(f"{path} cannot be read ({short(reason)})")


def _listed(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what a file lists; an error of `_read` where it is another file."""
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema was {document['schema']!r}; expected {_SCHEMA}")
    return list(document["contracts"].items())


def _facts(fields: Mapping[str, Any]) -> ContractFacts:
    """Return one contract; ValueError, TypeError or KeyError where it is none."""
    numbers = {name: fields[name] for name in ("size", "tick_size", "volume_min", "volume_step")}
    currency, digits, margin = fields["profit_currency"], fields["digits"], fields["margin"]
    if margin is not None:
        least, most = margin
        numbers |= {"margin": least, "largest margin": most}
        margin = (least, most)
    for name, number in numbers.items():
        if type(number) not in (int, float) or not 0 < number < inf:
            raise ValueError(f"{name} was {number!r}; expected a number above 0")
    if not isinstance(currency, str) or type(digits) is not int:
        raise ValueError(f"a currency and digits were {currency!r} and {digits!r}")
    return ContractFacts(
        size=numbers["size"],
        tick_size=numbers["tick_size"],
        profit_currency=currency,
        volume_min=numbers["volume_min"],
        volume_step=numbers["volume_step"],
        digits=digits,
        margin=margin,
    )

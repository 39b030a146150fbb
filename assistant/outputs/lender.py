"""The regime of another account's assistant, read from the last advice that it left in the same home."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assistant.core.market import Lent, LentShare, Unknown, Vote
from assistant.core.regime import Stance
from assistant.outputs.files import read_file
from assistant.outputs.state import state_path

_SCHEMA = "advice/1"
_AHEAD = 1.0  # seconds that an advice may come from the future: two cycles on one clock
_FAILED = ("unknown", "stale", "frozen", "doubtful close")  # conditions that say how good the stance is


class Lender:
    """The last advice of one login; its file is read anew only when it has changed."""

    def __init__(self, home: Path, login: int) -> None:
        """Take the home that both assistants share, and the login whose regime is lent."""
        self._path = state_path(home, login)
        self._login = login
        self._stamp: tuple[int, int, int] | None = None  # of the file as it was last read
        self._read: Mapping[str, Any] | Unknown = Unknown(f"there is none in {self._path.parent}")

    def lent(self, now: datetime, mode: str, own: int) -> Lent | Unknown:
        """Return the regime as it stands at `now` (UTC), for an assistant of this mode and login.

        Unknown says why there is none to be had: no file, not an advice, of another mode (paper never feeds
        live), past its valid_until, from the future, of the own login, or itself lent by another.
        """
        self._look()
        document = self._read
        reason = document.reason if isinstance(document, Unknown) else None
        try:
            if not isinstance(document, Unknown):
                reason = next(_faults(document, self._login, own, now, mode), None)
                if reason is None:
                    return _lent(document, self._login)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{self._path} is damaged ({type(error).__name__} {error})"
        return Unknown(f"advice of login {self._login}: {reason}")

    def _look(self) -> None:
        """Read the file where it has changed; while it cannot be, the last reading stays and grows old."""
        import orjson  # noqa: PLC0415 -- most assistants borrow from nobody

        try:
            info = self._path.stat()
            stamp = (info.st_mtime_ns, info.st_size, info.st_ino)
            if stamp == self._stamp:
                return
            content = read_file(self._path)
        except OSError as error:
            if self._stamp is None:
                reason = (
                    "there is none" if isinstance(error, FileNotFoundError) else f"{error.strerror or error}"
                )
                self._read = Unknown(f"{reason} in {self._path.parent}: is its assistant running?")
            return
        self._stamp = stamp
        try:
            document = orjson.loads(content)
        except ValueError:
            document = None
        damaged = Unknown(f"{self._path} is damaged")
        self._read = document if isinstance(document, dict) else damaged


def _faults(document: Mapping[str, Any], login: int, own: int, now: datetime, mode: str) -> Iterator[str]:
    """Say why a document is not a fresh advice of that login and mode, resting on its own closes."""
    lender = document["regime"]["lender"]
    age = (now - datetime.fromisoformat(document["as_of"])).total_seconds()
    late = (now - datetime.fromisoformat(document["valid_until"])).total_seconds()
    if document["schema"] != _SCHEMA:
        yield f"schema was {document['schema']!r}, expected {_SCHEMA}"
    if document["terminal"]["login"] != login:
        yield f"its file holds that of login {document['terminal']['login']}"
    if own == login:
        yield "that is this account's own"
    if document["mode"] != mode:
        yield f"mode was {document['mode']}, expected {mode}"
    if lender is not None:
        yield f"it is itself lent by login {lender}"
    if age < -_AHEAD:
        yield f"it is from {-age:.0f} s in the future"
    if late > 0:
        yield f"it is {age:.0f} s old, {age - late:.0f} s allowed"


def _lent(document: Mapping[str, Any], login: int) -> Lent:
    """Make a document's regime and shares facts; KeyError, TypeError or ValueError where they do not fit."""
    regime, history = document["regime"], document["history"]
    numerator, denominator = regime["legs"]
    shares = tuple(_share(cap) for cap in document["caps"] if _is_lent(cap))
    if not any(share.signal or share.name == "unknown" for share in shares):
        raise ValueError("no share stands for its stance")
    return Lent(
        login=login,
        legs=(str(numerator), str(denominator)),
        proxy=bool(regime["proxy"]),
        stance=Stance(regime["stance"]).value,
        since=_date(regime["since"]),
        sessions=int(regime["sessions"]),
        history=int(history["sessions"]),
        last_session=_date(history["last_close"]),
        ratio=_number(regime["ratio"]),
        average=_number(regime["average"]),
        distance=_number(regime["distance"]),
        target_share=_checked(regime["target_share"]),
        held_share=_checked(regime["held_share"]),
        flags=tuple(str(flag) for flag in regime["flags"]),
        votes=tuple(_vote(vote) for vote in regime["votes"]),
        shares=shares,
    )


def _vote(vote: Mapping[str, Any]) -> Vote:
    value = vote["value"]
    if value is not None and (type(value) is not int or value not in (1, 0, -1)):
        raise ValueError(f"a vote was {value}, expected 1, 0 or -1")
    return Vote(str(vote["name"]), value, _number(vote["number"]), str(vote["reason"]), _date(vote["as_of"]))


def _is_lent(cap: Mapping[str, Any]) -> bool:
    """Whether a cap speaks of the stance: a signal of the account, or how good its stance is."""
    speaks = cap["kind"] == "signal" or cap["name"] in _FAILED
    return bool(speaks and cap["scope"] == "account" and cap["unit"] == "share" and not cap["advisory"])


def _share(cap: Mapping[str, Any]) -> LentShare:
    return LentShare(
        name=str(cap["name"]),
        value=_checked(cap["value"]),
        signal=cap["kind"] == "signal",
        risk_on_only=cap["applies_to"] == "risk_on",
        reason=str(cap["reason"]),
        since=_date(cap["since"]),
    )


def _checked(share: float) -> float:
    value = float(share)
    if not 0 <= value <= 1:
        raise ValueError(f"a share was {share}, expected 0 to 1")
    return value


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _date(text: str | None) -> date | None:
    """Read a session, or the date of an instant."""
    return None if text is None else date.fromisoformat(text[:10])

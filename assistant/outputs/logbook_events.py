"""What happened to the program, in plain words, from the journal's entries of it."""

from collections.abc import Callable
from datetime import datetime

from assistant.core.logbook import Event
from assistant.outputs.logbook_facts import Entry, number, sentence, text, ticket

_FEW = 3  # corrected closes, or damaged lines, that are named
_CAME = {  # of an alert that was handed to the user's command
    "exit": "the command failed",
    "timeout": "the command did not end in time",
    "missing": "the command was not found",
    "dropped": "graver ones were waiting",
}


def event_of(entry: Entry, at: datetime) -> Event | None:
    """Return the event of an entry; None: it tells nothing of the program, or nothing that went wrong.

    Raises as `logbook_facts` does where its fields are not as they should be.
    """
    kind = entry["kind"]
    told = _WORDS[kind](entry) if kind in _WORDS else ""
    return Event(at, kind, told) if told else None


def _terminal(entry: Entry) -> str:
    return f"the terminal does not answer: {sentence(entry['error'])}"


def _slow(entry: Entry) -> str:
    return f"a look took {number(entry['seconds'], 0):.0f} s; the panel was stale meanwhile"


def _clock(entry: Entry) -> str:
    return sentence(entry["told"])


def _restart(entry: Entry) -> str:
    return f"started again after the run before had ended: {sentence(entry['reason'])}"


def _publish(entry: Entry) -> str:
    failed = [sentence(one) for one in entry["failed"]]
    return f"could not be written: {'; '.join(failed)}" if failed else "all files are written again"


def _alert(entry: Entry) -> str:
    told, reason = text(entry["text"]), sentence(entry["reason"])
    more = "" if reason.startswith(told) or not reason else f" ({reason})"
    return f"{text(entry['level'])}: {told}{more}"


def _handed(entry: Entry) -> str:
    came = text(entry["came"])
    return f"alert {text(entry['id'])} may not have arrived: {_CAME[came]}" if came in _CAME else ""


def _alert_command(entry: Entry) -> str:
    return f"alerts may not arrive: {sentence(entry['told'])}"


def _review(entry: Entry) -> str:
    lost = sentence(entry["error"]) if "error" in entry else ""
    return f"the review of {text(entry['session'])} was not written: {lost}" if lost else ""


def hole_of(entry: Entry) -> str:
    """Return what an entry `hole` tells: since when how many entries are lacking, and why."""
    count = ticket(entry["entries"])
    lack = "1 entry" if count == 1 else f"{count} entries"
    since = datetime.fromisoformat(text(entry["since"]))
    return f"{lack} from {since:%Y-%m-%d %H:%M:%S} UTC on could not be written: {sentence(entry['why'])}"


def _repair(entry: Entry) -> str:
    name = text(entry["file"])
    if "gone" in entry:
        return f"{name} was deleted, replaced or cut while the run went on: what it held before is lost"
    if "lines" in entry:
        lines = [str(ticket(one)) for one in entry["lines"]]
        more = f" and {len(lines) - _FEW} more" if len(lines) > _FEW else ""
        return f"{name}: damaged since it was written: line {', '.join(lines[:_FEW])}{more}"
    return f"{name}: a torn last line of {ticket(entry['bytes'])} bytes was cut off"


def _corrections(entry: Entry) -> str:
    told = [
        f"{text(leg)} {text(session)} from {number(was):g} to {number(now):g}"
        for leg, rows in zip(entry["legs"], entry["closes"], strict=True)
        for session, was, now in rows
    ]
    more = f" and {len(told) - _FEW} more" if len(told) > _FEW else ""
    return f"closes were corrected: {', '.join(told[:_FEW])}{more}" if told else ""


_WORDS: dict[str, Callable[[Entry], str]] = {
    "terminal": _terminal,
    "slow": _slow,
    "clock": _clock,
    "restart": _restart,
    "publish": _publish,
    "alert": _alert,
    "handed": _handed,
    "alert_command": _alert_command,
    "review": _review,
    "hole": hole_of,
    "repair": _repair,
    "corrections": _corrections,
}

"""What a check found, and how a check that fails itself becomes a finding."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import AssistantError


class Status(StrEnum):
    """How a precondition stands."""

    OK = "ok"
    WARN = "warn"  # to know: it works, with less
    FAIL = "fail"  # to mend: without it nothing works, or not what it should


@dataclass(frozen=True, slots=True)
class Finding:
    """One precondition."""

    name: str
    status: Status
    text: str  # what was found
    mend: str = ""  # what to click or type; empty where nothing is to be done


def ok(name: str, text: str) -> Finding:
    """Return a finding of what is well."""
    return Finding(name, Status.OK, text)


def warn(name: str, text: str, mend: str) -> Finding:
    """Return a finding to know."""
    return Finding(name, Status.WARN, text, mend)


def fail(name: str, text: str, mend: str) -> Finding:
    """Return a finding to mend."""
    return Finding(name, Status.FAIL, text, mend)


def guarded(name: str, check: Callable[[], Finding | Iterable[Finding]]) -> tuple[Finding, ...]:
    """Run one check; whatever it raises becomes a finding of its own, so that the others go on."""
    try:
        found = check()
        return (found,) if isinstance(found, Finding) else tuple(found)
    except (AssistantError, OSError) as error:
        return (fail(name, f"could not be looked at: {_said(error)}", "mend what it names, and ask again"),)
    except Exception as error:  # noqa: BLE001 -- one broken check must not hide the others
        told = f"this check itself failed: {type(error).__name__}: {_said(error)}"
        return (fail(name, told, "a defect of the assistant: report this line"),)


def _said(error: Exception) -> str:
    """Return an error's words in one line."""
    return " ".join(str(error).split()) or type(error).__name__

"""Caps for what fails in the run itself: the journal cannot be written, a look took too long."""

from assistant.core.caps import Cap, Kind, Unit
from assistant.errors import JournalError


def no_record(error: JournalError, fail_safe: float) -> Cap:
    """Return the cap that stands while nothing can be put on record."""
    return Cap("no record", fail_safe, Unit.SHARE, Kind.CONDITION, f"the journal cannot be written: {error}")


def slow(took: float, allowed: float, fail_safe: float) -> Cap:
    """Return the cap of a look whose beginning is too old, whatever its end says; both in seconds."""
    reason = f"the look took {took:.0f} s, {allowed:g} s allowed: what it began with may have changed since"
    return Cap("slow", fail_safe, Unit.SHARE, Kind.CONDITION, reason, settles=True)

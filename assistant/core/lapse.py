"""The time between two looks, as the PC's clock tells it and as it passed: a clock is set, a PC sleeps."""

from dataclasses import dataclass

_MINUTE = 60  # seconds, and minutes in an hour


@dataclass(frozen=True, slots=True)
class Lapse:
    """From one look to the next."""

    by_clock: float  # seconds, by the PC's clock; negative where it was set back
    passed: float  # seconds, whatever the clock was set to; sleep of the PC is among them
    meant: float = 0.0  # seconds that the loop waits between two looks

    @property
    def jump(self) -> float:
        """By how many seconds the PC's clock was set on; negative: back."""
        return self.by_clock - self.passed


def jumped(lapse: Lapse | None, most: float) -> str | None:
    """Say that the PC's clock was set by more than `most` seconds between two looks; None: it was not."""
    if lapse is None or abs(lapse.jump) <= most:
        return None
    return f"the PC's clock jumped by {lapse.jump:+.0f} s"


def slept(lapse: Lapse | None, most: float) -> str | None:
    """Say that nobody looked for `most` seconds longer than was meant; None: not for so long."""
    if lapse is None or lapse.passed - lapse.meant <= most:
        return None
    return f"nobody looked for {spoken(lapse.passed)}: the PC slept, or a call hung"


def spoken(seconds: float) -> str:
    """Write a length of time (seconds) as one reads it: 90 s, 42 min, 3 h 5 min."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{60 * hours + minutes} min" if hours < 2 else f"{hours} h {minutes} min"  # noqa: PLR2004 -- hours

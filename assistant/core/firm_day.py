"""The firm's day: it rolls at a clock time of a zone, with 23 or 25 hours where its clock changes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """When a firm's day ends and the next begins."""

    time: time  # on the wall clock of `zone`
    zone: ZoneInfo

    def on(self, day: date) -> datetime:
        """Return the instant (UTC) of a date of the zone; where the clock shows the time twice, the first."""
        return datetime.combine(day, self.time, self.zone).astimezone(UTC)

    def next(self, instant: datetime) -> datetime:
        """Return the first reset after an aware instant, in UTC."""
        day = self._date(instant)
        return next(at for at in map(self.on, (day, day + _DAY)) if at > instant)

    def last(self, instant: datetime) -> datetime:
        """Return the last reset at or before an aware instant, in UTC: the start of the firm's day."""
        day = self._date(instant)
        return next(at for at in map(self.on, (day, day - _DAY)) if at <= instant)

    def _date(self, instant: datetime) -> date:
        require_aware(instant)
        return instant.astimezone(self.zone).date()


def require_aware(instant: datetime) -> None:
    """Raise ValueError for an instant without a zone: nobody knows when it is."""
    if instant.tzinfo is None:
        raise ValueError(f"instant was {instant}, without a zone; expected an aware one")

"""The series as a live cycle sees them: at once, and as they were read last; reading happens in a thread."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from threading import Event, Lock, Thread
from types import MappingProxyType

from loguru import logger

from assistant.core.market import Series, Unknown
from assistant.errors import MacroError
from assistant.macro import MacroSettings, Waits
from assistant.macro.store import Reading, from_folder, load, store

WAITS = Waits()
STOP_SECONDS = 0.5  # at most for a thread that only sleeps; one that waits for an answer is left behind
Progress = Callable[[str, int, int], None]  # name of the series, its number from 1, how many there are


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in force; swapped whole."""

    series: Mapping[str, Series | Unknown]
    failed: Mapping[str, str]  # why the last reading of a series failed


class Macro:
    """The series that the configuration names. Cycles read; one thread, or the caller, refreshes."""

    def __init__(
        self,
        settings: MacroSettings,
        home: Path,
        now: Callable[[], datetime],
        *,
        waits: Waits = WAITS,
        wait: Callable[[Event, float], bool] = Event.wait,
    ) -> None:
        """Take what lies on disk; nothing is read from the network yet.

        `now` tells the instant (UTC); `wait` lets seconds pass, or less and True once the event is set.
        """
        self._settings = settings
        self._wanted = {name: one for name, one in settings.series.items() if one}
        self._cache = home / "state" / "macro"
        self._home, self._now, self._waits, self._wait = home, now, waits, wait
        self._lock = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None
        self._read_at: dict[str, datetime] = {}  # UTC; when each was read last
        reason = "macro.source is off" if settings.source == "off" else "not read yet"
        self._held = _Held(MappingProxyType(dict.fromkeys(self._wanted, Unknown(reason))), {})
        if settings.source == "csv":
            self._take(self._gather(self._due(), Event()))
        elif settings.source == "fred":
            self._take({name: load(self._cache, name) for name in self._wanted})
            self._held = _Held(self._held.series, {})  # no reading has failed yet

    def read(self) -> Mapping[str, Series | Unknown]:
        """Return all series as they were read last, by name; the same object until one was read again."""
        return self._held.series

    @property
    def failed(self) -> tuple[str, ...]:
        """Which series could not be read the last time, and why, one sentence each."""
        return tuple(f"{name}: {reason}" for name, reason in self._held.failed.items())

    @property
    def problems(self) -> tuple[str, ...]:
        """The same for the trader: the series that failed for one reason in one sentence."""
        failed = self._held.failed
        names: dict[str, list[str]] = {}
        for name, reason in failed.items():
            names.setdefault(reason.replace(name, "*"), []).append(name)
        return tuple(
            f"series {', '.join(of)}: {reason if of[1:] else failed[of[0]]}" for reason, of in names.items()
        )

    @property
    def due(self) -> bool:
        """Whether a series has not been read for `refresh_hours`, or not at all."""
        return bool(self._due())

    def refresh(self, progress: Progress | None = None) -> tuple[str, ...]:
        """Read each series that is due once, and return `failed`; it takes the seconds of a budget at most.

        What is not read by then keeps its last reading. `progress` is told before each, in another thread.
        """
        due, given_up = self._due(), Event()
        found: dict[str, Reading | Unknown] = {}
        if due:
            reader = partial(self._gather, due, given_up, progress, found)
            worker = Thread(target=reader, name="macro refresh", daemon=True)
            worker.start()
            worker.join(self._waits.budget)
            given_up.set()
        late = Unknown(f"not read within {self._waits.budget:g} seconds")
        self._take({**dict.fromkeys(due, late), **found})
        return self.failed

    def start(self) -> None:
        """Refresh from now on in a thread of its own, every `refresh_hours`, and sooner after a failure."""
        if self._settings.source == "off" or self._thread:
            return
        self._stopped = Event()
        self._thread = Thread(target=self._keep, args=[self._stopped], name="macro", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; one that waits for an answer is not waited for, and what it hears is dropped."""
        self._stopped.set()
        if self._thread:
            self._thread.join(STOP_SECONDS)
        self._thread = None

    def _keep(self, stopped: Event) -> None:
        """Read what is due, again and again."""
        usual = timedelta(hours=self._settings.refresh_hours)
        tried, pause, soon = self._now(), timedelta(0), timedelta(seconds=self._waits.soon)
        while True:
            now, due = self._now(), self._due()
            if due and not tried <= now < tried + pause:
                found = self._gather(due, stopped)
                if stopped.is_set():
                    return
                self._take(found)
                tried = now
                pause = min(max(2 * pause, soon), usual) if self._held.failed else timedelta(0)
                for reason in self.failed:
                    logger.warning("macro: {}", reason)
            if self._wait(stopped, self._waits.look):
                return

    def _due(self) -> list[str]:
        """Return the series to be read; one read later than now was read by a clock that was wrong."""
        if self._settings.source == "off":
            return []
        now, usual = self._now(), timedelta(hours=self._settings.refresh_hours)
        fresh = {name for name, at in self._read_at.items() if at <= now < at + usual}
        return [name for name in self._wanted if name not in fresh]

    def _gather(
        self,
        due: Sequence[str],
        given_up: Event,
        progress: Progress | None = None,
        found: dict[str, Reading | Unknown] | None = None,
    ) -> Mapping[str, Reading | Unknown]:
        """Read series one by one into `found`, until all are read or it is given up."""
        found = {} if found is None else found
        try:
            with self._reader(given_up) as reader:
                for number, name in enumerate(due, start=1):
                    if given_up.is_set():
                        break
                    if progress:
                        progress(name, number, len(due))
                    found[name] = _attempt(reader, name)
        except MacroError as error:  # the way there is barred to all
            found.update(dict.fromkeys(due, Unknown(str(error))))
        return found

    @contextmanager
    def _reader(self, given_up: Event) -> Iterator[Callable[[str], Reading]]:
        """Give what reads one series; MacroError where nothing can."""
        if self._settings.source == "csv":
            folder = self._home / Path(self._settings.folder or "").expanduser()
            yield lambda name: self._not_older(name, from_folder(folder, name, self._now()))
            return
        from assistant.macro.fred import Fred  # noqa: PLC0415 -- httpx costs a quarter of a second

        with Fred(self._settings, self._waits, self._now, given_up.is_set) as fred:
            yield lambda name: self._stored(name, self._not_older(name, fred.read(name)), given_up)

    def _not_older(self, name: str, reading: Reading) -> Reading:
        """Return a reading; MacroError where it ends before what is in force: an old copy, or an old file."""
        held, today = self._held.series[name], self._now().date()
        if isinstance(held, Series):
            known = _ends(held, today)
            if _ends(reading.series(name, self._wanted[name]), today) < known:
                was = f"{reading.source} held no value of {known} or a later day"
                raise MacroError(f"{was}, though one is known; what is known stays")
        return reading

    def _stored(self, name: str, reading: Reading, given_up: Event) -> Reading:
        """Put a reading on disk; one that does not get there is in force all the same."""
        if not given_up.is_set():
            try:
                store(self._cache, name, reading)
            except MacroError as error:
                logger.warning("macro: {}", error)
        return reading

    def _take(self, found: Mapping[str, Reading | Unknown]) -> None:
        """Put what was read in force; where that failed the last reading stays."""
        if not found:
            return
        with self._lock:
            series, failed = dict(self._held.series), dict(self._held.failed)
            for name, one in found.items():
                failed.pop(name, None)
                if isinstance(one, Reading):
                    series[name] = one.series(name, self._wanted[name])
                    self._read_at[name] = one.at
                    doubt = one.doubt(self._wanted[name])
                    failed |= {name: doubt} if doubt else {}
                    continue
                failed[name] = one.reason
                if isinstance(series[name], Unknown):
                    series[name] = one
            self._held = _Held(MappingProxyType(series), MappingProxyType(failed))


def _ends(series: Series, today: date) -> date:
    """Return the date of the last value that may be true: one of a day to come is a slip."""
    place = bisect_right(series.values, (today, inf))
    return series.values[place - 1][0] if place else date.min


def _attempt(reader: Callable[[str], Reading], name: str) -> Reading | Unknown:
    try:
        return reader(name)
    except MacroError as error:
        return Unknown(str(error))
    except Exception as error:  # noqa: BLE001 -- a thread that dies would leave the votes without a word
        return Unknown(f"cannot be read: unexpected {type(error).__name__}")

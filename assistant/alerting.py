"""What the loop does about alerts: look, put on record, hand to the user's command."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from loguru import logger

from assistant.config import AlertSettings
from assistant.core.advice import Advice
from assistant.core.alerts import LEVELS, Alert, Watched, restarted, unanswered
from assistant.core.market import Unknown
from assistant.core.snapshot import Calendar
from assistant.core.watching import look
from assistant.outputs.alert_command import AlertCommand, Outcome
from assistant.outputs.alerts import (
    ALERT,
    HANDED,
    TOLD,
    alert_document,
    alert_fields,
    handed_fields,
    recall_alerts,
    recall_left,
    told_fields,
)

Note = Callable[[str, dict[str, Any]], None]  # kind of entry and fields, into the journal


class Alerting:
    """The alerts of one login: what was told is taken from its journal."""

    def __init__(self, settings: AlertSettings, home: Path, mode: str, note: Note) -> None:
        """Take the settings, the home, live or paper, and what writes the journal."""
        self._settings, self._home, self._mode, self._note = settings, home, mode, note
        self._watched = Watched()
        self._login, self._server = 0, ""
        self._first = True
        self._failed: dict[str, str] = {}  # of the command, since it last ended well: by kind of failure
        self._command: AlertCommand | None = None

    def start(self, login: int, server: str, now: datetime) -> None:
        """Take what was told to a login (`now` is UTC), and have the command ready."""
        self._login, self._server = login, server
        self._watched = recall_alerts(self._home / "logs", login, now)
        if self._settings.command:
            self._command = AlertCommand(self._settings.command, self._home, self._settings.timeout)
            for alert in self._grave(recall_left(self._home / "logs", login, now)):
                self._note(HANDED, handed_fields(alert.id, "again"))  # on record first: once more at most
                self._hand(self._command, alert)

    @property
    def recent(self) -> tuple[Alert, ...]:
        """The alerts of the last minutes, oldest first."""
        return self._watched.recent

    @property
    def problems(self) -> tuple[str, ...]:
        """What the command fails in, one sentence each."""
        return tuple(f"alerts may not arrive: {told}" for told in self._failed.values())

    def see(self, advice: Advice, calendar: Calendar | Unknown | None) -> None:
        """Tell what an advice changes."""
        ahead = timedelta(minutes=self._settings.news_ahead)
        self._tell(*look(advice, calendar, ahead, self._watched))

    def lost(self, reason: str, now: datetime, *, in_session: bool) -> None:
        """Tell that the terminal does not answer at an instant (UTC)."""
        self._tell(*unanswered(reason, now, self._watched, in_session=in_session))

    def restarted(self, reason: str, now: datetime) -> None:
        """Tell at an instant (UTC) that the last run hung or crashed."""
        self._tell(*restarted(reason, now, self._watched))

    def unrecorded(self) -> None:
        """Put on record anew what was told: the file that held it is gone."""
        self._first = True

    def _tell(self, alerts: tuple[Alert, ...], watched: Watched) -> None:
        """Put alerts on record before anybody hears of them."""
        for alert in alerts:
            self._note(ALERT, alert_fields(alert))
        if self._first or alerts or watched.told != self._watched.told:
            self._note(TOLD, told_fields(watched.told))
        self._first, self._watched = False, watched
        if self._command is None:
            return
        for alert in self._grave(alerts):
            self._hand(self._command, alert)
        for outcome in self._command.outcomes():
            self._came(outcome)

    def _grave(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Return the alerts that are for the command."""
        least = LEVELS.index(self._settings.least)
        return [one for one in alerts if LEVELS.index(one.level) >= least]

    def _hand(self, command: AlertCommand, alert: Alert) -> None:
        document = alert_document(alert, login=self._login, server=self._server, mode=self._mode)
        command.hand(document, alert.level)

    def _came(self, outcome: Outcome) -> None:
        """Journal what came of an alert, and tell a failure once for each kind until one ends well."""
        self._note(HANDED, handed_fields(outcome.id, outcome.kind))
        if not outcome.failed:
            self._failed.clear()
        elif outcome.kind not in self._failed:
            self._failed[outcome.kind] = outcome.told
            logger.warning("alerts: {}", outcome.told)
            self._note("alert_command", {"failed": outcome.kind, "told": outcome.told})

    def close(self) -> None:
        """Wait for alerts that are on their way to the command."""
        if self._command is not None:
            self._command.close()
            for outcome in self._command.outcomes():
                self._came(outcome)

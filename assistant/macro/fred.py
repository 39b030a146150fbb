"""FRED over HTTPS: its CSV files, or its JSON API where there is a key.

The API wants its key in the address, and httpx's exceptions and log lines hold addresses. So none of its
exceptions leaves this module, its loggers are quiet, and an answer that repeats the key is read without it.

httpx names itself to the server, and so it stays: FRED's front servers let a client that calls itself a
browser, or something unheard of, wait for ever (seen by many in 2026).
"""

import json
import logging
import os
import re
from collections.abc import Callable
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

import httpx
import stamina
from stamina.instrumentation import set_on_retry_hooks

from assistant.errors import MacroError
from assistant.macro import MacroSettings, Waits
from assistant.macro.store import Reading
from assistant.macro.tables import LARGEST, from_csv, from_json

CSV_SERVER = "https://fred.stlouisfed.org"
API_SERVER = "https://api.stlouisfed.org"

# No series is asked for from its beginning: the table of sessions begins in 2000, a vote looks back some
# hundred values, and an answer stays below the API's 100000 observations and a megabyte. A date, not so many
# years: a window that moves would change what the votes said at its start.
FIRST = "1995-01-01"

_KEY = re.compile(r"[0-9a-z]{32}")  # fred.stlouisfed.org/docs/api/api_key.html
_REDIRECTS = 5
_TOO_MANY, _SERVER_ERROR = 429, 500  # and above: the next attempt may be answered


class _PassingError(MacroError):
    """The next attempt at the same series may succeed."""


class _UnreachableError(_PassingError):
    """There is no server to be had; another series fares no better."""


class Fred:
    """A connection to FRED, or to a server that answers like it: a context, for one thread."""

    def __init__(
        self,
        settings: MacroSettings,
        waits: Waits,
        now: Callable[[], datetime],
        given_up: Callable[[], bool],
    ) -> None:
        """Take the key from the environment; MacroError where that, or the way to the server, is unfit.

        `now` tells the instant (UTC); once `given_up` says so nothing is attempted again.
        """
        set_on_retry_hooks(())  # a retry is no line on the user's console
        for talker in ("httpx", "httpcore"):
            logging.getLogger(talker).setLevel(logging.WARNING)
        self._settings, self._waits, self._now, self._given_up = settings, waits, now, given_up
        self._key = os.environ.get(settings.key_variable, "").strip()
        if self._key and not _KEY.fullmatch(self._key):
            was = f"the key in {settings.key_variable} had {len(self._key)} characters"
            raise MacroError(f"{was}; expected 32 digits and small letters, or none")
        self.server = urlsplit(settings.url).netloc if settings.url else "FRED"
        self.source = f"{self.server}'s API" if self._key else self.server
        self._unreachable = ""
        self._begun = now()
        self._client = _client(settings.timeout)

    def __enter__(self) -> Self:
        """Be the context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()

    def read(self, name: str) -> Reading:
        """Read one series, attempting it again where that may help; MacroError says why there is none."""
        if self._unreachable:
            raise MacroError(self._unreachable)
        content = b""
        try:
            for attempt in stamina.retry_context(
                on=lambda error: isinstance(error, _PassingError) and not self._given_up(),
                attempts=self._settings.attempts,
                timeout=None,
                wait_initial=self._waits.first,
                wait_max=self._waits.longest,
                wait_jitter=self._waits.jitter,
            ):
                with attempt:
                    content = self._content(name)
        except _UnreachableError as error:
            self._unreachable = str(error)
            raise
        where = f"{self.server}'s answer"
        found = from_json(content, where) if self._key else from_csv(content, name, where)
        return Reading(found, self.source, self._begun)

    def _content(self, name: str) -> bytes:
        """Return the body of one answer, without the key."""
        try:
            status, body = self._answer(name)
        except httpx.HTTPError as error:
            failed = self._failed(error)
        except (httpx.InvalidURL, UnicodeError):  # the latter of a host's name
            failed = MacroError(f"{self.server} leads to an address that is none")
        else:
            body = body.replace(self._key.encode(), b"(key)") if self._key else body
            self._require_success(status, body)
            return body
        raise failed  # out here, so that it does not carry httpx's error and with it the address

    def _answer(self, name: str) -> tuple[int, bytes]:
        """Ask once; return status and body."""
        url = self._settings.url and self._settings.url.rstrip("/")
        if self._key:
            address = f"{url or API_SERVER}/fred/series/observations"
            asked = {"series_id": name, "observation_start": FIRST, "file_type": "json", "api_key": self._key}
        else:
            address = f"{url or CSV_SERVER}/graph/fredgraph.csv"
            asked = {"id": name, "cosd": FIRST}
        begun, body = self._now(), bytearray()
        with self._client.stream("GET", address, params=asked) as answer:
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise MacroError(f"{self.server}'s answer was over {LARGEST} bytes")
                if (self._now() - begun).total_seconds() > self._settings.timeout:
                    raise self._slow()  # httpx's timeout is for each part of it
        return answer.status_code, bytes(body)

    def _require_success(self, status: int, body: bytes) -> None:
        if status == httpx.codes.OK:
            return
        words = f"{self.server} answered {status} {httpx.codes.get_reason_phrase(status)}".strip()
        if status == _TOO_MANY or status >= _SERVER_ERROR:
            raise _PassingError(words)
        raise MacroError(f"{words}: {_told(body) or 'is there a series of this name?'}")

    def _slow(self) -> MacroError:
        return _PassingError(f"{self.server} took more than {self._settings.timeout:g} seconds")

    def _failed(self, error: httpx.HTTPError) -> MacroError:
        """Say in own words what went wrong; those of the operating system are quoted where they help."""
        match error:
            case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError():
                by = " by the proxy" if isinstance(error, httpx.ProxyError) else ""
                why = " ".join(str(error).split())
                why = why.replace(self._key, "(key)") if self._key else why
                return _UnreachableError(f"{self.server} cannot be reached{by}: {why[:80]}")
            case httpx.TimeoutException():
                return self._slow()
            case httpx.TooManyRedirects():
                return MacroError(f"{self.server} sent from one address to the next, {_REDIRECTS} times")
            case httpx.UnsupportedProtocol():
                return MacroError(f"{self.server} sent to an address that is not http(s)")
            case _:
                return _PassingError(f"{self.server} broke off its answer")


def _client(timeout: float) -> httpx.Client:
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=_REDIRECTS)
    except (ValueError, ImportError, OSError, httpx.InvalidURL):
        pass  # its words may hold the address of a proxy, with a password in it
    raise MacroError("a proxy or certificate named in the environment (HTTPS_PROXY, SSL_CERT_FILE) is unfit")


def _told(body: bytes) -> str:
    """Return what the API itself says of a request it refuses; "" where it says nothing.

    Source: fred.stlouisfed.org/docs/api/fred/errors.html
    """
    try:
        return " ".join(str(json.loads(body)["error_message"]).split())[:120]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""

"""A web server on this machine that answers as it is told: as FRED, or as nothing should."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from typing import Any
from urllib.parse import parse_qs, urlsplit

from assistant.macro import MacroSettings, SeriesSettings, Waits

KEY = "0123456789abcdef0123456789abcdef"  # of the shape of FRED's own
NOW = datetime(2019, 1, 2, 18, 20, tzinfo=UTC)
DAILY = SeriesSettings(lag=1, stale_days=10)
# The waits of the program, made short; `look` and `soon` pass by a clock that the test moves.
FAST = Waits(first=0.001, longest=0.002, jitter=0.0, budget=20.0)


@cache
def recorded(file: str) -> bytes:
    """The last 60 rows of 2018 as FRED sent them; the JSON has those of BAA10Y, in the documented form."""
    return (Path(__file__).parent / "recorded" / file).read_bytes()


@dataclass
class Clock:
    """A clock that stands still, or moves on by a step each time it is looked at."""

    at: datetime = NOW
    step: timedelta = timedelta()

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


def settings(url: str | None = None, **changed: object) -> MacroSettings:
    """Settings of one series, with the patience that a busy machine needs."""
    fields: dict[str, Any] = {
        "source": "fred",
        "folder": None,
        "refresh_hours": 4.0,
        "key_variable": "FRED_API_KEY",
        "timeout": 10.0,
        "attempts": 3,
        "url": url,
        "series": {"BAA10Y": DAILY},
    }
    fields.update(changed)
    return MacroSettings(**fields)


def running() -> list[Thread]:
    """The threads of the code under test."""
    return [one for one in enumerate_threads() if one.name.startswith("macro")]


@dataclass(frozen=True)
class Answer:
    """What is sent; `told` is the length that its head claims, None for that of the body."""

    body: bytes = b""
    status: int = 200
    told: int | None = None
    head: dict[str, str] = field(default_factory=dict)
    silent: bool = False  # nothing comes, to the end of the server
    late: bool = False  # it comes once the server is released
    hangs: bool = False  # after its last byte it stays open, to the end of the server


def moved(to: str) -> Answer:
    return Answer(status=302, head={"Location": to})


class Server:
    """What a series is answered with, in turn, the last for ever; and what was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}  # by name of the series; "" for all others
        self.asked: defaultdict[str, list[str]] = defaultdict(list)  # targets, by name of the series
        self.heads: list[dict[str, str]] = []  # of the requests
        self.url = ""
        self.called = Event()
        self.watch: Callable[[], None] = self.called.set  # called at each request
        self.released = Event()

    def answer(self, target: str, head: dict[str, str]) -> Answer:
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        name = [*query.get("id", []), *query.get("series_id", []), ""][0]
        self.asked[name].append(target)
        self.heads.append(head)
        self.watch()
        answers = self.answers.get(name) or self.answers[""]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def served(answers: dict[str, list[Answer]] | list[Answer], port: int = 0) -> Iterator[Server]:
    """Run a server; a list is what any series is answered with."""
    server = Server()
    server.answers = answers if isinstance(answers, dict) else {"": answers}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = server.answer(self.path, dict(self.headers))
            if answer.silent or answer.late:
                server.released.wait(10)
            if answer.silent:
                return
            self.send_response(answer.status)
            for name, value in answer.head.items():
                self.send_header(name, value)
            if "Transfer-Encoding" not in answer.head:
                self.send_header("Content-Length", str(answer.told or len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            if answer.hangs:
                self.wfile.flush()
                server.released.wait(10)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that has left is what some tests are about."""

    with Quiet(("127.0.0.1", port), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            listening.shutdown()
            thread.join()

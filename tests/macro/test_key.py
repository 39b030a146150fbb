"""The API key stays where it is: whatever the server answers, no text that leaves the reader holds it."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from loguru import logger

from assistant.core.market import Unknown
from assistant.errors import MacroError
from assistant.macro import MacroSettings
from assistant.macro.feed import Macro
from assistant.macro.fred import Fred
from tests.macro.server import FAST, KEY, Answer, Clock, Server, moved, recorded, served, settings

ECHO = f"/fred/series/observations?series_id=BAA10Y&api_key={KEY}"
GOOD = recorded("BAA10Y.json")
ANSWERS = {
    "good": Answer(GOOD),
    "good, with the request in it": Answer(GOOD.replace(b'"units":"lin"', f'"url":"{ECHO}"'.encode())),
    "moved": moved(f"/again?api_key={KEY}"),
    "loop": moved(ECHO),
    "moved to no server": moved(f"http://{KEY}.invalid:99999/?api_key={KEY}"),
    "moved to no name": moved(f"http://xn--a.org/?api_key={KEY}"),
    "moved to no web server": moved(f"ftp://127.0.0.1/?api_key={KEY}"),
    "moved to nowhere": moved(f"http://127.0.0.1:1/?api_key={KEY}"),
    "page": Answer(f"<a href='{ECHO}'>".encode()),
    "value": Answer(GOOD.replace(b'"2.45"', f'"{KEY}"'.encode())),
    "date": Answer(GOOD.replace(b'"2018-12-31"', f'"{KEY}"'.encode())),
    "count": Answer(GOOD.replace(b'"count":60', f'"count":"{KEY}"'.encode())),
    "refusal": Answer(f'{{"error_message":"api_key {KEY} is not registered"}}'.encode(), status=400),
    "refusal, key cut": Answer(f'{{"error_message":"{"x" * 110}{KEY}"}}'.encode(), status=400),
    "fault": Answer(ECHO.encode(), status=503),
    "unknown status": Answer(ECHO.encode(), status=599),
    "torn": Answer(GOOD[:400], told=len(GOOD)),
    "silent": Answer(silent=True),
    "unpacked": Answer(ECHO.encode(), head={"Content-Encoding": "gzip"}),
}


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[list[str]]:
    """All that is logged, whoever does so, and printed; ask for it at the end."""
    monkeypatch.setenv("FRED_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    logger.add(lines.append, level=0, diagnose=False, backtrace=True)  # as the command line does
    yield lines
    logger.remove()
    lines += [caplog.text, *capfd.readouterr()]
    assert not [line for line in lines if KEY in line]


def patient(server: Server, kind: str) -> MacroSettings:
    return settings(server.url, timeout=0.1 if kind == "silent" else 10.0, attempts=2)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that it carries along."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("kind", ANSWERS)
def test_no_exception_and_no_log_holds_the_key(kind: str, said: list[str]) -> None:
    with served([ANSWERS[kind]]) as server:
        raised: list[BaseException] = []
        try:
            with Fred(patient(server, kind), FAST, Clock(), lambda: False) as fred:
                fred.read("BAA10Y")
        except MacroError as error:
            logger.exception("as the command line would log it")
            said += traceback.format_exception(error)
            raised = list(chain(error))
    said += map(repr, raised)
    assert bool(raised) is not kind.startswith("good")
    assert not [one for one in raised if type(one).__module__.startswith("http")]  # they hold addresses
    assert any(f"api_key={KEY}" in target for target in server.asked["BAA10Y"])


@pytest.mark.parametrize("kind", ANSWERS)
def test_neither_the_copy_on_disk_nor_a_reason_holds_the_key(
    kind: str, said: list[str], tmp_path: Path
) -> None:
    with served([ANSWERS[kind]]) as server:
        macro = Macro(patient(server, kind), tmp_path, Clock(), waits=FAST)
        said += macro.refresh()
        kept = macro.read()["BAA10Y"]
    said += [kept.reason if isinstance(kept, Unknown) else kept.source]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    said += [f"{path} {path.read_text(encoding='utf-8')}" for path in files]
    assert len(files) == (2 if kind.startswith("good") else 0)


def test_what_a_proxy_says_is_told_without_the_key(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")

        def refuse() -> None:
            with proxy.accept()[0] as asked:
                asked.recv(1000)
                asked.sendall(f"HTTP/1.1 407 no {KEY}\r\nContent-Length: 0\r\n\r\n".encode())

        refusing = Thread(target=refuse)
        refusing.start()
        with (
            Fred(settings(None, attempts=1), FAST, Clock(), lambda: False) as fred,
            pytest.raises(MacroError) as told,
        ):
            fred.read("BAA10Y")
        refusing.join()
    assert str(told.value) == "FRED cannot be reached by the proxy: 407 no (key)"
    said += traceback.format_exception(told.value)


def test_the_key_goes_to_no_server_that_the_first_one_names(said: list[str]) -> None:
    with served([Answer(GOOD)]) as other, served([moved(f"{other.url}/x")]) as server:
        with Fred(settings(server.url), FAST, Clock(), lambda: False) as fred:
            fred.read("BAA10Y")
        assert other.asked[""] == ["/x"]
    assert not any(KEY in str(head) for head in other.heads)
    assert said == []

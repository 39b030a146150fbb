"""Reading from FRED: two ways to the same observations; what is attempted again, what never; whole lines."""

from __future__ import annotations

import gzip
import logging
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta

import pytest

from assistant.errors import MacroError
from assistant.macro.fred import API_SERVER, CSV_SERVER, Fred
from assistant.macro.store import Reading
from assistant.macro.tables import from_csv
from tests.macro.server import FAST, KEY, NOW, Answer, Clock, Server, moved, recorded, served, settings

GOOD = Answer(recorded("BAA10Y.csv"))
JSON = Answer(recorded("BAA10Y.json"))
HTML = Answer(b"<!DOCTYPE html><title>Oops</title>")
WHOLE = "expected a whole row: the file may still be written"
EXPECTED = "expected the header observation_date,BAA10Y"
OBSERVATIONS = from_csv(GOOD.body, "BAA10Y", "x")
TORN = Answer(GOOD.body[:400], told=len(GOOD.body))
SILENT = Answer(silent=True)


def never() -> bool:
    return False


def read(
    server: Server | str,
    clock: Clock | None = None,
    given_up: Callable[[], bool] = never,
    /,
    **changed: object,
) -> Reading:
    url = server if isinstance(server, str) else server.url
    with Fred(settings(url, **changed), FAST, clock or Clock(), given_up) as fred:
        return fred.read("BAA10Y")


def refused(
    server: Server | str,
    clock: Clock | None = None,
    given_up: Callable[[], bool] = never,
    /,
    **changed: object,
) -> str:
    """What is said instead of a reading, with the server's address as ADDRESS."""
    with pytest.raises(MacroError) as told:
        read(server, clock, given_up, **changed)
    line = str(told.value)
    assert line.isprintable()
    return line if isinstance(server, str) else line.replace(server.url.removeprefix("http://"), "ADDRESS")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


# What is asked for


def test_fred_itself_is_asked_where_no_other_server_is_named() -> None:
    assert (CSV_SERVER, API_SERVER) == ("https://fred.stlouisfed.org", "https://api.stlouisfed.org")
    with Fred(settings(None), FAST, Clock(), never) as fred:
        assert (fred.server, fred.source) == ("FRED", "FRED")


def test_without_a_key_the_csv_file_is_read() -> None:
    with served([GOOD]) as server:
        reading = read(server)
    assert reading.observations == OBSERVATIONS
    assert (reading.observations[-1], reading.at) == ((date(2018, 12, 31), 2.45), NOW)
    assert reading.source == server.url.removeprefix("http://")
    assert server.asked["BAA10Y"] == ["/graph/fredgraph.csv?id=BAA10Y&cosd=1995-01-01"]


def test_with_a_key_the_api_is_read_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", f" {KEY}\n")
    with served([JSON]) as server:
        reading = read(server)
    assert reading.observations == OBSERVATIONS
    assert reading.source == f"{server.url.removeprefix('http://')}'s API"
    assert server.asked["BAA10Y"] == [
        f"/fred/series/observations?series_id=BAA10Y&observation_start=1995-01-01&file_type=json&api_key={KEY}"
    ]


def test_the_variable_that_holds_the_key_is_the_configured_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with served([JSON]) as server:
        assert read(server, key_variable="MY_KEY").observations == OBSERVATIONS


@pytest.mark.parametrize("key", ["secretsecret", KEY.upper(), KEY + "0", "0123 56789abcdef0123456789abcdef"])
def test_a_key_of_another_shape_is_refused_unseen(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", key)
    line = refused("http://127.0.0.1:1")
    assert line == (
        f"the key in FRED_API_KEY had {len(key)} characters; expected 32 digits and small letters, or none"
    )


def test_httpx_names_itself_to_the_server() -> None:
    with served([GOOD]) as server:
        read(server)
    assert server.heads[0]["User-Agent"].startswith("python-httpx/")


def test_a_mirror_may_lie_under_a_path() -> None:
    with served([GOOD]) as server:
        assert read(server.url + "/mirror/").observations == OBSERVATIONS
    assert server.asked["BAA10Y"] == ["/mirror/graph/fredgraph.csv?id=BAA10Y&cosd=1995-01-01"]


def test_a_packed_answer_is_unpacked() -> None:
    with served([Answer(gzip.compress(GOOD.body), head={"Content-Encoding": "gzip"})]) as server:
        assert read(server).observations == OBSERVATIONS


def test_a_redirect_is_followed() -> None:
    with served({"BAA10Y": [moved("/elsewhere.csv")], "": [GOOD]}) as server:
        assert read(server).observations == OBSERVATIONS
    assert server.asked[""] == ["/elsewhere.csv"]


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with served([GOOD]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert read("http://fred.example").observations == OBSERVATIONS
    assert proxy.asked["BAA10Y"] == ["http://fred.example/graph/fredgraph.csv?id=BAA10Y&cosd=1995-01-01"]


def test_fred_over_https_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        hasty = settings(None, attempts=1, timeout=0.2)
        with Fred(hasty, FAST, Clock(), never) as fred, pytest.raises(MacroError) as told:
            fred.read("BAA10Y")
        with proxy.accept()[0] as asked:
            assert asked.recv(100).startswith(b"CONNECT fred.stlouisfed.org:443 HTTP/1.1\r\n")
    assert str(told.value) == "FRED took more than 0.2 seconds"


def test_a_proxy_that_is_none_is_one_line_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://me:secret@127.0.0.1:1")
    assert refused("https://fred.example") == (
        "a proxy or certificate named in the environment (HTTPS_PROXY, SSL_CERT_FILE) is unfit"
    )


# What is refused at once


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (
            HTML,
            f"ADDRESS's answer was a web page: '<!DOCTYPE html><title>Oops</title>'; {EXPECTED}",
        ),
        (Answer(), f"ADDRESS's answer was empty; {EXPECTED}"),
        (
            Answer(recorded("DGS10.csv")),
            f"ADDRESS's answer row 1 was 'observation_date,DGS10'; {EXPECTED}",
        ),
        (
            Answer(GOOD.body.replace(b"2018-12-31", b"31.12.2018")),
            "ADDRESS's answer row 61 was '31.12.2018'; expected a date such as 2018-04-03",
        ),
        (
            Answer(GOOD.body[:-5]),
            f"ADDRESS's answer row 61 was '2018-12-31,' without a line end; {WHOLE}",
        ),
        (
            Answer(b"<html>Not found</html>", status=404),
            "ADDRESS answered 404 Not Found: is there a series of this name?",
        ),
        (Answer(b"[]", status=403), "ADDRESS answered 403 Forbidden: is there a series of this name?"),
        (Answer(status=204), "ADDRESS answered 204 No Content: is there a series of this name?"),
        (moved("/loop?id=BAA10Y"), "ADDRESS sent from one address to the next, 5 times"),
        (moved("ftp://127.0.0.1/x"), "ADDRESS sent to an address that is not http(s)"),
        (moved("http://xn--a.org/x"), "ADDRESS leads to an address that is none"),
        (Answer(b"x" * 8_000_001), "ADDRESS's answer was over 8000000 bytes"),
        (
            Answer(gzip.compress(b"x" * 8_000_001), head={"Content-Encoding": "gzip"}),
            "ADDRESS's answer was over 8000000 bytes",
        ),
    ],
)
def test_an_answer_that_is_none_is_refused_at_once(answer: Answer, line: str) -> None:
    with served([answer]) as server:
        assert refused(server) == line
    assert len(server.asked["BAA10Y"]) == (6 if "next" in line else 1)


def test_a_server_whose_name_is_none_is_refused_at_once() -> None:
    assert refused("http://\u2488.com") == "\u2488.com leads to an address that is none"


def test_what_the_api_says_of_a_request_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    body = b'{"error_code":400,"error_message":"Bad Request.  The series does not exist."}'
    with served([Answer(body, status=400)]) as server:
        assert refused(server) == "ADDRESS answered 400 Bad Request: Bad Request. The series does not exist."
    assert len(server.asked["BAA10Y"]) == 1


def test_an_answer_of_the_api_that_is_no_json_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    with served([HTML]) as server:
        assert refused(server) == (
            "ADDRESS's answer was '<!DOCTYPE html><title>Oops</title>'; "
            "expected a JSON object with observations"
        )
    assert len(server.asked["BAA10Y"]) == 1


# What is attempted again


CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.mark.parametrize(
    ("passing", "line"),
    [
        (Answer(status=429), "ADDRESS answered 429 Too Many Requests"),
        (Answer(status=500), "ADDRESS answered 500 Internal Server Error"),
        (Answer(HTML.body, status=503), "ADDRESS answered 503 Service Unavailable"),
        (Answer(status=504), "ADDRESS answered 504 Gateway Timeout"),
        (TORN, "ADDRESS broke off its answer"),
        (Answer(b"190\r\n" + GOOD.body[:400] + b"\r\n", head=CHUNKED), "ADDRESS broke off its answer"),
        (Answer(b"no gzip", head={"Content-Encoding": "gzip"}), "ADDRESS broke off its answer"),
        (SILENT, "ADDRESS took more than 0.3 seconds"),
        (Answer(GOOD.body[:400], told=len(GOOD.body), hangs=True), "ADDRESS took more than 0.3 seconds"),
    ],
)
def test_what_may_pass_is_attempted_again_and_told_at_last(passing: Answer, line: str) -> None:
    wait = 0.3 if "took" in line else 10.0  # seconds
    with served([passing, GOOD]) as server:
        assert read(server, timeout=wait).observations == OBSERVATIONS
    assert len(server.asked["BAA10Y"]) == 2
    with served([passing]) as server:
        assert refused(server, timeout=wait) == line
    assert len(server.asked["BAA10Y"]) == 3  # as attempts says


def test_attempts_are_those_that_are_configured() -> None:
    with served([Answer(status=503)]) as server:
        refused(server, attempts=1)
        assert len(server.asked["BAA10Y"]) == 1
        refused(server, attempts=5)
        assert len(server.asked["BAA10Y"]) == 1 + 5


def test_nothing_is_attempted_again_once_it_is_given_up() -> None:
    with served([Answer(status=503)]) as server:
        assert refused(server, None, lambda: True) == "ADDRESS answered 503 Service Unavailable"
    assert len(server.asked["BAA10Y"]) == 1


def test_an_answer_that_drips_is_over_when_its_time_is() -> None:
    # Each part comes in time; the clock says that all of them do not: 4 seconds a look, 10 allowed.
    with served([Answer(GOOD.body * 1000)]) as server:
        assert refused(server, Clock(step=timedelta(seconds=4))) == "ADDRESS took more than 10 seconds"
    assert len(server.asked["BAA10Y"]) == 3


def test_a_server_that_is_not_there_is_not_asked_for_the_next_series() -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    with Fred(settings(f"http://{address}"), FAST, Clock(), never) as fred:
        for _ in range(2):
            with pytest.raises(MacroError) as told:
                fred.read("BAA10Y")
            assert str(told.value).startswith(f"{address} cannot be reached: ")
            assert "refused" in str(told.value)
        with served([GOOD], port) as server, pytest.raises(MacroError, match="cannot be reached"):
            fred.read("VIXCLS")
        assert not server.asked


def test_a_server_that_takes_no_connection_cannot_be_reached() -> None:
    with ExitStack() as held:
        busy = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than it keeps waiting
            caller = held.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(busy.getsockname())
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        line = refused(f"http://{address}", attempts=1, timeout=0.2)
    assert line.startswith(f"{address} cannot be reached: ")


def test_a_series_that_fails_says_nothing_of_the_next() -> None:
    answers = {"BAA10Y": [SILENT], "VIXCLS": [Answer(recorded("VIXCLS.csv"))]}
    with (
        served(answers) as server,
        Fred(settings(server.url, timeout=0.3, attempts=1), FAST, Clock(), never) as fred,
    ):
        with pytest.raises(MacroError, match="took more than"):
            fred.read("BAA10Y")
        assert fred.read("VIXCLS").observations[-1] == (date(2018, 12, 31), 25.42)


def test_between_attempts_the_waits_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with served([Answer(status=503)]) as server:
        refused(server, attempts=5)
    assert slept == [0.001, 0.002, 0.002, 0.002]  # doubled, and no longer than the longest


def test_a_retry_writes_no_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served([Answer(status=503)]) as server:
        refused(server)
    assert caplog.records == []

"""News from files: what is read, what is made of a damaged one, and which file counts."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.market import Unknown
from assistant.core.news import EVERY, fresh
from assistant.core.snapshot import Calendar, Impact, Release
from assistant.funded.calendar import HEADER, LARGEST, Calendars, Content, parse

NOW = datetime(2026, 12, 4, 12, tzinfo=UTC)
INSTANT = "an instant in UTC such as 2026-12-04T13:30:00Z"
AS_OF = "# as of 2026-12-04T11:00:00Z"
PAYROLLS = Release(datetime(2026, 12, 4, 13, 30, tzinfo=UTC), "USD", Impact.HIGH, "Nonfarm Payrolls")
RATE = Release(datetime(2026, 12, 17, 13, 15, 30, tzinfo=UTC), "EUR", Impact.HIGH, "ECB, Rate Decision")
SALES = Release(datetime(2026, 12, 3, 7, tzinfo=UTC), "GBP", Impact.LOW, "Retail Sales")
LINES = {
    PAYROLLS: "2026-12-04T13:30:00Z,USD,high,Nonfarm Payrolls",
    RATE: '2026-12-17T13:15:30Z,EUR,high,"ECB, Rate Decision"',
    SALES: "2026-12-03T07:00Z,gbp,Low,  Retail   Sales ",
}


def text(*lines: str, end: str = "\n", as_of: str = AS_OF) -> str:
    return end.join(["# breadth-assistant calendar 1", HEADER, *lines, as_of, ""])


def read(*lines: str) -> Content:
    return parse(text(*lines).encode(), "news.csv")


def a_release(line: str) -> Release:
    content = read(line)
    assert content.problems == ()
    (one,) = content.releases
    return one


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_is_read_in_every_form_it_may_have(coding: str, end: str, delimiter: str) -> None:
    """UTF-16 stands for what MQL5 writes: little endian here, with its mark."""
    written = text(*LINES.values(), end=end).replace(",", delimiter).replace(f"ECB{delimiter}", "ECB,")
    content = parse(written.encode(coding), "news.csv")
    assert content == Content((PAYROLLS, RATE, SALES), datetime(2026, 12, 4, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("2026-12-04T13:30:00Z,USD,high,ECB, Rate, all of it", "ECB, Rate, all of it"),
        ('2026-12-04T13:30:00Z,USD,high,"Fed ""Beige, Book"""', 'Fed "Beige, Book"'),
        ('2026-12-04T13:30:00Z,USD,high,Fed "Beige, Book"', 'Fed "Beige, Book"'),
        ('2026-12-04T13:30:00Z,USD,high,"Beige, Book" of the Fed', '"Beige, Book" of the Fed'),
        ('2026-12-04T13:30:00Z,USD,high,"no end, of it', '"no end, of it'),
        ('"2026-12-04T13:30:00Z","USD","high","Payrolls"', "Payrolls"),
        ("2026-12-04T13:30:00Z,USD,high,", "(no title)"),
        ("2026-12-04T13:30:00Z,USD,high", "(no title)"),
        ("2026-12-04T13:30:00Z,USD,high,a\x1b[31m\tb", "a [31m b"),
        ("2026-12-04T13:30:00Z,USD,high," + "x" * 101, "x" * 100),
    ],
)
def test_a_title_is_only_told_and_costs_no_release(line: str, title: str) -> None:
    assert a_release(line) == Release(PAYROLLS.at, "USD", Impact.HIGH, title)


def test_a_quote_that_does_not_end_swallows_no_other_line() -> None:
    assert len(read('2026-12-04T13:30:00Z,USD,high,"open', LINES[RATE]).releases) == 2


def test_letters_of_another_code_page_cost_no_release() -> None:
    content = parse(text("2026-12-04T13:30:00Z,USD,high,Índice").encode("cp1252"), "news.csv")
    assert content.as_of is not None
    assert content.releases == (Release(PAYROLLS.at, "USD", Impact.HIGH, "\N{REPLACEMENT CHARACTER}ndice"),)


def test_a_holiday_is_no_release_and_every_impact_is_known() -> None:
    lines = [f"2026-12-04T13:30:00Z,USD,{word},x" for word in ("none", "low", "medium", "high", "holiday")]
    content = read(*lines)
    assert [one.impact for one in content.releases] == list(Impact)
    assert content.problems == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "2026-12-04T13:30:00Z,USD,moderate,x",
            "an impact, low for example; it counts as high",
        ),
        ("2026-12-04T13:30:00Z,US dollar,high,x", "a currency such as USD; it counts for all"),
        ("2026-12-04T13:30:00Z", "an impact, low for example; it counts as high"),
    ],
)
def test_a_line_with_an_instant_is_a_release_whatever_else_is_wrong(line: str, expected: str) -> None:
    content = read(LINES[RATE], line)
    one = content.releases[1]
    assert (one.at, one.impact) == (PAYROLLS.at, Impact.HIGH)
    assert one.currency == ("USD" if "moderate" in line else EVERY)
    assert content.problems == (f"news.csv line 4 was {line!r}; expected {expected}",)
    assert content.as_of is not None


@pytest.mark.parametrize(
    "time",
    [
        "2026-12-04 13:30",
        "2026-12-04T13:30:00",  # of no zone
        "2026-12-04T13:30:00+01:00",
        "2026.12.04 13:30:00",
        "2026-13-04T13:30:00Z",
        "2026-12-04",
        "1796391000",
        "9999-12-31T23:59:59Z",  # to which no minutes can be added
        "0001-01-01T00:00:00Z",
        "",
    ],
)
def test_a_line_without_an_instant_in_utc_is_passed_over_and_told(time: str) -> None:
    line = f"{time},USD,high,Payrolls"
    content = read(line, LINES[RATE])
    assert content.releases == (RATE,)
    assert content.problems == (
        f"news.csv line 3 was {line!r}; expected {INSTANT}, currency, impact, title; it is passed over",
    )


def test_of_many_damaged_lines_three_are_told() -> None:
    content = read(*(f"{number},USD,high,{'y' * 90}" for number in range(5)), LINES[RATE])
    assert len(content.problems) == 4
    assert content.problems[2].startswith("news.csv line 5 was '2,USD,high,yyy")
    assert "yyy...'; expected" in content.problems[2]
    assert content.problems[3] == "news.csv: 2 more complaints"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_missing_header_is_told_and_costs_no_release(delimiter: str) -> None:
    first = "2026-12-04T13:30:00Z,USD,high,a; b".replace(",", delimiter)
    second = LINES[PAYROLLS].replace(",", delimiter)
    content = parse(f"\n{first}\n{second}\n\n{AS_OF}".encode(), "news.csv")
    assert content.releases == (Release(PAYROLLS.at, "USD", Impact.HIGH, "a; b"), PAYROLLS)
    assert content.problems == (f"news.csv line 2 was {first!r}; expected {HEADER} above the first release",)


@pytest.mark.parametrize("version", ["2", "", "1.1"])
def test_a_later_version_of_the_format_is_not_read(version: str) -> None:
    content = parse(text(LINES[RATE]).replace("calendar 1", f"calendar {version}").encode(), "news.csv")
    assert content == Content(problems=(f"news.csv is of version {version!r}; expected 1",))


def test_a_spreadsheet_may_fill_up_comments_with_delimiters() -> None:
    written = text(LINES[RATE]).replace("calendar 1", "calendar 1,,,").replace("00:00Z\n", "00:00Z,,,\n")
    assert parse(written.encode(), "news.csv") == read(LINES[RATE])


@pytest.mark.parametrize(
    "line", ["# as of", "# as of 2026-12-04", "# as of 2026-12-04T11:00:0", "# as of now"]
)
def test_an_as_of_that_names_no_instant_counts_as_none(line: str) -> None:
    content = parse(text(LINES[RATE], as_of=line).encode(), "news.csv")
    told = f"expected # as of with {INSTANT} in the last line, and only there"
    assert content == Content((RATE,), None, (f"news.csv line 4 was {line!r}; {told}",))


def test_an_as_of_counts_in_the_last_line_only() -> None:
    content = parse(text(AS_OF, as_of=LINES[RATE]).encode(), "news.csv")
    assert content.as_of is None
    assert content.problems[0].startswith(f"news.csv line 3 was {AS_OF!r}; expected # as of with ")
    twice = read("# as of 2026-12-03T11:00:00Z", LINES[RATE])
    assert twice.as_of == datetime(2026, 12, 4, 11, tzinfo=UTC)
    assert len(twice.problems) == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xfe", text().encode(), b"<html>\n", b"\0" * 99])
def test_a_file_without_a_release_is_no_calendar(data: bytes) -> None:
    content = parse(data, "news.csv")
    assert content.releases == ()
    assert content.as_of is None
    assert content.problems[-1] == "news.csv holds no release; expected one at least"


WHOLE = text(*LINES.values(), end="\r\n").encode("utf-16")


@given(st.integers(0, len(WHOLE) - 5))  # the last six bytes are Z and the line end: Z decides
def test_a_file_that_was_cut_short_is_never_whole(length: int) -> None:
    cut = parse(WHOLE[:length], "calendar.csv")
    assert cut.as_of is None
    for one, known in zip(cut.releases, LINES, strict=False):  # a line that was cut weighs no less
        assert one.at == known.at
        assert one.currency in (known.currency, EVERY)
        assert one.impact in (known.impact, Impact.HIGH)
    assert parse(WHOLE[:-4], "calendar.csv").as_of is not None


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for begun in (b"", text(LINES[RATE]).encode()):
        content = parse(begun + data, "news.csv")
        assert all("\n" not in problem for problem in content.problems)


class Files:
    """The two files of a home and a terminal; every writing is a second later than the one before."""

    def __init__(self, folder: Path) -> None:
        self.common = str(folder / "Common")
        self.terminal = folder / "Common" / "Files" / "BreadthAssistant" / "calendar.csv"
        self.own = folder / "home" / "config" / "news.csv"
        for path in (self.terminal, self.own):
            path.parent.mkdir(parents=True)
        self.calendars = Calendars(folder / "home")
        self._seconds = 1_000_000_000

    def write(self, path: Path, *of: Release, as_of: str = AS_OF) -> None:
        self.put(path, text(*(LINES[one] for one in of), as_of=as_of).encode())

    def put(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)
        self._seconds += 1
        os.utime(path, (self._seconds, self._seconds))

    def read(self, now: datetime = NOW) -> Calendar | Unknown:
        return self.calendars.read(self.common, now)

    def problems(self) -> list[str]:
        return list(self.calendars.problems)

    def known(self, now: datetime = NOW) -> Calendar:
        found = self.read(now)
        assert isinstance(found, Calendar)
        return found


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_without_a_file_there_is_no_calendar_and_nothing_to_complain_of(files: Files) -> None:
    assert files.read() == Unknown(f"no calendar: {files.own} and {files.terminal} hold none")
    assert files.problems() == []


@pytest.mark.parametrize("name", ["terminal", "own"])
def test_one_file_is_a_calendar(files: Files, name: str) -> None:
    path: Path = getattr(files, name)
    files.write(path, RATE, PAYROLLS, SALES, PAYROLLS)
    written = datetime(2026, 12, 4, 11, tzinfo=UTC)
    assert files.read() == Calendar((SALES, PAYROLLS, RATE), written, path.name)
    assert files.problems() == []


def test_both_files_count_as_of_the_newer_one(files: Files) -> None:
    """The older one is two days old: by itself it would be too old, and its windows count all the same."""
    files.write(files.terminal, RATE, PAYROLLS, as_of="# as of 2026-12-02T11:00:00Z")
    old = files.known()
    assert isinstance(fresh(old, NOW), Unknown)
    files.write(files.own, PAYROLLS, SALES)
    both = files.known()
    written = datetime(2026, 12, 4, 11, tzinfo=UTC)
    assert both == Calendar((SALES, PAYROLLS, RATE), written, "news.csv with calendar.csv")
    assert fresh(both, NOW) is None


def test_the_trader_may_add_releases_without_saying_as_of_when(files: Files) -> None:
    files.write(files.own, SALES, as_of="")
    assert isinstance(files.read(), Unknown)
    incomplete = "does not end with # as of, so that it may be incomplete"
    assert files.calendars.problems == (f"{files.own} {incomplete}",)
    files.write(files.terminal, PAYROLLS)
    assert files.known().releases == (SALES, PAYROLLS)
    assert files.known().source == "calendar.csv with news.csv"
    assert files.problems() == []


def test_the_terminals_file_must_say_it(files: Files) -> None:
    files.write(files.own, SALES)
    files.write(files.terminal, PAYROLLS, as_of="")
    assert files.known().releases == (SALES, PAYROLLS)
    incomplete = "does not end with # as of, so that it may be incomplete"
    assert files.calendars.problems == (f"{files.terminal} {incomplete}",)


def test_a_file_is_read_again_only_when_its_time_or_length_has_changed(files: Files) -> None:
    files.write(files.own, PAYROLLS)
    first = files.known()
    assert files.known(NOW + timedelta(minutes=1)) is first
    stamp = files.own.stat().st_mtime_ns
    files.own.write_bytes(text(LINES[PAYROLLS].replace("USD", "EUR")).encode())  # as long as before
    os.utime(files.own, ns=(stamp, stamp))
    assert files.known() is first
    os.utime(files.own, ns=(stamp, stamp + 1))
    assert files.known().releases[0].currency == "EUR"
    files.own.write_bytes(text(LINES[RATE]).encode())
    os.utime(files.own, ns=(stamp, stamp + 1))
    assert files.known().releases == (RATE,)


def test_touching_a_file_makes_it_no_younger(files: Files) -> None:
    files.write(files.own, PAYROLLS, as_of="# as of 2026-12-03T12:00:00Z")
    os.utime(files.own, (NOW.timestamp(), NOW.timestamp()))
    assert fresh(files.known(), NOW - timedelta(microseconds=1)) is None
    assert isinstance(fresh(files.known(), NOW), Unknown)


def test_a_file_from_later_on_certifies_nothing_until_then(files: Files) -> None:
    """Server time for UTC is the mistake that this finds: UTC+2 says 14:00 at 12:00."""
    files.write(files.terminal, PAYROLLS, as_of="# as of 2026-12-04T14:00:00Z")
    assert isinstance(files.read(), Unknown)
    ahead = "is as of 2026-12-04 14:00 UTC, which is still to come"
    expected = "expected the instant of its writing, in UTC"
    assert files.problems() == [f"{files.terminal} {ahead}; {expected}"]
    before = datetime(2026, 12, 4, 13, 55, tzinfo=UTC)
    assert isinstance(files.read(before - timedelta(microseconds=1)), Unknown)
    assert fresh(files.known(before), before) is None
    assert files.problems() == []


def test_what_was_whole_counts_on_while_a_file_is_written(files: Files) -> None:
    files.write(files.terminal, PAYROLLS)
    first = files.known()
    torn = text(LINES[SALES], LINES[RATE], as_of="").encode()[:-40]
    files.put(files.terminal, torn)
    meanwhile = files.known()
    assert meanwhile.written == first.written
    assert [one.at for one in meanwhile.releases] == [SALES.at, PAYROLLS.at]
    assert files.calendars.problems[-1] == (
        f"{files.terminal}: what it held as of 2026-12-04 11:00 UTC counts on"
    )
    files.write(files.terminal, SALES, RATE, as_of="# as of 2026-12-04T12:00:00Z")
    assert files.known() == Calendar((SALES, RATE), NOW, "calendar.csv")
    assert files.problems() == []


def test_what_was_whole_ages_where_its_file_has_gone_or_is_emptied(files: Files) -> None:
    files.write(files.terminal, PAYROLLS)
    first = files.known()
    files.terminal.unlink()
    assert files.known() == first
    assert files.known() is files.known()
    counts_on = f"{files.terminal}: what it held as of 2026-12-04 11:00 UTC counts on"
    assert files.calendars.problems == (f"{files.terminal} has gone", counts_on)
    files.put(files.terminal, b"")
    assert files.known() == first
    assert files.calendars.problems == (
        f"{files.terminal} holds no release; expected one at least",
        counts_on,
    )
    assert isinstance(fresh(files.known(), NOW + timedelta(hours=23)), Unknown)


def test_a_file_that_never_was_whole_and_goes_is_forgotten(files: Files) -> None:
    files.write(files.own, PAYROLLS, as_of="")
    files.read()
    files.own.unlink()
    assert isinstance(files.read(), Unknown)
    assert files.problems() == []


@pytest.mark.skipif(os.name == "nt", reason="there are no such files")
def test_a_pipe_is_not_opened(files: Files) -> None:
    os.mkfifo(files.own)  # whoever opens it waits for a writer
    files.write(files.terminal, PAYROLLS)
    assert files.known().releases == (PAYROLLS,)
    assert files.calendars.problems == (f"{files.own} cannot be read: it is no file",)


def test_a_file_that_cannot_be_read_is_told_and_tried_again(files: Files) -> None:
    files.own.mkdir()
    files.write(files.terminal, PAYROLLS)
    first = files.known()
    assert first.releases == (PAYROLLS,)
    (told,) = files.calendars.problems
    assert told.startswith(f"{files.own} cannot be read: ")
    assert files.known() is first
    files.own.rmdir()
    files.write(files.own, RATE)
    assert files.known().releases == (PAYROLLS, RATE)
    assert files.problems() == []


def test_a_file_that_was_away_is_read_again_though_it_is_as_it_was(files: Files) -> None:
    files.write(files.own, PAYROLLS)
    first = files.known()
    aside = files.own.rename(files.own.with_suffix(".old"))
    files.own.mkdir()
    assert files.known() == first
    assert len(files.problems()) == 2
    files.own.rmdir()
    aside.rename(files.own)
    assert files.known() == first
    assert files.problems() == []


def test_a_file_that_is_too_large_is_not_read(files: Files) -> None:
    held = text(LINES[PAYROLLS]).encode()
    files.put(files.own, b"#\n" + b"#" * (LARGEST - len(held) - 3) + b"\n" + held)
    assert files.own.stat().st_size == LARGEST
    assert files.known().releases == (PAYROLLS,)
    files.put(files.own, files.own.read_bytes() + b"\n")
    assert files.known().releases == (PAYROLLS,)
    assert files.calendars.problems[0] == f"{files.own} is larger than {LARGEST} bytes; it is not read"


def test_another_terminal_has_another_file(files: Files, tmp_path: Path) -> None:
    files.write(files.terminal, PAYROLLS)
    assert isinstance(files.read(), Calendar)
    files.common = str(tmp_path / "Other")
    assert isinstance(files.read(), Unknown)


@pytest.mark.parametrize("folder", ["", "Common", "C:\\Common" if os.name != "nt" else "/Common"])
def test_a_folder_of_another_machine_is_left_alone(
    files: Files, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(files.terminal, PAYROLLS)
    monkeypatch.chdir(Path(files.common).parent)
    files.common = folder
    assert files.read() == Unknown(f"no calendar: {files.own} hold none")

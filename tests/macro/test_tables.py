"""FRED's tables: what is read from them, and the one line that refuses what is none."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assistant.errors import MacroError
from assistant.macro import tables
from assistant.macro.tables import as_csv, from_csv, from_json
from tests.macro.server import recorded

HEADER = "observation_date,VIXCLS\n"
PAGE = "<!DOCTYPE html><html><body>Access Denied</body></html>"
EXPECTED = "expected the header observation_date,VIXCLS"
WHOLE = "expected a whole row: the file may still be written"


def refused(content: str | bytes, name: str = "VIXCLS") -> str:
    with pytest.raises(MacroError) as told:
        from_csv(content.encode() if isinstance(content, str) else content, name, "x.csv")
    line = str(told.value)
    assert line.startswith("x.csv ")
    assert line.isprintable()
    return line.removeprefix("x.csv ")


def refused_json(document: object) -> str:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(MacroError) as told:
        from_json(content, "answer")
    line = str(told.value)
    assert line.isprintable()
    return line.removeprefix("answer ")


# grep -c '^2.*,[0-9-]' FILE; tail -1 FILE
@pytest.mark.parametrize(
    ("name", "values", "last_day", "last"),
    [
        ("BAA10Y", 56, date(2018, 12, 31), 2.45),
        ("VIXCLS", 57, date(2018, 12, 31), 25.42),
        ("DGS10", 56, date(2018, 12, 31), 2.69),
        ("T10Y2Y", 56, date(2018, 12, 31), 0.21),
        ("DGS2", 56, date(2018, 12, 31), 2.48),  # of before 2025: DATE, and a point where a value is missing
        ("ICSA", 60, date(2018, 12, 29), 238000.0),
        ("NFCI", 60, date(2018, 12, 28), -0.42569),
    ],
)
def test_both_generations_of_csv_files_are_read(name: str, values: int, last_day: date, last: float) -> None:
    found = from_csv(recorded(f"{name}.csv"), name, "x.csv")
    assert len(found) == values
    assert found[-1] == (last_day, last)


def test_a_missing_value_is_left_out() -> None:
    found = dict(from_csv(recorded("VIXCLS.csv"), "VIXCLS", "x.csv"))
    assert (found[date(2018, 12, 4)], found[date(2018, 12, 6)]) == (20.74, 21.19)
    assert date(2018, 12, 5) not in found  # the mourning day of 2018


def test_an_answer_in_json_holds_the_same_as_the_csv_file() -> None:
    assert from_json(recorded("BAA10Y.json"), "answer") == from_csv(recorded("BAA10Y.csv"), "BAA10Y", "x.csv")


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.45", 2.45), ("-0.5", -0.5), ("+3", 3.0), (".5", 0.5), ("238000", 238000.0), ("1.5E-3", 0.0015)],
)
def test_a_number_is_read_as_fred_may_write_it(text: str, value: float) -> None:
    assert from_csv(f"{HEADER}2018-12-31,{text}\n".encode(), "VIXCLS", "x.csv") == (
        (date(2018, 12, 31), value),
    )


def test_the_marks_of_other_systems_change_nothing() -> None:
    text = f"\ufeff{HEADER}2018-12-28,28.34\n\n2018-12-31, 25.42\n".replace("\n", "\r\n")
    assert from_csv(text.encode(), "VIXCLS", "x.csv") == (
        (date(2018, 12, 28), 28.34),
        (date(2018, 12, 31), 25.42),
    )


def test_what_is_written_is_read_again() -> None:
    found = from_csv(recorded("NFCI.csv"), "NFCI", "x.csv")
    assert as_csv(found, "NFCI").splitlines()[:2] == [b"observation_date,NFCI", b"2017-11-10,-0.60254"]
    assert from_csv(as_csv(found, "NFCI"), "NFCI", "x.csv") == found


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", f"was empty; {EXPECTED}"),
        ("\ufeff\r\n\n", f"was empty; {EXPECTED}"),
        (
            "\n<!DOCTYPE html>",
            f"row 1 was ''; {EXPECTED}",
        ),
        (
            PAGE,
            f"was a web page: '{PAGE}'; {EXPECTED}",
        ),
        (
            "observation_date,VXVCLS\n2018-12-31,25.42\n",
            f"row 1 was 'observation_date,VXVCLS'; {EXPECTED}",
        ),
        (
            "day,VIXCLS\n2018-12-31,25.42\n",
            f"row 1 was 'day,VIXCLS'; {EXPECTED}",
        ),
        (
            "observation_date,VIXCLS,DGS10\n2018-12-31,25.42,2.69\n",
            f"row 1 was 'observation_date,VIXCLS,DGS10'; {EXPECTED}",
        ),
        (HEADER, "held no value; expected one at least"),
        (HEADER + "2018-12-25,\n", "held no value; expected one at least"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), "was no text: byte 0 is not UTF-8"),
        (HEADER + "2018-12-28,28.34,\n", "row 2 was '2018-12-28,28.34,'; expected a date and a number"),
        (HEADER + "2018-12-28\n", "row 2 was '2018-12-28'; expected a date and a number"),
        (HEADER + "12/28/2018,28.34\n", "row 2 was '12/28/2018'; expected a date such as 2018-04-03"),
        (HEADER + "2018-02-29,28.34\n", "row 2 was '2018-02-29'; expected a date such as 2018-04-03"),
        (HEADER + "20181228,28.34\n", "row 2 was '20181228'; expected a date such as 2018-04-03"),
        (HEADER + "2018-W52-5,28.34\n", "row 2 was '2018-W52-5'; expected a date such as 2018-04-03"),
        (HEADER + "2018-12-28,nan\n", "row 2 was 2018-12-28, 'nan'; expected a number such as 2.45"),
        (HEADER + "2018-12-28,inf\n", "row 2 was 2018-12-28, 'inf'; expected a number such as 2.45"),
        (HEADER + "2018-12-28,1e999\n", "row 2 was 2018-12-28, '1e999'; expected a number such as 2.45"),
        (HEADER + "2018-12-28,1_000\n", "row 2 was 2018-12-28, '1_000'; expected a number such as 2.45"),
        (HEADER + "2018-12-28,#N/A\n", "row 2 was 2018-12-28, '#N/A'; expected a number such as 2.45"),
        (
            HEADER + "2018-12-28,28.34\n2018-12-28,28.34\n",
            "row 3 was 2018-12-28 after 2018-12-28; expected a later date",
        ),
        (
            HEADER + "2018-12-28,28.34\n2018-12-27,\n",
            "row 3 was 2018-12-27 after 2018-12-28; expected a later date",
        ),
        (
            HEADER + "2018-12-25,\n2018-12-24,36.07\n",
            "row 3 was 2018-12-24 after 2018-12-25; expected a later date",
        ),
        (
            HEADER + "2018-12-28,28.34\n2018-12-31,2",  # of 25.42
            f"row 3 was '2018-12-31,2' without a line end; {WHOLE}",
        ),
        (HEADER + "\x1b[2J\x07,1\n", r"row 2 was '\x1b[2J\x07'; expected a date such as 2018-04-03"),
    ],
)
def test_what_is_no_csv_file_of_the_series_is_refused_with_row_and_reason(
    content: str | bytes, line: str
) -> None:
    assert refused(content) == line


def test_what_was_there_is_shown_no_longer_than_a_line() -> None:
    line = refused(
        HEADER + "2018-12-28," + "9" * 200_000 + "x\n"  # for which a careless pattern takes an hour
    )
    assert len(line) < 150


OBSERVATION = {"date": "2018-12-31", "value": "2.45"}


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (b"<html>", "was '<html>'; expected a JSON object with observations"),
        (b"", "was ''; expected a JSON object with observations"),
        ([], "was '[]'; expected a JSON object with observations"),
        ({"count": 0}, "was '{\"count\": 0}'; expected a JSON object with observations"),
        (
            {"count": 1, "observations": ["x"]},
            'was \'{"count": 1, "observations": ["x"]}\'; expected a JSON object with observations',
        ),
        (b"[" * 200_000, f"was '{'[' * 57}...'; expected a JSON object with observations"),
        ({"count": 3, "observations": [OBSERVATION]}, "held 1 observations; expected all '3'"),
        (
            {"count": 1, "observations": [{"date": "x", "value": "1"}]},
            "row 1 was 'x'; expected a date such as 2018-04-03",
        ),
        (
            {"count": 1, "observations": [{**OBSERVATION, "value": "x"}]},
            "row 1 was 2018-12-31, 'x'; expected a number such as 2.45",
        ),
        (
            {"count": 1, "observations": [{**OBSERVATION, "value": None}]},
            "row 1 was 2018-12-31, 'None'; expected a number such as 2.45",
        ),
        (
            {"count": 2, "observations": [OBSERVATION, OBSERVATION]},
            "row 2 was 2018-12-31 after 2018-12-31; expected a later date",
        ),
        (
            {"count": 1, "observations": [{**OBSERVATION, "value": "."}]},
            "held no value; expected one at least",
        ),
        ({"count": 0, "observations": []}, "held no value; expected one at least"),
    ],
)
def test_what_is_no_whole_answer_in_json_is_refused(document: object, line: str) -> None:
    assert refused_json(document) == line


def test_a_long_daily_series_in_json_is_below_the_size_that_is_refused() -> None:
    row = b'{"realtime_start":"2026-11-27","realtime_end":"2026-11-27","date":"2018-12-31","value":"25.42"},'
    assert len(row) * 365.25 * 50 < tables.LARGEST

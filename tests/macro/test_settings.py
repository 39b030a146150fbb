"""The macro section of the configuration: as packaged it fits; what cannot be is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

import assistant
from assistant.macro import MacroSettings, SeriesSettings
from tests.macro.server import settings

PACKAGED = Path(assistant.__file__).parent.parent / "config" / "assistant.yaml"


def test_the_packaged_section_fits_and_has_exactly_these_keys() -> None:
    section = yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))["macro"]
    read = TypeAdapter(MacroSettings).validate_python(section)
    assert set(section) == {field.name for field in fields(MacroSettings)}
    assert (read.source, read.refresh_hours, read.timeout, read.attempts) == ("fred", 4, 10, 4)
    assert read.series["ICSA"] == SeriesSettings(lag=5, stale_days=21, least=10_000)
    least = {name: one.least for name, one in read.series.items() if one}
    assert (least["BAA10Y"], least["VIXCLS"], least["DGS10"]) == (0.1, 1, None)  # a yield may be negative
    rows = {name: (one.lag, one.stale_days) for name, one in read.series.items() if one}
    # Friday's VIX is the newest known on the Tuesday after a long weekend, 4 days later. A day's yields come
    # after the next close: those of Friday are still the newest on that Wednesday, 5 days later.
    assert rows["VIXCLS"] == (1, 4)
    assert rows["BAA10Y"] == rows["DGS10"] == rows["T10Y2Y"] == (2, 5)
    assert list(read.series) == ["BAA10Y", "VIXCLS", "DGS10", "T10Y2Y", "ICSA", "NFCI"]


def test_a_series_may_be_left_out() -> None:
    section = yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))["macro"]
    section["series"]["NFCI"] = None
    assert TypeAdapter(MacroSettings).validate_python(section).series["NFCI"] is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source", "web"),
        ("folder", ""),
        ("refresh_hours", 0),
        ("refresh_hours", 169),
        ("key_variable", ""),
        ("timeout", 0),
        ("timeout", 121),
        ("attempts", 0),
        ("attempts", 11),
        ("series", {"BAA10Y": {"lag": -1, "stale_days": 10}}),
        ("series", {"BAA10Y": {"lag": 1, "stale_days": 401}}),
        ("series", {"BAA10Y": {"lag": 1}}),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(key: str, value: object) -> None:
    section = yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))["macro"]
    with pytest.raises(ValidationError) as told:
        TypeAdapter(MacroSettings).validate_python({**section, key: value})
    assert {error["loc"][0] for error in told.value.errors()} == {key}


def test_csv_files_need_a_folder() -> None:
    with pytest.raises(ValueError, match=r"^folder was null; expected a folder, since source is csv$"):
        settings(source="csv")
    assert settings(source="csv", folder="macro").folder == "macro"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://mirror.example.org/fred/"])
def test_a_server_of_ones_own_is_taken(url: str) -> None:
    assert settings(url).url == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://example.org", "ftp://example.org"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("fred.example.org", "fred.example.org"),
        ("https://", "https://"),
        ("", ""),
        ("https://example.org:x", "https://example.org:x"),
        ("https://[::1", "https://[::1"),
        ("https://example.org/?id=1", "https://example.org/?id=1"),
        ("https://example.org/#top", "https://example.org/#top"),
        ("https://me:secret@example.org", "example.org"),
    ],
)
def test_what_is_no_address_of_a_web_server_is_refused(url: str, shown: str) -> None:
    with pytest.raises(ValueError, match=r"^url was ") as told:
        settings(url)
    assert str(told.value) == (
        f"url was {shown!r}; expected an address such as https://fred.example.org, without user and query"
    )


@pytest.mark.parametrize("name", ["", "../BAA10Y", "a/b", "a b", "BAA10Y\n", "C:x", "Ä"])
def test_a_name_that_no_file_should_bear_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"^series was ") as told:
        settings(series={name: SeriesSettings(lag=1, stale_days=10)})
    assert f"series was {name!r}; expected a name of letters and digits" in str(told.value)


def test_a_series_that_would_be_too_old_before_it_is_known_is_refused() -> None:
    assert SeriesSettings(lag=5, stale_days=5).stale_days == 5
    with pytest.raises(ValueError, match=r"^stale_days was 4, lag 5; expected stale_days not below lag$"):
        SeriesSettings(lag=5, stale_days=4)

"""Closes from CSV: taken whole, or refused in one line that names file, row, what was there, what fits."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assistant.core.market import Bar, Imported, Unknown
from assistant.errors import AssistantError
from assistant.history import Taken, import_history, load_imported, provenance

NOW = datetime(2018, 1, 10, 15, 0, tzinfo=UTC)
FINISHED = [date(2018, 1, number) for number in (2, 3, 4, 5, 8, 9)]  # 6 and 7 are a weekend
GOOD = "date,close\n2018-01-02,153.25\n2018-01-03,154\n"


def take(tmp_path: Path, text: str | bytes, name: str = "IWM.csv", symbol: str = "") -> tuple[Taken, ...]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_history(path, tmp_path / "home", ["IWM", "SPY"], FINISHED, NOW, symbol).taken


def refusal(tmp_path: Path, text: str | bytes, name: str = "IWM.csv") -> str:
    take(tmp_path, GOOD)
    before = load_imported(tmp_path / "home")
    with pytest.raises(AssistantError) as told:
        take(tmp_path, text, name)
    assert load_imported(tmp_path / "home") == before  # what was imported earlier stays
    line = str(told.value)
    assert "\n" not in line
    assert line.startswith(str(tmp_path / name))
    return line.removeprefix(str(tmp_path / name))


def test_closes_are_taken_with_where_they_come_from(tmp_path: Path) -> None:
    assert take(tmp_path, GOOD) == (Taken("IWM", "IWM.csv", 2, date(2018, 1, 2), date(2018, 1, 3)),)
    read = load_imported(tmp_path / "home")["IWM"]
    assert isinstance(read, Imported)
    assert read.bars == (
        Bar(date(2018, 1, 2), 153.25, 153.25, 153.25, 153.25),
        Bar(date(2018, 1, 3), 154.0, 154.0, 154.0, 154.0),
    )
    origin = provenance(tmp_path / "home")["IWM"]
    assert isinstance(origin, dict)
    assert (origin["file"], origin["rows"], origin["first"], origin["last"]) == (
        "IWM.csv",
        2,
        "2018-01-02",
        "2018-01-03",
    )
    # printf 'date,close\n2018-01-02,153.25\n2018-01-03,154\n' | sha256sum
    assert origin["sha256"] == "4c8926bafaeacd07e5b58d9edbee05d86170de4219911c1bf40e14f883089b0a"
    assert origin["imported_at"] == "2018-01-10T15:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "date,open,high,low,close\n2018-01-02,151.5,153.5,150.5,153.25\n",
        "Date,Open,High,Low,Close,Volume\r\n2018-01-02,151.5,153.5,150.5,153.25,987\r\n\r\n",
        "\ufeffdate,open,high,low,close\n2018-01-02, 151.5, 153.5, 150.5, 153.25\n",
    ],
)
def test_whole_bars_are_taken_with_or_without_volume(tmp_path: Path, text: str) -> None:
    take(tmp_path, text)
    read = load_imported(tmp_path / "home")["IWM"]
    assert isinstance(read, Imported)
    assert read.bars == (Bar(date(2018, 1, 2), 151.5, 153.5, 150.5, 153.25),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", " row 1: was ; expected date,close or date,open,high,low,close[,volume], separated by commas"),
        ("2018-01-02,153\n", " row 1: was 2018-01-02,153; expected date,close or"),
        ("Date;Close\n2018-01-02;153,2\n", " row 1: was Date;Close; expected date,close or"),
        ("Date,Close,Adj Close\n", " row 1: was Date,Close,Adj Close; expected date,close or"),
        ("date,close\n", ": holds no row after its header"),
        ("date,close\n03/04/2018,1\n", " row 2: was 03/04/2018; expected a date written as 2018-04-03"),
        ("date,close\n20180103,1\n", " row 2: was 20180103; expected a date written as 2018-04-03"),
        ("date,close\n2018-02-30,1\n", " row 2: was 2018-02-30; expected a date written as 2018-04-03"),
        ("date,close\n2018-01-02,153,25\n", " row 2: was 2018-01-02,153,25; expected 2 fields: no comma"),
        ('date,close\n2018-01-02,"1,153.2"\n', " row 2: was close '1,153.2'; expected a price above 0 such"),
        ('date,close\n2018-01-02,"153,25"\n', " row 2: was close '153,25'; expected a price above 0"),
        ("date,close\n2018-01-02,-153\n", " row 2: was close '-153'; expected a price above 0"),
        ("date,close\n2018-01-02,0.0\n", " row 2: was close '0.0'; expected a price above 0"),
        ("date,close\n2018-01-02,nan\n", " row 2: was close 'nan'; expected a price above 0"),
        ("date,close\n2018-01-02,\n", " row 2: was close ''; expected a price above 0"),
        ("date,close\n2018-01-02,1e3\n", " row 2: was close '1e3'; expected a price above 0"),
        (f"date,close\n2018-01-02,{'9' * 400}\n", " row 2: was close '9999"),
        (GOOD + "2018-01-03,155\n", " row 4: was 2018-01-03 a second time; expected each session once"),
        (GOOD + "2018-01-02,155\n", " row 4: was 2018-01-02 after 2018-01-03; expected the oldest row first"),
        (GOOD + "2018-01-06,155\n", " row 4: was 2018-01-06 (Saturday); expected a session of XNYS"),
        (GOOD + "2018-01-10,155\n", " row 4: was 2018-01-10 (Wednesday); expected a session that has closed"),
        ("date,close\n1999-12-31,50\n", ": holds no row after its header"),
        (GOOD + "2018-01-04,77\n", " row 4: was close 77 after 154; expected at most 40% in a session"),
        (
            "date,open,high,low,close\n2018-01-02,5,4,6,5\n",
            " row 2: was high 4, low 6; expected high not below low",
        ),
        (
            "date,open,high,low,close\n2018-01-02,5,6,4,6.5\n",
            " row 2: was close 6.5; expected a price from low 4 to high 6",
        ),
        (
            "date,open,high,low,close\n2018-01-02,3,6,4,5\n",
            " row 2: was open 3; expected a price from low 4 to high 6",
        ),
        ('date,close\n2018-01-02,"153\n', ": is no CSV file: "),
        (b"date,close\n2018-01-02,\xff\n", ": byte 22 is not UTF-8 text; save it as CSV UTF-8"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    assert refusal(tmp_path, text).startswith(told)


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    assert refusal(tmp_path, b" " * 20_000_001) == ": was 20000001 bytes; expected at most 20000000"


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "IWM.csv").write_text(GOOD)
    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(AssistantError, match=r"IWM\.csv: cannot be read: Permission denied"):
        import_history(tmp_path / "IWM.csv", tmp_path, ["IWM"], FINISHED, NOW)


def test_a_gap_of_years_may_hold_any_move(tmp_path: Path) -> None:
    path = tmp_path / "IWM.csv"
    path.write_text("date,close\n2018-01-02,50\n2018-01-11,20\n")
    days = [date(2018, 1, 2), date(2018, 1, 11)]
    assert import_history(path, tmp_path, ["IWM"], days, NOW).taken[0].rows == 2


def test_a_symbol_that_is_not_configured_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, GOOD, "XYZ.csv") == (
        ": XYZ is not among the symbols of the configuration (IWM, SPY); "
        "name the file after its symbol, or use --symbol"
    )


def test_a_file_of_any_name_is_taken_for_the_symbol_that_is_said(tmp_path: Path) -> None:
    assert take(tmp_path, GOOD, "daily.csv", "spy")[0].symbol == "SPY"
    assert take(tmp_path, GOOD, "iwm.CSV")[0].symbol == "IWM"


def test_of_a_folder_all_files_are_taken_or_none(tmp_path: Path) -> None:
    folder, home = tmp_path / "closes", tmp_path / "home"
    folder.mkdir()
    (folder / "IWM.csv").write_text(GOOD)
    (folder / "SPY.csv").write_text("date,close\n2018-01-02,-1\n")
    with pytest.raises(AssistantError, match=r"SPY\.csv row 2"):
        import_history(folder, home, ["IWM", "SPY"], FINISHED, NOW)
    assert load_imported(home) == {}
    (folder / "SPY.csv").write_text(GOOD)
    took = import_history(folder, home, ["IWM", "SPY"], FINISHED, NOW)
    assert [one.symbol for one in took.taken] == ["IWM", "SPY"]
    assert took.left == ()
    assert set(load_imported(home)) == {"IWM", "SPY"}


def test_files_of_a_folder_that_are_of_no_symbol_are_left_alone_and_named(tmp_path: Path) -> None:
    folder, home = tmp_path / "closes", tmp_path / "home"
    folder.mkdir()
    for name in ("EEM.csv", "IWM.csv", "VIX.csv"):
        (folder / name).write_text(GOOD if name == "IWM.csv" else "not even a table")
    took = import_history(folder, home, ["IWM", "SPY"], FINISHED, NOW)
    assert ([one.symbol for one in took.taken], took.left) == (["IWM"], ("EEM.csv", "VIX.csv"))
    (folder / "IWM.csv").unlink()
    with pytest.raises(AssistantError, match=r"EEM\.csv: EEM is not among the symbols of the configuration"):
        import_history(folder, home, ["IWM", "SPY"], FINISHED, NOW)


def test_paths_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "IWM.csv").write_text(GOOD)
    (tmp_path / "both" / "iwm.csv").write_text(GOOD)
    for path, symbol, told in (
        ("nowhere.csv", "", "there is no such file or folder"),
        ("empty", "", "holds no CSV file; expected files such as IWM.csv"),
        ("both", "IWM", "is a folder; --symbol names the symbol of one file"),
        ("both", "", "IWM is also in IWM.csv; expected one file for a symbol"),
    ):
        if told.startswith("IWM is also") and len(list((tmp_path / "both").iterdir())) == 1:
            continue  # a file system to which the two names are one
        with pytest.raises(AssistantError, match=told):
            import_history(tmp_path / path, tmp_path, ["IWM"], FINISHED, NOW, symbol)


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(AssistantError, match="could not be written"):
        take(tmp_path, GOOD)


def test_a_damaged_import_is_unknown_with_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(tmp_path, GOOD)
    stored, origin = home / "history" / "IWM.csv", home / "history" / "IWM.json"
    stored.write_text(stored.read_text().replace("154.0", "155.0"))
    assert load_imported(home) == {"IWM": Unknown(f"{stored} is not as it was imported; import it again")}
    assert isinstance(provenance(home)["IWM"], Unknown)
    origin.write_text("{")
    assert load_imported(home) == {"IWM": Unknown(f"{origin} is damaged; import it again")}
    origin.write_text(json.dumps({}))
    assert load_imported(home) == {"IWM": Unknown(f"{origin} is damaged; import it again")}
    origin.unlink()
    answer = load_imported(home)["IWM"]
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith(f"{origin} cannot be read: ")


def test_where_nothing_was_imported_there_is_nothing(tmp_path: Path) -> None:
    assert load_imported(tmp_path) == {}
    assert provenance(tmp_path) == {}

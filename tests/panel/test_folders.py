"""Which data folder is a terminal's: named, in the list of Windows, or where a portable one is installed."""

from pathlib import Path

import pytest

from assistant.errors import AssistantError
from assistant.panel.folders import DataFolder, chosen, data_folder, listed

EXAMPLE = r"C:\Program Files\Example MT5"


def terminal(roaming: Path, name: str, origin: str | bytes = EXAMPLE) -> Path:
    """The data folder of a terminal, with an origin.txt as the terminal writes it."""
    path = roaming / "MetaQuotes" / "Terminal" / name
    (path / "MQL5").mkdir(parents=True)
    raw = origin if isinstance(origin, bytes) else origin.encode("utf-16")
    (path / "origin.txt").write_bytes(raw)
    return path


@pytest.mark.parametrize("raw", [EXAMPLE.encode("utf-16"), EXAMPLE.encode() + b"\r\n", b""])
def test_origin_txt_tells_where_the_terminal_is_installed(tmp_path: Path, raw: bytes) -> None:
    path = terminal(tmp_path, "D0E8", raw)
    assert data_folder(path) == DataFolder(path, EXAMPLE if raw else None)


def test_the_mql5_folder_itself_stands_for_the_folder_around_it(tmp_path: Path) -> None:
    path = terminal(tmp_path, "D0E8")
    assert data_folder(path / "MQL5") == DataFolder(path, EXAMPLE)


def test_a_portable_terminal_keeps_its_data_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "MQL5").mkdir()
    (tmp_path / "terminal64.exe").write_bytes(b"MZ")
    found = data_folder(tmp_path)
    assert (found.program, found.portable) == (str(tmp_path), True)
    assert not DataFolder(tmp_path, EXAMPLE).portable


def test_a_folder_that_is_none_or_holds_no_mql5_is_refused_with_where_to_look(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "x", "is no folder here"), (tmp_path, "holds no MQL5")):
        with pytest.raises(AssistantError, match=f"{why}; expected .*File > Open Data Folder"):
            data_folder(path)


def test_the_folders_of_windows_are_listed_without_those_that_are_no_terminal_s(tmp_path: Path) -> None:
    assert listed(tmp_path) == ()
    first, second = terminal(tmp_path, "A1"), terminal(tmp_path, "B2", r"D:\Other MT5")
    (tmp_path / "MetaQuotes" / "Terminal" / "Common" / "Files").mkdir(parents=True)
    assert listed(tmp_path) == (DataFolder(first, EXAMPLE), DataFolder(second, r"D:\Other MT5"))


def test_one_folder_is_taken_and_of_two_none_but_that_of_the_configured_terminal(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "A1", EXAMPLE)
    second = DataFolder(tmp_path / "B2", r"D:\Other MT5")
    assert chosen([first], None) == first
    with pytest.raises(AssistantError) as told:
        chosen([first, second], None)
    assert str(told.value) == (
        f"2 terminals have a data folder: name one with --folder: {tmp_path / 'A1'} (of {EXAMPLE}), "
        rf"{tmp_path / 'B2'} (of D:\Other MT5)"
    )
    assert chosen([first, second], r"d:\other mt5\terminal64.exe") == second  # case does not count on Windows


def test_a_configured_terminal_that_is_portable_is_found_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "MQL5").mkdir()
    other = DataFolder(tmp_path / "A1", EXAMPLE)
    assert chosen([other], str(tmp_path / "terminal64.exe")).path == tmp_path


@pytest.mark.parametrize("program", [None, r"D:\Other MT5\terminal64.exe"])
def test_without_a_folder_it_says_how_to_name_one(program: str | None) -> None:
    with pytest.raises(AssistantError, match=r"no data folder of one was found: .*--folder"):
        chosen([], program)

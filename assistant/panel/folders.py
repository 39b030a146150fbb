r"""Where a terminal keeps its MQL5 folder.

Usually in %APPDATA%\MetaQuotes\Terminal\<hash>, whose origin.txt names the folder the terminal is installed
in; a portable terminal keeps it where it is installed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from assistant.errors import AssistantError

_MQL5 = "MQL5"
_PROGRAM = "terminal64.exe"
_HOW = "in the terminal, File > Open Data Folder shows it"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A terminal's data folder."""

    path: Path  # it holds MQL5
    program: str | None  # the folder of terminal64.exe and metaeditor64.exe; None: not told

    @property
    def portable(self) -> bool:
        """Whether the terminal keeps its data where it is installed."""
        return self.program is not None and PureWindowsPath(self.program) == PureWindowsPath(self.path)

    def __str__(self) -> str:
        return f"{self.path} (of {self.program})" if self.program and not self.portable else str(self.path)


def data_folder(path: Path) -> DataFolder:
    """Return the data folder at a path, or around it where it is the MQL5 folder itself.

    AssistantError where there is none.
    """
    if not path.is_dir():
        raise AssistantError(f"{path} is no folder here; expected a terminal's data folder: {_HOW}")
    if path.name.upper() == _MQL5 and not (path / _MQL5).is_dir():
        path = path.parent
    if not (path / _MQL5).is_dir():
        raise AssistantError(f"{path} holds no {_MQL5}; expected a terminal's data folder: {_HOW}")
    return DataFolder(path, _origin(path))


def listed(roaming: Path) -> tuple[DataFolder, ...]:
    """Return the data folders of the terminals that were ever started here; `roaming` is %APPDATA%."""
    try:
        inside = sorted((roaming / "MetaQuotes" / "Terminal").iterdir())
    except OSError:
        return ()
    return tuple(data_folder(path) for path in inside if (path / _MQL5).is_dir())


def chosen(found: Sequence[DataFolder], program: str | None) -> DataFolder:
    """Return the one folder that can be meant; `program` is the terminal.path of the settings.

    AssistantError where there is none, or more than one, with all of them.
    """
    if program is not None:
        home = PureWindowsPath(program).parent
        found = [one for one in found if one.program and PureWindowsPath(one.program) == home]
        beside = Path(program).parent
        if not found and (beside / _MQL5).is_dir():
            return data_folder(beside)  # it is a portable one
    if not found:
        raise AssistantError(
            f"no terminal is running here and no data folder of one was found: start it, or name the folder "
            f"with --folder; {_HOW}"
        )
    if len(found) > 1:
        raise AssistantError(
            f"{len(found)} terminals have a data folder: name one with --folder: "
            + ", ".join(str(one) for one in found)
        )
    return found[0]


def _origin(path: Path) -> str | None:
    """Return where the terminal of a data folder is installed."""
    if (path / _PROGRAM).is_file():
        return str(path)
    try:
        raw = (path / "origin.txt").read_bytes()
    except OSError:
        return None
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))  # as the terminal writes it
    told = raw.decode("utf-16" if wide else "utf-8-sig", errors="replace").strip("\x00 \r\n")
    return told or None

"""`assistant panel`: the panel and the include into the terminal's MQL5 folder, and out of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from assistant import __version__
from assistant.cli.options import Home, Paper, opened_home
from assistant.config import Config
from assistant.errors import AssistantError, TerminalError
from assistant.home import PAPER
from assistant.panel import files
from assistant.panel.compiling import Compiled, compile_source, editor_of
from assistant.panel.files import Done
from assistant.panel.folders import DataFolder, chosen, data_folder, listed
from assistant.source import open_source, terminal_folders

_PROGRAMS = (
    "Indicators/BreadthAssistant/Panel.mq5",
    "Services/BreadthAssistant/Calendar.mq5",
    "Experts/BreadthAssistant/ExampleEA.mq5",
)
ATTACH = "Navigator (Ctrl+N) > Indicators > BreadthAssistant > Panel: drag it onto a chart"
NEWS = "For a funded account's rules about news: Navigator > Services, right click, Add Service: Calendar"

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help="The terminal's data folder, which holds MQL5 (File > Open Data Folder); without it, that of "
        "the terminal that runs, or the only one there is.",
        show_default=False,
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Keep a file that you changed as .bak, and go on.", show_default=False)
]

panel = typer.Typer(
    help="The panel, an include for expert advisors, an example and a calendar of news, in the terminal's "
    "MQL5 folder.",
    epilog="Examples: assistant panel install   |   assistant panel install --folder D:\\MT5   |   "
    "assistant panel remove",
    rich_markup_mode=None,
)


@panel.command("install", epilog="Example: assistant panel install")
def install(folder: Folder = None, force: Force = False, paper: Paper = False, home: Home = None) -> None:
    """Copy the MQL5 sources into the terminal, compile them, and say which clicks remain.

    Again after an update: what is older is replaced, what you changed is not. Exits 1 where a source did not
    compile.
    """
    found = _found(folder, home, paper=paper)
    if found is None:
        return
    sources = files.packaged()
    done = files.install(found.path, sources, __version__, force=force)
    typer.echo(f"{found.path / 'MQL5'}: {_counted(done)}")
    _show_kept(done)
    compiled = _compile(found, [name for name in _PROGRAMS if name in sources])
    for one in compiled:
        typer.echo(f"{one.name}: {'compiled, ' if one.done else 'NOT compiled: '}{one.told}")
        for line in one.lines:
            typer.echo(f"  {line}")
    for line in _clicks([name for name in _PROGRAMS if name in sources], compiled):
        typer.echo(line)
    raise typer.Exit(0 if all(one.done for one in compiled) else 1)


@panel.command("remove", epilog="Example: assistant panel remove")
def remove(folder: Folder = None, force: Force = False, paper: Paper = False, home: Home = None) -> None:
    """Take out what `panel install` put into the terminal, and what was compiled from it; nothing else."""
    found = _found(folder, home, paper=paper)
    if found is None:
        return
    done = files.remove(found.path, force=force)
    if not done.removed:
        typer.echo(f"{found.path / 'MQL5'}: nothing of the panel is installed")
        return
    typer.echo(f"{found.path / 'MQL5'}: {len(done.removed)} files removed, and what was compiled from them")
    _show_kept(done)
    typer.echo("A panel that is still on a chart: right click, Indicators List (Ctrl+I), delete it")


def _found(folder: Path | None, home: Path | None, *, paper: bool) -> DataFolder | None:
    """Return the data folder that is meant; None, and a word of it, for the paper terminal."""
    place, config = opened_home(home)
    if paper or (folder is None and config.terminal.module == PAPER):
        typer.echo("PAPER: the paper terminal has no charts, so there is nothing to install or remove")
        return None
    if folder is not None:
        return data_folder(folder.absolute())
    return _of_terminal(config, place) or chosen(
        listed(Path(os.environ.get("APPDATA", ""))), config.terminal.path
    )


def _of_terminal(config: Config, home: Path) -> DataFolder | None:
    """Return the data folder of the terminal that runs; None: none does, or it cannot be asked."""
    try:
        told, program = terminal_folders(open_source(config, home))
    except TerminalError:
        return None
    if not Path(told).is_dir():
        raise AssistantError(
            f"the terminal keeps its data in {told}, which is no folder here: name it with --folder, "
            "as it is seen from here"
        )
    return DataFolder(data_folder(Path(told)).path, program)


def _compile(folder: DataFolder, programs: list[str]) -> list[Compiled]:
    """Compile the programs where the terminal's editor is found."""
    editor = editor_of(folder)
    mql5 = folder.path / "MQL5"
    if editor is None:
        return []
    include = mql5 if folder.portable else None  # else the editor's own, which is this one
    return [compile_source(editor, mql5 / name, include) for name in programs]


def _clicks(programs: list[str], compiled: list[Compiled]) -> list[str]:
    """Say what is left to do by hand."""
    made = {one.name for one in compiled if one.done}
    left = [name.replace("/", "\\") for name in programs if Path(name).name not in made]
    if not left:
        return [f"In the terminal: {ATTACH}", NEWS]
    why = "" if compiled else " (metaeditor64.exe was not found)"
    return [
        f"Compile by hand{why}: MetaEditor (F4 in the terminal), open {' and '.join(left)}, F7",
        f"Then, in the terminal: {ATTACH}",
        NEWS,
    ]


def _counted(done: Done) -> str:
    """Say what was done, in one line."""
    parts = [
        (done.new, "new"),
        (done.newer, "replaced"),
        (done.same, "as they were"),
        (done.removed, "removed that are no longer part"),
    ]
    return "files " + ", ".join(f"{len(names)} {word}" for names, word in parts if names)


def _show_kept(done: Done) -> None:
    for name in done.kept:
        typer.echo(f"what you changed is kept as {name}")

"""Where logs, state and local configuration of a user lie."""

import os
import re
from pathlib import Path

PAPER = "assistant.terminal.paper"
_ESCAPED = re.compile(r"\\[xuU]|\\$")  # what can write a letter otherwise than by itself, or join two lines


def find_home(option: Path | None) -> Path:
    r"""Return the folder of logs, state and local configuration (it may not exist yet).

    --home, else $BREADTH_ASSISTANT_HOME, else the current folder if it holds config/assistant.yaml, else
    %LOCALAPPDATA%\BreadthAssistant or ~/.local/share/breadth-assistant.
    """
    if option is not None:
        return option.resolve()
    if named := os.environ.get("BREADTH_ASSISTANT_HOME"):
        return Path(named).resolve()
    if (Path.cwd() / "config" / "assistant.yaml").is_file():
        return Path.cwd()
    if windows := os.environ.get("LOCALAPPDATA"):
        return Path(windows) / "BreadthAssistant"
    return Path.home() / ".local" / "share" / "breadth-assistant"


def names_paper(home: Path) -> bool:
    """Whether a home's own configuration may name the paper terminal as terminal.module.

    True also where it only looks so: it is for a reader who then asks the configuration itself.
    """
    for name in ("assistant.yaml", "local.yaml"):
        path = home / "config" / name
        if path.exists():
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            if any(_may_name_paper(line) for line in lines):
                return True
    return False


def _may_name_paper(line: str) -> bool:
    """Whether the module's name may stand in this line of YAML: in letters, or escaped between quotes."""
    plain = '"' not in line and "'" not in line
    told = re.split(r"(?:^|\s)#", line, maxsplit=1)[0] if plain else line  # without a comment
    return PAPER in told or ('"' in line and bool(_ESCAPED.search(line)))

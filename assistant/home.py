"""Where logs, state and local configuration of a user lie."""

import os
from pathlib import Path


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

"""Draw the pictures of the documentation from the paper terminal, into assistant/docs/pictures/."""

from __future__ import annotations

import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import panel_pictures
import run

PICTURES = run.ROOT / "assistant" / "docs" / "pictures"
WIDTH = 112  # columns


def console() -> int:
    """Draw what `assistant run --paper` shows at an instant with positions open."""
    from rich._export_format import CONSOLE_SVG_FORMAT  # rich's own, less its web font
    from rich.console import Console

    from assistant.app import Assistant
    from assistant.config import load_config
    from assistant.outputs.console import screen
    from assistant.source import open_source

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        config = load_config(home)
        start = datetime(2018, 12, 26, 15, 40, tzinfo=UTC)
        source = open_source(config, home, paper=True, start=start, speed=1e6)
        with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
            _, document = assistant.cycle()
    drawn = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    drawn.print(screen(document))
    head, _, rest = CONSOLE_SVG_FORMAT.partition("@font-face")
    plain = head + rest[rest.index(".{unique_id}-matrix") :]
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawn.save_svg(
        str(PICTURES / "console.svg"), title="assistant run --paper", code_format=plain, unique_id="console"
    )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(console() or panel_pictures.panels())
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))

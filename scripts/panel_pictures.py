"""Draw the pictures of the panel, from its own source and files of the paper terminal.

The source is compiled and run as the tests do it. g++ and a Chromium are needed; nothing is fetched.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import run
from smaller_png import shrink

PICTURES = run.ROOT / "assistant" / "docs" / "pictures"
MQL5 = run.ROOT / "assistant" / "mql5"
START = datetime(2018, 12, 26, 15, 40, tzinfo=UTC)
RELEASE = datetime(2018, 12, 27, 15, 0, tzinfo=UTC)  # of the Conference Board
REHEARSED = "funded: {mode: dry_run, pack: ftmo/2_step_challenge, initial_balance: 107000}\n"
DARK, LIGHT = "#131722", "#ffffff"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
CLICK = "event 1 0 0 BAPanel"  # on one of its buttons


@dataclass(frozen=True)
class Scene:
    """One picture: a panel on a chart of IWM.US, and what happens to it."""

    name: str
    content: bytes
    background: str = DARK
    commands: tuple[str, ...] = ()
    wanted: float = 0.0  # lots that the trader usually orders


def cycle(home: Path, settings: str = "") -> bytes:
    """Return the panel file of one cycle of the paper terminal."""
    from assistant.app import Assistant
    from assistant.config import load_config
    from assistant.source import open_source

    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    config = load_config(home)
    source = open_source(config, home, paper=True, start=START, speed=1e6)
    with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
        assistant.cycle()
    return next(home.rglob("advice_*.txt")).read_bytes()


def as_live(content: bytes) -> bytes:
    """Return the same as a live account's file, as the picture of one."""
    return ended(content[: content.rindex(b"END|")].replace(b"MODE|paper|", b"MODE|live|"))


def ended(body: bytes) -> bytes:
    """Return a whole file with this body, and a release that was to come then."""
    body += f"NEWS|{int(RELEASE.timestamp())}|USD|high|CB Consumer Confidence Index\n".encode()
    return body + b"END|%d|%08x\n" % (len(body), crc32(body))


def scenes(folder: Path) -> list[Scene]:
    """Make the files, and say what is drawn."""
    paper = cycle(folder / "paper")
    live, rehearsed = as_live(paper), cycle(folder / "rehearsed", REHEARSED)
    line = (f"{CLICK}.stop", "drag BAPanelStop 126.10", "event 2 0 0 BAPanelStop")
    return [
        Scene("live-dark", live),
        Scene("live-light", live, LIGHT),
        Scene("stale", live, commands=("advance 12000", "timer")),
        Scene("dry-run", rehearsed, commands=line, wanted=30.0),
        Scene("minimised", live, commands=(f"{CLICK}.fold",)),
    ]


def drawing(scene: Scene, binary: Path, common: Path) -> str:
    """Run the panel through a scene; what is on the chart then, as SVG."""
    from tests.mql5.drawn import svg
    from tests.mql5.terminal import Terminal

    stamp = next(line for line in scene.content.splitlines() if line.startswith(b"UTC|"))
    red, green, blue = (int(scene.background[at : at + 2], 16) for at in (1, 3, 5))
    background = f"background {red + 256 * green + 65536 * blue}"
    inputs = {"InpWantedLots": scene.wanted}
    with Terminal(binary, common, utc=int(stamp[4:]) + 1, inputs=inputs) as terminal:
        terminal.write(scene.content)
        terminal.do("chart 1800 1400", "dpi 144", background, "symbol IWM.US", "quote 131.52 131.55", "init")
        terminal.do(*scene.commands)
        return svg(terminal.dump(), background=scene.background)


def shot(browser: str, picture: str, path: Path) -> None:
    """Let a browser draw an SVG into a PNG file."""
    width, height = re.findall(r'(?:width|height)="(\d+)"', picture)[:2]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f'<body style="margin:0">{picture}</body>', encoding="utf-8")
        command = [browser, *QUIET, f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        subprocess.run([*command, f"--screenshot={path}", page.as_uri()], check=True, capture_output=True)


def panels() -> int:
    """Draw the five pictures; 1 where there is no browser."""
    sys.path.insert(0, str(run.ROOT))
    from tests.mql5.build import build

    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("no browser: install Chromium")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = MQL5 / "Indicators" / "BreadthAssistant" / "Panel.mq5"
        binary = build(source, MQL5 / "Include", folder / "built")
        for scene in scenes(folder):
            path = PICTURES / f"panel-{scene.name}.png"
            shot(browser, drawing(scene, binary, folder / "Common"), path)
            shrink(path)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Draw them in the virtual environment."""
    return run.start_inside(__file__, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(panels())
    sys.exit(run.guarded(lambda: main(sys.argv[1:])))

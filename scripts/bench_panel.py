"""Measure one refresh of the panel with 50 symbols.

It is compiled by g++ -O2: an order of size, not the time that MetaTrader takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import run

if TYPE_CHECKING:
    from tests.mql5.terminal import Terminal

MQL5 = run.ROOT / "assistant" / "mql5"
START = datetime(2018, 12, 26, 15, 40, tzinfo=UTC)
GOAL_MS = 1.0
SYMBOLS, TIMES = 50, 400


def compiled(folder: Path) -> Path:
    """Return the panel's program without sanitizers."""
    from tests.mql5.build import SHIM
    from tests.mql5.translate import translate

    program = translate(MQL5 / "Indicators" / "BreadthAssistant" / "Panel.mq5", MQL5 / "Include")
    source, binary = folder / "panel.cpp", folder / "panel"
    source.write_text(program.text, encoding="utf-8")
    compiler = shutil.which("g++") or "g++"
    shim = [str(path) for path in sorted(SHIM.glob("*.cpp"))]
    command = [
        compiler,
        "-std=c++20",
        "-O2",
        "-w",
        "-I",
        str(SHIM),
        "-include",
        "mql5.hpp",
        str(source),
        *shim,
    ]
    subprocess.run([*command, "-o", str(binary)], check=True)
    return binary


def lines(home: Path) -> list[str]:
    """Return a panel file of the paper terminal, less its last line, with so many symbols."""
    from assistant.app import Assistant
    from assistant.config import load_config
    from assistant.source import open_source

    config = load_config(home)
    source = open_source(config, home, paper=True, start=START, speed=1e6)
    with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
        assistant.cycle()
    written = next(home.rglob("advice_*.txt")).read_text(encoding="utf-8").splitlines()[:-1]
    first = next(at for at, line in enumerate(written) if line.startswith("SYM|"))
    one = written[first : first + 3]
    own = one[0].split("|")[1]
    first_lines = [line.replace("TTL|5", "TTL|1000") for line in written[:first]]
    more = [line.replace(own, f"S{at}.US") for at in range(SYMBOLS - 1) for line in one]
    return [*first_lines, *one, *more]


def file_of(body: Sequence[str], seq: int) -> bytes:
    """Return a whole file, `seq` seconds after the first."""
    text = "".join(line + "\n" for line in body)
    utc = next(line for line in body if line.startswith("UTC|"))
    text = text.replace("SEQ|1\n", f"SEQ|{seq + 1}\n").replace(utc, f"UTC|{int(utc[4:]) + seq}")
    raw = text.encode()
    return raw + b"END|%d|%08x\n" % (len(raw), crc32(raw))


def refreshed(terminal: Terminal, body: Sequence[str], *, new: bool) -> float:
    """Return the milliseconds on a processor that a refresh takes.

    With a new file before each, once a second; or with the same one, as the timer comes, four times a second.
    """
    spent = 0.0
    for seq in range(TIMES):
        if new:
            terminal.write(file_of(body, seq))
        terminal.do("advance 1000" if new else "advance 250")
        before = spent_by(terminal)
        terminal.do("timer")
        spent += spent_by(terminal) - before
    return spent / TIMES


def spent_by(terminal: Terminal) -> float:
    """Return the milliseconds that the panel was on a processor: what else runs here does not count."""
    schedule = Path(f"/proc/{terminal.process}/schedstat").read_text(encoding="ascii")
    return int(schedule.split()[0]) / 1e6


def measured() -> int:
    """Print the time of a refresh; 1 where it is beyond the goal."""
    sys.path.insert(0, str(run.ROOT))
    from tests.mql5.terminal import Terminal

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = lines(folder / "home")
        utc = int(next(line for line in body if line.startswith("UTC|"))[4:])
        with Terminal(compiled(folder), folder / "Common", utc=utc) as terminal:
            terminal.write(file_of(body, 0))
            terminal.do("chart 1200 1000", "symbol IWM.US", "quote 131.52 131.55", "init")
            whole = refreshed(terminal, body, new=True)
            still = refreshed(terminal, body, new=False)
    told = f"{SYMBOLS} symbols, {len(file_of(body, 0))} bytes: "
    print(f"{told}{whole:.2f} ms with a new file, {still:.3f} ms with the same; goal {GOAL_MS} ms")
    return int(whole > GOAL_MS)


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(measured())
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))

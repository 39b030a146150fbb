"""Draw the pictures of the daily review from the demo's session, with a browser; nothing is fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import run
from smaller_png import shrink

PICTURES = run.ROOT / "assistant" / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000")
HIDDEN = "<style>header, section:not(#trades) { display: none; } #trades { margin: 0; border: 0; }</style>"
PARTS = {"review": ("", "1100,1330"), "review-trades": (HIDDEN, "1100,1050")}  # what is added, pixels
ZONE = "Europe/Berlin"  # of the trader's PC: so the server's clock is another


def review() -> int:
    """Play the demo, and let a browser draw the page that it ends with; 1 where there is no browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("no browser: install Chromium")
        return 1
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        command = [sys.executable, "-m", "assistant", "demo", "--home", name]
        subprocess.run(command, check=True, cwd=run.ROOT, env=os.environ | {"TZ": ZONE})
        page = next(one for one in (home / "logs" / "reviews").glob("*.html"))
        written = page.read_text(encoding="utf-8")
        for picture, (added, size) in PARTS.items():
            path, part = PICTURES / f"{picture}.png", page.with_name(f"{picture}.html")
            part.write_text(written.replace("</head>", f"{added}</head>"), encoding="utf-8")
            shot = [browser, *QUIET, f"--user-data-dir={home}/profile", f"--window-size={size}"]
            subprocess.run([*shot, f"--screenshot={path}", part.as_uri()], check=True, capture_output=True)
            shrink(path)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Draw it in the virtual environment."""
    return run.start_inside(__file__, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(review())
    sys.exit(run.guarded(lambda: main(sys.argv[1:])))

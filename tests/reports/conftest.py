from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (  # it asks no network for anything of its own
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def unseen(binary: str | None) -> str | None:
    """Why no page can be looked at here; None where one can."""
    return None if binary else "no browser: the pages were NOT looked at (Debian: apt-get install chromium)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a module: without one they are skipped, on Linux in CI they fail."""
    binary = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    why = unseen(binary)
    if why and sys.platform == "linux" and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=binary, args=QUIET)
        yield started
        started.close()

"""MQL5 sources -> programs for this machine, with g++ and its sanitizers; each is built once a test run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from tests.mql5.translate import Program, translate

SHIM = Path(__file__).with_name("shim")
FLAGS = (
    *("-std=c++20", "-O0", "-g1"),
    *("-fsanitize=address,undefined,float-divide-by-zero", "-fno-sanitize-recover=all"),
    *("-Wall", "-Wextra", "-Wconversion", "-Werror"),
    "-Wno-unused-parameter",  # a handler has the parameters that MQL5 gives it
)


class BuildError(Exception):
    """A source is no MQL5 of this project, or g++ refuses what it became."""


def build(source: Path, includes: Path, cache: Path) -> Path:
    """Return the program of an MQL5 source, built below `cache` unless it stands there.

    BuildError says what the lint or the compiler says.
    """
    program = translate(source, includes)
    if program.complaints:
        raise BuildError("\n".join(program.complaints))
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):  # the workers of a test run share the cache
        return _linked(source.stem, program, cache)


def _linked(name: str, program: Program, cache: Path) -> Path:
    parts = [*sorted(SHIM.iterdir()), Path(__file__)]
    shim = cache / f"shim-{_digest(*(part.read_bytes() for part in parts))}"
    binary = shim / f"{name}-{_digest(program.text.encode())}"
    if binary.exists():
        return binary
    objects = _shim(shim)
    translated = binary.with_suffix(".cpp")
    translated.write_text(program.text, encoding="utf-8")
    _compile("-I", str(shim), "-include", "mql5.hpp", str(translated), *objects, "-o", f"{binary}.new")
    return Path(f"{binary}.new").replace(binary)


def _shim(folder: Path) -> list[str]:
    """Compile what all programs share: the header, and the functions of the terminal."""
    sources = sorted(SHIM.glob("*.cpp"))
    if not folder.is_dir():
        making = folder.with_suffix(".new")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(SHIM, making)
        header = str(making / "mql5.hpp")
        _compile("-x", "c++-header", header, "-o", f"{header}.gch")
        shared = ("-I", str(making), "-include", "mql5.hpp", "-c")
        with ThreadPoolExecutor(2) as two:
            calls = [
                two.submit(_compile, *shared, str(path), "-o", str(making / f"{path.stem}.o"))
                for path in sources
            ]
            for call in calls:
                call.result()
        making.rename(folder)
    return [str(folder / f"{path.stem}.o") for path in sources]


def _compile(*arguments: str) -> None:
    compiler = shutil.which("g++")
    assert compiler is not None
    done = subprocess.run([compiler, *FLAGS, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(done.stderr)


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]

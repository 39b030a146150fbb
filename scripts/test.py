"""Run every check: formatting, lint, types, tests. `--fix` mends formatting and lint first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import run

COVERAGE = ["--cov=assistant.core", "--cov-branch", "--cov-fail-under=100", "--cov-report=term-missing"]
WORKERS = (os.cpu_count() or 1) + 1  # one more than cores: some tests wait for processes that they killed
ALL_CORES = ["-n", str(WORKERS), "--dist", "worksteal"]  # neighbours share what was made for them


def steps(*, fix: bool, pytest_arguments: Sequence[str]) -> Iterator[list[str]]:
    """The checks in their order, each as the arguments of `python -m`."""
    if fix:
        yield ["ruff", "check", "--fix", "--exit-zero", "--quiet", "."]
        yield ["ruff", "format", "."]
    yield ["ruff", "format", "--check", "."]
    yield ["ruff", "check", "."]
    yield ["mypy"]
    yield ["pytest", *(pytest_arguments or [*ALL_CORES, *COVERAGE])]


def main(arguments: Sequence[str]) -> int:
    """The exit code of the first check that fails; 0 if none does."""
    fix = "--fix" in arguments
    python = run.prepare(run.ROOT / ".venv-checks", run.ROOT / "tests" / "constraints.txt")
    os.chdir(run.ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the tests start the assistant a hundred times
    given = [word for word in arguments if word != "--fix"]
    with ExitStack() as beside:
        if not given:  # while lint and types take one core: what this compiles is kept for the tests
            collect = [str(python), "-m", "pytest", "--collect-only", "--quiet"]
            beside.enter_context(
                subprocess.Popen(collect, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            )
        for step in steps(fix=fix, pytest_arguments=given):
            print("== " + " ".join(step), flush=True)
            code = run.follow([str(python), "-m", *step])
            if code != 0:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(run.guarded(lambda: main(sys.argv[1:])))

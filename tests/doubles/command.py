"""`assistant` inside this process: what it prints, and how it ends."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from loguru import logger

from assistant import cli

_built = cache(typer.main.get_command)  # typer builds its commands anew at each call, for 6 ms


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        assert self.out.count("\n") == 1
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def error(self) -> str:
        """The one line on stderr, with nothing on stdout."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("error: ")
        return self.err.removeprefix("error: ").removesuffix("\n")


class Command:
    """`assistant` inside this process, in a home of its own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.home, self._capsys, self._patch = home, capsys, patch

    def __call__(self, *words: str) -> Result:
        self._capsys.readouterr()
        self._patch.setattr(sys, "argv", ["assistant", *words])
        self._patch.setattr(typer.main, "get_command", _built)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        logger.remove()  # closes the operational log
        code = ended.value.code
        return Result(code if isinstance(code, int) else int(code is not None), *self._capsys.readouterr())

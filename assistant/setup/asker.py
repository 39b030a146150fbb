"""Asking: a line that explains, a question, a default that Enter takes; or the defaults, unattended."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_WIDEST = 100  # columns of a line
_YES, _NO = ("y", "yes"), ("n", "no")


class Asker:
    """Asks on a console, or takes every default."""

    def __init__(
        self, read: Callable[[str], str], say: Callable[[str], None], *, yes: bool, width: int
    ) -> None:
        """Take what reads an answer to a prompt and what prints a line; `yes` takes the defaults unasked."""
        self._read, self._put, self._yes = read, say, yes
        self._width = max(40, min(width, _WIDEST))

    def say(self, text: str = "", further: str = "") -> None:
        """Print a text, wrapped; `further` stands before each line but the first."""
        lines = textwrap.wrap(
            text,
            self._width,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [""]:
            self._put(line)

    def verbatim(self, text: str) -> None:
        """Print a text line by line as it is."""
        for line in text.splitlines():
            self._put(line)

    def ask(
        self,
        question: str,
        explained: str,
        default: str,
        parse: Callable[[str], _T],
        lines: Sequence[str] = (),
        indent: int = 6,
    ) -> _T:
        """Return the answer; `parse` raises ValueError, with a sentence, for one that does not fit.

        `lines` stand between what is explained and the question, what is wrapped of them `indent` columns in.
        """
        self.say()
        self.say(explained)
        for line in lines:
            self.say(line, " " * indent)
        if self._yes:
            self.say(f"{question}: {default}")
            return parse(default)
        while True:
            answer = self._read(f"{question} [{default}]: ").strip()
            try:
                return parse(answer or default)
            except ValueError as error:
                self.say(f"  {error}")

    def whether(self, question: str, explained: str, *, default: bool = False) -> bool:
        """Return the answer to a question of yes or no."""

        def parse(answer: str) -> bool:
            if answer.lower() not in (*_YES, *_NO):
                raise ValueError(f"was {answer!r}; y or n is expected")
            return answer.lower() in _YES

        return self.ask(f"{question} y/n", explained, "y" if default else "n", parse)

    def choose(self, question: str, explained: str, choices: Mapping[str, str], default: str) -> str:
        """Return one of the choices (word -> what it means), by its word or its first letters."""

        def parse(answer: str) -> str:
            fits = [word for word in choices if word.startswith(answer.lower())]
            if answer.lower() in choices:
                return answer.lower()
            if len(fits) != 1:
                raise ValueError(f"was {answer!r}; one of {', '.join(choices)} is expected")
            return fits[0]

        longest = max(map(len, choices))
        told = [f"  {word:<{longest}}  {meaning}" for word, meaning in choices.items()]
        return self.ask(question, explained, default, parse, told, longest + 4)

    def pick(self, question: str, explained: str, lines: Sequence[str], default: int) -> int:
        """Return the number, from 1, of one of the lines; 0 for none of them."""

        def parse(answer: str) -> int:
            if not (answer.isascii() and answer.isdigit() and int(answer) <= len(lines)):
                raise ValueError(f"was {answer!r}; a number from 0 to {len(lines)} is expected")
            return int(answer)

        numbered = [f"  {number:>2}  {line}" for number, line in enumerate(lines, 1)]
        return self.ask(question, explained, str(default), parse, numbered)

"""MQL5 sources as tokens: the little that the translation and the lint need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPERATORS = r"<<=|>>=|->|::|\+\+|--|<<|>>|&&|\|\||[<>=!+\-*/%&|^]=|."
_PATTERNS = {
    "directive": r"#(?:\\\r?\n|/(?![/*])|[^/\n])*",  # as far as a comment or the line's end
    "blank": r"\s+",
    "comment": r"//[^\n]*|/\*.*?\*/",
    "string": r'"(?:\\.|[^"\\\n])*"',
    "literal": r"[CD]'[^'\n]*'",  # a colour or a time
    "character": r"'(?:\\.|[^'\\\n])'",
    "name": r"[A-Za-z_]\w*",
    "number": r"\.?\d(?:[\w.]|(?<=[eE])[+-])*",
    "operator": _OPERATORS,
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()), re.DOTALL)


@dataclass
class Token:
    """One token, in place; `text` may be rewritten."""

    kind: str
    text: str
    line: int

    @property
    def told(self) -> bool:
        """Whether it takes part in the grammar."""
        return self.kind not in {"blank", "comment", "directive"}


def tokens(source: str) -> Iterator[Token]:
    """Cut a source into tokens; joined, their texts are the source."""
    line = 1
    for match in _TOKEN.finditer(source):
        kind = match.lastgroup
        assert kind is not None
        yield Token(kind, match.group(), line)
        line += match.group().count("\n")


class Grammar:
    """The tokens that take part in the grammar, with a way to look around that never leaves them."""

    def __init__(self, source: list[Token]) -> None:
        self.tokens = [token for token in source if token.told]

    def __len__(self) -> int:
        return len(self.tokens)

    def text(self, at: int) -> str:
        """Return a token's text; nothing beyond the ends."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        """Return a token's kind; nothing beyond the ends."""
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def line(self, at: int) -> int:
        """Return the line a token stands in."""
        return self.tokens[min(at, len(self.tokens) - 1)].line

    def put(self, at: int, text: str) -> None:
        """Write another text in the place of a token."""
        self.tokens[at].text = text

    def closing(self, at: int) -> int:
        """Return where the bracket that opens at `at` closes; the last token where it does not."""
        opening = self.text(at)
        closing = {"(": ")", "[": "]", "{": "}"}[opening]
        depth = 0
        for to in range(at, len(self.tokens)):
            depth += (self.text(to) == opening) - (self.text(to) == closing)
            if depth == 0:
                return to
        return len(self.tokens) - 1

    def texts(self, start: int, end: int) -> list[str]:
        """Return the texts from `start` to before `end`."""
        return [self.text(at) for at in range(start, end)]

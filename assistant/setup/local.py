"""Answers -> the text of config/local.yaml: what differs from the defaults, each with a comment."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

import yaml

Data = dict[str, Any]


def with_answers(own: Mapping[str, Any], answers: Mapping[str, Any], defaults: Mapping[str, Any]) -> Data:
    """Return a user's own settings with the answers laid over them.

    An answer that is the default is left out, unless the user's own setting says otherwise.
    """
    merged = dict(own)
    for key, answer in answers.items():
        before, default = merged.get(key), defaults.get(key)
        if isinstance(answer, Mapping):
            below = before if isinstance(before, Mapping) else {}
            laid = with_answers(below, answer, default if isinstance(default, Mapping) else {})
            if laid:
                merged[key] = laid
        elif key in own or key not in defaults or answer != default:
            merged[key] = answer
    return merged


def as_yaml(data: Mapping[str, Any], comments: Mapping[str, str], head: str) -> str:
    """Return settings as YAML text; `comments` stand by key (sizing.risk_per_trade), `head` above all."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    if data:
        lines += ["", *_lines(data, comments, (), 0)]
    return "\n".join(lines) + "\n"


def _lines(
    data: Mapping[str, Any], comments: Mapping[str, str], path: tuple[str, ...], depth: int
) -> Iterator[str]:
    for key, value in data.items():
        here = (*path, key)
        comment = comments.get(".".join(here))
        tail = f"  # {comment}" if comment else ""
        lead = f"{'  ' * depth}{_scalar(key)}:"
        if isinstance(value, Mapping) and value:
            yield lead + tail
            yield from _lines(value, comments, here, depth + 1)
        else:
            yield f"{lead} {_scalar(value)}{tail}"


def _scalar(value: object) -> str:
    """Write a value, or a list of them, on one line."""
    told = yaml.safe_dump(value, default_flow_style=True, width=inf, allow_unicode=True)
    return str(told).removesuffix("...\n").strip()

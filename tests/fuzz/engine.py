"""Real documents made hostile, case by case from a seed, and what a reader may do with one.

A case may be refused by an AssistantError or read as a value. All else is a fault: another exception, a file
written outside the reader's folder, a program started, a connection elsewhere, too much time or memory.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from assistant.errors import AssistantError
from tests.doubles.watch import watched

SLOWEST = 3.0  # seconds of one case; the machine may be busy
LARGEST = 300_000_000  # bytes by which all cases of an input together may make this process larger
HOSTILE_NUMBERS = (
    *("1e308", "-1e308", "1e309", "1e-320", "NaN", "Infinity", "-Infinity", "0", "-0.0", "-1", "0x10", "1_0"),
    *(str(2**63), str(-(2**63) - 1), "1" + "0" * 400, "9" * 5000, "1.5", "true", "null", '"7"', "1e5"),
)
HOSTILE_TEXTS = (
    *(
        "",
        " ",
        "../../x",
        "/etc/passwd",
        "..\\..\\x",
        "C:\\Windows\\x",
        "CON",
        "\x00",
        "a" * 20_000,
        "|",
        "\n",
    ),
    *(
        "\u202e",
        "\ud800",
        "é",
        "%s%n",
        "{0.__class__}",
        "__import__('os').system('true')",
        "[red]x[/blue]",
        "[/]",
    ),
    *(
        "https://user:secret@example.org",
        "NaN",
        "-5",
        "=1+1",
        "٣",
        "\U0001d7cf",
        "\u2028",
        "IWM\r",
        "advice:-7",
        "\x1b[2J",
    ),
)
HOSTILE_DATES = (
    *("0001-01-01", "9999-12-31", "2019-02-30", "2019-W01-1", "0001-01-01T00:00:00+14:00", "20181226"),
    *("9999-12-31T23:59:59.999999-14:00", "2018-12-26T15:30:00", "2018-12-26T24:00Z", "1970-01-01T00:00:00Z"),
)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE_YAML = (
    BOMB,
    '!!python/object/apply:os.system ["touch PWNED"]\n',
    'x: !!python/object/new:os.system ["touch PWNED"]\n',
    "<<: {terminal: {module: os}}\n",
    "a: &a [*a]\n",
    "[" * 3000,
    "{a: " * 3000,
    "- " * 3000 + "x\n",
    "x: !!binary //8=\n",
    "x: !!timestamp 9999-99-99\n",
    "x: 2019-99-99\n",
    "x: 1:99:99\n",
    "? [a]\n: 1\n",
    "--- 1\n--- 2\n",
    "%TAG ! tag:x,2000:\n---\n!y z\n",
    "x: !!set {a, b}\n",
    "x: !!int a\n",
    "x: !!float a\n",
    "x: 0o9\n",
    "terminal: [\n",
)
_DATE = re.compile(rb"\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?")
_NUMBER = re.compile(rb"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.])")
_WORD = re.compile(rb"[A-Za-z_][\w/.]*")


@dataclass(frozen=True, slots=True)
class Input:
    """One kind of document that the program reads."""

    name: str
    corpus: tuple[bytes, ...]  # real documents
    kind: str  # json, lines (of JSON), yaml or text
    reader: Callable[[Path], Callable[[bytes], object]]  # of a folder of its own -> of a case
    sealed: Callable[[bytes], bytes] | None = None  # makes what a checksum would refuse pass it


@dataclass(slots=True)
class Report:
    """What so many cases came to."""

    cases: int = 0
    refused: int = 0
    slowest: float = 0.0  # seconds
    seconds: float = 0.0
    grown: int = 0  # bytes
    faults: list[str] = field(default_factory=list)  # one line each, with the case's number
    kinds: Counter[str] = field(default_factory=Counter)  # of faults


class _TooSlowError(BaseException):
    """A case took longer than it may; no `except Exception` of a reader swallows it."""


def run(one: Input, folder: Path, *, cases: int, seed: int = 1) -> Report:
    """Read so many cases, all made from a seed; each fault is kept as `<number> <what>`."""
    folder.mkdir(parents=True, exist_ok=True)
    read = one.reader(folder)
    for document in one.corpus:
        read(document)  # a real document is read; and what a first reading loads is loaded
    report, before, begun = Report(), _resident(), time.perf_counter()
    with watched(folder, servers=("127.0.0.1",)) as done:
        for number in range(cases):
            document = case(one, seed, number)
            started = time.process_time()
            fault = _fault(read, document, report)
            took = time.process_time() - started
            report.cases, report.slowest = report.cases + 1, max(report.slowest, took)
            if fault is None and took > SLOWEST:
                fault = f"took {took:.1f} s"
            for told in [fault, *done]:
                if told is not None:
                    report.faults.append(f"{one.name} case {number} of seed {seed}: {told}")
                    report.kinds[told] += 1
            done.clear()
    report.seconds, report.grown = time.perf_counter() - begun, _resident() - before
    if report.grown > LARGEST:
        report.faults.append(f"{one.name}: {report.grown} bytes more memory after all cases")
    return report


def _fault(read: Callable[[bytes], object], document: bytes, report: Report) -> str | None:
    """Read one case; say what is wrong with how that ended."""
    try:
        with _limited():
            read(document)
    except AssistantError as error:
        report.refused += 1
        clear = str(error).strip() and not any(len(line) > 1000 for line in str(error).splitlines())
        return None if clear else f"an unclear {type(error).__name__} of {len(str(error))} characters"
    except _TooSlowError:
        return f"took more than {SLOWEST:g} s"
    except MemoryError:
        return "MemoryError"
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        code = place.tb_frame.f_code if place else None
        where = f"{Path(code.co_filename).name}:{place.tb_lineno}" if code and place else ""
        return f"{type(error).__name__} at {where}: {str(error)[:100]!r}"
    return None


def case(one: Input, seed: int, number: int) -> bytes:
    """Return the case of a number: the same for the same seed, in any order."""
    chance = Random(f"{one.name} {seed} {number}")  # noqa: S311 -- no secret, and the same again
    document = chance.choice(one.corpus)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if one.kind in ("json", "lines") and chance.random() < 0.6:
            document = _in_json(document, chance, lines=one.kind == "lines")
        elif one.kind == "yaml" and chance.random() < 0.25:
            document = _in_yaml(document, chance)
        elif chance.random() < 0.5:
            document = _in_tokens(document, chance)
        else:
            document = chance.choice(_BYTES)(document, chance)
    return one.sealed(document) if one.sealed and chance.random() < 0.7 else document


@contextlib.contextmanager
def emptied() -> Iterator[Path]:
    """A folder that is there for a while: in memory where there is such a place, for a disk is slow."""
    place = Path("/dev/shm")  # noqa: S108 -- a folder of this process alone
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=place if place.is_dir() else None) as folder:
        yield Path(folder)


# Mutations


def _in_json(document: bytes, chance: Random, *, lines: bool) -> bytes:
    """Change one node of a document, or of one line of it; what is no JSON any more is left."""
    parts = document.split(b"\n") if lines else [document]
    place = chance.randrange(len(parts))
    try:
        tree = json.loads(parts[place])
    except (ValueError, RecursionError):
        return document
    nodes = list(_nodes(tree))
    if not nodes:
        return document
    holder, key = chance.choice(nodes)
    act = chance.randrange(6)
    if act == 0:
        del holder[key]
    elif act == 1 and isinstance(holder, list):
        holder += [holder[key]] * chance.choice((1, 50))
    elif act == 2:
        holder[key] = [holder[key]]
    else:
        holder[key] = "@@"
    raw = json.dumps(tree, separators=(",", ":"), ensure_ascii=chance.random() < 0.5)
    parts[place] = raw.encode("utf-8", "surrogatepass").replace(b'"@@"', _raw(chance))
    return b"\n".join(parts)


def _nodes(tree: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 -- JSON has no type
    """Yield each place in a tree: what holds it, and its key."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in list(items):
        yield tree, key
        yield from _nodes(value)


def _raw(chance: Random) -> bytes:
    """Return a hostile value as JSON text, or what looks like it."""
    act = chance.randrange(5)
    if act == 0:
        return chance.choice(HOSTILE_NUMBERS).encode()
    if act == 1:
        return json.dumps(chance.choice(HOSTILE_TEXTS)).encode()
    if act == 2:
        return json.dumps(chance.choice(HOSTILE_DATES)).encode()
    if act == 3:
        depth = chance.choice((10, 500, 20_000))
        return b"[" * depth + b"]" * depth
    return chance.choice((b"null", b"[]", b"{}", b"true", b'{"a":[1]}', b'""', b"[[]]", b"[null]"))


def _in_yaml(document: bytes, chance: Random) -> bytes:
    """Put something hostile to YAML between two lines, or in the place of everything, or of one value."""
    hostile = chance.choice(HOSTILE_YAML).encode()
    lines = document.split(b"\n")
    place = chance.randrange(len(lines))
    act = chance.randrange(3)
    if act == 0:
        return hostile
    if act == 1:
        return b"\n".join([*lines[:place], hostile, *lines[place:]])
    key, colon, _ = lines[place].partition(b":")
    lines[place] = key + colon + b" " + chance.choice((*HOSTILE_NUMBERS, "&a x", "*a", "!!str", "|")).encode()
    return b"\n".join(lines)


def _in_tokens(document: bytes, chance: Random) -> bytes:
    """Put a hostile number, date or word in the place of one."""
    pattern, values = chance.choice(
        ((_NUMBER, HOSTILE_NUMBERS), (_DATE, HOSTILE_DATES), (_WORD, HOSTILE_TEXTS), (_NUMBER, HOSTILE_DATES))
    )
    found = list(pattern.finditer(document))
    if not found:
        return document
    place = chance.choice(found)
    new = chance.choice(values).encode("utf-8", "surrogatepass")
    return document[: place.start()] + new + document[place.end() :]


def _flipped(document: bytes, chance: Random) -> bytes:
    changed = bytearray(document or b"\0")
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(document: bytes, chance: Random) -> bytes:
    return document[: chance.randrange(len(document) + 1)]


def _nul_tail(document: bytes, chance: Random) -> bytes:
    return _cut(document, chance) + b"\0" * chance.choice((1, 512, 4096))


def _hole(document: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randrange(len(document) + 1) for _ in range(2))
    return document[:start] + b"\0" * chance.choice((0, end - start)) + document[end:]


def _line_again(document: bytes, chance: Random) -> bytes:
    lines = document.split(b"\n")
    line = chance.choice(lines)
    place = chance.randrange(len(lines) + 1)
    return b"\n".join([*lines[:place], *[line] * chance.choice((1, 20)), *lines[place:]])


def _lines_swapped(document: bytes, chance: Random) -> bytes:
    lines = document.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _long_line(document: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(document) + 1)
    return document[:place] + chance.choice((b"x", b"9", b" ", b",", b"[")) * 50_000 + document[place:]


def _recoded(document: bytes, chance: Random) -> bytes:
    text = document.decode("utf-8", "replace")
    return chance.choice(
        (
            text.encode("utf-16"),
            text.encode("utf-32-be"),
            text.replace(" ", "é").encode("latin-1", "replace"),
            b"\xef\xbb\xbf" + document,
            document.replace(b"\n", b"\r\n"),
            document.replace(b"\n", b"\r"),
        )
    )


def _something_else(_: bytes, chance: Random) -> bytes:
    return chance.choice(
        (
            b"",
            b"\0" * 4096,
            b"\n\n\n",
            b"null",
            b"[]",
            b"{}",
            b"<html>",
            chance.randbytes(300),
            b'"',
            b"\xff\xfe",
        )
    )


_BYTES: Sequence[Callable[[bytes, Random], bytes]] = (
    *(_flipped, _flipped, _cut, _nul_tail, _hole, _line_again),
    *(_lines_swapped, _long_line, _recoded, _something_else),
)


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """End a case that takes too long, where the system has an alarm clock."""
    if sys.platform == "win32":
        yield
        return

    def late(_: int, __: FrameType | None) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 3 * SLOWEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _resident() -> int:
    """Return the largest size that this process has had, in bytes; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 -- not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def told(reports: Mapping[str, Report]) -> Iterator[str]:
    """Say what each input came to, a line each, and then its faults by kind."""
    for name, one in reports.items():
        yield (
            f"{name:<12} {one.cases:>6} cases, {one.refused:>6} refused, {one.cases / one.seconds:.0f} a s, "
            f"slowest {one.slowest * 1000:.0f} ms, {one.grown / 1e6:.0f} MB more, {len(one.faults)} faults"
        )
    for one in reports.values():
        for kind, times in one.kinds.most_common():
            first = next((line for line in one.faults if line.endswith(kind)), kind)
            yield f"  {times} times: {first}"

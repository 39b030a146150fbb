"""What a wheel of the package MetaTrader5 holds, read without running any of it.

`python -m tests.terminal.wheel FILE.whl > tests/terminal/mt5_wheel.json` makes the stored answer. The Python
part is parsed; of the binary the tables are read that CPython is given: PyMethodDef, PyStructSequence_Desc.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from
from typing import Any

CALLING = {1: "METH_VARARGS", 3: "METH_VARARGS|METH_KEYWORDS", 4: "METH_NOARGS"}  # CPython's methodobject.h
STRUCT_NAMES = 3  # pointers before the count in a PyStructSequence_Desc: name, doc, fields


class Binary:
    """A 64-bit Windows library (the Portable Executable format) as the loader would map it."""

    def __init__(self, content: bytes) -> None:
        header = unpack_from("<I", content, 0x3C)[0]
        sections, optional = (
            unpack_from("<H", content, header + 6)[0],
            unpack_from("<H", content, header + 20)[0],
        )
        self.content = content
        self.base: int = unpack_from("<Q", content, header + 24 + 24)[0]
        table = header + 24 + optional
        self.sections = [unpack_from("<8sIIII", content, table + 40 * number) for number in range(sections)]

    def place(self, address: int) -> int | None:
        """Where in the file an address is kept."""
        for _, size, start, kept, at in self.sections:
            if start <= address - self.base < start + min(size, kept):
                return int(at + address - self.base - start)
        return None

    def text(self, address: int) -> str | None:
        """The text at an address, None where there is none."""
        at = self.place(address)
        if at is None:
            return None
        found = self.content[at : self.content.index(b"\0", at)]
        return (
            found.decode("ascii") if found and all(32 <= sign < 127 or sign == 10 for sign in found) else None
        )

    def words(self) -> Iterator[int]:
        """Places in the file of all aligned 8-byte words of data."""
        for name, size, _, kept, at in self.sections:
            if name.rstrip(b"\0") in {b".data", b".rdata"}:
                yield from range(at, at + min(size, kept) - 32, 8)

    def functions(self) -> dict[str, str]:
        """Name and calling convention of each function of a method table."""
        found = {}
        for at in self.words():
            name, code, flags, _ = unpack_from("<QQQQ", self.content, at)
            if flags in CALLING and self.place(code) and (text := self.text(name) or "").isidentifier():
                found[text] = CALLING[flags]
        return found

    def structs(self) -> dict[str, list[str]]:
        """Name and fields of each struct sequence type."""
        found = {}
        for at in self.words():
            name, doc, fields, count = unpack_from("<QQQQ", self.content, at)
            title, first = self.text(name), self.place(fields)
            if title and first and self.place(doc) and 1 < count < 200:
                names = [
                    self.text(unpack_from("<Q", self.content, first + 16 * number)[0])
                    for number in range(count)
                ]
                if all(names) and unpack_from("<Q", self.content, first + 16 * count)[0] == 0:
                    found[title] = [str(one) for one in names]
        return found


def value(node: ast.expr) -> int | str:
    """The value of a constant's expression: a number, a text, -1, or numbers joined by |."""
    if isinstance(node, ast.BinOp):
        assert isinstance(node.op, ast.BitOr)
        return int(value(node.left)) | int(value(node.right))
    found: int | str = ast.literal_eval(node)
    return found


def read(wheel: Path) -> dict[str, Any]:
    """Read off the wheel: hash, constants, functions and how they are called, struct types, helpers."""
    with zipfile.ZipFile(wheel) as archive:
        module = ast.parse(archive.read("MetaTrader5/__init__.py"))
        (library,) = [name for name in archive.namelist() if name.endswith(".pyd")]
        binary = Binary(archive.read(library))
    names = {
        target.id: value(node.value)
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    imports = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {
        "wheel": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "version": names["__version__"],
        "constants": {name: number for name, number in names.items() if not name.startswith("__")},
        "imports": [ast.unparse(node) for node in imports],
        "helpers": [node.name for node in module.body if isinstance(node, ast.FunctionDef)],
        "functions": binary.functions(),
        "structs": binary.structs(),
    }


def told(facts: dict[str, Any], depth: int = 2) -> str:
    """JSON with one line for each entry of the outer tables."""
    blank = " " * (3 - depth)
    entries = []
    for name, one in facts.items():
        inner = told(one, depth - 1) if isinstance(one, dict) and depth > 1 else json.dumps(one)
        entries.append(f"{blank}{json.dumps(name)}: {inner}")
    return "{\n" + ",\n".join(entries) + "\n" + blank[1:] + "}"


if __name__ == "__main__":
    sys.stdout.write(told(read(Path(sys.argv[1]))) + "\n")

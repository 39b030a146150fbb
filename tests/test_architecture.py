"""What the parts of the package may know of each other, and what none of them may name."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import assistant
from assistant.core import FLOW

ROOT = Path(assistant.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
CORE = [path for path in MODULES if path.parent == ROOT / "core"]

EDGES = (
    *("clock", "home", "terminal", "macro", "history", "notes", "overrides", "outputs", "reports", "study"),
    *("config", "confirmed", "funded", "rehearsal", "yaml_text"),
)
KNOWS = {  # a part of the package -> the parts it may import beside itself
    "core": set(),
    "errors": set(),
    **{edge: {"core", "errors"} for edge in EDGES},
    "history": {"core", "errors", "outputs"},  # which reads and writes files whole
    "notes": {"core", "errors", "outputs"},  # likewise
    "config": {"core", "errors", "macro", "overrides", "outputs", "yaml_text"},  # settings, files
    "macro": {"core", "errors", "outputs"},  # which writes files so that a reader never sees a part
    "overrides": {"core", "errors", "outputs"},  # likewise, and the journal's form of one
    "confirmed": {"core", "errors", "outputs"},  # likewise, and of a contract
    "reports": {"core", "errors", "study", "terminal"},  # which it draws; the clock of a server
    "funded": {"core", "errors", "config", "terminal", "outputs"},  # YAML, history, files written whole
    "rehearsal": {"core", "errors", "config", "terminal"},  # YAML, and what the paper terminal can fail with
    "panel": {"errors", "outputs"},  # which puts files in place
    "autostart": {"errors"},
    "setup": {"core", "errors", *EDGES, "source", "doctor"},
    "doctor": {"core", "errors", *EDGES, "source", "panel", "autostart"},
    "source": {"core", "errors", *EDGES},
    "faults": {"core", "errors"},
    "alerting": {"core", "errors", "config", "outputs"},
    "login": {"core", "errors", *EDGES, "source"},
    "reviewer": {"core", "errors", "clock", "config", "outputs", "terminal"},
    "apart": {"core", "outputs", "terminal"},
    "reviewing": {"core", "errors", *EDGES, "reviewer", "apart"},
    "once": {"core", "errors", "config", "source", "login"},
    "app": {"core", "errors", *EDGES, "source", "login", "alerting", "faults", "reviewer"},
    "replaying": {"core", "errors", "clock", "outputs", "__init__"},
    "answer": {"core", "errors", "clock", "outputs"},
    "light": {"core", "errors", "home", "answer"},
    "accounts": {"errors", "source", "app"},
    "watchdog": {"clock"},  # it runs all day beside its child, and stays small
    "cli": {
        *("core", "errors", *EDGES, "source", "app", "once", "accounts"),
        *("answer", "replaying", "panel", "autostart", "doctor", "setup", "watchdog", "reviewing"),
        "reviewer",
    },
    "__main__": {"light", "cli", "watchdog"},
    "__init__": set(),
}
PURE = {  # what core may import from outside the package
    "annotated_types",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "math",
    "operator",
    "typing",
    "zoneinfo",  # the type of a zone that the caller made
}
SENDS = re.compile(
    r"order_send|order_check|OrderSend|CTrade|PositionClose|\.Buy\(|\.Sell\(|\.Close\(|\.login\(|mt5\.login"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part(path: Path) -> str:
    """The part of the package a module belongs to: its folder, or itself."""
    return Path(path.relative_to(ROOT).parts[0]).stem


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), path.name)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def imported(path: Path) -> Iterator[str]:
    """Full names of all modules that are imported anywhere in a module."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno} imports by a relative name"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a module is imported: all but the bodies of functions."""
    for node in nodes:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for field in ("body", "orelse", "finalbody"):
                yield from at_import(getattr(node, field, []))


def attributes(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs such as ("datetime", "now") for every dotted name in a module."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            before = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield before, node.attr


def test_flow_names_every_module_of_core() -> None:
    assert set(FLOW) == {path.stem for path in CORE} - {"__init__"}
    assert len(set(FLOW)) == len(FLOW)


@pytest.mark.parametrize("module", FLOW)
def test_a_module_of_core_imports_only_modules_above_it_in_flow(module: str) -> None:
    above = FLOW[: FLOW.index(module)]
    for full in imported(ROOT / "core" / f"{module}.py"):
        if full.startswith("assistant"):
            parts = full.split(".")
            assert parts[:2] == ["assistant", "core"], full
            assert parts[2] in above, full
        else:
            assert full.split(".")[0] in PURE, full


@pytest.mark.parametrize("path", CORE, ids=name)
def test_core_has_no_clock_no_file_and_prints_nothing(path: Path) -> None:
    clock = {"now", "utcnow", "today", "fromtimestamp"}
    assert not [pair for pair in attributes(path) if pair[0] in {"datetime", "date"} and pair[1] in clock]
    called = {
        node.func.id for node in nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval", "__import__"}
    assert not re.search(r"datetime\.now|utcnow|time\.time|\bopen\(", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [path for path in MODULES if name(path) != "clock.py"], ids=name)
def test_only_the_clock_asks_what_time_it_is(path: Path) -> None:
    asked = {
        pair
        for pair in attributes(path)
        if (pair[0] in {"datetime", "date"} and pair[1] in {"now", "utcnow", "today"})
        or (pair[0] == "time" and pair[1] in {"time", "time_ns", "monotonic", "perf_counter", "sleep"})
    }
    allowed = {("time", "sleep")} if name(path) == "outputs/files.py" else set()
    assert asked <= allowed
    names_of_time = {full for full in imported(path) if full.startswith("time.")}
    assert not names_of_time


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_parts_know_only_the_parts_below_them(path: Path) -> None:
    own = part(path)
    assert own in KNOWS, f"{own} has no place in the order of the parts"
    for full in imported(path):
        package, _, rest = full.partition(".")
        other = rest.split(".")[0]
        if package == "assistant" and other not in {own, "__version__"}:
            assert other in KNOWS[own], f"{name(path)} imports {full}"


def test_nothing_in_the_package_names_something_that_sends_or_logs_in() -> None:
    sources = [path for path in ROOT.rglob("*") if path.suffix in {".py", ".mq5", ".mqh"}]
    found = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if SENDS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_terminal_code_imports_metatrader5(path: Path) -> None:
    uses = any(full.split(".")[0] == "MetaTrader5" for full in imported(path))
    assert not uses or part(path) == "terminal"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_importing_a_module_does_not_import_pandas(path: Path) -> None:
    for node in at_import(tree(path).body):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [one for one in names if one.split(".")[0] == "pandas"], f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path)), name(path)

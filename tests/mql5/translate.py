"""One MQL5 program -> one C++ translation unit over the shim.

What differs between the languages and matters here is rewritten; line numbers stay, so that g++ and the
sanitizers name a line of the MQL5 source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.mql5.api import functions
from tests.mql5.lint import lint
from tests.mql5.tokens import Grammar, Token, tokens

_HANDLERS = {  # handler -> what the driver calls
    "OnInit": "[] { return static_cast<int>(OnInit()); }",
    "OnDeinit": "[](int reason) { OnDeinit(reason); }",
    "OnTimer": "[] { OnTimer(); }",
    "OnTick": "[] { OnTick(); }",
    "OnStart": "[] { OnStart(); }",
    "OnCalculate": "[] { return calculate(); }",
    "OnChartEvent": "[](int id, long number, double value, const string &text)"
    " { OnChartEvent(id, number, value, text); }",
}
_CALCULATE = """static int calculate() {
    Arr<datetime> time = Arr<datetime>::dim(100);
    Arr<double> price = Arr<double>::dim(100);
    Arr<long> volume = Arr<long>::dim(100);
    Arr<int> spread = Arr<int>::dim(100);
    return %s;
}
"""
_CALLS = {
    True: "OnCalculate(100, 0, time, price, price, price, price, volume, volume, spread)",
    False: "OnCalculate(100, 0, 0, price)",
}
_VARIABLES = {"_Symbol": "Symbol()", "_Period": "Period()", "_LastError": "GetLastError()"}
_VARIABLES |= {"_Digits": "static_cast<int>(SymbolInfoInteger(Symbol(), SYMBOL_DIGITS))"}
_VARIABLES |= {"_Point": "SymbolInfoDouble(Symbol(), SYMBOL_POINT)"}
_NOT_CALLED = re.compile(
    r"if|for|while|switch|return|sizeof|EnumToString|static_cast|"
    r"u?(int|long|short|char)|double|float|bool|string|datetime|color"
)
_WAITS = re.compile(r"Calendar[A-Z]\w+|Sleep")
_NO_TYPE = frozenset({"return", "delete", "new", "case", "else", "const", "static", "virtual", "operator"})


@dataclass
class Program:
    """A program as it is translated."""

    includes: Path  # the folder that <...> is looked up in
    text: str = ""
    complaints: list[str] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)
    handlers: dict[str, list[str]] = field(default_factory=dict)  # with the words of their parameters
    called: dict[str, str] = field(default_factory=dict)  # functions -> where one of the calls stands
    defined: set[str] = field(default_factory=set)  # functions and types
    files: set[Path] = field(default_factory=set)


def translate(source: Path, includes: Path) -> Program:
    """Translate a program with all it includes; what the lint says is in `complaints`."""
    program = Program(includes)
    body = _file(source, program)
    known = program.defined | functions().keys()
    program.complaints += [
        f"{where}: {name} is no function of the shim"
        for name, where in program.called.items()
        if name not in known and not _NOT_CALLED.fullmatch(name)
    ]
    indicator = "OnCalculate" in program.handlers
    if indicator and ("indicator_chart_window", "") not in program.properties:
        program.complaints.append(f"{source.name}: an indicator needs #property indicator_chart_window")
    program.complaints += [
        f"{where}: {name} waits, and an indicator's charts with it"
        for name, where in program.called.items()
        if indicator and _WAITS.fullmatch(name)
    ]
    pairs = ", ".join(f"{{{_quoted(name)}, {_quoted(value)}}}" for name, value in program.properties)
    calls = ", ".join(call if name in program.handlers else "nullptr" for name, call in _HANDLERS.items())
    calculate = _CALCULATE % _CALLS["open" in program.handlers.get("OnCalculate", [])] if indicator else ""
    program.text = (
        f'{body}\n#line 1 "handlers"\n{calculate}'
        f"const mql::Program mql::program = {{{calls}, {str(indicator).lower()}, {{{pairs}}}}};\n"
    )
    return program


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _file(path: Path, program: Program) -> str:
    """Translate one file; empty where it has been included before, which its guard would make it anyway."""
    if path in program.files:
        return ""
    program.files.add(path)
    source = path.read_bytes().decode()
    stream = list(tokens(source))
    program.complaints += lint(path.name, source, stream)
    grammar = Grammar(stream)
    _constants(stream)
    for at in range(len(grammar)):
        _names(grammar, at, path, program)
        _input(grammar, at)
        _enumeration(grammar, at)
        _array(grammar, at)
        _handler(grammar, at, program)
    text = "".join(_directive(token, path, program) for token in stream)
    return f"#line 1 {_quoted(str(path))}\n{text}"


def _constants(stream: list[Token]) -> None:
    """Write literals and the terminal's variables as the shim has them."""
    for token in stream:
        if token.kind == "string":
            token.text += "_s"
        elif token.kind == "character":
            token.text = f"static_cast<ushort>(u{token.text})"
        elif token.kind == "literal" and token.text[0] == "C":
            token.text = f"mql::rgb({token.text[2:-1]})"
        elif token.kind == "literal":
            token.text = f'mql::moment("{token.text[2:-1]}")'
        elif token.kind == "name":
            token.text = _VARIABLES.get(token.text, token.text)


def _directive(token: Token, path: Path, program: Program) -> str:
    """Write a line that begins with `#`; other tokens stay."""
    if token.kind != "directive":
        return token.text
    word, _, rest = token.text[1:].strip().partition(" ")
    rest = rest.strip()
    if word == "property":
        name, _, value = rest.partition(" ")
        program.properties.append((name, value.strip().strip('"')))
        return ""
    if word == "include":
        name = rest[1:-1].replace("\\", "/")
        target = (path.parent if rest.startswith('"') else program.includes) / name
        if not target.is_file() or target.name not in {one.name for one in target.parent.iterdir()}:
            program.complaints.append(f"{path.name}:{token.line}: there is no {rest}")
            return ""
        return _file(target, program) + f"\n#line {token.line} {_quoted(str(path))}\n"
    if word == "define":
        program.defined.add(re.split(r"\W", rest)[0])
        return re.sub(r'"(?:\\.|[^"\\])*"', lambda match: match[0] + "_s", token.text)
    return token.text


def _names(grammar: Grammar, at: int, path: Path, program: Program) -> None:
    """Note what is defined, and which functions are called; g++ knows many that MQL5 does not."""
    before, name = grammar.text(at - 1), grammar.text(at)
    if grammar.kind(at) != "name":
        return
    if before in {"class", "struct", "enum"}:
        program.defined.add(name)
    elif grammar.text(at + 1) == "(" and before != ".":
        if grammar.kind(at - 1) == "name" and before not in _NO_TYPE:
            program.defined.add(name)
        else:
            program.called.setdefault(name, f"{path.name}:{grammar.line(at)}")


def _input(grammar: Grammar, at: int) -> None:
    """`input T name=value;`: a constant that the driver may set. `input group "..."` only orders a dialog."""
    if grammar.text(at) not in {"input", "sinput"}:
        return
    end = at
    while grammar.text(end) not in {";", ""} and not (
        grammar.text(at + 1) == "group" and grammar.kind(end) == "string"
    ):
        end += 1
    if grammar.text(at + 1) == "group":
        for to in range(at, min(end + 1, len(grammar))):
            grammar.put(to, "")
        return
    kind, name = grammar.text(at + 1), grammar.text(at + 2)
    grammar.put(at, "const")
    grammar.put(at + 3, f'= mql::input<{kind}>("{name}", ')
    grammar.put(end, ");")


def _enumeration(grammar: Grammar, at: int) -> None:
    """Give each enumeration of a source its EnumToString."""
    if grammar.text(at) != "enum" or grammar.text(at + 2) != "{":
        return
    end, name = grammar.closing(at + 2), grammar.text(at + 1)
    values = [grammar.text(to) for to in range(at + 3, end) if grammar.text(to - 1) in {"{", ","}]
    cases = " ".join(f'case {value}: return "{value}"_s;' for value in values)
    head = f"; [[maybe_unused]] static string EnumToString({name} value)"
    grammar.put(end + 1, f"{head} {{ switch (value) {{ {cases} }} return string(); }}")


def _array(grammar: Grammar, at: int) -> None:
    """`T &name[]` -> `Arr<T> &name`; `T name[];`, `T name[n];` and `T name[]={...};` likewise."""
    text = grammar.text
    if text(at + 1) == "&" and grammar.kind(at + 2) == "name" and text(at + 3) == "[" and text(at + 4) == "]":
        grammar.put(at, f"Arr<{text(at)}>")
        grammar.put(at + 3, "")
        grammar.put(at + 4, "")
        return
    two_names = grammar.kind(at) == grammar.kind(at + 1) == "name"
    if not two_names or text(at + 2) != "[" or text(at) in _NO_TYPE:
        return
    kind, end = f"Arr<{text(at)}>", grammar.closing(at + 2)
    length = " ".join(grammar.texts(at + 3, end))
    grammar.put(at, kind)
    for to in range(at + 2, end + 1):
        grammar.put(to, "")
    if length and text(end + 1) == ";":
        grammar.put(end, f" = {kind}::dim({length})")


def _handler(grammar: Grammar, at: int, program: Program) -> None:
    """Note a handler that is defined, with the words of its parameters."""
    if grammar.text(at) in _HANDLERS and grammar.text(at + 1) == "(" and grammar.kind(at - 1) == "name":
        end = grammar.closing(at + 1)
        if grammar.text(end + 1) == "{":
            program.handlers[grammar.text(at)] = grammar.texts(at + 2, end)

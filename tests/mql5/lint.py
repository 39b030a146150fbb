"""What g++ would accept and MetaEditor would not, or would understand otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.mql5.tokens import Grammar, Token

_FOREIGN = frozenset(
    "auto nullptr std constexpr consteval constinit static_cast reinterpret_cast const_cast try catch throw goto "
    "friend concept requires noexcept decltype co_await co_return co_yield wchar_t char8_t char16_t char32_t "
    "unsigned signed int64_t uint64_t int32_t uint32_t size_t mutable thread_local alignas alignof explicit using "
    "static_assert asm register volatile union typeid inline extern mql Arr".split()
)
_REFUSED = frozenset(
    "WebRequest SocketCreate SocketConnect SocketSend DatabaseOpen FileWrite FileWriteString FileDelete FileMove "
    "OrderSend OrderSendAsync OrderCheck OrderCalcMargin OrderCalcProfit CTrade Sleep".split()
)
_DIRECTIVES = frozenset({"property", "include", "define", "undef", "ifdef", "ifndef", "else", "endif"})
_PLAIN = frozenset("int uint long ulong short ushort char uchar double float bool string datetime color".split())
_NAME_LIMIT = 63  # characters of a name
LINE_LIMIT = 130  # characters; MetaEditor has none


def lint(path: str, source: str, stream: list[Token]) -> Iterator[str]:
    """Say what is wrong with a source, each with file and line."""
    for number, line in enumerate(source.split("\n"), start=1):
        if not line.isascii():
            yield f"{path}:{number}: only ASCII; build another character with ShortToString"
        if len(line) > LINE_LIMIT:
            yield f"{path}:{number}: longer than {LINE_LIMIT} characters"
        if "\t" in line or line != line.rstrip():
            yield f"{path}:{number}: a tab, or blanks at the end"
    for token in stream:
        for complaint in _alone(token):
            yield f"{path}:{token.line}: {complaint}"
    grammar = Grammar(stream)
    for at in range(len(grammar)):
        for complaint in (*_declared(grammar, at), *_built(grammar, at)):
            yield f"{path}:{grammar.line(at)}: {complaint}"


def _alone(token: Token) -> Iterator[str]:
    """What is wrong with a token whatever stands around it."""
    text = token.text
    if token.kind == "name":
        if text in _FOREIGN:
            yield f"{text} is no word of MQL5"
        if text in _REFUSED:
            yield f"{text} is not used by this project: it only reads and shows"
        if text.startswith("shim_"):
            yield f"{text} belongs to the shim"
        if len(text) > _NAME_LIMIT:
            yield f"a name has at most {_NAME_LIMIT} characters: {text}"
    elif token.kind == "number":
        if re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]+", text):
            yield f"MQL5 knows no suffix of a whole number: {text}"
        if re.fullmatch(r"0[0-7]+", text):
            yield f"octal in C++: {text}"
    elif token.kind == "directive":
        word = re.match(r"#\s*(\w*)", text)
        assert word is not None
        if word[1] not in _DIRECTIVES:
            yield f"#{word[1]} is not used"
    elif text == "->":
        yield "MQL5 has no ->"
    elif text == "'":
        yield "no digits separated by '"


def _declared(grammar: Grammar, at: int) -> Iterator[str]:
    """What is wrong with declarations."""
    text = grammar.text
    word, following = text(at), text(at + 1)
    if word == "enum":
        if following in {"class", "struct"}:
            yield "MQL5 has no enum class"
        brace = next((to for to in range(at, min(at + 4, len(grammar))) if text(to) == "{"), None)
        if brace is not None and text(grammar.closing(brace) - 1) == ",":
            yield "no comma behind the last value of an enum"
    if word in {"class", "struct"} and text(at + 2) == ":" and "," in grammar.texts(at + 3, at + 6):
        yield "a class has one parent"
    if word == "*" and grammar.kind(at + 1) == "name" and text(at - 1) in _PLAIN:
        yield "there are no pointers to plain values"
    if word == "new" or (word == "delete" and following != "("):
        yield f"{word}: the sources hold their objects by value"
    if word == "&" and text(at + 2) == "=" and text(at - 2) in {";", "{", "}", "const"}:
        yield "only a parameter may be a reference"
    if word == "input" and following != "group" and text(at + 3) != "=":
        yield "an input has a value: input TYPE name=value;"
    named = grammar.kind(at) == "name" and grammar.kind(at + 1) == "name"
    if named and word not in {"return", "else", "case"} and text(at + 2) == "[":
        end = grammar.closing(at + 2)
        if text(end + 1) == "[":
            yield "arrays have one dimension: take an array of structs"
        if text(end + 1) in {",", ")"}:
            yield "one array a declaration, and as a parameter by reference"


def _built(grammar: Grammar, at: int) -> Iterator[str]:
    """What is wrong with statements, and with values given where a member is declared."""
    text = grammar.text
    if text(at) in {"if", "switch", "while"} and text(at + 1) == "(":
        if ";" in grammar.texts(at, grammar.closing(at + 1)):
            yield f"{text(at)} declares nothing in its condition"
    elif text(at) == "for" and text(at + 1) == "(":
        if ";" not in grammar.texts(at, grammar.closing(at + 1)):
            yield "MQL5 has no for over a range"
    elif text(at) == "[" and grammar.kind(at - 1) != "name" and text(at - 1) not in {")", "]"}:
        yield "MQL5 has no lambda"
    elif text(at) in {"class", "struct"} and grammar.kind(at + 1) == "name":
        yield from _members(grammar, at)


def _members(grammar: Grammar, at: int) -> Iterator[str]:
    """Members of a class or struct that are given a value where they are declared."""
    while at < len(grammar) and grammar.text(at) not in {"{", ";"}:
        at += 1
    if grammar.text(at) != "{":
        return
    end, at = grammar.closing(at), at + 1
    while at < end:
        if grammar.text(at) in {"{", "("}:
            at = grammar.closing(at)
        elif grammar.text(at) == "=" and grammar.text(at - 1) != "operator":
            yield f"{grammar.text(at - 1)} gets its value in the constructor"
        at += 1

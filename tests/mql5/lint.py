"""What g++ would accept and MetaEditor would not, or would understand otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.mql5.tokens import Grammar, Token

_FOREIGN = re.compile(
    r"auto|nullptr|std|const(expr|eval|init)|(static|reinterpret|const|dynamic)_cast|try|catch|throw|goto|friend|"
    r"concept|requires|noexcept|decltype|co_(await|return|yield)|w?char(_t|8_t|16_t|32_t)|(un)?signed|"
    r"u?int(8|16|32|64)_t|size_t|mutable|thread_local|align(as|of)|explicit|using|static_assert|asm|register|"
    r"volatile|union|typeid|inline|extern|mql|Arr"
)
_REFUSED = re.compile(
    r"WebRequest|Socket\w+|Database\w+|File(Write\w*|Delete|Move|Copy)|Order(Send|SendAsync|Check|Calc\w+)|CTrade|Sleep"
)
_ALLOWED = {  # what one source has to do that no other may
    "CalendarFile.mqh": {"FileWriteArray", "FileMove", "FileDelete"},
    "Calendar.mq5": {"Sleep"},
}
_DIRECTIVES = frozenset({"property", "include", "define", "undef", "ifdef", "ifndef", "else", "endif"})
_PLAIN = re.compile(r"u?(int|long|short|char)|double|float|bool|string|datetime|color")
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
        for complaint in _alone(token, _ALLOWED.get(path, set())):
            yield f"{path}:{token.line}: {complaint}"
    grammar = Grammar(stream)
    for at in range(len(grammar)):
        for complaint in (*_declared(grammar, at), *_built(grammar, at)):
            yield f"{path}:{grammar.line(at)}: {complaint}"


def _alone(token: Token, allowed: set[str]) -> Iterator[str]:
    """What is wrong with a token whatever stands around it."""
    text = token.text
    if token.kind == "name":
        yield from _named(text, allowed)
    elif token.kind == "number" and re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]+", text):
        yield f"MQL5 knows no suffix of a whole number: {text}"
    elif token.kind == "number" and re.fullmatch(r"0[0-7]+", text):
        yield f"octal in C++: {text}"
    elif token.kind == "directive" and (word := text[1:].split()[0]) not in _DIRECTIVES:
        yield f"#{word} is not used"
    elif text == "->":
        yield "MQL5 has no ->"
    elif text == "'":
        yield "no digits separated by '"


def _named(name: str, allowed: set[str]) -> Iterator[str]:
    """What is wrong with a name."""
    if _FOREIGN.fullmatch(name):
        yield f"{name} is no word of MQL5"
    if _REFUSED.fullmatch(name) and name not in allowed:
        yield f"{name} is not used by this project: it only reads and shows"
    if name.startswith("shim_"):
        yield f"{name} belongs to the shim"
    if len(name) > _NAME_LIMIT:
        yield f"a name has at most {_NAME_LIMIT} characters: {name}"


def _declared(grammar: Grammar, at: int) -> Iterator[str]:
    """What is wrong with declarations."""
    text = grammar.text
    word, following = text(at), text(at + 1)
    if word == "enum":
        yield from _enumerated(grammar, at)
    if word in {"class", "struct"} and text(at + 2) == ":" and "," in grammar.texts(at + 3, at + 6):
        yield "a class has one parent"
    if word == "*" and grammar.kind(at + 1) == "name" and _PLAIN.fullmatch(text(at - 1)):
        yield "there are no pointers to plain values"
    if word in {"new", "delete"}:
        yield f"{word}: the sources hold their objects by value"
    if word == "&" and text(at + 2) == "=" and text(at - 2) in {";", "{", "}", "const"}:
        yield "only a parameter may be a reference"
    if word == "input" and following != "group" and text(at + 3) != "=":
        yield "an input has a value: input TYPE name=value;"
    if grammar.kind(at) == grammar.kind(at + 1) == "name" and text(at + 2) == "[":
        yield from _dimensioned(grammar, at)


def _enumerated(grammar: Grammar, at: int) -> Iterator[str]:
    """What is wrong with an enumeration."""
    if grammar.text(at + 1) in {"class", "struct"}:
        yield "MQL5 has no enum class"
    brace = next((to for to in range(at, min(at + 4, len(grammar))) if grammar.text(to) == "{"), None)
    if brace is not None and grammar.text(grammar.closing(brace) - 1) == ",":
        yield "no comma behind the last value of an enum"


def _dimensioned(grammar: Grammar, at: int) -> Iterator[str]:
    """What is wrong with the declaration of an array, `TYPE name[...]`."""
    following = grammar.text(grammar.closing(at + 2) + 1)
    if grammar.text(at) in {"return", "else", "case"}:
        return
    if following == "[":
        yield "arrays have one dimension: take an array of structs"
    if following in {",", ")"}:
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

"""The tool that runs MQL5 off the terminal: what it must refuse, and that it may be believed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mql5.api import ANY, functions, reference
from tests.mql5.build import BuildError
from tests.mql5.conftest import EPOCH, INCLUDES, PACKAGED, uncompiled
from tests.mql5.terminal import CriticalError, Terminal
from tests.mql5.translate import translate

SOURCES = sorted(path for path in PACKAGED.rglob("*") if path.suffix in {".mq5", ".mqh"})
HEAD = "#property indicator_chart_window\n"


def complaints(tmp_path: Path, source: str) -> list[str]:
    path = tmp_path / "Source.mq5"
    path.write_text(source, encoding="utf-8")
    return translate(path, INCLUDES).complaints


# The reference

BEYOND_THE_LIST = {  # what the list, made from the reference's pages, has not or has wrong
    "CharArrayToString": {(1, 4)},  # the page's prototype lacks the comma before `codepage`
    "StringToCharArray": {(2, 5)},  # likewise
    "GetTickCount": {(0, 0)},  # "(void)" is no argument
    "GetTickCount64": {(0, 0)},
    "GetMicrosecondCount": {(0, 0)},
    "ObjectsDeleteAll": {(2, 4)},  # on the page of another name
}


@pytest.mark.parametrize("name", sorted(functions()))
def test_the_shim_has_only_functions_of_the_reference_with_their_arguments(name: str) -> None:
    own = functions()[name]
    if name in BEYOND_THE_LIST:
        assert own == BEYOND_THE_LIST[name]
        return
    assert name in reference()
    for least, most in own:
        assert any(low <= least and most <= high for low, high in reference()[name])


def test_the_list_of_the_reference_is_whole() -> None:
    assert len(reference()) == 704
    assert len(functions()) > 100
    assert functions()["StringFormat"] == {(1, ANY)}
    assert functions()["GlobalVariableGet"] == {(1, 1), (2, 2)}


# The lint


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_of_the_package_is_clean(path: Path) -> None:
    program = translate(path, INCLUDES)
    assert program.complaints == []
    assert path.read_bytes().isascii()


def test_no_source_of_the_package_can_order_or_reach_out() -> None:
    for path in SOURCES:
        code = re.sub(r"//[^\n]*", "", path.read_text(encoding="ascii"))
        assert not re.search(
            r"\b(Order\w*Send\w*|Trade\w*|CTrade|WebRequest|Socket\w+|#import|\.dll)\b", code
        )


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("void F(void) { auto x=1; }", "auto is no word of MQL5"),
        ("int x=5u;", "no suffix of a whole number: 5u"),
        ("int x=017;", "octal"),
        ("int x=1'000;", "no digits separated"),
        ("enum A { B, C, };", "no comma behind the last value"),
        ("enum class A { B };", "no enum class"),
        ("class A {}; class B {}; class D : public A, public B {};", "one parent"),
        ("void F(void) { int x[2][3]; }", "one dimension"),
        ("void F(void) { int x[],y[]; }", "one array a declaration"),
        ("void F(int x[]) {}", "by reference"),
        ("void F(int *x) {}", "no pointers"),
        ("void F(void) { int y=1; int &x = y; }", "only a parameter may be a reference"),
        ("class A {}; void F(void) { A x=new A; }", "by value"),
        ("struct A { int x=3; };", "gets its value in the constructor"),
        ("void F(int &x[]) { for(int y : x) {} }", "no for over a range"),
        ("void F(void) { if(int x=1; x>0) {} }", "declares nothing"),
        ("void F(int x) { int y = [=](int z) { return(z); }(x); }", "no lambda"),
        ("#pragma once\n", "#pragma is not used"),
        ('#import "user32.dll"\n#import\n', "#import is not used"),
        ("#include <None.mqh>\n", "there is no <None.mqh>"),
        ("#include <breadthAssistant\\advice.mqh>\n", "there is no"),
        ("void F(void) { OrderSend(1,2); }", "OrderSend is not used by this project"),
        ("void F(void) { WebRequest(1); }", "WebRequest is not used by this project"),
        ("void F(void) { FileMove(1); }", "FileMove is not used by this project"),
        ("void F(void) { Sleep(1); }", "Sleep is not used by this project"),
        ("double F(void) { return(floor(2.5)); }", "floor is no function of the shim"),
        ('void F(void) { string x="a"; x.shim_text=1; }', "belongs to the shim"),
        ('string x="\u00e9";', "only ASCII"),
        ("input double InpX;", "an input has a value"),
        ("int OnCalculate(const int a,const int b) {}", "indicator_chart_window"),
        (
            f"{HEAD}int OnCalculate(void) {{ MqlCalendarEvent e; CalendarEventById(1,e); return(0); }}",
            "CalendarEventById waits, and an indicator's charts with it",
        ),
    ],
)  # fmt: skip
def test_the_lint_refuses_what_metaeditor_would(tmp_path: Path, source: str, complaint: str) -> None:
    assert complaint in "\n".join(complaints(tmp_path, source))


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ('void F(void) { string x="a"+1; }', "no match for"),
        ('void F(void) { double x="1"; }', "cannot convert"),
        ("enum A { B }; void F(void) { A x=1; }", "invalid conversion"),
        ("input int InpX=1; void F(void) { InpX=2; }", "read-only"),
        ('void F(void) { int x=StringLen("a",2); }', "too many arguments"),
        ("void F(const double x) { int y=x; Print(y); }", "may change value"),
    ],
)  # fmt: skip
def test_the_compiler_refuses_what_the_lint_cannot_see(
    built: Callable[[Path], Path], tmp_path: Path, source: str, error: str
) -> None:
    path = tmp_path / "Source.mq5"
    path.write_text(source, encoding="ascii")
    with pytest.raises(BuildError, match=error):
        built(path)


def test_an_error_names_the_line_of_the_mql5_source(built: Callable[[Path], Path], tmp_path: Path) -> None:
    path = tmp_path / "Source.mq5"
    path.write_text(
        "#define A 1\n/* two\nlines */\nint F(void)\n  {\n   return(unknown);\n  }\n", encoding="ascii"
    )
    with pytest.raises(BuildError, match=r"Source\.mq5:6:"):
        built(path)


# The language, and faults at run time


@pytest.fixture(scope="session")
def language(built: Callable[[Path], Path]) -> Path:
    return built(Path(__file__).parent / "programs" / "Language.mq5")


def test_constructs_of_the_language_do_what_mql5_says(language: Path, tmp_path: Path) -> None:
    expected = (
        'hello 8 5 14 one null LIGHT_GREEN -1 2.5 6 8 A abc "\\ 2.5 3 2018.12.26 15:30:00 197121 true '
        " 1.00|ab  |-007|123456789012|ff|%"
    )  # 1.005 is 1.00499... in binary
    with Terminal(language, tmp_path, utc=EPOCH, inputs={"InpWhole": 8, "InpText": "x y"}) as terminal:
        first, second = terminal.do("init", "tick", "tick")
    assert first.replace("\t", " ") == f"{expected} 1 x y 8 0.50"
    assert second.replace("\t", " ") == f"{expected} 2 x y 8 0.50"


@pytest.mark.parametrize(
    ("number", "value", "what", "said"),
    [
        (4, 0, "index", "array out of range: index 4 of 4"),
        (-1, 0, "index", "array out of range: index -1 of 4"),
        (4, 0, "constant index", "array out of range: index 4 of 4"),
        (9, 0, "resize", "declared with a length"),
        (0, 0, "divide whole", "division by zero"),
        (0, 0, "divide", "division by zero"),
        (1, 0, "overflow", "signed integer overflow"),
        (0, 0, "format", "an argument is missing"),
    ],
)
def test_what_ends_a_program_in_the_terminal_ends_the_run(
    language: Path, tmp_path: Path, number: int, value: float, what: str, said: str
) -> None:
    with Terminal(language, tmp_path, utc=EPOCH) as terminal, pytest.raises(CriticalError, match=said):
        terminal.do(f"event 1000 {number} {value} {what}")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("wrong format", "%d was given no whole number"),
        ("long text", "a text is cut after 63 characters"),
        ("no object", "an object that does not exist"),
        ("long name", "name is too long"),
        ("unshared file", "FileOpen without sharing"),
        ("close", "a file that is not open"),
        ("beyond a text", "StringGetCharacter beyond the end"),
    ],
)
def test_what_only_misleads_in_the_terminal_is_a_fault_here(
    language: Path, tmp_path: Path, what: str, said: str
) -> None:
    terminal = Terminal(language, tmp_path, utc=EPOCH)
    with pytest.raises(AssertionError), terminal:
        terminal.do(f"event 1000 3 0.5 {what}")
    assert said in terminal.heard.fault[0]


def test_no_file_outside_the_terminals_folders_opens(language: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x", encoding="ascii")
    with Terminal(language, tmp_path, utc=EPOCH) as terminal:
        assert terminal.do("event 1000 0 0 private file") == ["-1 5002"]


@pytest.mark.parametrize(("length", "characters"), [(3, 1), (2, 1), (-1, 1)])
def test_bytes_become_characters(language: Path, tmp_path: Path, length: int, characters: int) -> None:
    with Terminal(language, tmp_path, utc=EPOCH) as terminal:
        assert terminal.do(f"event 1000 {length} 0 decode") == [str(characters)]


def test_a_timer_that_was_never_set_is_a_fault(language: Path, tmp_path: Path) -> None:
    with (
        Terminal(language, tmp_path, utc=EPOCH) as terminal,
        pytest.raises(CriticalError, match="no OnTimer"),
    ):
        terminal.do("timer")


def test_a_source_is_compiled_once_for_all_who_ask(built: Callable[[Path], Path], language: Path) -> None:
    made = language.stat().st_mtime_ns
    again = built(Path(__file__).parent / "programs" / "Language.mq5")
    assert (again, again.stat().st_mtime_ns) == (language, made)
    assert shutil.which("g++")


def test_where_nothing_can_be_compiled_a_line_says_so() -> None:
    assert uncompiled("linux", "/usr/bin/g++") is None
    assert "NOT compiled" in (uncompiled("linux", None) or "")
    assert "Linux only" in (uncompiled("win32", None) or "")

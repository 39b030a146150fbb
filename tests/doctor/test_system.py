"""What doctor says of the computer: thresholds, Windows' own words, processes."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from assistant.doctor import system
from assistant.doctor.finding import Finding
from assistant.doctor.system import Heard, Requirement

ROOT = Path(__file__).parents[2]
ENGLISH = """\
Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Balanced)
  GUID Alias: SCHEME_BALANCED
  Subgroup GUID: 238c9fa8-0aad-41ed-83f4-97be242c8f20  (Sleep)
    GUID Alias: SUB_SLEEP
    Power Setting GUID: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Sleep after)
      GUID Alias: STANDBYIDLE
      Minimum Possible Setting: 0x00000000
      Maximum Possible Setting: 0xffffffff
      Possible Settings increment: 0x00000001
      Possible Settings units: Seconds
    Current AC Power Setting Index: {mains}
    Current DC Power Setting Index: {battery}

"""
GERMAN = """\
GUID des Energieschemas: 381b4222-f694-41f0-9685-ff5bb260df2e  (Ausbalanciert)
  GUID-Alias: SCHEME_BALANCED
  GUID der Untergruppe: 238c9fa8-0aad-41ed-83f4-97be242c8f20  (Energie sparen)
    GUID-Alias: SUB_SLEEP
    GUID der Energieeinstellung: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Deaktivierung nach)
      GUID-Alias: STANDBYIDLE
      Minimal mögliche Einstellung: 0x00000000
      Maximal mögliche Einstellung: 0xffffffff
      Inkrement möglicher Einstellungen: 0x00000001
      Einheiten möglicher Einstellungen: Sekunden
    Index der aktuellen Wechselstromeinstellung: {mains}
    Index der aktuellen Gleichstromeinstellung: {battery}
"""
FRENCH = """\
      Paramètre minimal possible : 0x00000000
      Paramètre maximal possible : 0xffffffff
      Incrément de paramètres possibles : 0x00000001
      Unités de paramètres possibles : Secondes
    Index actuel du paramètre de courant alternatif : {mains}
    Index actuel du paramètre de courant continu : {battery}
"""
LANGUAGES = [ENGLISH, GERMAN, FRENCH]
shell = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a program of the shell")


def said(found: Finding) -> tuple[str, str]:
    return found.status.value, found.text


# Python and its packages


def test_the_oldest_python_is_that_of_the_project() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert told["requires-python"] == ">=" + ".".join(map(str, system.OLDEST))
    assert told["name"] == system.DISTRIBUTION


@pytest.mark.parametrize(
    ("version", "wide", "expected"),
    [
        ((3, 11, 0), True, ("ok", "version 3.11.0, 64 bits")),
        ((3, 14, 2), True, ("ok", "version 3.14.2, 64 bits")),
        ((3, 10, 9), True, ("fail", "version 3.10.9; 3.11 or newer is needed")),
        ((3, 12, 1), False, ("fail", "version 3.12.1 of 32 bits; 64 bits are needed")),
    ],
)
def test_python_is_new_enough_and_has_64_bits(
    version: tuple[int, ...], wide: bool, expected: tuple[str, str]
) -> None:
    found = system.python_check(version, wide)
    assert said(found) == expected
    assert ("python.org" in found.mend) is (expected[0] == "fail")


LINES = ("annotated-types", "pydantic>=2", 'tzdata; sys_platform == "win32"', "x[y]>=1.2,<2; extra == 'dev'")


@pytest.mark.parametrize(("windows", "names"), [(False, 2), (True, 3)])
def test_requirements_of_another_system_or_of_an_extra_are_left_out(windows: bool, names: int) -> None:
    read = system.requirements(LINES, windows=windows)
    assert (
        read == (Requirement("annotated-types"), Requirement("pydantic", (2,)), Requirement("tzdata"))[:names]
    )


def test_the_requirements_of_this_project_are_installed_where_its_tests_run() -> None:
    wanted = system.requirements(system.required(), windows=False)
    assert {"rich", "psutil", "pydantic"} <= {one.name for one in wanted}
    assert said(system.packages_check(wanted, system.installed)) == (
        "ok",
        f"all {len(wanted)} that are required are installed",
    )
    assert system.installed("no-such-package-of-anybody") is None


def test_a_package_that_is_missing_or_too_old_is_named() -> None:
    there = {"pydantic": "1.10.2", "rich": "13.0"}
    wanted = [Requirement("pydantic", (2,)), Requirement("rich", (13, 0)), Requirement("typer")]
    found = system.packages_check(wanted, there.get)
    assert said(found) == ("fail", "pydantic is 1.10.2, 2 or newer is needed; typer is missing")
    assert "scripts/run.py" in found.mend


# Sleep


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_each_language_mains_and_battery_are_the_last_two_indices(language: str) -> None:
    sleeps = system.sleep_check(language.format(mains="0x00000708", battery="0x00000384"))
    assert sleeps.status == "warn"
    assert "sleeps after 30 min on mains" in sleeps.text  # 0x708 = 1800 s
    assert "powercfg /change standby-timeout-ac 0" in sleeps.mend
    never = system.sleep_check(language.format(mains="0x00000000", battery="0x00000384"))
    assert said(never) == ("ok", "the PC does not sleep on mains, after 15 min on battery")  # 900 s
    assert (
        "nor on battery"
        in system.sleep_check(language.format(mains="0x" + "0" * 8, battery="0x00000000")).text
    )


@pytest.mark.parametrize("told", ["", "Access denied", "only 0x00000001"])
def test_where_windows_does_not_say_when_it_sleeps_that_is_told(told: str) -> None:
    assert said(system.sleep_check(told)) == ("warn", "Windows does not say when it sleeps")


def test_elsewhere_sleep_is_not_looked_at() -> None:
    assert said(system.sleep_check(None)) == ("ok", "not Windows: nothing to look at")


@shell
def test_powercfg_is_asked_and_never_told_to_change_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.powercfg() is None
    path = tmp_path / "powercfg"
    path.write_text(
        f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\necho "AC: 0x00000000"\necho "DC: 0x0000003c"\n'
    )
    path.chmod(0o755)
    assert said(system.sleep_check(system.powercfg())) == (
        "ok",
        "the PC does not sleep on mains, after 1 min on battery",
    )
    assert (tmp_path / "asked").read_text() == "/query SCHEME_CURRENT SUB_SLEEP STANDBYIDLE\n"


# Room


@pytest.mark.parametrize(
    ("free", "status"),
    [(1e9, "ok"), (1e9 - 1, "warn"), (100e6, "warn"), (100e6 - 1, "fail"), (0, "fail")],
)
def test_below_a_gigabyte_is_to_know_and_below_100_megabytes_to_mend(free: float, status: str) -> None:
    found = system.room_check("disk", Path("x"), free)
    assert (found.status, bool(found.mend)) == (status, status != "ok")


def test_the_logs_are_told_with_their_size_and_doubted_from_a_gigabyte_on(tmp_path: Path) -> None:
    assert system.size_of(tmp_path / "none") == 0
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"x" * 1500)
    (tmp_path / "deep" / "b").write_bytes(b"x" * 700)
    assert system.size_of(tmp_path) == 2200
    assert said(system.logs_check(Path("logs"), 2200)) == ("ok", "2.2 kB in logs")
    assert said(system.logs_check(Path("logs"), 2.5e6)) == ("ok", "2.5 MB in logs")
    assert said(system.logs_check(Path("logs"), 1e9)) == ("warn", "1.0 GB in logs")
    assert said(system.logs_check(Path("logs"), 1e9 - 1)) == ("ok", "1000.0 MB in logs")


# An assistant that runs, and one that starts by itself


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ([r"C:\x\pythonw.exe", "-P", "-m", "assistant", "run", "--home", "D:\\h"], True),
        ([r"C:\x\Scripts\assistant.exe", "run"], True),
        (["python", "scripts/run.py", "run", "--paper"], True),
        (["python", "-m", "assistant", "doctor"], False),
        (["python", "-m", "assistant", "history", "import", "run"], False),
        (["python", "run"], False),
        ([], False),
    ],
)
def test_a_process_is_an_assistant_where_its_command_is_run(words: list[str], counts: bool) -> None:
    assert system.assistants([(7, 1, words), (8, 7, ["bash"])]) == ((7,) if counts else ())


def test_one_that_its_watchdog_started_is_not_told_beside_it() -> None:
    words = ["python", "-m", "assistant", "run"]
    assert system.assistants([(51, 1, words), (52, 51, words), (60, 1, words)]) == (51, 60)


def test_all_processes_are_seen_and_this_one_among_them() -> None:
    import os  # noqa: PLC0415 -- for its number alone

    assert os.getpid() in {number for number, _, _ in system.processes()}


def test_a_process_that_ends_while_it_is_asked_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: list[str]) -> dict[str, object]:
        raise psutil.NoSuchProcess(7)

    ended = SimpleNamespace(info={"name": "python.exe"}, pid=7, as_dict=gone)
    monkeypatch.setattr(psutil, "process_iter", lambda _: [ended])
    assert system.processes() == ()


@pytest.mark.parametrize(
    ("heard", "running", "expected"),
    [
        (None, [], ("ok", "none is running here")),
        (
            Heard(4001, 7300, fresh=False),
            [],
            ("ok", "none is running here; the last advice, of login 4001, is 2 hours old"),
        ),
        (Heard(4001, 1.2, fresh=True), [51], ("ok", "runs: login 4001, advice 1 s old, process 51")),
        (Heard(4001, 1.2, fresh=True), [], ("ok", "runs: login 4001, advice 1 s old")),
        (
            Heard(4001, 90, fresh=False),
            [51, 52],
            (
                "warn",
                (
                    "an assistant runs as processes 51, 52, but says nothing fresh here; "
                    "the last advice, of login 4001, is 90 s old"
                ),
            ),
        ),
    ],
)
def test_one_that_runs_is_told_by_its_advice_and_its_process(
    heard: Heard | None, running: list[int], expected: tuple[str, str]
) -> None:
    assert said(system.running_check(heard, running, "assistant")) == expected


@pytest.mark.parametrize(
    ("on", "words"),
    [(None, "not Windows"), (True, "on: it starts at your logon"), (False, "off: you start it")],
)
def test_autostart_is_well_either_way(on: bool | None, words: str) -> None:
    found = system.autostart_check(on, "assistant")
    assert found.status == "ok"
    assert found.text.startswith(words)

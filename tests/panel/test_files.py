"""Files put into a terminal's folder and taken out: all or nothing, and never one that the user changed."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from assistant.errors import AssistantError, PublishError
from assistant.panel.files import OWN, PACKAGED, RECORD, Done, install, packaged, remove

ADVICE = "Include/BreadthAssistant/Advice.mqh"
LINE = "Include/BreadthAssistant/AdviceLine.mqh"
PANEL = "Indicators/BreadthAssistant/Panel.mq5"
FIRST = {ADVICE: b"advice 1", LINE: b"line 1", PANEL: b"panel 1"}
SECOND = {ADVICE: b"advice 2", PANEL: b"panel 1"}  # AdviceLine.mqh is no longer part


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a terminal in which the user has an indicator of their own."""
    for name in ("Include", "Indicators", "Services", "Experts"):
        (tmp_path / "data" / "MQL5" / name).mkdir(parents=True)
    (tmp_path / "data" / "MQL5" / "Indicators" / "Own.mq5").write_bytes(b"mine")
    return tmp_path / "data"


def files(data: Path) -> dict[str, bytes]:
    """All files but the record, by path below MQL5."""
    mql5 = data / "MQL5"
    found = {path.relative_to(mql5).as_posix(): path for path in mql5.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name != RECORD}


OWN_FILE = {"Indicators/Own.mq5": b"mine"}


def test_the_box_holds_the_include_and_the_example_where_the_terminal_wants_them() -> None:
    names = set(packaged())
    assert names >= {
        ADVICE,
        "Services/BreadthAssistant/Calendar.mq5",
        "Experts/BreadthAssistant/ExampleEA.mq5",
    }
    every = {path.relative_to(PACKAGED).as_posix() for path in PACKAGED.rglob("*") if path.is_file()}
    assert {name for name in every if not name.endswith(".ex5")} == names


def test_a_first_install_writes_every_file_and_records_its_hash(data: Path) -> None:
    assert install(data, FIRST, "0.1.0") == Done(new=(ADVICE, LINE, PANEL))
    assert files(data) == {**FIRST, **OWN_FILE}
    record = json.loads((data / "MQL5" / RECORD).read_text(encoding="utf-8"))
    assert record == {
        "schema": "installed/1",
        "version": "0.1.0",
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in FIRST.items()},
    }


def test_a_second_install_writes_nothing(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    assert install(data, FIRST, "0.1.0") == Done(same=(ADVICE, LINE, PANEL))
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*")} == before


def test_a_newer_version_replaces_what_is_unchanged_and_removes_what_is_no_longer_part(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    assert install(data, SECOND, "0.2.0") == Done(newer=(ADVICE,), same=(PANEL,), removed=(LINE,))
    assert files(data) == {**SECOND, **OWN_FILE}
    assert set(json.loads((data / "MQL5" / RECORD).read_bytes())["files"]) == set(SECOND)


@pytest.mark.parametrize("name", [ADVICE, LINE])
def test_a_file_that_the_user_changed_is_not_overwritten_and_nothing_else_is_done(
    data: Path, name: str
) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / name).write_bytes(b"my own")
    with pytest.raises(AssistantError, match=re.escape(f"{data / 'MQL5' / name} changed")):
        install(data, SECOND, "0.2.0")
    assert files(data) == {**FIRST, name: b"my own", **OWN_FILE}


def test_a_file_of_that_name_that_was_never_installed_is_the_user_s(data: Path) -> None:
    (data / "MQL5" / ADVICE).parent.mkdir()
    (data / "MQL5" / ADVICE).write_bytes(b"my own")
    with pytest.raises(AssistantError, match="--force"):
        install(data, FIRST, "0.1.0")
    assert files(data) == {ADVICE: b"my own", **OWN_FILE}


def test_force_keeps_what_the_user_changed_and_an_earlier_bak_stays(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    for number in (1, 2):
        (data / "MQL5" / ADVICE).write_bytes(b"my own %d" % number)
        done = install(data, FIRST, "0.1.0", force=True)
        assert done.newer == (ADVICE,)
    assert done.kept == (f"{ADVICE}.bak2",)
    backups = {f"{ADVICE}.bak": b"my own 1", f"{ADVICE}.bak2": b"my own 2"}
    assert files(data) == {**FIRST, **backups, **OWN_FILE}


def test_force_keeps_a_changed_file_that_is_no_longer_part(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / LINE).write_bytes(b"my own")
    assert install(data, SECOND, "0.2.0", force=True).kept == (f"{LINE}.bak",)
    assert files(data) == {**SECOND, f"{LINE}.bak": b"my own", **OWN_FILE}


def test_an_install_that_was_killed_before_its_record_is_finished_by_the_next(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / ADVICE).write_bytes(SECOND[ADVICE])  # and then the power failed
    assert install(data, SECOND, "0.2.0") == Done(same=(ADVICE, PANEL), removed=(LINE,))
    assert files(data) == {**SECOND, **OWN_FILE}


def full_after(patch: pytest.MonkeyPatch, method: str, calls: int) -> None:
    """Let the disk be full after some calls of a method of Path; later ones free nothing."""
    real = getattr(Path, method)
    done: list[Path] = []

    def limited(path: Path, *args: object, **named: object) -> object:
        done.append(path)
        if len(done) == calls + 1:
            raise OSError(28, "No space left on device", str(path))
        return real(path, *args, **named)

    patch.setattr(Path, method, limited)


@pytest.mark.parametrize("method", ["write_bytes", "replace"])
@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_a_disk_that_is_full_midway_leaves_no_half_of_a_first_install(
    data: Path, monkeypatch: pytest.MonkeyPatch, method: str, calls: int
) -> None:
    before = sorted(data.rglob("*"))
    with monkeypatch.context() as patch:
        full_after(patch, method, calls)
        with pytest.raises(PublishError, match=r"could not be written: No space .*; nothing was changed"):
            install(data, FIRST, "0.1.0")
    assert sorted(data.rglob("*")) == before
    assert files(data) == OWN_FILE


@pytest.mark.parametrize("method", ["write_bytes", "replace"])
@pytest.mark.parametrize("calls", [0, 1])
def test_a_disk_that_is_full_midway_leaves_the_older_version_whole(
    data: Path, monkeypatch: pytest.MonkeyPatch, method: str, calls: int
) -> None:
    install(data, FIRST, "0.1.0")
    record = (data / "MQL5" / RECORD).read_bytes()
    with monkeypatch.context() as patch:
        full_after(patch, method, calls)
        with pytest.raises(PublishError):
            install(data, SECOND, "0.2.0")
    assert files(data) == {**FIRST, **OWN_FILE}
    assert (data / "MQL5" / RECORD).read_bytes() == record


def test_what_could_not_be_removed_is_still_on_record_and_goes_with_the_next_install(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(data, FIRST, "0.1.0")
    with monkeypatch.context() as patch:
        full_after(patch, "unlink", 0)
        with pytest.raises(PublishError, match=r"AdviceLine\.mqh could not be removed: No space"):
            install(data, SECOND, "0.2.0")
    assert files(data) == {**SECOND, LINE: FIRST[LINE], **OWN_FILE}
    assert install(data, SECOND, "0.2.0").removed == (LINE,)
    assert files(data) == {**SECOND, **OWN_FILE}


def test_a_place_that_cannot_be_written_is_one_line_and_nothing_is_changed(data: Path) -> None:
    (data / "MQL5" / "Experts").rmdir()
    (data / "MQL5" / "Experts").write_bytes(b"a file where a folder is wanted")
    sources = {**FIRST, "Experts/BreadthAssistant/ExampleEA.mq5": b"ea"}
    with pytest.raises(PublishError, match="Experts") as told:
        install(data, sources, "0.1.0")
    assert "\n" not in str(told.value)
    assert set(files(data)) == {"Experts", *OWN_FILE}


def test_remove_takes_out_what_was_installed_and_what_was_compiled_from_it(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / PANEL).with_suffix(".ex5").write_bytes(b"compiled")
    assert remove(data) == Done(removed=tuple(sorted(FIRST)))
    assert files(data) == OWN_FILE
    assert [own for own in OWN if (data / "MQL5" / own).exists()] == []
    assert (data / "MQL5" / "Include").is_dir()
    assert remove(data) == Done()


def test_a_remove_that_fails_midway_is_ended_by_the_next(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(data, FIRST, "0.1.0")
    with monkeypatch.context() as patch:
        full_after(patch, "unlink", 1)
        with pytest.raises(PublishError, match=r"AdviceLine\.mqh could not be removed"):
            remove(data)
    assert set(files(data)) == {LINE, PANEL, *OWN_FILE}
    assert remove(data).removed == (LINE, PANEL)
    assert files(data) == OWN_FILE


def test_remove_leaves_what_the_user_put_beside_it(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    beside = "Indicators/BreadthAssistant/Mine.mq5"
    (data / "MQL5" / beside).write_bytes(b"mine too")
    remove(data)
    assert files(data) == {beside: b"mine too", **OWN_FILE}


def test_remove_touches_nothing_where_the_user_changed_a_file_and_forced_keeps_it(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / PANEL).write_bytes(b"my own")
    with pytest.raises(AssistantError, match=r"Panel\.mq5 changed since the panel was installed"):
        remove(data)
    assert files(data) == {**FIRST, PANEL: b"my own", **OWN_FILE}
    assert remove(data, force=True).kept == (f"{PANEL}.bak",)
    assert files(data) == {f"{PANEL}.bak": b"my own", **OWN_FILE}


HASH = "0" * 64


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        '{"schema": "installed/1"}',
        json.dumps({"schema": "installed/2", "files": {}}),
        *(
            json.dumps({"schema": "installed/1", "files": {name: HASH}})
            for name in (
                "Indicators/Own.mq5",
                "Include/BreadthAssistant/../../Indicators/Own.mq5",
                "Include/BreadthAssistant/..\\Own.mq5",
                "C:/Include/BreadthAssistant/x",
            )
        ),
        json.dumps({"schema": "installed/1", "files": {ADVICE: 1}}),
    ],
)
def test_a_record_that_is_damaged_or_names_a_file_of_another_removes_nothing(data: Path, record: str) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / RECORD).write_text(record, encoding="utf-8")
    told = r"installed\.json cannot be read.*install again"
    with pytest.raises(AssistantError, match=told):
        remove(data, force=True)
    with pytest.raises(AssistantError, match=told):
        install(data, SECOND, "0.2.0", force=True)
    assert files(data) == {**FIRST, **OWN_FILE}


def test_without_its_record_an_install_finds_its_own_files_again(data: Path) -> None:
    install(data, FIRST, "0.1.0")
    (data / "MQL5" / RECORD).unlink()
    assert install(data, FIRST, "0.1.0") == Done(same=(ADVICE, LINE, PANEL))
    assert remove(data).removed == tuple(sorted(FIRST))

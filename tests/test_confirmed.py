"""Confirmed contracts in a home: what is written, by whom, and what a damaged file means."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.confirmed import Confirmed
from assistant.core.contracts import present, seen
from assistant.core.market import ContractFacts, Unknown
from assistant.core.snapshot import Snapshot
from assistant.errors import AssistantError
from tests.core.builders import IWM, SNAPSHOT, XLU

LOGIN = 50012
IWM_FACTS = ContractFacts(
    size=20.0,
    tick_size=0.005,
    profit_currency="USD",
    volume_min=0.3,
    volume_step=0.1,
    digits=3,
    margin=(137.5 / 801.2, 137.5 / 801.2),  # of 20 x 40.06
)


def path_of(home: Path) -> Path:
    return home / "state" / f"contracts_{LOGIN}.json"


def look(confirmed: Confirmed, snapshot: Snapshot = SNAPSHOT) -> tuple[object, tuple[str, ...]]:
    """What one cycle of a running assistant does."""
    return confirmed.see(replace(snapshot, confirmed=confirmed.read(LOGIN)))


def only(confirmed: Confirmed) -> object:
    found = confirmed.read(LOGIN)
    return found if isinstance(found, Unknown) else found["IWM"]


# What is written


def test_a_first_sight_is_written_at_once_and_read_back(tmp_path: Path) -> None:
    now = present(SNAPSHOT.instruments, SNAPSHOT.quotes)
    assert look(Confirmed(tmp_path)) == (now, ())
    assert Confirmed(tmp_path).read(LOGIN) == now
    document = json.loads(path_of(tmp_path).read_bytes())
    assert document["schema"] == "contracts/1"
    assert list(document["contracts"]) == ["IWM", "XLU"]
    assert document["contracts"]["IWM"] == {
        "size": 20.0,
        "tick_size": 0.005,
        "profit_currency": "USD",
        "volume_min": 0.3,
        "volume_step": 0.1,
        "digits": 3,
        "margin": [137.5 / 801.2, 137.5 / 801.2],
    }
    assert {path.name for path in path_of(tmp_path).parent.iterdir()} == {
        f"contracts_{LOGIN}.json",
        f"contracts_{LOGIN}.lock",
    }


def test_nothing_is_written_where_nothing_is_new(tmp_path: Path) -> None:
    confirmed = Confirmed(tmp_path)
    assert look(confirmed, replace(SNAPSHOT, instruments=())) == ({}, ())
    assert not path_of(tmp_path).exists()
    look(confirmed)
    stamp = path_of(tmp_path).stat()
    look(confirmed)
    fewer = replace(IWM, contract=Unknown("gone"))
    look(confirmed, replace(SNAPSHOT, instruments=(fewer,)))
    after = path_of(tmp_path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)


def test_a_change_is_not_written_by_a_look_and_is_by_a_confirmation(tmp_path: Path) -> None:
    confirmed = Confirmed(tmp_path)
    look(confirmed)
    tiny = replace(IWM, volume_step=0.01)
    changed = replace(SNAPSHOT, instruments=(tiny, XLU))
    for _ in range(2):
        look(confirmed, changed)
        assert only(Confirmed(tmp_path)) == IWM_FACTS
    now = present(changed.instruments, changed.quotes)
    Confirmed(tmp_path).change(LOGIN, lambda there: {**there, "IWM": now["IWM"]})
    assert only(confirmed) == replace(IWM_FACTS, volume_step=0.01)  # seen at once


def test_a_symbol_that_comes_later_is_added_to_what_is_there(tmp_path: Path) -> None:
    confirmed = Confirmed(tmp_path)
    look(confirmed, replace(SNAPSHOT, instruments=(IWM,)))
    before = replace(SNAPSHOT, confirmed=confirmed.read(LOGIN))
    # Meanwhile another process confirms another contract of IWM.
    other = replace(IWM_FACTS, size=5.0)
    Confirmed(tmp_path).change(LOGIN, lambda there: {**there, "IWM": other})
    found, told = confirmed.see(before)
    assert not isinstance(found, Unknown)
    assert (list(found), found["IWM"], told) == (["IWM", "XLU"], other, ())
    assert Confirmed(tmp_path).read(LOGIN) == found


def test_logins_are_kept_apart(tmp_path: Path) -> None:
    confirmed = Confirmed(tmp_path)
    look(confirmed)
    assert confirmed.read(7) == {}
    assert only(confirmed) == IWM_FACTS


# A file that has gone, is damaged, or cannot be written


def test_a_file_that_has_gone_confirms_nothing_in_this_run_and_is_written_again(tmp_path: Path) -> None:
    confirmed = Confirmed(tmp_path)
    look(confirmed)
    path_of(tmp_path).unlink()
    changed = replace(SNAPSHOT, instruments=(replace(IWM, volume_step=0.01), XLU))
    found, told = look(confirmed, changed)
    assert isinstance(found, dict)
    assert (found["IWM"], told) == (IWM_FACTS, ())
    assert only(Confirmed(tmp_path)) == IWM_FACTS


def test_a_file_that_goes_while_it_is_read_confirms_nothing_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = Confirmed(tmp_path)
    look(confirmed)
    assert only(confirmed) == IWM_FACTS
    path_of(tmp_path).write_bytes(written(size=7.0) + b" ")

    def taken(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    monkeypatch.setattr("assistant.confirmed.read_file", taken)  # a scanner put it aside just now
    assert only(confirmed) == IWM_FACTS


def test_a_file_that_another_program_held_is_read_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(Confirmed(tmp_path))

    def held(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    confirmed = Confirmed(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("assistant.confirmed.read_file", held)
        assert isinstance(only(confirmed), Unknown)
    assert only(confirmed) == IWM_FACTS


def written(**changes: object) -> bytes:
    """A file with IWM alone, some of its facts changed."""
    fields: dict[str, object] = {"size": 20.0, "tick_size": 0.005, "profit_currency": "USD"}
    fields |= {"volume_min": 0.3, "volume_step": 0.1, "digits": 3, "margin": [0.2, 0.2]}
    return json.dumps({"schema": "contracts/1", "contracts": {"IWM": fields | changes}}).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "Expecting property name"),
        (b"\xff", "utf-8"),
        (b"[]", "it holds something else"),
        (b"{}", "it holds something else"),
        (b'{"schema": "overrides/1"}', "schema was 'overrides/1'; expected contracts/1"),
        (b'{"schema": "contracts/1", "contracts": []}', "it holds something else"),
        (b'{"schema": "contracts/1", "contracts": {"IWM": {"size": 1}}}', "it holds something else"),
        (written(size=0), "size was 0; expected a number above 0"),
        (written(size=True), "size was True; expected a number above 0"),
        (written(tick_size="0.01"), "tick_size was '0.01'; expected a number above 0"),
        (written(volume_min=float("nan")), "a number was NaN"),
        (written(volume_step=float("inf")), "a number was Infinity"),
        (written(size=10**400), "a number was 10000"),
        (written(margin=[0.2]), "not enough values"),
        (written(margin=[0.2, -1]), "largest margin was -1; expected a number above 0"),
        (written(margin=[None, 1]), "margin was None; expected a number above 0"),
        (written(digits=2.5), "a currency and digits were 'USD' and 2.5"),
        (written(profit_currency=None), "a currency and digits were None and 3"),
    ],
)
def test_a_damaged_file_is_not_known_left_alone_and_mended_by_confirming_all(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path_of(tmp_path).parent.mkdir()
    path_of(tmp_path).write_bytes(content)
    confirmed = Confirmed(tmp_path)
    found, told = look(confirmed)
    assert isinstance(found, Unknown)
    assert found.reason.startswith(f"{path_of(tmp_path)} cannot be read (")
    assert why in found.reason
    assert told == ()
    assert path_of(tmp_path).read_bytes() == content
    with pytest.raises(AssistantError, match="cannot be read"):
        confirmed.change(LOGIN, lambda there: there)
    now = {"IWM": IWM_FACTS}
    assert confirmed.change(LOGIN, lambda there: seen(there, now), mend=True) == now
    assert look(confirmed, replace(SNAPSHOT, instruments=(IWM,))) == (now, ())


def test_a_file_without_a_margin_is_none_of_the_damaged(tmp_path: Path) -> None:
    path_of(tmp_path).parent.mkdir()
    path_of(tmp_path).write_bytes(written(margin=None))
    confirmed = Confirmed(tmp_path)
    assert only(confirmed) == replace(IWM_FACTS, margin=None)
    look(confirmed)
    assert only(Confirmed(tmp_path)) == IWM_FACTS


def test_a_folder_in_the_place_of_the_file_is_not_known(tmp_path: Path) -> None:
    path_of(tmp_path).mkdir(parents=True)
    found = only(Confirmed(tmp_path))
    assert isinstance(found, Unknown)
    assert found.reason.startswith(f"{path_of(tmp_path)} cannot be read (")
    with pytest.raises(AssistantError, match="could not be written"):
        Confirmed(tmp_path).change(LOGIN, lambda there: there, mend=True)


def test_where_nothing_can_be_written_a_first_sight_holds_for_the_run_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    confirmed = Confirmed(tmp_path)
    for snapshot in (SNAPSHOT, replace(SNAPSHOT, instruments=(replace(IWM, digits=2), XLU))):
        found, (told,) = look(confirmed, snapshot)
        assert isinstance(found, dict)
        assert found["IWM"] == IWM_FACTS
        assert told.startswith(f"{path_of(tmp_path)} could not be written: ")
        assert told.endswith(": a contract that changes is only seen while this run lasts")

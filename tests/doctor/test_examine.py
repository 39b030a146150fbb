"""All checks together: whatever fails is one line, and hides no other."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.clock import WallClock
from assistant.doctor.examine import Asked, Report, examine
from assistant.doctor.finding import Finding, Status, guarded
from assistant.doctor.page import document, page, summary
from assistant.errors import TerminalError
from tests.doubles.bridge import LOCAL, Broker
from tests.doubles.cycles import plain_schema, schema

NAMES = {
    *(
        "python",
        "packages",
        "sleep",
        "disk",
        "autostart",
        "assistant",
        "settings",
        "funded rules",
        "sessions",
    ),
    *("terminal", "link", "login", "symbols", "trade mode", "server clock", "pc clock", "quotes", "history"),
    *("costs", "home", "journal", "log size", "series", "panel", "panel file", "terminal disk"),
}


@pytest.fixture
def at_noon(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """The broker's double, with the PC's clock at its instant, which waiting moves on."""
    monkeypatch.setattr(WallClock, "now", lambda _: broker.now)
    monkeypatch.setattr(
        WallClock, "sleep", lambda _, seconds: setattr(broker, "now", broker.now + timedelta(seconds=seconds))
    )
    return broker


def found(report: Report) -> dict[str, Finding]:
    return {one.name: one for section in report.sections for one in section.findings}


def quiet(_: str) -> None:
    """Show no progress."""


def files_of(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.mark.usefixtures("at_noon")
def test_a_terminal_that_is_well_leaves_nothing_to_mend(home: Path, tmp_path: Path) -> None:
    before = files_of(tmp_path)
    report = examine(Asked(home=home, login=4001), quiet)
    told = found(report)
    assert set(told) == NAMES
    assert {name: one.text for name, one in told.items() if one.status is Status.FAIL} == {}
    assert "login 4001" not in told["login"].text
    assert told["login"].text == "4001 on Example-Live: 99,500.00 EUR, hedging"
    assert told["server clock"].text == "UTC+02:00 now (New_York+7), as terminal.server_zone says"
    assert told["pc clock"].text == "the freshest tick is 1.2 s old by it"
    assert told["history"].text.startswith("300 sessions of IWM/SPY, 250 needed")
    assert told["panel"].status is Status.WARN  # its folder lies on another computer
    assert files_of(tmp_path) == before
    schema("doctor-1").validate(document(report))
    plain_schema("doctor-1").validate(document(report))


def test_without_a_terminal_all_else_is_looked_at(home: Path, at_noon: Broker) -> None:
    at_noon.fails.add("initialize")
    report = examine(Asked(home=home), quiet)
    told = found(report)
    assert NAMES - set(told) == {"trade mode", "terminal disk"}
    assert told["terminal"].status is Status.FAIL
    assert sum("mend `terminal` first" in line.text for line in page(report, 80)) == 0
    unasked = {name for name, one in told.items() if one.text == "not asked: no terminal"}
    assert unasked == {
        *("link", "login", "symbols", "server clock", "pc clock", "quotes", "history", "costs", "panel file"),
        "panel",
    }
    assert {told[name].status for name in unasked} == {Status.WARN}


@pytest.mark.parametrize(
    "function", ["terminal_info", "symbol_info_tick", "copy_rates_from_pos", "symbol_info"]
)
def test_no_function_that_fails_ends_the_examination(home: Path, at_noon: Broker, function: str) -> None:
    at_noon.fails.add(function)
    report = examine(Asked(home=home), quiet)
    assert report.count(Status.FAIL) > 0
    schema("doctor-1").validate(document(report))


def test_wrong_settings_are_named_and_the_rest_is_asked_with_the_packaged_ones(home: Path) -> None:
    own = home / "config" / "local.yaml"
    own.write_text(LOCAL + "sizing: {risk_per_trade: 0.2, unknown: 1}\n", encoding="utf-8")
    report = examine(Asked(home=home, paper=True), quiet)
    wrong = [one for section in report.sections for one in section.findings if one.name == "settings"]
    assert [one.status for one in wrong] == [Status.FAIL, Status.FAIL]
    assert any("risk_per_trade" in one.text and str(own) in one.text for one in wrong)
    assert found(report)["quotes"].status is Status.OK


@pytest.mark.usefixtures("at_noon")
def test_rules_that_are_none_do_not_keep_the_terminal_from_being_asked(home: Path) -> None:
    lines = LOCAL + "funded: {mode: enforce, pack: custom, initial_balance: 1000}\n"
    (home / "config" / "local.yaml").write_text(lines, encoding="utf-8")
    told = found(examine(Asked(home=home), quiet))
    assert (told["funded rules"].status, told["login"].status) == (Status.FAIL, Status.OK)


def test_a_module_that_breaks_is_a_terminal_that_does_not_answer(
    home: Path, at_noon: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_noon, "_symbol_info", lambda _: 1 / 0)
    told = found(examine(Asked(home=home), quiet))
    assert (
        told["terminal"].text == "it does not answer: symbol_info failed: ZeroDivisionError: division by zero"
    )


@pytest.mark.usefixtures("at_noon")
def test_a_check_that_breaks_is_one_line_and_hides_no_other(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> None:
        raise KeyError("x\ny")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    told = found(examine(Asked(home=home), quiet))
    assert set(told) == NAMES
    for name in ("disk", "terminal disk"):
        assert told[name].status is Status.FAIL
        assert told[name].text == r"this check itself failed: KeyError: 'x\ny'"


def test_an_error_of_ours_or_of_the_system_keeps_its_words() -> None:
    def fails(error: Exception) -> tuple[Finding, ...]:
        def check() -> Finding:
            raise error

        return guarded("x", check)

    assert fails(TerminalError("no link"))[0].text == "could not be looked at: no link"
    assert "No space left" in fails(OSError(28, "No space left"))[0].text


def test_the_panel_is_looked_for_where_the_terminal_keeps_its_data(
    home: Path, at_noon: Broker, tmp_path: Path
) -> None:
    (tmp_path / "Data" / "MQL5").mkdir(parents=True)
    at_noon.data_path = str(tmp_path / "Data")
    told = found(examine(Asked(home=home), quiet))
    assert told["panel"].text == f"not installed in {tmp_path / 'Data' / 'MQL5'}"
    assert told["panel"].mend == "`assistant panel install`"


def test_without_a_terminal_the_panel_is_looked_for_in_the_only_folder_there_is(
    home: Path, at_noon: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_noon.fails.add("initialize")
    (tmp_path / "Roaming" / "MetaQuotes" / "Terminal" / "ABC" / "MQL5").mkdir(parents=True)
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    assert found(examine(Asked(home=home), quiet))["panel"].text.startswith("not installed in ")


def test_a_terminal_whose_structs_are_none_does_not_answer(home: Path, at_noon: Broker) -> None:
    at_noon.symbols["IWM.US"].volume_min = "much"
    told = found(examine(Asked(home=home), quiet))
    assert told["terminal"].text.startswith("it does not answer: TypeError: ")


@pytest.mark.usefixtures("at_noon")
def test_each_line_of_the_page_fits_80_columns_and_the_last_one_sums(home: Path) -> None:
    report = examine(Asked(home=home, login=7), quiet)
    lines = [line.text for line in page(report, 80)]
    assert [line for line in lines if len(line) > 80 and str(home.parent) not in line] == []
    assert lines[-1] == summary(report)
    mend, know, well = (report.count(one) for one in (Status.FAIL, Status.WARN, Status.OK))
    assert lines[-1].startswith(f"{mend} to mend, {know} to know, {well} well.")
    assert mend + know + well == sum(len(one.findings) for one in report.sections)

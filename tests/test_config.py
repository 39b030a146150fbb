"""The configuration: what does not fit is refused in one line that names file, key, value and what fits."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from assistant.config import Config, FundedSettings, VirtualSettings, load_config, packaged
from assistant.core.context import Baskets, Reading
from assistant.core.market import Role
from assistant.core.own import DisciplineSettings
from assistant.core.program import Mode
from assistant.errors import ConfigError
from assistant.home import find_home


def home_with(folder: Path, local: str | bytes, name: str = "local.yaml") -> Path:
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / name).write_bytes(local.encode() if isinstance(local, str) else local)
    return folder


def complaint(folder: Path, local: str | bytes, name: str = "local.yaml") -> str:
    """What is said about a file, without the path before it."""
    home = home_with(folder, local, name)
    with pytest.raises(ConfigError) as told:
        load_config(home)
    start = str(home / "config" / name)
    lines = str(told.value).splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(start), lines
    return lines[0][len(start) :]


# Good files


def test_the_packaged_files_are_a_whole_configuration(tmp_path: Path) -> None:
    config = load_config(tmp_path)
    assert config.sizing.risk_per_trade == 0.005
    assert config.regime.legs == (("IWM", "SPY"), ("US2000", "US500"))
    assert list(config.symbols)[:2] == ["IWM", "SPY"]
    assert config.settings.fold.shares.neutral == 0.85
    assert list(config.settings.fold.votes)[:2] == ["breadth", "sectors"]


def test_a_local_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    plain = load_config(tmp_path)
    config = load_config(home_with(tmp_path, "sizing:\n  risk_per_trade: 0.004\n"))
    assert config.sizing.risk_per_trade == 0.004
    assert config.sizing.atr_sessions == plain.sizing.atr_sessions
    assert (config.regime, config.shares, config.symbols) == (plain.regime, plain.shares, plain.symbols)


def test_an_empty_local_file_changes_nothing(tmp_path: Path) -> None:
    plain = load_config(tmp_path)
    for text in ("", "# nothing\n", "\ufeff"):
        assert load_config(home_with(tmp_path, text)) == plain


def test_a_whole_number_is_taken_where_a_share_is_expected(tmp_path: Path) -> None:
    assert load_config(home_with(tmp_path, "shares: {risk_on: 1}")).shares.risk_on == 1.0


def test_names_of_a_symbol_are_replaced_whole(tmp_path: Path) -> None:
    config = load_config(home_with(tmp_path, "symbols:\n  IWM:\n    names: [IWM.XYZ]\n"))
    iwm = config.symbols["IWM"]
    assert iwm is not None
    assert (iwm.names, iwm.role) == (("IWM.XYZ",), Role.RISK_ON)


def test_a_symbol_set_to_null_is_left_out(tmp_path: Path) -> None:
    config = load_config(home_with(tmp_path, "symbols: {KRE: null}"))
    assert config.symbols["KRE"] is None
    assert config.symbols["IWM"] is not None


def test_a_symbol_of_ones_own_is_added(tmp_path: Path) -> None:
    config = load_config(home_with(tmp_path, "symbols: {SMH: {role: risk_on, names: [SMH.US]}}"))
    assert config.symbols["SMH"] is not None
    assert len(config.symbols) == 15  # fourteen are packaged


def test_a_homes_own_files_lie_over_the_packaged_ones_and_under_local(tmp_path: Path) -> None:
    home_with(tmp_path, "cycle: {ttl: 7, interval: 0.5}", "assistant.yaml")
    home_with(tmp_path, "IWM: {names: [OWN.IWM]}", "symbols.yaml")
    config = load_config(home_with(tmp_path, "cycle: {ttl: 9}"))
    assert (config.cycle.ttl, config.cycle.interval, config.cycle.sessions) == (9, 0.5, 600)
    iwm = config.symbols["IWM"]
    assert iwm is not None
    assert iwm.names == ("OWN.IWM",)


def funded(folder: Path, local: str) -> FundedSettings:
    return load_config(home_with(folder, f"funded: {{{local}}}")).funded


def test_no_rules_of_a_funded_account_are_followed_unless_they_are_named(tmp_path: Path) -> None:
    plain = load_config(tmp_path).funded
    assert (plain.mode, plain.pack, plain.virtual, plain.custom) == (Mode.OFF, None, None, None)
    assert (plain.reserve, plain.amber, plain.reward, plain.planned_payout) == (0.15, 0.5, 1.0, 0.0)
    assert funded(tmp_path, "mode: off") == plain


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-02", date(2026, 11, 2)),
        ("2026-11-02T14:30:00Z", datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
        ('"2026-11-02"', date(2026, 11, 2)),
    ],
)
def test_a_phase_starts_on_a_day_or_at_an_instant(
    tmp_path: Path, start: str, expected: date | datetime
) -> None:
    found = funded(tmp_path, f"mode: enforce, pack: ftmo/2_step_challenge, start: {start}")
    assert (found.mode, found.start) == (Mode.ENFORCE, expected)
    assert type(found.start) is type(expected)


def test_a_rehearsal_and_a_program_of_one_s_own_are_taken_as_they_are_written(tmp_path: Path) -> None:
    found = funded(
        tmp_path,
        "mode: dry_run, pack: custom, custom: {name: Own, rules: {max: {effect: fail}}}, bought: 2025-06-02, "
        "virtual: {initial_balance: 50000, start: 2026-10-05}, size: 52500.5",
    )
    assert found.virtual == VirtualSettings(initial_balance=50_000.0, start=date(2026, 10, 5))
    assert found.custom == {"name": "Own", "rules": {"max": {"effect": "fail"}}}
    assert (found.bought, found.size) == (date(2025, 6, 2), 52_500.5)


# Bad files


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("sizing: {risk: 0.004}", ": sizing.risk: unknown key"),
        ("funded: {mode: dry_run}", "funded: pack is missing; mode dry_run needs firm/program, or custom"),
        ("funded: {mode: enforce}", "funded: pack is missing; mode enforce needs firm/program, or custom"),
        ("funded: {mode: live}", "funded.mode"),
        ("funded: {reserve: 1}", "was 1; expected less than 1"),
        ("funded: {amber: 0}", "was 0; expected greater than 0"),
        ("funded: {planned_payout: -1}", "was -1; expected greater than or equal to 0"),
        ("funded: {initial_balance: 0}", "was 0; expected greater than 0"),
        ("funded: {size: -5}", "was -5; expected greater than 0"),
        ("funded: {reward: 20.5}", "was 20.5; expected less than or equal to 20"),
        ("funded: {virtual: {initial_balance: 50000}}", "funded.virtual.start"),
        ("funded: {bought: yesterday}", "funded.bought"),
        ("fundet: {mode: off}", ": fundet: unknown key; near it is funded"),
        ("alerts: {comand: [python3, hush]}", ": alerts.comand: unknown key; near it is command"),
        ("alerts: {command: python3 hush.py}", "was not shown: it may be secret; expected a list"),
        ("alert: {command: [python3, hush]}", ": alert: unknown key; near it is alerts"),
        (
            "cycle: {ttl: many}",
            (
                ": cycle.ttl (seconds after which a reader of the panel file or state file calls it "
                "expired): was 'many'; expected a valid integer"
            ),
        ),
        ("regime: {source: broker}", "regime: source was 'broker'; expected terminal, or advice:LOGIN"),
        (
            "symbols: {IWM: {isin: US4642876556}}",
            "isin was 'US4642876556'; expected 12 letters and digits whose last checks the rest",
        ),
        ("symbols: {IWM: {isin: IWM}}", "isin was 'IWM'; expected 12 letters and digits"),
        (
            "symbols: {IWM: {description: '('}}",
            "description was '('; expected a regular expression: missing ), unterminated subpattern",
        ),
        ("regime: {legs: [[IWM, IWM]]}", "regime: legs was IWM/IWM; expected two symbols"),
        (
            "regime: {legs: [[IWM, XYZ]]}",
            "regime: the leg XYZ is not among the symbols, or is left out there",
        ),
        ("symbols: {iwm: {role: risk_on, names: [A]}}", "stands twice, in different case"),
        ("symbols: {IWM: {names: []}}", "symbols.IWM.names: was []; expected at least 1 item"),
        ("shares: {fail_safe: 0.3}", "was 0.3; expected less than or equal to 0.25"),
        (
            "shares: {unknown: 0.8}",
            "expected fail_safe <= unknown <= risk_off <= neutral <= risk_on",
        ),
        ("cycle: {ttl: 5.5}", "was 5.5; expected a valid integer"),
        ("cycle: {ttl: true}", "was True; expected a valid integer"),
        ('cycle: {ttl: "5"}', "was '5'; expected a valid integer"),
        ("shares: {neutral: true}", "shares.neutral: was True; expected a valid number"),
        ('sizing: {risk_per_trade: "0.004"}', "was '0.004'; expected a valid number"),
        ("sizing:\n  risk_per_trade: 0,004", "was '0,004'; expected a valid number"),
        ("sizing: {risk_per_trade: .nan}", "was nan; expected"),
        ("sizing: {risk_per_trade: .inf}", "was inf; expected"),
        (
            "sizing: {risk_per_trade: 0.4}",
            (
                "(share of the risk base min(balance, equity) - credit): was 0.4; expected less than or "
                "equal to 0.05"
            ),
        ),
        ("sizing: {risk_per_trade: 0}", "was 0; expected greater than 0"),
        ("sizing: {risk_per_trade: null}", "was None; expected a valid number"),
        ("exposure: {margin_kept_back: 1.0}", "was 1.0; expected less than 1"),
        ("exposure: {margin_kept_back: -0.1}", "was -0.1; expected greater than or equal to 0"),
        ("shares: {risk_on: 1.01}", "was 1.01; expected less than or equal to 1"),
        (
            "cycle: {interval: 0.2}",
            "(seconds between two cycles, 0.25 to 1): was 0.2; expected greater than or equal to 0.25",
        ),
        ("cycle: {interval: 2}", "was 2; expected less than or equal to 1"),
        ("regime: {fast: 100, slow: 20}", ": regime: fast was 100, slow 20; expected fast < slow"),
        ("regime: {fast: 100}", ": regime: fast was 100, slow 100; expected fast < slow"),
        ("shares: {neutral: 0.6}", "risk_off 0.7, neutral 0.6, risk_on 1; expected "),
        ("regime: {legs: []}", "was []; expected"),
        ("regime: {legs: [[IWM, SPY, QQQ]]}", "was ['IWM', 'SPY', 'QQQ']; expected"),
        ("regime: {legs: IWM/SPY}", "was 'IWM/SPY'; expected"),
        ("log: {level: LOUD}", "was 'LOUD'; expected 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("log: {keep: 10000000000}", "was 10000000000; expected less than or equal to 3650"),
        ("conditions: {recover_seconds: 1.0e+300}", "was 1e+300; expected less than or equal to 3600"),
        ("terminal: {module: null}", "was None; expected a valid string"),
        ('terminal: {module: ""}', "was ''; expected"),
        ("terminal: {path: 7}", "was 7; expected a valid string"),
        (
            "symbols: {IWM: {role: cyclical}}",
            ": symbols.IWM.role: was 'cyclical'; expected 'risk_on', 'defensive' or 'neutral'",
        ),
        ("symbols: {IWM: {names: []}}", "was []; expected"),
        ("symbols: {IWM: {names: IWM.X}}", "was 'IWM.X'; expected"),
        ("symbols: {IWM: {lots: 3}}", ": symbols.IWM.lots: unknown key"),
        ("symbols: {SMH: {role: risk_on}}", ": symbols.SMH.names: missing"),
        ("symbols: {IWM: IWM.US}", "was 'IWM.US'; expected keys and values"),
        ("symbols: null", ": symbols: was None; expected"),
        ("cycle: 5", ": cycle: was 5; expected keys and values"),
        ("cycle:", ": cycle: was None; expected keys and values"),
        ("- cycle\n- log", ": was ['cycle', 'log']; expected keys and values"),
        ("just words", ": was 'just words'; expected keys and values"),
        ("cycle: {ttl: 6}\ncycle: {ttl: 7}", " line 2, column 1: the key cycle stands twice"),
        ("cycle:\n  ttl: 6\n  ttl: 7", " line 3, column 3: the key ttl stands twice"),
        ("cycle: {ttl: 6", " line 1, column 15: "),
        ("cycle:\n\tttl: 6", " line 2, column 1: found character '\\t' that cannot start any token"),
        ("cycle: {ttl: 6}\n---\ncycle: {ttl: 7}", " line 2, column 1: but found another document"),
        ("cycle: !!python/object:os.system {}", " line 1, column 8: could not determine a constructor"),
        (
            "symbols: {7: {role: risk_on, names: [SEVEN.US]}}",
            " line 1, column 11: a key was no text; put it in quotes",
        ),
        ("2018-12-26: 1", " line 1, column 1: a key was no text; put it in quotes"),
        ("cycle: &a {ttl: 6}\nlog: *a", " line 2, column 8: an alias is not taken here"),
        ("symbols: &a {IWM: *a}", ": an alias is not taken here"),
        ("? [a, b]\n: 1", " line 1, column 3: "),
        (b"cycle: {ttl: 6} # \xe4", ": byte 18 is not UTF-8 text"),
        (b"cycle\x00: 1", ": "),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(tmp_path: Path, local: str | bytes, expected: str) -> None:
    assert expected in complaint(tmp_path, local)


def test_each_complaint_has_a_line_of_its_own(tmp_path: Path) -> None:
    home = home_with(tmp_path, "cycle: {ttl: 1, pause: 3}\nshares: {risk_on: 2}")
    with pytest.raises(ConfigError) as told:
        load_config(home)
    lines = str(told.value).splitlines()
    assert [re.search(r"local\.yaml: ([\w.]+)", line) is not None for line in lines] == [True] * 3


def test_the_file_that_gave_the_value_is_named(tmp_path: Path) -> None:
    assert "ttl" in complaint(tmp_path, "cycle: {ttl: 700}", "assistant.yaml")
    home_with(tmp_path, "cycle: {ttl: 7}", "assistant.yaml")
    assert "QQQ" in complaint(tmp_path, "QQQ: {role: none}", "symbols.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_with(tmp_path, "cycle: {ttl: 7}")
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "local.yaml":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConfigError, match=r"local\.yaml: cannot be read: Permission denied$"):
        load_config(home)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("funded: {start: 2026-02-30}", "a value is none: day is out of range for month"),
        ("[" * 20_000, "it is nested too deeply"),
        ("x: !!int a", "a value is none: invalid literal"),
        ('x: !!int ""', "a value is none: string index"),
        ("x: !!float a", "a value is none: could not convert"),
        ("x: " + "9" * 5000, "a value is none: "),
        ('x: !!python/object/apply:os.system ["touch PWNED"]', "could not determine a constructor"),
        ("a: &a [1]\nb: *a", "an alias is not taken here"),
        ("x: !!" + "y" * 50_000 + " 1", "could not determine a constructor"),
    ],
)
def test_yaml_that_python_itself_stumbles_over_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    said = complaint(tmp_path, text)
    assert told in said
    assert len(said) < 400


def test_a_file_of_settings_without_end_is_not_read(tmp_path: Path) -> None:
    said = complaint(tmp_path, "x: 1 # " + "." * 1_000_000)
    assert said == ": cannot be read: it has more than 1000000 bytes"


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    said = complaint(tmp_path, f"log: {{level: {'x' * 500}}}")
    assert len(said) < 200
    assert "xxx...; expected" in said


# The packaged files


def test_every_setting_has_a_comment_with_its_unit_and_meaning() -> None:
    lines = (packaged() / "assistant.yaml").read_text(encoding="utf-8").splitlines()
    below = {"shares", "trades"}  # one unit, told once beside the section
    section, bare = "", []
    for line in lines:
        section = match[1] if (match := re.match(r"(\w+):", line)) else section
        setting = re.match(r"  (\w+): *\S", line)
        if setting and not re.search(r" # \S", line) and section not in below:
            bare.append(setting[1])
    assert bare == []
    assert any(re.match(r"shares: +# of normal risk", line) for line in lines)


def test_the_packaged_file_names_every_setting_and_no_other() -> None:
    data = yaml.safe_load((packaged() / "assistant.yaml").read_text(encoding="utf-8"))
    sections = {name for name in Config.model_fields if name not in ("symbols", "votes")}
    assert set(data) == sections
    config = load_config(Path("nowhere"))
    assert (data["overrides"], config.overrides) == ([], ())
    for name in sections - {"overrides"}:
        assert set(data[name]) == set(type(getattr(config, name)).__dataclass_fields__)


def test_discipline_is_shown_only_until_it_is_asked_for_and_null_switches_it_off(tmp_path: Path) -> None:
    plain = load_config(tmp_path).settings.discipline
    assert (plain.daily_loss, plain.losing_streak, plain.advisory) == (0.02, 3, True)
    own = load_config(home_with(tmp_path, "discipline: {daily_loss: null, losing_streak: null}"))
    assert own.discipline == DisciplineSettings(daily_loss=None, losing_streak=None, advisory=True)


def test_overrides_without_an_end_and_with_one_are_taken(tmp_path: Path) -> None:
    text = """
overrides:
- {symbol: IWM, lots: 0, why: no small caps}
- {symbol: all, share: 0.5, until: 2026-12-18, why: holidays}
- {symbol: SPY, lots: 2.5, until: 2026-12-18T16:00:00-05:00, why: "expiry"}
- {symbol: QQQ, share: 1, until: "2026-12-18T16:00Z", why: "a text"}
"""
    ends = [one.override().until for one in load_config(home_with(tmp_path, text)).overrides]
    assert ends == [
        None,
        datetime(2026, 12, 19, tzinfo=UTC),
        datetime(2026, 12, 18, 21, tzinfo=UTC),
        datetime(2026, 12, 18, 16, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        ("{symbol: FOO, lots: 0, why: x}", "the symbol FOO is not among the symbols; expected"),
        ("{symbol: iwm, lots: 0, why: x}", "the symbol iwm is not among the symbols"),
        ("{symbol: IWM, lots: -1, why: x}", "lots was -1; expected 0 or more"),
        ("{symbol: IWM, lots: '1', why: x}", "was '1'; expected a valid number"),
        ("{symbol: IWM, lots: 1, share: 1, why: x}", "one of lots and share is needed, and one only"),
        ("{symbol: all, lots: 1, why: x}", "all takes a share"),
        ("{symbol: all, share: 1.5, why: x}", "share was 1.5; expected 0 to 1"),
        ("{symbol: all, share: 0.5}", "missing"),
        ("{symbol: all, share: 0.5, why: x, until: 2026-12-18 16:00:00}", "until was 2026-12-18"),
        ("{symbol: all, share: 0.5, why: x, until: 9999-12-31}", "until was 9999-12-31; expected a date"),
        ("{symbol: all, share: 0.5, why: x, side: buy}", "unknown key"),
    ],
)
def test_an_override_that_is_none_is_refused(tmp_path: Path, one: str, message: str) -> None:
    told = complaint(tmp_path, f"overrides: [{one}]")
    assert told.startswith(": overrides")
    assert message in told


def test_the_roles_are_those_of_the_vocabulary() -> None:
    symbols = load_config(Path("nowhere")).symbols
    by_role: dict[Role, set[str]] = {role: set() for role in Role}
    for name, one in symbols.items():
        assert one is not None
        by_role[one.role].add(name)
    assert by_role == {
        Role.RISK_ON: {"IWM", "SPY", "QQQ", "XLF", "XLI", "XLY", "KRE", "HYG", "US2000", "US500"},
        Role.DEFENSIVE: {"XLU", "XLP", "XLV"},
        Role.NEUTRAL: {"IEF"},
    }


def test_no_two_symbols_claim_the_same_name() -> None:
    names = [name for one in load_config(Path("nowhere")).symbols.values() if one for name in one.names]
    assert len(names) == len(set(names))


# Home


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder and an environment without anything."""
    for name in ("BREADTH_ASSISTANT_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_the_option_comes_first_then_the_variable_then_the_clone_then_the_users_folder(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_home(None) == elsewhere / "me" / ".local" / "share" / "breadth-assistant"
    monkeypatch.setenv("LOCALAPPDATA", str(elsewhere / "AppData"))
    assert find_home(None) == elsewhere / "AppData" / "BreadthAssistant"
    home_with(elsewhere / "here", "", "assistant.yaml")
    assert find_home(None) == elsewhere / "here"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(elsewhere / "named"))
    assert find_home(None) == elsewhere / "named"
    assert find_home(elsewhere / "option") == elsewhere / "option"


def test_a_relative_home_is_made_absolute(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_home(Path("one")) == elsewhere / "here" / "one"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", "two")
    assert find_home(None) == elsewhere / "here" / "two"


def test_an_empty_variable_is_none(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", "")
    assert find_home(None).name == "breadth-assistant"
    assert elsewhere.is_dir()


@pytest.mark.parametrize("name", ["local.yml", "local.yaml.txt", "local.txt"])
def test_a_local_file_of_another_name_is_not_silently_ignored(tmp_path: Path, name: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / name).write_text("sizing: {risk_per_trade: 0.004}", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{name}: is not read; name it local\.yaml$"):
        load_config(tmp_path)


def test_a_leg_that_is_left_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text("symbols: {SPY: null}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the leg SPY is not among the symbols, or is left out there$"):
        load_config(tmp_path)


def test_off_is_a_word_and_a_symbol_may_be_called_on(tmp_path: Path) -> None:
    text = "macro: {source: off}\ntrades: {advisory: false}\nsymbols: {ON: {role: risk_on, names: [ON.US]}}\n"
    config = load_config(home_with(tmp_path, text))
    assert (config.macro.source, config.trades.advisory) == ("off", False)
    assert "ON" in config.symbols


def test_a_vote_over_two_baskets_takes_no_code_and_one_is_left_out_by_null(tmp_path: Path) -> None:
    vote = (
        "{take: first, backtest: true, readings: [{baskets: {of: [KRE], against: [SPY], fast: 5, slow: 50}}]}"
    )
    config = load_config(home_with(tmp_path, f"votes: {{banks: {vote}, breadth: null}}\n"))
    votes = config.settings.fold.votes
    assert list(votes) == ["sectors", "credit", "rates", "economy", "conditions", "volatility", "banks"]
    assert votes["banks"].readings == (
        Reading(baskets=Baskets(of=("KRE",), against=("SPY",), fast=5, slow=50)),
    )


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("{}", "expected one of baskets, trend, level"),
        ("{baskets: {of: [], against: [SPY], fast: 5, slow: 50}}", "was []"),
        (
            "{baskets: {of: [KRE], against: [SPY], fast: 50, slow: 50}}",
            "fast was 50, slow 50; expected fast < slow",
        ),
        (
            "{trend: {series: DGS10, fast: 9, slow: 5, rising: for}}",
            "fast was 9, slow 5; expected fast < slow",
        ),
        ("{trend: {series: DGS10, fast: 2, slow: 5, rising: up}}", "was 'up'; expected 'for' or 'against'"),
        (
            "{level: {series: X, below: 3, above: 2, under: for}}",
            "below was 3, above 2; expected below <= above",
        ),
        ("{level: {below: 1, above: 2, under: for}}", "expected a series or a symbol, one of the two"),
        ("{level: {series: X, symbol: Y, below: 1, above: 2, under: for}}", "expected a series or a symbol"),
    ],
)
def test_a_vote_that_cannot_be_cast_is_refused_in_one_line(
    tmp_path: Path, reading: str, expected: str
) -> None:
    text = f"votes: {{mine: {{take: first, backtest: true, readings: [{reading}]}}}}"
    said = complaint(tmp_path, text)
    assert "votes.mine" in said
    assert expected in said


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("macro: {source: csv}", "macro: folder was null; expected a folder, since source is csv"),
        ("macro: {url: fred}", "macro: url was 'fred'; expected"),
        ("macro: {source: web}", "macro.source"),
        (
            "trades: {risk_off: 9}",
            "trades: was risk_off 9, neutral 6, risk_on 8; expected risk_off <= neutral <= risk_on",
        ),
        (
            "shares: {hold_followed: 11}",
            "hold_followed was 11, hold_closes 10; expected hold_followed <= hold_closes",
        ),
        ("context: {least: 0.8}", "least was 0.8, neutral 0.75; expected least <= neutral"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path: Path, local: str, expected: str) -> None:
    assert expected in complaint(tmp_path, local)

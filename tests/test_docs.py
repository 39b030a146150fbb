"""What the documents say is what the program does."""

import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from loguru import logger

from assistant import cli
from assistant.autostart import TASK
from assistant.cli.panel import ATTACH
from assistant.clock import WallClock
from assistant.config import load_config
from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from assistant.funded.anchors import add_anchor
from assistant.funded.calendar import parse
from assistant.funded.program import program_of
from assistant.macro.fred import CSV_SERVER
from assistant.macro.store import Reading, store
from assistant.outputs.alert_command import QUEUED, run_command
from assistant.outputs.journal import DURABLE, entry_of
from assistant.panel.files import RECORD
from tests.doubles.cycles import packaged_config
from tests.study.pasts import folder

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHECKLIST = (ROOT / "assistant" / "docs" / "windows-checklist.md").read_text(encoding="utf-8")
MQL5 = ROOT / "assistant" / "mql5"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "assistant").rglob("*.md")])


def printed(capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *words: str) -> str:
    patch.setattr(sys, "argv", ["assistant", *words])
    with pytest.raises(SystemExit):
        cli.main()
    logger.remove()
    return capsys.readouterr().out


def test_the_check_in_the_readme_is_what_the_program_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["check", "--paper", "buy", "SPY", "30", "--stop", "220"]
    assert " ".join(words) in README
    shown = re.search(r"```text\n(PAPER .*?)```", README, re.DOTALL)
    assert shown is not None
    assert printed(capsys, monkeypatch, *words, "--home", str(tmp_path)) == shown[1]


def test_the_page_of_a_funded_account_in_the_readme_is_what_the_program_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the news; which clock is the reader's own is not compared."""
    example = README.partition("## Rules of funded accounts")[2]
    settings, shown = (example.split(f"```{kind}\n")[1].split("```")[0] for kind in ("yaml", "text"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    told = printed(capsys, monkeypatch, "funded", "--paper", "--home", str(tmp_path))
    own = re.compile(r"\w{3} \d\d:\d\d your time")
    assert own.sub("", told).startswith(own.sub("", shown))


def test_the_costs_in_the_readme_are_what_doctor_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = README.partition("## First run")[2].split("```text\n")[1].split("```")[0]
    assert shown in printed(capsys, monkeypatch, "doctor", "--paper", "--home", str(tmp_path))


@pytest.mark.parametrize("block", [0, 1])
def test_the_settings_in_the_manual_of_funded_rules_name_a_program(tmp_path: Path, block: int) -> None:
    manual = (ROOT / "assistant" / "docs" / "funded-rules.md").read_text(encoding="utf-8")
    settings = manual.split("```yaml\n")[1 + block].split("```")[0]
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    program = program_of(load_config(tmp_path).funded)
    assert program is not None
    names = [rule.name for rule in program.rules]
    if block == 0:
        assert (program.title, program.mode, program.initial) == (
            "FTMO 2-Step, challenge",
            "dry_run",
            100_000.0,
        )
    else:
        assert names == ["daily", "max", "target", "days", "best", "idle", "news"]
        assert (program.title, program.mode, list(program.cutoffs)) == (
            "My firm, stage 1",
            "enforce",
            ["17:00 America/New_York"],
        )


@pytest.mark.parametrize(
    "command",
    [
        *("demo", "run", "check", "status", "history", "note", "cap", "funded", "panel", "autostart"),
        *("setup", "doctor", "alerts", "review"),
    ],
)
def test_each_command_stands_in_the_readme_and_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.search(rf"run\.py {command}\b|\b{command}\b", README)
    assert "Example" in printed(capsys, monkeypatch, command, "--help")


def test_all_that_is_written_stands_in_the_readme_and_is_not_the_repository_s(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2019, 1, 2, 15, 30, tzinfo=UTC)
    monkeypatch.setattr(WallClock, "now", lambda _: at)
    data = folder(tmp_path / "data", 620)
    for words in (
        ["run", "--paper", "--once"],
        ["review", "--paper"],
        ["check", "--paper", "buy", "SPY", "30", "--stop", "220"],
        ["note", "neutral", "--until", "2019-01-31", "--why", "x"],
        ["cap", "IWM", "0", "--until", "2019-01-31", "--why", "x"],
        ["history", "import", str(data / "daily")],
        ["study", "evidence", "--data", str(data), "--symbols", "IWM", "--draws", "100"],
    ):
        printed(capsys, monkeypatch, *words, "--home", str(tmp_path / "home"))
    read = Reading(((date(2018, 12, 21), 30.11),), "x", at)
    store(tmp_path / "home" / "state" / "macro", "VIXCLS", read)
    add_anchor(tmp_path / "home", 9000001, Stated(at, {Mark.START_BALANCE: 100_000.0}))
    written = [
        path.relative_to(tmp_path / "home") for path in (tmp_path / "home").rglob("*") if path.is_file()
    ]
    table = README.partition("## What it writes")[2].partition("## More")[0]
    named = re.findall(
        r"`([^`]+)`", "".join(line.split("|")[1] for line in table.splitlines() if line[:1] == "|")
    )
    patterns = [
        re.sub("<[^>]*>", "*", one.replace("<terminal's common folder>", "paper/Common")) for one in named
    ]
    assert [path for path in written if not any(path.match(one) for one in patterns)] == []
    assert {pattern for pattern in patterns if not any(path.match(pattern) for path in written)} == set()
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {path.parts[0] for path in written} == {"history", "logs", "paper", "state"}
    assert {"/history/", "/logs/*", "/paper/", "/state/"} <= set(ignored)


def test_the_readme_and_the_evidence_say_the_same_of_all_shares_together() -> None:
    pages = (ROOT / "assistant" / "docs" / "evidence.md").read_text(encoding="utf-8")
    row = next(line for line in pages.splitlines() if line.startswith("| all shares together "))
    tails = [-int(one) for one in row.split("|")[4].removesuffix(" % ").split(",")]
    assert f"made the worst 1 % of sessions {min(tails)} to {max(tails)} % smaller" in README


def test_the_readme_names_the_series_that_the_evidence_looks_at() -> None:
    votes = [vote for vote in packaged_config().settings.fold.votes.values() if vote.backtest]
    readings = [reading for vote in votes for reading in vote.readings]
    series = {reading.trend.series for reading in readings if reading.trend}
    series |= {reading.level.series for reading in readings if reading.level and reading.level.series}
    told = README.partition("`assistant study evidence --data FOLDER`")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z0-9]+)\.csv`", told)) == series | {"IWM", "SPY"}
    assert f"`{CSV_SERVER}/graph/fredgraph.csv?id=BAA10Y`" in told


def test_the_example_for_expert_advisors_in_the_readme_is_of_the_example_itself() -> None:
    example = README.partition("```mql5\n")[2].partition("```")[0]
    lines = [re.sub(r"\s+// Event.*", "", line) for line in example.splitlines() if line]
    source = (
        (MQL5 / "Experts" / "BreadthAssistant" / "ExampleEA.mq5").read_text(encoding="utf-8").splitlines()
    )
    at = 0
    for line in (one for one in lines if one.strip(" {}")):
        at = source.index(line, at) + 1
    assert at > source.index("void OnTick(void)")
    timer = "EventSetMillisecondTimer(250)"
    assert timer in example
    assert any(timer in line for line in source)


def test_the_states_and_variables_that_the_documents_name_are_those_of_the_include() -> None:
    include = MQL5 / "Include" / "BreadthAssistant"
    feed, globals_ = (
        (include / f"Advice{one}.mqh").read_text(encoding="utf-8") for one in ("Feed", "Globals")
    )
    states = set(re.findall(r'return\("([A-Z ]+)"\)', feed)) - {"LIVE"}
    terminal = README.partition("## In the terminal")[2].partition("\n## ")[0]
    assert (
        {one for one in states if one in terminal}
        == states
        >= {"STALE", "MISSING", "CORRUPT", "FOREIGN ACCOUNT"}
    )
    for page in (terminal, CHECKLIST):
        named = re.findall(r"`(BA\.<login>\.[^`…]+)`", page)
        assert [one for one in named if not re.search(rf"{re.escape(one)}\s", globals_)] == []
        assert len(set(named)) >= 2
    assert set(
        re.findall(r"\b[A-Z]{5,}\b", CHECKLIST.partition("## Ten checks")[2].partition("\n## ")[0])
    ) <= {
        *("LIVE", *states),
        *("SYMBOL", "PRICE", "APPDATA"),
    }


def test_the_checklist_has_ten_checks_and_names_the_clicks_that_the_installer_names() -> None:
    rows = re.findall(r"^\| (\d+) \|", CHECKLIST, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 11)]
    assert ATTACH in CHECKLIST
    assert f"after {packaged_config().cycle.ttl:g} s at most STALE" in CHECKLIST
    assert {f"/TN {TASK}" in CHECKLIST, RECORD.replace("/", "\\") in CHECKLIST} == {True}


def test_the_calendar_in_the_manual_is_whole() -> None:
    manual = (ROOT / "assistant" / "docs" / "funded-rules.md").read_text(encoding="utf-8")
    example = manual.split("```csv\n")[1].split("```")[0]
    content = parse(example.encode(), "news.csv")
    assert content.problems == ()
    assert content.as_of == datetime(2026, 12, 4, 6, tzinfo=UTC)
    assert [str(one.impact) for one in content.releases] == ["high", "high", "medium"]


def test_the_script_for_alerts_in_the_manual_posts_what_it_is_given(tmp_path: Path) -> None:
    got: list[tuple[str, str, bytes]] = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Priority"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    manual = (ROOT / "assistant" / "docs" / "alerts.md").read_text(encoding="utf-8")
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        example = manual.split("```python\n")[1].split("```")[0]
        own = example.replace("https://ntfy.sh", f"http://127.0.0.1:{server.server_port}")
        (tmp_path / "notify.py").write_text(own, encoding="utf-8")
        Thread(target=server.handle_request, daemon=True).start()
        alert = {"login": 4001, "level": "alarm", "text": "daily is red", "reason": "headroom \u2026"}
        outcome = run_command([sys.executable, "notify.py"], alert, tmp_path, 20.0)
    assert outcome.kind == "ended"
    assert got == [("/a-long-topic-of-your-own", "urgent", "daily is red\nheadroom \u2026".encode())]


def test_the_settings_for_alerts_in_the_manual_are_settings(tmp_path: Path) -> None:
    manual = (ROOT / "assistant" / "docs" / "alerts.md").read_text(encoding="utf-8")
    (tmp_path / "config").mkdir()
    settings = manual.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    alerts = load_config(tmp_path).alerts
    assert (alerts.command, alerts.least) == (("python", "notify.py"), "warning")
    assert f"({alerts.timeout:g})" in manual
    assert f"({QUEUED})" in manual or f"behind {QUEUED} alerts" in manual
    assert f"`alerts.news_ahead`, {alerts.news_ahead:g} minutes" in manual


def test_the_line_in_the_manual_of_the_journal_is_whole() -> None:
    manual = (ROOT / "assistant" / "docs" / "journal.md").read_text(encoding="utf-8")
    line = re.search(r"```text\n(.*)\n```", manual)
    assert line is not None
    assert entry_of(line[1].encode())["balance"] == 50250.0
    with pytest.raises(ValueError, match="not as it was written"):
        entry_of(line[1].replace("50250", "50251").encode())
    kinds = manual.split("cycle goes on: ")[1].split(". They")[0]
    assert set(re.findall(r"`(\w+)`", kinds)) == DURABLE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_wheel_holds_settings_data_and_documents_and_no_one_s_own_settings(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {
        "assistant/defaults/assistant.yaml",
        "assistant/defaults/faults/bad_day.yaml",
        "assistant/defaults/symbols.yaml",
        "assistant/defaults/funded/ftmo.yaml",
        "assistant/defaults/funded/the_trading_pit.yaml",
        "assistant/docs/funded-rules.md",
        "assistant/data/sessions.csv",
        "assistant/data/trader.csv",
        "assistant/data/brokers.yaml",
        "assistant/docs/bridges.md",
        "assistant/docs/rehearse.md",
        "assistant/docs/windows-checklist.md",
        "assistant/data/daily/IWM.csv",
        "assistant/docs/panel-file.md",
        "assistant/docs/schema/advice-1.json",
        "assistant/mql5/Include/BreadthAssistant/Advice.mqh",
        "assistant/mql5/Experts/BreadthAssistant/ExampleEA.mq5",
        "assistant/mql5/Indicators/BreadthAssistant/Panel.mq5",
        "assistant/mql5/Services/BreadthAssistant/Calendar.mq5",
    }
    assert not [name for name in names if name.endswith("local.yaml")]

"""What assistant/docs/security.md promises."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

import assistant
from assistant import cli
from assistant.app import Assistant
from assistant.cli.options import opened_home
from assistant.config import load_config
from assistant.errors import ConfigError
from assistant.source import open_source
from assistant.terminal import paper
from tests.doubles.bridge import LOCAL, Broker
from tests.doubles.command import Command
from tests.doubles.runs import Run, nothing
from tests.doubles.watch import watched
from tests.macro.server import KEY, Answer, served

ROOT = Path(assistant.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
TOKEN, PASSWORD = "t0ken-of-a-bot-7731", "pa55word-of-a-proxy"
STARTERS = {  # what starts programs
    "outputs/alert_command.py",  # the trader's own command
    "reviewer.py",  # this program, which writes the review
    "panel/compiling.py",  # the terminal's editor
    "autostart.py",  # a task of Windows
    "watchdog/supervisor.py",  # a run's second process
    "doctor/system.py",  # when Windows sleeps is asked
}
ASKS_THE_SYSTEM = {"watchdog/watched.py", "watchdog/windows.py"}  # so that no process outlives the other


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


# What it connects to, and where it writes


def test_a_paper_run_listens_nowhere_calls_nobody_and_writes_into_its_home_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text("cycle: {sessions: 260}\n")
    with watched(home) as done:
        config = load_config(home)
        source = open_source(config, home, paper=True, speed=1e6)
        with Assistant(config, home, source, publish=True, dry_run=False) as one:
            for _ in range(10):
                one.cycle()
                paper.advance(180)
        assert done == []


@pytest.mark.parametrize("macro", ["fred", "off"])
def test_a_run_calls_only_the_server_of_its_settings(
    macro: str, home: Path, broker: Broker, tmp_path: Path
) -> None:
    with served([Answer(b"observation_date,BAA10Y\n2025-01-13,2.4\n")]) as server:
        settings = f"{{source: {macro}, url: '{server.url}', attempts: 1}}"
        (home / "config" / "local.yaml").write_text(LOCAL.replace("{source: off}", settings))

        def called() -> None:
            assert server.called.wait(10) is (macro == "fred")

        with watched(tmp_path, (server.url.removeprefix("http://"),)) as done:
            Run(home, broker).loop(2, *([called] if macro == "fred" else []))
            assert done == []
        assert bool(server.asked) is (macro == "fred")


# What its source does not hold


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_evaluates_unpacks_or_asks_a_shell(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {
        word.split(".")[0]
        for node in ast.walk(tree)
        for word in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not modules & {"pickle", "marshal", "shelve", "dill", "joblib", "socket", "socketserver"}
    assert "ctypes" not in modules or name(path) in ASKS_THE_SYSTEM
    assert "subprocess" not in modules or name(path) in STARTERS
    for call in calls(path):
        called = ast.unparse(call.func)
        assert called not in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, call.lineno
        assert not [one for one in call.keywords if one.arg == "shell"], call.lineno


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_yaml_is_read_by_safe_loaders_alone(path: Path) -> None:
    used = set(re.findall(r"\byaml\.(\w*(?:load|Load)\w*)", path.read_text(encoding="utf-8")))
    assert used <= {"safe_load", "SafeLoader"}


def test_every_dependency_is_pinned_by_version_and_hash() -> None:
    for file in ("constraints.txt", "tests/constraints.txt"):
        text = (ROOT.parent / file).read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(lines) > 10
        for line in lines:
            assert re.match(r"^[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==[^\s;]+.*--hash=sha256:[0-9a-f]{64}", line), (
                file,
                line[:60],
            )


# What is secret


def test_no_secret_is_logged_shown_or_kept_in_a_run_where_everything_fails(
    home: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    echo = f'{{"error_message": "Bad Request. The value for api_key={KEY} is not registered."}}'.encode()
    monkeypatch.setenv("FRED_API_KEY", KEY)
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:9")
    failing = home / "failing.py"
    failing.write_text("import sys; open('ran', 'w').write(sys.argv[2]); print(sys.argv); sys.exit(7)")
    with served([Answer(echo, status=400)]) as server:
        local = LOCAL.replace("{source: off}", f"{{url: '{server.url}', attempts: 1}}")
        command = f"alerts: {{command: ['{sys.executable}', '{failing}', '--token', {TOKEN}], least: info}}\n"
        (home / "config" / "local.yaml").write_text(f"{local}\n{command}log: {{level: DEBUG}}\n")
        opened_home(home)
        run = Run(home, broker)

        def called() -> None:
            assert server.called.wait(10)

        def lost() -> None:
            broker.fails, broker.error = {"account_info"}, (-10004, "No IPC connection")

        def back() -> None:
            broker.fails = set()
            broker.money["balance"] -= 4000.0

        run.loop(45, called, lost, *[nothing] * 5, back)  # five seconds each while it is lost
    try:
        raise_with_secrets()
    except ZeroDivisionError:
        logger.exception("unexpected")
    logger.remove()
    files = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.name not in {"local.yaml", "failing.py", "ran"}
    ]
    said = {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}
    said |= dict(zip(("stdout", "stderr"), capfd.readouterr(), strict=True), troubles=" ".join(run.troubles))
    assert "No IPC connection" in said["troubles"]
    assert (home / "ran").read_text() == TOKEN  # the command was given it, and the server the key
    assert KEY in str(dict(server.asked))
    assert "ZeroDivisionError" in said["assistant.log"]
    leaks = [
        (name, secret) for name, text in said.items() for secret in (KEY, TOKEN, PASSWORD) if secret in text
    ]
    assert leaks == []


def raise_with_secrets() -> float:
    """Fail while variables hold what is secret: a traceback with values would tell them."""
    key, token, none = KEY, TOKEN, 0
    return len(key + token) / none


@pytest.mark.parametrize(
    "local",
    [
        f"macro: {{url: 'https://user:{PASSWORD}@fred.example.org'}}",
        f"macro: {{url: ['https://user:{PASSWORD}@fred.example.org']}}",
        f"macro: {{key_variable: [{KEY}]}}",
        f"macro: {{api_key: {KEY}}}",
        f"alerts: {{command: 'python notify.py {TOKEN}'}}",
        f"alerts: {{command: [python, notify.py, {TOKEN}, 7]}}",
        f"alerts: {{token: {TOKEN}}}",
        f"terminal: {{password: {PASSWORD}}}",
    ],
)
def test_a_complaint_of_the_settings_keeps_a_secret(home: Path, local: str) -> None:
    (home / "config" / "local.yaml").write_text(local, encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load_config(home)
    said = str(told.value)
    assert not [secret for secret in (KEY, TOKEN, PASSWORD) if secret in said]
    assert said.startswith(str(home / "config" / "local.yaml"))


# What a hostile name does


@pytest.mark.parametrize(
    "pack", ["../../etc/passwd", "..\\..\\x/y", "/etc/passwd", "ftmo/../../x", "a" * 5000, "\0"]
)
def test_the_name_of_a_pack_leads_to_no_other_folder(
    pack: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "config").mkdir(parents=True)
    quoted = pack.replace("\\", "\\\\").replace("\0", "\\0")
    (tmp_path / "home" / "config" / "local.yaml").write_text(
        f'funded: {{mode: dry_run, pack: "{quoted}", initial_balance: 100000}}'
    )
    command = Command(tmp_path / "home", capsys, monkeypatch)
    result = command("run", "--paper", "--once")
    assert result.code == 1
    assert "is no program in the box" in result.error
    assert len(result.error) < 1000


@pytest.mark.parametrize("login", [-1, 0, -(2**63), 2**63, 10**30])
def test_no_login_leads_out_of_the_folders_or_to_somebody_elses_advice(
    login: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    command = Command(tmp_path / "home", capsys, monkeypatch)
    with watched(tmp_path / "home") as done:
        assert command("status", f"--login={login}").out.startswith("no readable advice in ")
        answer = command("check", "--paper", f"--login={login}", "buy", "IWM", "1", "--stop", "120")
    assert answer.error == f"--login was {login}; the terminal is logged in as 9000001"
    assert done == []


def test_an_unexpected_failure_tells_its_kind_and_no_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    opened_home(tmp_path / "home")
    monkeypatch.setattr(cli, "saved_advice", lambda *_, **__: raise_with_secrets())
    monkeypatch.setattr(sys, "argv", ["assistant", "status"])
    monkeypatch.setattr(logger, "remove", lambda *_: None)  # main would close this log
    with pytest.raises(SystemExit):
        cli.main()
    monkeypatch.undo()
    logger.remove()
    said = (tmp_path / "home" / "logs" / "assistant.log").read_text(encoding="utf-8")
    assert "raise_with_secrets" in said
    assert KEY not in said + str(capsys.readouterr())

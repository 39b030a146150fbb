"""The start on a fresh machine, without a network: small clones, real venvs, packages from a folder."""

import ast
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

import run

ROOT = Path(run.__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9/"  # a port that refuses at once
DEBIAN = Path("/etc/debian_version").exists()

# The smallest backend that pip can build with: the project's folder, zipped.
BACKEND = """
import pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "breadth_assistant-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path in pathlib.Path("assistant").glob("*.py"):
            wheel.write(path)
        info = "breadth_assistant-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: breadth-assistant\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROGRAM = """
import os, sys, time
import leaf
try:  # around the line, too: whoever reads it may end the program at once
    print("version 1", sys.argv[1:], ascii(os.environ["BREADTH_ASSISTANT_HOME"]), flush=True)
    if "wait" in sys.argv:
        time.sleep(30)
except KeyboardInterrupt:
    sys.exit(0)
sys.exit(10 if "resize" in sys.argv else 0)
"""


def start(clone: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One start of a clone; packages come from its folder `packages` and from nowhere else."""
    command = [sys.executable, str(clone / "scripts" / "run.py"), *arguments]
    return subprocess.run(
        command,
        env=offline(clone) | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def offline(clone: Path) -> dict[str, str]:
    """This process's environment without its own settings for pip."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "BREADTH_"))}
    packages = (clone / "packages").as_uri()  # as an address: pip splits this variable at spaces
    return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": packages}


def pin(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def make_clone(root: Path) -> Path:
    """A clone with one dependency, `leaf`, and a program of ten lines."""
    for folder in ("scripts", "assistant", "config", "packages"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "run.py", root / "scripts")
    wheel = root / "packages" / "leaf-2.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("leaf.py", "")
        archive.writestr("leaf-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: leaf\nVersion: 2.0\n")
        archive.writestr(
            "leaf-2.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("leaf-2.0.dist-info/RECORD", "")
    elsewhere = f"other==1.0 ; sys_platform == 'none' --hash=sha256:{'0' * 64}\n"
    (root / "constraints.txt").write_text(elsewhere + pin(wheel), encoding="utf-8")
    (root / "backend.py").write_text(BACKEND, encoding="utf-8")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n', encoding="utf-8"
    )
    (root / "assistant" / "__init__.py").write_text("", encoding="utf-8")
    (root / "assistant" / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A clone in a folder with a space and an umlaut, and what its first start said."""
    clone = make_clone(tmp_path_factory.mktemp("clone") / "Händler one")
    return clone, start(clone)


@pytest.fixture
def clone(first: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    """A copy of the clone that was started once, for one test to change."""
    return shutil.copytree(first[0], tmp_path / "copy of it", symlinks=True)


def assert_one_line(ended: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Exit code 1, the parts in the last line, which says that the start ended; no traceback, ASCII only."""
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1
    assert last.startswith("cannot start: ")
    assert [part for part in parts if part not in last] == []
    assert "Traceback" not in ended.stderr
    assert ended.stderr.isascii()


def test_a_first_start_installs_counts_and_runs_the_demo(
    first: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    clone, ended = first
    assert ended.stderr.splitlines() == [
        "making .venv",
        "fetching 1 of 1: leaf",  # of the two pins, one is for another platform
        "installing 1 packages",
        "installing breadth-assistant",
    ]
    assert ended.stdout.splitlines() == [f"version 1 ['demo'] {str(clone)!a}"]
    assert ended.returncode == 0
    assert "Successfully installed leaf-2.0" in (clone / ".venv" / "install.log").read_text(encoding="utf-8")


def test_a_second_start_installs_nothing_and_passes_arguments_and_exit_code_on(
    first: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    before = time.monotonic()
    ended = start(first[0], "check", "buy", "resize")
    assert time.monotonic() - before < 2
    assert ended.stderr == ""
    assert ended.stdout.startswith("version 1 ['check', 'buy', 'resize']")
    assert ended.returncode == 10


def test_a_home_that_is_set_stays(first: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert "'elsewhere'" in start(first[0], BREADTH_ASSISTANT_HOME="elsewhere").stdout


def test_a_changed_clone_reinstalls_only_the_project(clone: Path) -> None:
    program = clone / "assistant" / "__main__.py"
    program.write_text(PROGRAM.replace("version 1", "version 2"), encoding="utf-8")
    ended = start(clone)
    assert ended.stderr.splitlines() == ["installing breadth-assistant"]
    assert ended.stdout.startswith("version 2")


def test_an_interrupted_installation_is_redone(clone: Path) -> None:
    (clone / ".venv" / "dependencies.stamp").unlink()  # as pip's first change leaves it
    ended = start(clone)
    assert ended.stderr.splitlines()[0] == "making .venv"
    assert ended.returncode == 0


def test_a_venv_whose_python_is_gone_or_does_not_start_is_seen_as_broken(clone: Path) -> None:
    assert run.works(clone / ".venv")
    run.python_in(clone / ".venv").unlink()
    assert not run.works(clone / ".venv")
    run.python_in(clone / ".venv").write_bytes(b"")
    assert not run.works(clone / ".venv")


def test_a_broken_venv_is_made_anew_even_if_it_is_only_a_file(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    (clone / ".venv").write_text("", encoding="utf-8")
    ended = start(clone)
    assert ended.stderr.splitlines()[0] == "making .venv"
    assert ended.returncode == 0


def test_without_a_network_one_line_says_so_and_what_was_installed_stays(clone: Path) -> None:
    pins = clone / "constraints.txt"
    before = pins.read_text(encoding="utf-8")
    pins.write_text(before.replace("leaf==2.0", "leaf==3.0"), encoding="utf-8")
    ended = start(clone, PIP_NO_INDEX="0", PIP_INDEX_URL=NOWHERE, PIP_RETRIES="1", PIP_FIND_LINKS="")
    assert_one_line(ended, "not reachable", "nothing was changed", ".venv/install.log")
    pins.write_text(before, encoding="utf-8")
    assert start(clone).stderr == ""  # the earlier version of the clone starts as if nothing had been tried


def test_an_index_without_the_package_is_one_line_that_names_this_python(clone: Path) -> None:
    pins = clone / "constraints.txt"
    pins.write_text(pins.read_text(encoding="utf-8").replace("leaf==2.0", "leaf==3.0"), encoding="utf-8")
    assert_one_line(start(clone), "no file for Python 3.", "nothing was changed")


def test_a_package_with_another_hash_is_refused_in_one_line(clone: Path) -> None:
    for installed in (clone / ".venv").rglob("leaf-*"):  # pip asks for the hash of what is not there yet
        shutil.rmtree(installed)
    pins = clone / "constraints.txt"
    wrong = re.sub(r"(leaf.*sha256:).{8}", r"\g<1>00000000", pins.read_text(encoding="utf-8"))
    pins.write_text(wrong, encoding="utf-8")
    assert_one_line(start(clone), "hash mismatch", "constraints.txt", "nothing was changed")


def test_a_project_that_cannot_be_built_is_one_line_and_stays_unstamped(clone: Path) -> None:
    (clone / "backend.py").write_text("raise SystemExit('no')", encoding="utf-8")
    (clone / "assistant" / "new.py").write_text("", encoding="utf-8")
    ended = start(clone)
    assert_one_line(ended, "pip could not install", ".venv/install.log")
    assert start(clone).returncode == 1


def test_a_missing_venv_module_is_one_line_that_names_the_mend(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    blocked = (
        "import runpy, sys; sys.modules['venv'] = None; sys.argv = sys.argv[1:];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    command = [sys.executable, "-c", blocked, str(clone / "scripts" / "run.py")]
    ended = subprocess.run(command, env=offline(clone), capture_output=True, encoding="utf-8", check=False)
    mend = f"sudo apt install python3.{sys.version_info.minor}-venv" if DEBIAN else "python.org"
    assert_one_line(ended, "venv and ensurepip", mend)
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.13_3.13.2544.0_x64__qbz5n2kfra8p0",
        r"C:\Users\Jörg B\AppData\Local\Microsoft\WindowsApps\python.exe",
        "c:/users/jo/appdata/local/microsoft/windowsapps/python3.exe",
    ],
)
def test_a_python_from_the_microsoft_store_is_refused_with_its_reason(path: str) -> None:
    with pytest.raises(run.CannotStartError, match=r"Microsoft Store.*hides the panel file.*python\.org"):
        run.refuse_interpreter((3, 13, 2), (r"C:\Python313\python.exe", path), "win-amd64")


def test_a_python_before_3_11_is_refused_with_the_version_that_was() -> None:
    with pytest.raises(run.CannotStartError, match=r"3\.11 or newer is needed; this was 3\.10\.13"):
        run.refuse_interpreter((3, 10, 13), (), "linux-x86_64")


@pytest.mark.parametrize("platform", ["win32", "win-arm64"])
def test_a_windows_python_that_metatrader5_is_not_published_for_is_refused(platform: str) -> None:
    with pytest.raises(run.CannotStartError, match=f"64-bit .* this was {platform}"):
        run.refuse_interpreter((3, 11, 0), (), platform)


def test_a_python_from_python_org_is_accepted() -> None:
    run.refuse_interpreter((3, 11, 0), (r"C:\Users\Jörg B\Programs\Python311\python.exe",), "win-amd64")


def test_the_script_parses_on_python_3_8() -> None:
    ast.parse((ROOT / "scripts" / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(run.CannotStartError, match=r"cannot write in .*file.*: move the clone"):
        run.refuse_unwritable(tmp_path / "file")  # a file: refused to any user, to root as well


def test_the_projects_digest_follows_names_and_contents_but_not_what_is_the_users_own(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    seen = [run.digest(clone, run.project_files(clone))]
    for path in ("config/local.yaml", "assistant/__pycache__/cli.pyc", "logs/day.jsonl"):
        (clone / path).parent.mkdir(exist_ok=True)
        (clone / path).write_text("own", encoding="utf-8")
        assert run.digest(clone, run.project_files(clone)) == seen[0]
    for path in ("config/symbols.yaml", "assistant/cli.py", "README.md", "pyproject.toml"):
        (clone / path).write_text("1", encoding="utf-8")
        seen.append(run.digest(clone, run.project_files(clone)))
    (clone / "assistant" / "cli.py").rename(clone / "assistant" / "cly.py")
    seen.append(run.digest(clone, run.project_files(clone)))
    assert len(set(seen)) == 6


def test_an_index_that_offers_nothing_at_all_is_not_called_a_hash_mismatch() -> None:
    said = run.explain("ERROR: Could not find a version of x (from versions: none)\n", "log", "pins")
    assert said.startswith("the package index was not reachable, or has nothing for Python 3.")


def test_a_file_in_use_is_one_line_that_names_the_mend() -> None:
    said = run.explain("ERROR: OSError: [WinError 32] The process cannot access the file\n", "log", "pins")
    assert said.startswith("a file is in use: end the assistant")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for one process")
@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_ending_the_start_ends_the_assistant_quietly(
    first: tuple[Path, subprocess.CompletedProcess[str]], number: str, code: int
) -> None:
    command = [sys.executable, str(first[0] / "scripts" / "run.py"), "wait"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=offline(first[0]), stdout=pipe, stderr=pipe, encoding="utf-8", start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if number == "SIGINT":
            os.killpg(process.pid, signal.SIGINT)  # as a console does: to all of its processes
        else:
            process.terminate()
        rest = process.communicate(timeout=20)
    assert process.returncode == code
    assert rest == ("", "")


def pins_in(file: Path) -> dict[str, tuple[str, int]]:
    """Of each pin: version with marker, and its number of hashes."""
    blocks = re.split(r"\n(?=[a-z])", "\n" + file.read_text(encoding="utf-8"))[1:]
    heads = [(block, *block.split("\n")[0].rstrip(" \\").split("==", 1)) for block in blocks]
    return {name: (version, block.count("--hash=sha256:")) for block, name, version in heads}


def test_the_two_constraints_files_agree_and_carry_hashes_and_no_address() -> None:
    files = [ROOT / "constraints.txt", ROOT / "tests" / "constraints.txt"]
    runtime, checks = (pins_in(file) for file in files)
    assert {name: checks[name] for name in runtime} == runtime
    assert {"hatchling", "numpy", "pydantic", "rich", "typer"} <= runtime.keys()
    assert {"hypothesis", "mypy", "pytest", "ruff"} <= checks.keys() - runtime.keys()
    assert [name for name, (_, hashes) in checks.items() if hashes == 0] == []
    assert runtime["metatrader5"][0].endswith("; sys_platform == 'win32'")
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert re.findall(r"://|^--.*|\s/.*", text, re.MULTILINE) == []  # an address, an option, a machine's path

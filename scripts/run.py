"""Start the assistant from a fresh clone: make .venv, install what constraints.txt names, run `assistant`."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11, 0)
GRACE_SECONDS = 10.0  # what the assistant has after Ctrl-C to finish its last line in the journal
INTERRUPTED = 130  # the exit code that a shell gives for Ctrl-C
INSIDE = "--inside"  # the mark of a script's second start, in the virtual environment
WINDOWS = sys.platform == "win32"

# What pip writes, and what its reader needs to know; the first that matches is said.
COMPLAINTS = (
    (
        "DO NOT MATCH THE HASHES",
        "hash mismatch: a package was not the file that {pins} names; nothing was changed",
    ),
    (
        r"WinError (5|32)\b",
        "a file is in use: end the assistant that runs from this folder, then start again",
    ),
    (
        r"Retrying \(|Max retries|Could not fetch URL|ProxyError|Connection(Error| refused| aborted)",
        "the package index was not reachable (no network?); nothing was changed, start again when it is",
    ),
    (
        r"from versions: none\)",
        "the package index was not reachable, or has nothing for {python}; nothing was changed",
    ),
    ("No matching distribution found", "the package index has no file for {python}; nothing was changed"),
)


class CannotStartError(Exception):
    """Ends the start with exit code 1; its message is the one line that the user reads."""


def say(text: str, end: str = "\n") -> None:
    """One line for the user, beside the assistant's own output and in letters that every console has."""
    print(text.encode("ascii", "backslashreplace").decode("ascii"), end=end, file=sys.stderr, flush=True)


# --- the interpreter ---


def refuse_interpreter(version: tuple[int, int, int], paths: Iterable[str], platform: str) -> None:
    """Stops where this Python cannot run the assistant, however well the installation went."""
    if version < OLDEST:
        was = ".".join(str(number) for number in version)
        raise CannotStartError(f"Python 3.11 or newer is needed; this was {was}. Get it from python.org")
    if any("windowsapps" in re.split(r"[\\/]", path.lower()) for path in paths):
        raise CannotStartError(
            "this Python is from the Microsoft Store; its sandbox hides the panel file from the terminal. "
            "Install Python from python.org and start with that one"
        )
    if platform.startswith("win") and platform != "win-amd64":
        raise CannotStartError(f"a 64-bit (amd64) Python is needed, as for MetaTrader5; this was {platform}")


def refuse_without_venv() -> None:
    """Stops where the two modules that make a venv are a package of their own and not installed."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    mend = "install your system's package for them, or Python from python.org"
    if Path(
        "/etc/debian_version"
    ).exists():  # the package of this version: python3-venv is the default's alone
        mend = f"sudo apt install python3.{sys.version_info.minor}-venv"
    raise CannotStartError(f"this Python came without its modules venv and ensurepip: {mend}")


# --- the virtual environment ---


def python_in(venv: Path) -> Path:
    """The Python of a venv."""
    return venv / "Scripts" / "python.exe" if WINDOWS else venv / "bin" / "python"


def works(venv: Path) -> bool:
    """Whether the venv's Python starts, is this version, and has pip."""
    command = [str(python_in(venv)), "-I", "-c", "import pip, sys; print(sys.version)"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def make_venv(venv: Path) -> None:
    """A new, empty venv in place of whatever is there."""
    refuse_without_venv()
    say(f"making {venv.name}")
    if venv.is_file() or venv.is_symlink():
        venv.unlink()
    command = [sys.executable, "-I", "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if made.returncode != 0:
        lines = (made.stderr + made.stdout).strip().splitlines() or ["without a word"]
        raise CannotStartError(f"{venv.name} could not be made: {lines[-1].strip()}")


def refuse_unwritable(folder: Path) -> None:
    """Stops where nothing can be written into the clone."""
    probe = folder / f".written-{os.getpid()}.tmp"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        why = f"cannot write in {folder} ({error.strerror}): move the clone to a folder of your own"
        raise CannotStartError(why) from None


# --- stamps: what was installed, as a digest; written last, so that an interrupted installation is redone ---


def digest(root: Path, files: Iterable[Path], *words: str) -> str:
    """Of the files' names and contents, and of the words."""
    total = hashlib.sha256("\0".join(words).encode())
    for file in sorted(files):
        total.update(b"\0" + os.fsencode(file.relative_to(root).as_posix()) + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def project_files(root: Path) -> Iterator[Path]:
    """The files that the installed project is made of."""
    yield from (path for path in (root / "pyproject.toml", root / "README.md") if path.is_file())
    for folder in (root / "assistant", root / "config"):
        for path in folder.rglob("*"):
            # local.yaml is the user's own: it is read in place and never packaged
            if path.is_file() and "__pycache__" not in path.parts and path.name != "local.yaml":
                yield path


def stamped(stamp: Path) -> str:
    """What the stamp says; empty without one."""
    try:
        return stamp.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


# --- pip ---


def progress(lines: Iterable[str], pins: int) -> Iterator[str]:
    """One text to show for each package that pip turns to; `pins` is 0 for the project alone."""
    seen = 0
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if word == "Ignoring":  # a pin for another platform; pip names these first
            pins -= 1
        elif line.startswith("Requirement already satisfied"):
            seen += 1
        elif word in ("Collecting", "Processing") and "(from " in rest:  # from the index, or a file at hand
            seen += 1
            name = re.split("[=-]+[0-9]", Path(rest.split(" (from ")[0]).name)[0]
            yield f"fetching {seen} of {pins}: {name}"
        elif line.startswith("Installing collected packages") and pins:
            yield f"installing {rest.count(',') + 1} packages"
        elif "Retrying (" in line:
            yield "the package index does not answer, trying again"


def show(texts: Iterable[str]) -> None:
    """One line that is written over on a terminal, plain lines anywhere else."""
    if sys.stderr is None or not sys.stderr.isatty():  # None: pythonw on Windows has no console
        for text in texts:
            say(text)
        return
    for text in texts:
        say(f"\r{text[:78]:<78}", end="")
    say(f"\r{'':<78}\r", end="")


def logged(lines: Iterable[str], log: Path, seen: Callable[[str], None]) -> Iterator[str]:
    """The lines, each written to the log and told to `seen` on its way."""
    with log.open("a", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            seen(line)
            yield line


def explain(output: str, log: str, constraints: str) -> str:
    """One line on why pip ended without success."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor} on {sysconfig.get_platform()}"
    for pattern, text in COMPLAINTS:
        if re.search(pattern, output):
            return f"{text.format(pins=constraints, python=python)}. pip's output: {log}"
    errors = re.findall(r"^error: *(.+)$", output, re.IGNORECASE | re.MULTILINE) or ["no reason given"]
    return f"pip could not install: {errors[-1].rstrip('.')}. pip's output: {log}"


def pip_install(venv: Path, stamp: Path, arguments: Sequence[str], pins: int, constraints: str) -> None:
    """Runs pip, shows its progress, logs its output; the stamp goes as soon as pip changes anything."""
    command = [str(python_in(venv)), "-I", "-u", "-X", "utf8", "-m", "pip", "install", *arguments]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    environment = {**os.environ, "PIP_USER": "0"}  # a user's own default would point out of the venv
    kept: list[str] = []

    def seen(line: str) -> None:
        kept.append(line)
        if line.startswith("Installing collected packages"):
            stamp.unlink(missing_ok=True)

    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, encoding="utf-8", errors="replace", stdout=pipe, stderr=subprocess.STDOUT
    ) as process:
        try:
            show(progress(logged(process.stdout or (), venv / "install.log", seen), pins))
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise CannotStartError(explain("".join(kept), f"{venv.name}/install.log", constraints))


def prepare(venv: Path, constraints: Path) -> Path:
    """The Python of a venv that holds what the constraints name; made, completed or left as it is."""
    refuse_interpreter(sys.version_info[:3], (sys.executable, sys.base_prefix), sysconfig.get_platform())
    stamp = venv / "dependencies.stamp"
    wanted = digest(constraints.parent, [constraints], sys.version, sys.base_prefix)
    sound = works(venv)
    if sound and stamped(stamp) == wanted:
        return python_in(venv)
    refuse_unwritable(venv.parent)
    if not (sound and stamped(stamp)):  # no stamp: an installation was interrupted
        make_venv(venv)
    pins = len(re.findall(r"^[\w.-]+==", constraints.read_text(encoding="utf-8"), re.MULTILINE))
    arguments = ["--only-binary=:all:", "--require-hashes", "-r", str(constraints)]
    pip_install(venv, stamp, arguments, pins, constraints.name)
    stamp.write_text(wanted, encoding="ascii")
    return python_in(venv)


def install_project(venv: Path, root: Path) -> None:
    """The project itself into the venv, where it differs from what was installed last."""
    stamp = venv / "project.stamp"
    wanted = digest(root, project_files(root))
    if stamped(stamp) == wanted:
        return
    say("installing breadth-assistant")
    pip_install(venv, stamp, ["--no-deps", "--no-build-isolation", str(root)], 0, "constraints.txt")
    stamp.write_text(wanted, encoding="ascii")


def follow(command: Sequence[str], environment: dict[str, str] | None = None) -> int:
    """The exit code of a command, which ends with this one: on Ctrl-C by itself, else when it is told to."""
    with subprocess.Popen(command, env=environment) as process:
        signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
        try:
            code = process.wait()
        except KeyboardInterrupt:  # the console has told the command, too
            try:
                process.wait(GRACE_SECONDS)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                process.terminate()
            return INTERRUPTED
    return code if code >= 0 else 128 - code


def start_inside(script: str, arguments: Sequence[str]) -> int:
    """The exit code of a script of this clone, started again in .venv and on this clone's own source."""
    python = prepare(ROOT / ".venv", ROOT / "constraints.txt")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return follow([str(python), script, INSIDE, *arguments], environment)


def guarded(start: Callable[[], int]) -> int:
    """The exit code of a start; its failures are one line each."""
    try:
        return start()
    except CannotStartError as reason:
        say(f"cannot start: {reason}")
    except OSError as error:
        say(f"cannot start: {error.filename or 'this machine'}: {error.strerror}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


def main(arguments: Sequence[str]) -> int:
    """The assistant's own exit code; 1 if it could not be started."""
    venv = ROOT / ".venv"
    python = prepare(venv, ROOT / "constraints.txt")
    install_project(venv, ROOT)
    started = {"BREADTH_ASSISTANT_HOME": str(ROOT), "BREADTH_ASSISTANT_COMMAND": "python scripts/run.py"}
    environment = {**started, **os.environ}
    # -P: the installed package, not the folder of the same name in a clone that is the current folder
    return follow([str(python), "-P", "-m", "assistant", *(arguments or ["demo"])], environment)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))

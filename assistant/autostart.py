"""Starting with Windows: a task at the user's logon, in the user's own session.

A service could not reach the user's terminal. The task is XML, for a command line of schtasks holds 261
characters at most.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import AssistantError

TASK = "BreadthAssistant"
_TIMEOUT = 30.0  # seconds for schtasks
# in the order of the published schema (MS-TSCH 2.5); schtasks reads it as UTF-16
_XML = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Breadth Assistant: reads the terminal, never sends an order.</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <Repetition>
        <Interval>PT1M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def task_xml(user: str, python: str, home: str, options: Sequence[str] = ()) -> str:
    r"""Return the task that runs the assistant whenever `user` (DOMAIN\name) is logged on.

    `python` is a pythonw.exe, which has no window; `home` the folder of settings and journal. Once a minute
    it is started where it does not run: the terminal may come later than the logon.
    """
    from xml.sax.saxutils import escape  # noqa: PLC0415 -- with it come 3 MB of urllib, for this alone

    words = ["-P", "-m", "assistant", "run", *options, "--home", home]
    return _XML.format(
        user=escape(user),
        command=escape(python),
        arguments=escape(subprocess.list2cmdline(words)),
        folder=escape(home),
    )


def on_command(schtasks: str, xml: str) -> list[str]:
    """Return what makes the task, or replaces the one there is."""
    return [schtasks, "/Create", "/TN", TASK, "/XML", xml, "/F"]


def off_command(schtasks: str) -> list[str]:
    """Return what deletes the task."""
    return [schtasks, "/Delete", "/TN", TASK, "/F"]


def turn_on(xml: str) -> None:
    """Make the task; AssistantError, with the words of Windows, where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{TASK}.xml"
        path.write_text(xml, encoding="utf-16")
        _run(on_command(_schtasks(), str(path)))


def turn_off() -> bool:
    """Delete the task; False: there was none. AssistantError where that fails."""
    if not is_on():
        return False
    _run(off_command(_schtasks()))
    return True


def is_on() -> bool:
    """Whether there is the task; AssistantError where Windows does not say."""
    return not _ended([_schtasks(), "/Query", "/TN", TASK]).returncode


def windowless(executable: str) -> str:
    """Return the pythonw.exe beside a python.exe; AssistantError where there is none."""
    path = Path(executable).with_name("pythonw.exe")
    if not path.is_file():
        raise AssistantError(f"{path} is not there; install Python from python.org, which has it")
    return str(path)


def _schtasks() -> str:
    found = shutil.which("schtasks")
    if found is None:
        raise AssistantError("schtasks.exe, the command of the Task Scheduler, was not found")
    return found


def _run(command: list[str]) -> None:
    ended = _ended(command)
    if ended.returncode:
        told = [line for line in (ended.stderr + ended.stdout).splitlines() if line.strip()]
        why = told[0].strip() if told else f"exit {ended.returncode}"
        raise AssistantError(
            f"the Task Scheduler refused {command[1]}: {why}; if it is a right that is "
            "missing, try from a console started as administrator"
        )


def _ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 -- a fixed command of Windows, without a shell
            command, check=False, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssistantError(f"the Task Scheduler did not answer: {error}") from error

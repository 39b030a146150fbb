"""Another account is logged in at the terminal: the advice of the old one ends, nothing of it is mixed in."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from assistant.accounts import follow_accounts
from assistant.app import Assistant
from assistant.config import Config, load_config
from assistant.core.caps import Cap
from assistant.errors import HeldError, TerminalError
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.outputs.lock import LoginLock
from assistant.outputs.state import state_path
from assistant.source import Source, open_source
from assistant.terminal import paper
from assistant.terminal.profile import profile
from tests.doubles.runs import sides

SPEED = 1e5
A, B = (profile(letter).account.login for letter in "AB")
FOLLOWED = (
    "funded: {mode: dry_run, pack: ftmo/2_step_challenge, initial_balance: 100000, start: 2018-12-26}\n"
)
SETTINGS = """
terminal: {module: assistant.terminal.paper}
macro: {source: off}
cycle: {sessions: 150}
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLP: null, XLV: null, HYG: null, US2000: null,
  US500: null}
regime: {legs: [[IWM, SPY]]}
"""


class Enough(Exception):  # noqa: N818 -- ends a loop of a test
    """The loop has run as long as it should."""


class Switched:
    """A run over the paper terminal during which something happens after each cycle."""

    def __init__(self, home: Path, settings: str = SETTINGS) -> None:
        (home / "config").mkdir(parents=True)
        (home / "config" / "local.yaml").write_text(settings, encoding="utf-8")
        self.home, self.config = home, load_config(home)
        self.shown: list[Document] = []
        self.troubles: list[str] = []
        self.sources: list[Source] = []

    def run(self, *then: Callable[[], object]) -> None:
        """Cycle; `then` acts after each cycle or trouble, and at its end so does the run's."""
        acts = iter(then)

        def act() -> None:
            try:
                next(acts)()
            except StopIteration:
                raise Enough from None

        def during(assistant: Assistant) -> None:
            assistant.run(1.0, show, trouble)

        def show(document: Document) -> None:
            self.shown.append(document)
            act()

        def trouble(text: str) -> None:
            self.troubles.append(text)
            act()

        def entered(source: Source) -> Assistant:
            self.sources.append(source)
            return Assistant(self.config, self.home, source, publish=True, dry_run=False)

        with pytest.raises(Enough):
            follow_accounts(open_source(self.config, self.home, speed=SPEED), entered, during, trouble)

    @property
    def logins(self) -> list[int]:
        return [one["terminal"]["login"] for one in self.shown]

    def journal(self, login: int) -> list[dict[str, Any]]:
        return [one for path in (self.home / "logs").glob(f"journal_{login}_*") for one in read_journal(path)]


def to(letter: str) -> Callable[[], None]:
    return lambda: paper.faults.switch_account(letter)


def nothing() -> None:
    """Let the next cycle come."""


@pytest.fixture(scope="module")
def there_and_back(tmp_path_factory: pytest.TempPathFactory) -> Switched:
    one = Switched(tmp_path_factory.mktemp("accounts") / "home", SETTINGS + FOLLOWED)
    one.run(nothing, to("B"), nothing, nothing, to("A"), nothing, nothing)
    return one


def test_the_run_goes_on_with_the_account_that_is_logged_in(there_and_back: Switched) -> None:
    assert there_and_back.logins == [A, A, B, B, A, A]
    one, other = (f"{profile(letter).account.login} on {profile(letter).account.server}" for letter in "AB")
    assert there_and_back.troubles == [
        f"the terminal is now logged in as {other}; what was said for {one} ends here",
        f"the terminal is now logged in as {one}; what was said for {other} ends here",
    ]


def test_each_account_has_its_own_journal_and_nothing_of_the_other_is_in_it(there_and_back: Switched) -> None:
    marks = {login: [one["kind"] for one in there_and_back.journal(login)] for login in (A, B)}
    assert [kind for kind in marks[A] if kind in ("start", "stop")] == ["start", "stop", "start", "stop"]
    assert [kind for kind in marks[B] if kind in ("start", "stop")] == ["start", "stop"]
    tickets = {
        login: {
            one["ticket"]
            for entry in there_and_back.journal(login)
            if entry["kind"] == "positions"
            for one in entry["open"]
        }
        for login in (A, B)
    }
    open_now = {one["terminal"]["login"]: one["account"]["balance"] for one in there_and_back.shown}
    told = {
        login: {one["balance"] for one in there_and_back.journal(login) if one["kind"] == "account"}
        for login in (A, B)
    }
    assert told == {login: {balance} for login, balance in open_now.items()}
    assert all(tickets.values())


def test_an_account_that_comes_back_goes_on_where_its_own_record_ended(there_and_back: Switched) -> None:
    starts = [one for one in there_and_back.journal(A) if one["kind"] == "track"]
    seen = [one["funded"]["seen_at"] for one in there_and_back.shown if one["terminal"]["login"] == A]
    assert starts
    assert seen == sorted(seen)
    assert there_and_back.shown[-1]["funded"]["pack"] == "ftmo/2_step_challenge"


def test_nothing_of_a_source_goes_over_to_the_next(there_and_back: Switched) -> None:
    first, second, third = there_and_back.sources
    for name in ("terminal", "notes", "overrides", "confirmed", "funded", "macro", "again"):
        parts = [getattr(one, name) for one in (first, second, third)]
        assert None not in parts
        assert len({id(part) for part in parts}) == 3, name


def test_the_old_account_s_files_stay_as_they_were_and_its_lock_is_free(tmp_path: Path) -> None:
    one = Switched(tmp_path / "home")
    files: list[bytes] = []

    def look() -> None:
        panel = next((one.home / "paper").rglob(f"advice_{A}.txt"))
        files.append(panel.read_bytes() + state_path(one.home, A).read_bytes())

    def switch() -> None:
        look()
        paper.faults.switch_account("B")

    def taken() -> None:
        with (
            pytest.raises(HeldError, match=f"another assistant runs for login {B}"),
            LoginLock(state_path(one.home, B), B),
        ):
            pass
        with LoginLock(state_path(one.home, A), A):
            look()

    one.run(switch, nothing, taken)
    before, after = files
    assert before == after
    assert one.logins == [A, B, B]


def test_a_terminal_that_is_logged_out_in_between_is_waited_for(tmp_path: Path) -> None:
    one = Switched(tmp_path / "home")

    def out() -> None:
        paper.faults.fail("account_info", -1)

    def into() -> None:
        paper.faults.clear("failures")
        paper.faults.switch_account("B")

    one.run(out, nothing, into, nothing, nothing)
    assert one.logins == [A, B, B]
    assert one.troubles[:2] == ["account_info failed: -1 Terminal: Call failed"] * 2


def test_a_login_that_another_process_advises_is_waited_for(tmp_path: Path) -> None:
    one = Switched(tmp_path / "home")
    with ExitStack() as other:

        def switch() -> None:
            other.enter_context(LoginLock(state_path(one.home, B), B))
            paper.faults.switch_account("B")

        one.run(switch, nothing, other.close, nothing)
    assert one.logins == [A, B, B]
    assert one.troubles[1].startswith(f"no advice: another assistant runs for login {B}")
    state = json.loads(state_path(one.home, B).read_bytes())
    assert state["terminal"]["login"] == B


def test_a_first_start_fails_as_it_fails(tmp_path: Path) -> None:
    one = Switched(tmp_path / "home")
    source = open_source(one.config, one.home, speed=SPEED)
    paper.faults.fail("account_info", -1)
    with pytest.raises(TerminalError, match="account_info failed"):
        follow_accounts(source, lambda found: assistant(one, found), lambda _: None, one.troubles.append)
    assert one.troubles == []


def assistant(one: Switched, source: Source) -> Assistant:
    return Assistant(one.config, one.home, source, publish=True, dry_run=False)


# A firm's rules are for one account


def cap_of(config: Config, home: Path) -> Cap | None:
    advice = advise_once(config, home, open_source(config, home, speed=SPEED))
    return next((cap for cap in advice.caps if cap.name == "funded login"), None)


@pytest.mark.parametrize(("mode", "advisory"), [("enforce", False), ("dry_run", True)])
def test_rules_for_another_login_leave_none_of_them_and_no_lots(
    tmp_path: Path, mode: str, *, advisory: bool
) -> None:
    told = FOLLOWED.replace("dry_run", f"{mode}, login: {A}")
    one = Switched(tmp_path / "home", SETTINGS + told)
    one.run(to("B"), nothing, nothing, to("A"), nothing)
    assert one.logins == [A, B, B, A]
    assert [one["funded"] is None for one in one.shown] == [False, True, True, False]
    caps = [[cap for cap in one["caps"] if cap["name"] == "funded login"] for one in one.shown]
    assert [len(found) for found in caps] == [0, 1, 1, 0]
    (cap,) = caps[1]
    assert (cap["value"], cap["advisory"]) == (0.0, advisory)
    assert cap["reason"] == (
        f"the rules of ftmo/2_step_challenge are for login {A}, this is {B}: set funded.login, or null "
        "for any"
    )
    lots = [{side["lots"] for side in sides(shown)} for shown in one.shown]
    assert (lots[1] == {0.0}) is not advisory


def test_a_single_look_knows_whose_rules_they_are_and_no_login_means_any(tmp_path: Path) -> None:
    for number, (login, told) in enumerate((("null", False), (str(A), False), (str(B), True))):
        settings = SETTINGS + FOLLOWED.replace("dry_run", f"enforce, login: {login}")
        one = Switched(tmp_path / str(number), settings)
        assert (cap_of(one.config, one.home) is not None) is told

"""The questions: Enter to all of them raises nothing, and an answer that does not fit is asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from assistant.config import Config
from assistant.core.market import Account, Unknown
from assistant.core.program import Mode
from assistant.doctor.look import Look
from assistant.funded.packs import Pack
from assistant.setup.asker import Asker
from assistant.setup.interview import Answers, interview, show
from assistant.setup.local import with_answers
from assistant.terminal.symbols import Ambiguous, NotOffered
from tests.doctor.looks import good
from tests.doubles.cycles import packaged_config
from tests.setup.test_programs import packs

LEGS = (("IWM", "SPY"), ("US2000", "US500"))


class Talk:
    """A conversation: what was printed, and what is answered to each prompt in turn."""

    def __init__(self, *answers: str, yes: bool = False) -> None:
        self.said: list[str] = []
        self.prompts: list[str] = []
        self._answers = list(answers)
        self.asker = Asker(self._read, self.said.append, yes=yes, width=80)

    def _read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return self._answers.pop(0) if self._answers else ""

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def account(**changed: Any) -> Account:  # noqa: ANN401 -- fields of several types
    found = good().account
    assert not isinstance(found, Unknown)
    return replace(found, balance=10_000.0, equity=10_100.0, currency="EUR", **changed)


def never() -> Mapping[str, Pack]:
    raise AssertionError("the packs were read, and nobody wants rules")


def asked(talk: Talk, config: Config | None = None, look: Look | None = None, **how: bool) -> Answers:
    wanted = {"paper": True, "autostart": False} | how
    boxes = packs if "funded" in wanted and wanted.pop("funded") else never
    return interview(talk.asker, look or good(), account(), config or packaged_config(), boxes, **wanted)


def differing(answers: Answers) -> dict[str, Any]:
    """What local.yaml would hold."""
    return with_answers({}, answers.settings, packaged_config().model_dump(mode="json"))


def test_enter_to_everything_leaves_every_default() -> None:
    talk = Talk()
    answers = asked(talk, paper=False, autostart=True)
    assert (differing(answers), answers.panel, answers.autostart) == ({}, False, False)
    assert talk.prompts == [
        "Risk per trade, % [0.5]: ",
        "Positions are held [overnight]: ",
        "Is this a funded account? y/n [n]: ",
        "Install the panel? y/n [n]: ",
        "Start at logon? y/n [n]: ",
    ]
    assert "0.5 % of 10,000.00 EUR is 50.00 EUR." in talk.text


def test_unattended_nothing_is_asked_and_the_same_comes_out() -> None:
    talk = Talk(yes=True)
    answers = asked(talk, paper=False, autostart=True)
    assert (differing(answers), answers.panel, answers.autostart) == ({}, False, False)
    assert talk.prompts == []
    assert "Risk per trade, %: 0.5" in talk.said


@pytest.mark.parametrize(
    ("answer", "share", "money"),
    [("0.4", 0.004, "40.00 EUR"), ("0,25", 0.0025, "25.00 EUR"), (" .1 % ", 0.001, "10.00 EUR")],
)
def test_less_risk_is_taken_at_once_and_told_in_money(answer: str, share: float, money: str) -> None:
    talk = Talk(answer)
    answers = asked(talk)
    assert differing(answers) == {"sizing": {"risk_per_trade": share}}
    assert money in talk.text
    assert money in answers.comments["sizing.risk_per_trade"]


def test_more_risk_is_asked_for_again_unless_it_is_meant() -> None:
    doubting = asked(Talk("2", "", "0.5"))
    assert differing(doubting) == {}
    meaning = asked(Talk("2", "y"))
    assert differing(meaning) == {"sizing": {"risk_per_trade": 0.02}}


@pytest.mark.parametrize("answer", ["0", "-1", "5.1", "nan", "inf", "much"])
def test_a_risk_that_is_none_is_asked_for_again(answer: str) -> None:
    talk = Talk(answer, "5", "y")
    assert differing(asked(talk)) == {"sizing": {"risk_per_trade": 0.05}}
    assert "a percentage above 0 and up to 5 is expected" in talk.text
    assert talk.prompts.count("Risk per trade, % [0.5]: ") == 2


@pytest.mark.parametrize("answer", ["i", "intraday", "INTRA"])
def test_a_word_may_be_cut_short(answer: str) -> None:
    assert differing(asked(Talk("", answer))) == {"plan": {"hold": "intraday"}}


def test_a_word_that_is_none_is_asked_for_again() -> None:
    talk = Talk("", "maybe", "", "perhaps")
    assert differing(asked(talk)) == {}
    assert "was 'maybe'; one of overnight, intraday is expected" in talk.text
    assert "was 'perhaps'; y or n is expected" in talk.text


def test_what_is_in_force_is_the_default() -> None:
    config = packaged_config()
    sizing, plan = replace(config.sizing, risk_per_trade=0.003), replace(config.plan, hold="intraday")
    talk = Talk()
    answers = asked(talk, config.model_copy(update={"sizing": sizing, "plan": plan}))
    assert talk.prompts[:2] == ["Risk per trade, % [0.3]: ", "Positions are held [intraday]: "]
    assert answers.settings["sizing"] == {"risk_per_trade": 0.003}


def test_a_risk_of_many_digits_stays_what_it_is() -> None:
    config = packaged_config()
    sizing = replace(config.sizing, risk_per_trade=0.0066666666)
    talk = Talk()
    answers = asked(talk, config.model_copy(update={"sizing": sizing}))
    assert talk.prompts[0] == "Risk per trade, % [0.666667]: "
    assert answers.settings["sizing"] == {"risk_per_trade": 0.0066666666}


# Funded


def test_a_program_is_found_by_words_and_begins_as_a_dry_run() -> None:
    talk = Talk("", "", "y", "ftmo combine", "ftmo step", "0", "ftmo 2 step challenge", "", "", "")
    answers = asked(talk, funded=True)
    assert answers.settings["funded"] == {
        "mode": "dry_run",
        "pack": "ftmo/2_step_challenge",
        "initial_balance": 10_000.0,
        **dict.fromkeys(("size", "start", "bought", "virtual", "login")),
    }
    assert differing(answers)["funded"] == {
        "mode": "dry_run",
        "pack": "ftmo/2_step_challenge",
        "initial_balance": 10_000.0,
    }
    assert "Nothing in the box has the words 'ftmo combine'" in talk.text
    assert "Verify each number with the firm: its dashboard and terms decide." in talk.text
    assert "rules as of 2026-10-04" in talk.text
    assert "Its numbers are in USD, this account is in EUR." in talk.text


def test_the_initial_balance_and_enforcing_are_asked_for() -> None:
    talk = Talk("", "", "y", "topstep xfa", "1", "fifty", "50.000", "50'000", "enforce")
    funded = asked(talk, funded=True, paper=False).settings["funded"]
    assert funded["login"] == 9000001  # a real account, and no other is meant
    assert (funded["mode"], funded["pack"], funded["initial_balance"]) == ("enforce", "topstep/xfa", 50_000.0)
    assert talk.text.count("a sum of money such as 100000 is expected") == 2
    assert "Initial balance, USD [50000]: " in talk.prompts


def test_enter_where_a_program_is_asked_for_goes_on_without_rules() -> None:
    assert differing(asked(Talk("", "", "y", ""), funded=True)) == {}


def test_rules_that_are_followed_stay_unless_others_are_wanted() -> None:
    config = packaged_config()
    now = replace(config.funded, mode=Mode.ENFORCE, pack="ftmo/1_step_challenge", initial_balance=25_000.0)
    following = config.model_copy(update={"funded": now})
    talk = Talk()
    assert "funded" not in asked(talk, following).settings
    assert "Rules are followed now: ftmo/1_step_challenge, enforce." in talk.text
    other = asked(Talk("", "", "y", "combine", "", "", ""), following, funded=True)
    assert other.settings["funded"]["pack"] == "topstep/combine"
    assert other.settings["funded"]["mode"] == "dry_run"


# Symbols


def doubted() -> Look:
    found = {
        **good().found,
        "QQQ": Ambiguous("QQQ is left out: told", ("QQQ.x", "QQQ_y")),
        "XLF": NotOffered("XLF is not offered", ("XLF.L",)),
        "XLI": Unknown("XLI is left out: why"),
    }
    return replace(good(), found=found)


def test_a_symbol_in_doubt_is_left_out_unless_the_user_knows_it() -> None:
    assert differing(asked(Talk(), look=doubted())) == {}
    talk = Talk("3", "2", "1")
    assert differing(asked(talk, look=doubted())) == {
        "symbols": {"QQQ": {"names": ["QQQ_y"]}, "XLF": {"names": ["XLF.L"]}}
    }
    assert "was '3'; a number from 0 to 2 is expected" in talk.text
    assert "Only the name looks like it." in talk.text


def test_what_was_found_and_what_was_not_is_shown() -> None:
    talk = Talk()
    show(talk.asker, doubted(), account(), r"C:\MT5", LEGS)
    assert r"Terminal C:\MT5" in talk.text
    assert "Account 9000001 on Paper-Demo, in EUR balance 10,000.00, equity 10,100.00" in talk.text
    assert "Symbols 9 of 14 found: IWM is IWM.US, SPY is SPY.US, XLY is" in talk.text
    assert "not offered by this broker: XLF, US2000, US500" in talk.text
    assert "XLI is left out: why" in talk.text
    plain = Talk()
    show(plain.asker, good(), account(), "x", LEGS)
    assert plain.text.endswith("US2000, US500; they would stand in for IWM/SPY, and are not needed")
    nothing = Talk()
    show(nothing.asker, replace(good(), found={"IWM": NotOffered("x")}), account(), "x", LEGS)
    assert "0 of 1 found: none" in nothing.text

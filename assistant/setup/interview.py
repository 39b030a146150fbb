"""The questions of the first run; Enter to each of them gives settings that raise nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.config import Config
from assistant.core.market import Account, Unknown
from assistant.core.program import Mode
from assistant.doctor.look import Look
from assistant.doctor.terminal import stand_ins
from assistant.funded.packs import Pack
from assistant.setup.asker import Asker
from assistant.setup.programs import Choice, initial, search
from assistant.terminal.symbols import Ambiguous, NotOffered

_MOST = 9  # programs shown at once
_LARGEST = 5.0  # per cent of the risk base; the settings allow no more
VERIFY = "Verify each number with the firm: its dashboard and terms decide."


COMMENTS = {  # by key; beside settings that setup writes
    "sizing.risk_per_trade": "share of the risk base",
    "plan.hold": "intraday: closed before the close; overnight: a gap counts, whatever the stop",
    "funded": "verify each number with the firm",
    "funded.mode": "dry_run: every rule is shown and none binds; enforce: their caps bind",
    "funded.login": "the account that the rules are for; another one has 0 lots",
    "funded.initial_balance": "account currency; the balance that this phase began with",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What is to be set, and done."""

    settings: Mapping[str, Any]  # as local.yaml has them
    comments: Mapping[str, str]  # by key; before those that stand always
    panel: bool = False
    autostart: bool = False


def show(asker: Asker, look: Look, account: Account, where: str, legs: Sequence[tuple[str, str]]) -> None:
    """Say which terminal and account it is, and which symbols were found; `legs` are the ratio's pairs."""
    asker.say()
    asker.say(f"Terminal  {where}", " " * 10)
    asker.say(f"Account   {account.login} on {account.server}, in {account.currency}", " " * 10)
    asker.say(f"          balance {account.balance:,.2f}, equity {account.equity:,.2f}", " " * 10)
    names = [f"{symbol} is {name}" for symbol, name in look.found.items() if isinstance(name, str)]
    missing = [symbol for symbol, one in look.found.items() if isinstance(one, NotOffered)]
    asker.say(f"Symbols   {len(names)} of {len(look.found)} found: {', '.join(names) or 'none'}", " " * 10)
    if missing:
        spare = set(missing) <= stand_ins(look.found, legs)
        why = f"; they would stand in for {'/'.join(legs[0])}, and are not needed" if spare else ""
        asker.say(f"          not offered by this broker: {', '.join(missing)}{why}", " " * 10)
    for one in look.found.values():
        if isinstance(one, Unknown) and not isinstance(one, NotOffered):
            asker.say(f"          {one.reason}", " " * 10)


def interview(
    asker: Asker,
    look: Look,
    account: Account,
    config: Config,
    packs: Callable[[], Mapping[str, Pack]],
    *,
    paper: bool,
    autostart: bool,
) -> Answers:
    """Ask; `config` holds what is in force now, which Enter keeps.

    `packs` loads what is in the box, where it is needed. Without `autostart` that is not asked; on the paper
    terminal there is no panel either, and no account that rules could be kept to.
    """
    settings: dict[str, Any] = {}
    comments: dict[str, str] = {}
    symbols = _symbols(asker, look)
    if symbols:
        settings["symbols"] = {symbol: {"names": [name]} for symbol, name in symbols.items()}
        comments |= {f"symbols.{symbol}.names": "as you chose it in setup" for symbol in symbols}
    risk = _risk(asker, account, config)
    settings["sizing"] = {"risk_per_trade": risk}
    comments["sizing.risk_per_trade"] = f"share of the risk base; now {_money(risk, account)}"
    hold = _hold(asker, config)
    settings["plan"] = {"hold": hold}
    funded = _funded(asker, account, config, packs)
    if funded:
        settings["funded"] = {**funded, "login": None if paper else account.login}
    wants_panel = not paper and asker.whether(
        "Install the panel?",
        "The panel shows the advice on a chart. Its files go into the terminal's MQL5 folder; "
        "`panel install` does it later, too.",
    )
    wants_start = autostart and asker.whether(
        "Start at logon?",
        "The assistant can start by itself when you log on to Windows; `autostart on` does it later, too.",
    )
    return Answers(settings, comments, wants_panel, wants_start)


def _symbols(asker: Asker, look: Look) -> dict[str, str]:
    """Let the user choose where several symbols of the broker could be meant, or one only looks like it."""
    chosen = {}
    for symbol, one in look.found.items():
        if not isinstance(one, Ambiguous | NotOffered) or not one.candidates:
            continue
        sure = "A namesake may be another instrument: look at its description in Market Watch first."
        many = "More than one could be meant" if isinstance(one, Ambiguous) else "Only the name looks like it"
        number = asker.pick(
            f"Which one is {symbol}?", f"{many}. {sure} 0 leaves {symbol} out.", one.candidates, 0
        )
        if number:
            chosen[symbol] = one.candidates[number - 1]
    return chosen


def _money(share: float, account: Account) -> str:
    """Say what a share of the risk base is in money."""
    base, currency = account.risk_base, account.currency
    return f"{100 * share:g} % of {base:,.2f} {currency} is {share * base:,.2f} {currency}"


def _risk(asker: Asker, account: Account, config: Config) -> float:
    """Ask for the risk per trade; return it as a share of the risk base."""
    now = config.sizing.risk_per_trade
    default = f"{100 * now:g}"
    while True:
        share = asker.ask(
            "Risk per trade, %",
            f"What one idea may lose at its stop when all is well; every cap only takes away from it. "
            f"{_money(now, account)}.",
            default,
            lambda answer: now if answer == default else _percent(answer),  # however many digits it has
        )
        if share == now:
            return share
        asker.say(f"  {_money(share, account)}.")
        if share < now:
            return share
        if asker.whether("Take it?", "It is more than before, and a bad row of trades loses as much more."):
            return share


def _percent(answer: str) -> float:
    """Read a percentage; return it as a share."""
    text = answer.replace(",", ".").removesuffix("%").strip()
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _LARGEST:
        raise ValueError(
            f"was {answer!r}; a percentage above 0 and up to {_LARGEST:g} is expected, such as 0.4"
        )
    return round(value / 100, 8)


def _hold(asker: Asker, config: Config) -> str:
    flat = config.plan.flat_before_close
    return asker.choose(
        "Positions are held",
        "No stop holds a gap over night, so what is held over a close gets fewer lots.",
        {
            "overnight": "lots count with a gap, which is the careful choice",
            "intraday": f"you close all in time; in the last {flat:g} minutes a gap counts again",
        },
        config.plan.hold,
    )


def _funded(
    asker: Asker, account: Account, config: Config, packs: Callable[[], Mapping[str, Pack]]
) -> dict[str, Any]:
    """Ask for the rules of a firm; return nothing where they are to stay as they are."""
    now = config.funded
    if now.mode is not Mode.OFF:
        told = f"Rules are followed now: {now.pack}, {now.mode}."
        if not asker.whether("Follow other rules?", told):
            return {}
    elif not asker.whether(
        "Is this a funded account?",
        "The rules of a prop firm (daily loss, largest loss, news) can be followed and shown, or bind.",
    ):
        return {}
    choice = _program(asker, packs())
    if choice is None:
        return {}
    if choice.currency != account.currency:
        asker.say(f"  Its numbers are in {choice.currency}, this account is in {account.currency}.")
    balance = asker.ask(
        f"Initial balance, {choice.currency}",
        "The balance that this phase began with; losses and targets are measured from it.",
        f"{initial(choice, account.balance):.2f}".removesuffix(".00"),
        _balance,
    )
    mode = asker.choose(
        "The rules",
        VERIFY,
        {"dry_run": "each is shown and none binds", "enforce": "their caps bind"},
        "dry_run",
    )
    anew = dict.fromkeys(("size", "start", "bought", "virtual"))  # of another program they would be wrong
    return {"mode": mode, "pack": choice.key, "initial_balance": balance, **anew}


def _program(asker: Asker, packs: Mapping[str, Pack]) -> Choice | None:
    """Let the user find a program by words; None where it is given up."""
    while True:
        words = asker.ask(
            "Firm and program, in words",
            "Such as: ftmo 2-step challenge. Enter goes on without rules.",
            "none",
            str,
        )
        if words == "none":
            return None
        found: Sequence[Choice] = search(packs, words)
        if not found:
            asker.say(f"  Nothing in the box has the words {words!r}; `funded packs` lists what is.")
            continue
        more = f" {len(found) - _MOST} more fit: add a word." if len(found) > _MOST else ""
        number = asker.pick(
            "Which one?",
            f"{VERIFY}{more} 0 searches again.",
            [str(one) for one in found[:_MOST]],
            1 if len(found) == 1 else 0,
        )
        if number:
            return found[number - 1]


def _balance(answer: str) -> float:
    text = answer.replace(" ", "").replace("'", "")
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    thousands = re.fullmatch(r"\d+\.\d{3}", text)  # 100.000 is a hundred thousand to many
    if thousands or not 0 < value < 1e12:  # noqa: PLR2004 -- a slip of the finger
        raise ValueError(f"was {answer!r}; a sum of money such as 100000 is expected")
    return value

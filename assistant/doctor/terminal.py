"""The terminal: found and running, linked to its broker, logged in, its symbols, its clock."""

from collections.abc import Iterable, Sequence
from pathlib import PureWindowsPath

from assistant.core.market import Quote, SessionState, TerminalFacts, TradeMode, Unknown
from assistant.doctor.finding import Finding, fail, ok, warn
from assistant.doctor.look import Look
from assistant.terminal.clock import AUTO, ServerClock, offset_name
from assistant.terminal.process import Process
from assistant.terminal.symbols import Ambiguous, Found, NotOffered

SYNC = (
    "Windows: Settings > Time & language > Date & time > Sync now; or type `w32tm /resync` in a console "
    "started as administrator"
)
UNASKED = "not asked: no terminal"
NO_LINK = "mend `link` first"
_LOG_IN = "in the terminal: File > Login to Trade Account"
_64_BIT = "terminal64.exe"
_FEW = 4  # symbols named in a line


def not_asked(names: Iterable[str]) -> list[Finding]:
    """Return the findings of checks that a terminal is needed for, where none answers."""
    return [warn(name, UNASKED, "mend `terminal` first") for name in names]


def terminal_check(
    answer: Look | Unknown | str, running: Sequence[Process], *, paper: bool, bridge: str | None
) -> Finding:
    """Judge whether the terminal that is meant was found, runs as a 64-bit program, and answers.

    `answer` is what it told, or why nothing was asked; `bridge` is a module other than MetaTrader5.
    """
    if isinstance(answer, str):
        return fail("terminal", answer, _start(running, answer))
    if isinstance(answer, Unknown):
        mend = "look whether a window of the terminal waits for an answer; else start it anew, and ask again"
        return fail("terminal", f"it does not answer: {answer.reason}", _shut(answer.reason) or mend)
    if paper:
        return ok("terminal", "PAPER: the stand-in terminal, which plays recorded prices")
    if bridge is not None:
        return ok("terminal", f"answers through the module {bridge}; where it runs cannot be seen from here")
    folder = PureWindowsPath(answer.facts.path)
    own = [one for one in running if one.path and PureWindowsPath(one.path).parent == folder]
    narrow = [one for one in own if one.name.lower() != _64_BIT]
    if narrow and len(narrow) == len(own):
        mend = "install the 64-bit terminal of your broker; the one of 32 bits is no longer made"
        return fail("terminal", f"{narrow[0].path} is no 64-bit terminal", mend)
    return ok("terminal", f"runs, 64 bits, in {answer.facts.path}")


def _shut(reason: str) -> str:
    """Say what helps against errors that have one cause."""
    if "-10005" in reason or "timeout" in reason.lower():
        return "start the terminal and this console in the same way: both as administrator, or neither"
    return ""


def _start(running: Sequence[Process], told: str) -> str:
    """Say how to come to a terminal that can be asked."""
    if "terminal.module was" in told or "server_zone" in told or "profile was" in told:
        return "mend that word in config/local.yaml, or on the command line"
    if len(running) > 1 and "name one" in told:
        return r"config/local.yaml: terminal: {path: 'C:\...\terminal64.exe'}, the one that is meant"
    if running:
        return "start the terminal that is meant, or mend terminal.path in config/local.yaml"
    return f"on Windows: start MetaTrader 5, then {_LOG_IN}; without one, `--paper` shows the paper terminal"


def link_check(facts: TerminalFacts) -> Finding:
    """Judge the terminal's own link to its broker."""
    if facts.connected:
        return ok("link", "the terminal is connected to its broker")
    mend = "its lower right corner says why: click it, Rescan servers; look at the network; or log in anew"
    return fail("link", "the terminal is not connected to its broker", mend)


def login_check(look: Look, wanted: int | None) -> Finding:
    """Judge which account is logged in; `wanted` is the login that was asked for."""
    account = look.account
    if isinstance(account, Unknown):
        return fail("login", account.reason, _LOG_IN)
    if wanted not in (None, account.login):
        text = f"login {account.login} on {account.server} is logged in, --login was {wanted}"
        return fail("login", text, f"{_LOG_IN}; or leave --login out")
    kind = "hedging" if account.hedging else "netting"
    text = f"{account.login} on {account.server}: {account.balance:,.2f} {account.currency}, {kind}"
    if account.risk_base <= 0:
        return fail("login", f"{text}; nothing that could be risked", "deposit, or log in to another account")
    return ok("login", text)


def symbols_check(found: Found, legs: Sequence[tuple[str, str]], lender: int | None) -> list[Finding]:
    """Judge which of our symbols this broker offers; `legs` are the pairs of the ratio, first come first."""
    names = {symbol: one for symbol, one in found.items() if isinstance(one, str)}
    missing = [symbol for symbol, one in found.items() if isinstance(one, NotOffered)]
    shown = ", ".join(f"{symbol} is {name}" for symbol, name in list(names.items())[:_FEW])
    more = f", and {len(names) - _FEW} more" if len(names) > _FEW else ""
    told = f"{len(names)} of {len(found)} found and selected: {shown}{more}" if names else "none was found"
    pair = next((pair for pair in legs if all(leg in names for leg in pair)), None)
    findings = []
    if not names or (pair is None and lender is None):
        wanted = ", ".join("/".join(one) for one in legs)
        mend = (
            "Market Watch > right click > Symbols: search them; their names go into config/local.yaml, such "
            "as symbols: {IWM: {names: [IWM.XYZ]}}"
        )
        findings.append(fail("symbols", f"{told}; no pair for the ratio is whole: {wanted}", mend))
    elif pair and set(missing) <= stand_ins(found, legs):
        spare = f"; {', '.join(missing)} would stand in for {'/'.join(pair)}: not offered, not needed"
        findings.append(ok("symbols", told + (spare if missing else "")))
    elif missing:
        mend = "nothing, where your broker has none; else their names go into config/local.yaml"
        if pair and pair != legs[0]:
            told += f"; the ratio is that of {'/'.join(pair)}, a stand-in for {'/'.join(legs[0])}"
        findings.append(warn("symbols", f"{told}; not offered: {', '.join(missing)}", mend))
    else:
        findings.append(ok("symbols", told))
    return findings + _doubts(found)


def stand_ins(found: Found, legs: Sequence[tuple[str, str]]) -> set[str]:
    """Return the legs of the pairs that would stand in for the first whole one; none where none is whole."""
    offered = {symbol for symbol, one in found.items() if isinstance(one, str)}
    place = next((place for place, pair in enumerate(legs) if set(pair) <= offered), None)
    if place is None:
        return set()
    return {leg for other in legs[place:] for leg in other} - set(legs[place])


def _doubts(found: Found) -> list[Finding]:
    """Name each symbol of which it is not known which of the broker's it is."""
    findings = []
    for symbol, one in found.items():
        if isinstance(one, Ambiguous):
            mend = f"config/local.yaml: symbols: {{{symbol}: {{names: [{one.candidates[0]}]}}}}, or another"
            text = f"{symbol} could be {', '.join(one.candidates[:_FEW])}: it is left out"
            findings.append(fail("symbols", text, mend))
        elif isinstance(one, Unknown) and not isinstance(one, NotOffered):
            findings.append(fail("symbols", one.reason, "`setup` shows it, too; the line says what to write"))
    return findings


def trading_check(look: Look) -> list[Finding]:
    """Name the symbols that do not take every order, and those whose facts could not be read."""
    offered = {symbol for symbol, one in look.found.items() if isinstance(one, str)}
    read = {one.symbol for one in look.instruments}
    lost = sorted(offered - read)
    told = [one for one in look.problems if not one.startswith("not offered")]
    findings = []
    if lost:
        why = f": {'; '.join(told)}" if told else ""
        mend = "they have 0 lots: ask your broker, or leave them out: symbols: {IWM: null}"
        findings.append(fail("broker facts", f"not known of {', '.join(lost)}{why}", mend))
    closed = [
        f"{one.broker_symbol} ({one.trade_mode.value})"
        for one in look.instruments
        if one.trade_mode is not TradeMode.FULL
    ]
    if closed:
        mend = "nothing: a side that the broker does not take has 0 lots"
        findings.append(warn("trade mode", f"not every order is taken in {', '.join(closed)}", mend))
    return findings or [ok("trade mode", f"the broker takes orders on both sides in all {len(read)}")]


def server_clock_check(look: Look, configured: str) -> Finding:
    """Judge how far the server's clock is ahead of UTC, and how that was found."""
    clock, doubt = look.facts.clock, look.facts.clock_doubt
    told = f"{offset_name(ServerClock(clock).offset(look.at))} now"
    told += "" if clock in told else f" ({clock})"
    if doubt is None:
        how = (
            "measured from ticks that move, its summer time recognised from the history"
            if configured == AUTO
            else "as terminal.server_zone says"
        )
        return ok("server clock", f"{told}, {how}")
    if not look.hours.state.in_session or look.hours.state is SessionState.HALTED:
        again = f"nothing to do: `run` measures it from {_opens(look)} on, and until then lots are 0"
        return warn("server clock", f"taken for {told}; no tick moves now by which to measure it", again)
    mend = (
        "wait a minute, ask again; else config/local.yaml: terminal: {server_zone: Europe/Athens}, or yours"
    )
    return fail("server clock", f"taken for {told}; {doubt}", mend)


def _opens(look: Look) -> str:
    return f"{look.hours.opens_at:%Y-%m-%d %H:%M} UTC" if look.hours.opens_at else "the next open"


def pc_clock_check(look: Look, *, allowed: float, future: float, paper: bool) -> Finding:
    """Judge the PC's clock by the freshest tick; `allowed` and `future` (s) are the settings for quotes."""
    if paper:
        return ok("pc clock", "the paper terminal has a clock of its own; yours is not asked")
    ages = [(look.at - one.at).total_seconds() for one in look.quotes.values() if isinstance(one, Quote)]
    if not ages or not look.facts.connected:
        why, mend = ("no tick", SYNC) if look.facts.connected else ("the broker is away", NO_LINK)
        return warn("pc clock", f"cannot be told: {why}", mend)
    freshest = min(ages)
    if freshest < -future:
        return fail("pc clock", f"{-freshest:.0f} s behind the server's ticks", SYNC)
    if look.hours.state not in (SessionState.OPEN, SessionState.EDGE):
        mend = f"to be sure, {SYNC}; or ask again from {_opens(look)} on"
        return warn("pc clock", "cannot be told while no tick comes", mend)
    if freshest > allowed:
        mend = f"if the terminal's own quotes move, {SYNC}"
        return fail("pc clock", f"{freshest:.0f} s ahead of the freshest tick, or ticks are late", mend)
    return ok("pc clock", f"the freshest tick is {max(0.0, freshest):.1f} s old by it")

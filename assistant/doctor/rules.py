"""The settings, the rules of a funded account, and the table of sessions."""

import re
from datetime import date
from pathlib import Path

from assistant.config import FundedSettings, packaged
from assistant.core.market import Account
from assistant.core.program import Mode
from assistant.doctor.finding import Finding, fail, ok, warn
from assistant.errors import ConfigError
from assistant.funded.packs import read_pack
from assistant.funded.program import CUSTOM, program_of

PACK_DAYS = 90  # from which age on the rules of a pack are to be looked up again
TABLE_DAYS = 60  # before the end of the sessions table from which on it is told
_VERIFY = "the firm's dashboard and terms decide: compare each number with them"


def settings_check(home: Path, error: ConfigError | None) -> list[Finding]:
    """Name every complaint about the settings."""
    own = home / "config" / "local.yaml"
    if error is None:
        told = str(own) if own.exists() else f"the packaged ones; yours would stand in {own}"
        return [ok("settings", told)]
    mend = "mend that key or take it out; until then all that follows was asked with the packaged settings"
    return [fail("settings", line, mend) for line in str(error).splitlines()]


def funded_check(settings: FundedSettings, today: date, account: Account | None) -> Finding:
    """Judge the program that is followed: whether it is one, for this account, how old it is.

    `account` is the one that is logged in; None: it is not known.
    """
    if settings.mode is Mode.OFF or settings.pack is None:
        return ok("funded rules", "off: no firm's rules are followed")
    try:
        program = program_of(settings)
    except ConfigError as error:
        mend = "config/local.yaml: funded; `funded packs` lists what is in the box, `setup` asks for one"
        return fail("funded rules", str(error), mend)
    if program is None:
        return ok("funded rules", "off: no firm's rules are followed")
    binds = "its caps bind" if settings.mode is Mode.ENFORCE else "dry run: shown, and nothing binds"
    told = f"{program.title}, from {program.initial:,.0f} {program.currency}; {binds}"
    enforced = settings.mode is Mode.ENFORCE
    if account and settings.login not in (None, account.login):
        told += f"; they are for login {settings.login}, not {account.login}"
        mend = "log in to that account, or change funded.login in config/local.yaml"
        mend += "; until then lots are 0" if enforced else ""
    elif account and account.currency != program.currency:
        told += f"; but the account is in {account.currency}"
        mend = "log in to the account that the firm sold, or choose its program: funded.pack"
    else:
        return _aged(told, settings.pack, today)
    return fail("funded rules", told, mend) if enforced else warn("funded rules", told, mend)


def _aged(told: str, pack: str, today: date) -> Finding:
    """Judge the age of the pack that is followed; one's own words have none."""
    if pack == CUSTOM:
        return ok("funded rules", f"{told}; your own words")
    key, _, name = pack.partition("/")
    as_of = read_pack(packaged() / "funded" / f"{key}.yaml").programs[name].as_of
    return age_check(told, as_of, today)


def age_check(told: str, as_of: str, today: date) -> Finding:
    """Judge how old a pack is; `as_of` is a day or a month, which counts from its first day."""
    if re.fullmatch(r"\d{4}-\d{2}", as_of):
        as_of = f"{as_of}-01"
    days = (today - date.fromisoformat(as_of)).days
    if days > PACK_DAYS:
        return warn("funded rules", f"{told}; the rules are as of {as_of}, {days} days ago", _VERIFY)
    return ok("funded rules", f"{told}; as of {as_of}: verify with the firm")


def table_check(last: date | None, today: date) -> Finding:
    """Judge how long the packaged table of sessions still serves."""
    mend = "update the assistant: a newer version brings a longer table"
    if last is None or last < today:
        return fail("sessions", f"the table ended on {last}: the market is never taken for open", mend)
    days = (last - today).days
    if days < TABLE_DAYS:
        return warn("sessions", f"the table of sessions ends on {last}, in {days} days", mend)
    return ok("sessions", f"the table of sessions lasts until {last}")

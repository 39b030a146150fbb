"""What the words of a page mean, a plain sentence each: those that it uses."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]

FUNDED = "funded "  # how the names of all caps of a firm's rules begin
WORDS = {
    "advised": "The lots that the last advice before the order left for it, at its own stop.",
    "cap": "A ceiling with a reason. The smallest of all caps is the one that bound.",
    "dry run": "A rule that is shown and never binds.",
    "floor": "The level that a loss rule forbids equity or balance to fall to.",
    "floating": "What open positions would make if they were closed now.",
    "headroom": "How far equity or balance is above a floor.",
    "normal risk": "The money that one idea may lose at a share of 1.00x.",
    "planned": "What the lots advised would have lost at the stop.",
    "R": "The money that a trade risked: its loss at the first stop. +2 R is a gain of twice that.",
    "share": "How much of normal risk a new risk-on order might take: 0.60x is 60 % of it.",
    "slippage": "What a fill was worse, or better, than the quote or the stop-loss that it was for.",
    "stance": "What the ratio's averages say of the market: RISK_ON, NEUTRAL, RISK_OFF or UNKNOWN.",
    "unchecked": "No check was asked in the ten minutes before the order.",
    "vote": "One witness for or against risk, beside the ratio; a silent one has no opinion.",
}
CAPS = {
    "break": "The ratio closed below its band or range: less until it is back inside, or the stance turns.",
    "broker facts": "A fact of the broker that the lots hang on could not be read.",
    "cluster": "All that is open and pending on one side of risk appetite risks as much as it may.",
    "context": "What the votes leave together, as a share of normal risk.",
    "contract": "What a lot of the symbol is has changed, and nobody has confirmed it yet.",
    "daily loss": "Your own limit: what this session may still lose.",
    "doubtful close": "A close moved as no other symbol did, so that the stance may be wrong.",
    "exposure": "The worth of all that is open and pending is as large, against equity, as it may be.",
    "frozen": "The symbol's price stood still while the others moved.",
    "halted": "The session was on, and no tick came.",
    "heat": "All that is open and pending risks together as much as it may.",
    "idea": "All that is open and pending in one symbol and direction risks as much as one idea may.",
    "intraday": "The live ratio fell below its band during the session.",
    "losing streak": "Your own limit: too many positions in a row were closed at a loss.",
    "manual": "A cap that you set by hand.",
    "margin": "An order may bind no more of the free margin.",
    "market closed": "The exchange was closed.",
    "max new trades": "As many positions were opened in this session as the stance allows.",
    "news": "A release of the calendar was near.",
    "normal": "Normal risk itself: nothing held the order to less.",
    "open position": "An order that only reduces may be as large as what is open.",
    "regime": "The share that the stance allows.",
    "session edge": "The first 5 or the last 15 minutes of the session, where prices jump.",
    "spike": "A quote far from those of the last minutes, which nothing had confirmed.",
    "spread": "The spread was several times its usual width.",
    "stale": "A fact was older than is allowed, or could not be read: nothing was to be trusted.",
    "stop-out": "A larger order could bring the account near where the broker closes positions by itself.",
    "trade_mode": "The broker does not let positions be opened in the symbol on that side.",
    "unknown": "The stance is not known.",
    "volatility": "The symbol moves more than is wanted, so it gets a smaller share.",
    "volume_limit": "The broker lets no more lots of the symbol be held in one direction.",
    "volume_max": "The broker's largest order.",
    "volume_min": "The broker's smallest order is more than what was left.",
    "volume_step": "What is left is less than the broker's step of lots.",
}
_FUNDED = "What a rule of the account's firm leaves a new order."


def legend(document: Document) -> list[tuple[str, str]]:
    """Return the words of a review or a series with what they mean, its caps after all others."""
    caps = sorted(set(_caps(document)))
    known = [(cap, CAPS.get(cap) or (_FUNDED if cap.startswith(FUNDED) else "")) for cap in caps]
    return [*WORDS.items(), *((cap, means) for cap, means in known if means)]


def _caps(document: Document) -> Iterator[str]:
    """Yield the names of caps that a page shows."""
    quality = document.get("quality", {})
    for bounds in (document["bound"], document.get("bound_by_symbol", ()), quality.get("fail_safe", ())):
        yield from (one["cap"] for one in bounds)
    for trade in document["trades"] if isinstance(document["trades"], list) else ():
        yield from (cap for cap in (trade["cap"], *(one["cap"] for one in trade["orders"])) if cap)

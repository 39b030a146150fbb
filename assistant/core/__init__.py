"""The pure core: no clock, no file, no network, no terminal.

Read the modules in the order of FLOW; each imports only modules above it.
"""

FLOW = (
    "market",
    "caps",
    "closes",
    "ratio",
    "regime",
    "levels",
    "context",
    "explain",
    "shares",
    "fold",
    "history",
    "flags",
    "multiplier",
    "signals",
    "conditions",
    "spreads",
    "contracts",
    "own",
    "intraday",
    "sizing",
    "distances",
    "costs",
    "exposure",
    "pricing",
    "held",
    "advice",
    "reserved",
    "check",
    "standing",
)

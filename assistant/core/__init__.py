"""The pure core: no clock, no file, no network, no terminal.

Read the modules in the order of FLOW; each imports only modules above it.
"""

FLOW = ("market", "caps", "ratio", "regime", "multiplier", "conditions", "sizing", "advice", "check")

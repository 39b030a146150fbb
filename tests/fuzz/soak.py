"""Many hostile cases of every document, one input after the other: `python scripts/soak.py --fuzz 10000`."""

from __future__ import annotations

from loguru import logger

from tests.fuzz.engine import emptied, run, told
from tests.fuzz.inputs import inputs


def fuzzed(cases: int, seed: int) -> int:
    """Run so many cases of each input; return 1 where one was more than a refusal or a value."""
    logger.remove()
    reports = {}
    with emptied() as folder, inputs(folder) as found:
        for name, one in found.items():
            reports[name] = run(one, folder / name, cases=cases, seed=seed)
            print(next(told({name: reports[name]})), flush=True)  # noqa: T201 -- it is for a script
    faults = [line for line in told(reports) if line.startswith("  ")]
    total = sum(one.cases for one in reports.values())
    print(*faults, f"{total} cases, {len(faults)} kinds of fault", sep="\n")  # noqa: T201 -- likewise
    return 1 if faults else 0

"""Kill the assistant again and again while it plays a month, and see that it forgets nothing.

    python scripts/soak.py --kills 200 --seed 1
    python scripts/soak.py --fuzz 10000
    python scripts/soak.py --runs 12
    python scripts/soak.py --faults 1000

The month is that of tests/funded/month, the kills are SIGKILL (on Windows TerminateProcess), in the midst of
writing and anywhere. With --faults its terminal fails instead, in every way of assistant/docs/rehearse.md:
nothing old is shown as fresh, nothing is bolder than without faults, each is on record, memory and open files
stay. Prints what was done, and exits 1 where a promise was broken; then the home is kept.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
A_MONTH = 30  # kills at most in one playing of the month
SHOWN = 20  # complaints


def main() -> int:
    """Play as many months as the kills need; return 1 where a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fuzz", type=int, help="read so many hostile cases of each document instead")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin no other month after so many"
    )
    parser.add_argument(
        "--runs", type=int, help="kill child, supervisor and both of `assistant run`, each so often, instead"
    )
    parser.add_argument(
        "--faults", type=int, help="play one month with so many faults of the terminal instead"
    )
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.fuzz:
        from tests.fuzz.soak import fuzzed  # noqa: PLC0415 -- as below

        return fuzzed(options.fuzz, options.seed)
    if options.faults:
        from tests.funded.month.promised import stormed  # noqa: PLC0415 -- as below

        return stormed(options.faults, options.seed)
    if options.runs:
        from tests.doubles.started import killed_and_told  # noqa: PLC0415 -- as below

        return killed_and_told(Path(tempfile.mkdtemp(prefix="soak-")), options.runs, options.seed)
    from tests.funded.month.killed import Month, higher, plan, played, wrong  # noqa: PLC0415 -- with it come prices

    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    whole = played(folder / "whole", [])
    print(f"without a kill: {len(whole.seen)} cycles in {time.monotonic() - begun:.0f} s", flush=True)
    found, kills, torn, number = list(whole.complaints), 0, 0, 0
    most: defaultdict[str, float] = defaultdict(float)
    while kills < options.kills and time.monotonic() - begun < 60 * options.minutes:
        home, seed = folder / f"month_{number}", options.seed + number
        month: Month = played(home, plan(seed, min(A_MONTH, options.kills - kills)))
        complaints = wrong(home, month, whole)
        for _, _, rule, apart in higher(month, whole):
            most[rule] = max(most[rule], apart)
        found += [f"seed {seed}: {one}" for one in complaints]
        kills, torn, number = kills + len(month.killed), torn + len(month.torn), number + 1
        if not complaints:
            shutil.rmtree(home)
        told = f"{kills} kills, {torn} torn lines, {len(found)} complaints, {time.monotonic() - begun:.0f} s"
        print(f"seed {seed}: {len(month.seen)} cycles; so far {told}", flush=True)
    for rule, apart in sorted(most.items()):
        print(f"{rule}: at most {apart:.2f} higher than without a kill")
    print(*found[:SHOWN], sep="\n")
    print(
        f"{len(found)} promises broken, see {folder}"
        if found
        else f"{kills} kills, and every promise was kept"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

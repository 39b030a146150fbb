"""Make the answer file of each episode with the second formulation: python tests/core/history/make.py.

The fold starts at the first session of closes.csv, with the shipped settings and votes and without notes.
"""

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from tests.core.history import read  # noqa: E402 -- found through the line above
from tests.core.second import After, second  # noqa: E402 -- likewise

BEFORE, SINCE = 10, 45  # sessions before and from the first day of an episode's month


def row(after: After) -> dict[str, str]:
    """The columns of an answer file, numbers to 12 significant digits."""
    numbers = {
        **{name: getattr(after, name) for name in ("ratio", "fast", "slow", "distance", "noise", "band")},
        **{name: getattr(after, name) for name in ("regime_target", "regime_held")},
        **{name: getattr(after, name) for name in ("context_target", "context_held")},
        "vol_target_IWM": after.volatility_target["IWM"],
        "vol_held_IWM": after.volatility_held["IWM"],
        "break_share": after.break_share,
    }
    texts = {name: "" if value is None else f"{value:.12g}" for name, value in numbers.items()}
    words = {
        "session": str(after.session),
        "stance": after.stance,
        "since": str(after.since),
        "sessions": str(after.sessions),
        "followed": "yes" if after.followed else "no",
        "breaks": "; ".join(f"{one.side} {one.line} {one.status} {one.since}" for one in after.breaks),
        "votes": " ".join(f"{name}={value}" for name, value in after.counted.items()),
    }
    both = {**texts, **words}
    return {name: both[name] for name in read.Answer.__dataclass_fields__}


def main() -> None:
    """Write all episodes."""
    after = second(read.closes(), read.settings(), read.series(), read.votes())
    for episode in read.EPISODES:
        first = next(n for n, one in enumerate(after) if f"{one.session:%Y-%m}" == episode)
        out = [row(one) for one in after[first - BEFORE : first + SINCE]]
        with (read.FOLDER / f"{episode}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(out[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(out)


if __name__ == "__main__":
    main()

"""Finding a firm's program by words, as one would say it: ftmo 2 step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.funded.packs import Pack
from assistant.funded.words import chosen


@dataclass(frozen=True, slots=True)
class Choice:
    """A program in the box."""

    key: str  # firm/program, as funded.pack has it
    title: str
    sizes: tuple[float, ...]  # account sizes; none: not published
    currency: str
    as_of: str  # a day, or a month

    def __str__(self) -> str:
        return f"{self.title} ({self.key}), {self.currency}, rules as of {self.as_of}"


def choices(packs: Mapping[str, Pack]) -> Iterator[Choice]:
    """Yield all programs of all firms."""
    for firm, pack in packs.items():
        for name, one in pack.programs.items():
            title = f"{pack.firm} {one.name}, {one.phase}"
            yield Choice(f"{firm}/{name}", title, one.sizes, pack.currency, one.as_of)


def search(packs: Mapping[str, Pack], words: str) -> tuple[Choice, ...]:
    """Return the programs that have all words, as `funded packs` finds them."""
    return tuple(choices(chosen(packs, words.split())))


def initial(choice: Choice, balance: float) -> float:
    """Return the initial balance that is most likely: the published size nearest to a balance.

    Also where it is far: a percentage of a balance that is already a profit would be too wide a floor.
    """
    return min(choice.sizes, key=lambda size: abs(size - balance), default=balance)

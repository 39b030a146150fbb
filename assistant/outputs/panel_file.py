r"""The panel file: one advice as lines of text for MQL5, byte for byte as docs/panel-file.md says.

UTF-8 without BOM, `\n`, `|` between fields. The last line carries the count and the CRC-32 of all bytes
before it, so that a part of a file is never taken for a file.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zlib import crc32

from assistant.core.advice import Advice
from assistant.core.alerts import Alert
from assistant.core.market import Side, Unknown
from assistant.core.snapshot import Release
from assistant.core.symbol_advice import SideAdvice, SymbolAdvice
from assistant.errors import PublishError
from assistant.outputs.files import replace_file

MAGIC = "BREADTH-ADVICE|1"
TEXT_LIMIT = 60  # characters
SIZE_LIMIT = 64_000  # bytes


def panel_path(common_folder: str, login: int) -> Path:
    """Return where the terminal finds the file, below its terminal_info().commondata_path.

    PublishError where that is no folder of this machine, as behind a bridge that does not translate it.
    """
    folder = Path(common_folder)
    if not folder.is_absolute():
        raise PublishError(
            f"the terminal's common folder was {common_folder!r}, which is none on this machine: "
            "run with --no-publish, or let the bridge translate it"
        )
    return folder / "Files" / "BreadthAssistant" / f"advice_{login}.txt"


def write_panel(path: Path, content: bytes) -> None:
    """Put a rendered panel file in its place; PublishError where it is too large or cannot be written."""
    if len(content) >= SIZE_LIMIT:
        raise PublishError(f"{path} would hold {len(content)} bytes; expected less than {SIZE_LIMIT}")
    replace_file(path, content)


def render(
    advice: Advice,
    *,
    seq: int,
    ttl: int,
    funded_mode: str,
    news: Sequence[Release] = (),
    alerts: Sequence[Alert] = (),
) -> bytes:
    """Return the whole file; `seq` counts cycles, `ttl` is in seconds.

    News and alerts are left out where there is no room for them: lots come first.
    """
    told = [_line("NEWS", one.at, one.currency, one.impact, one.title) for one in news]
    told += [_line("ALERT", one.id, one.level, one.text) for one in alerts]
    lines = [*_lines(advice, seq, ttl, funded_mode)]
    whole = _ended([*lines, *told])
    return whole if len(whole) < SIZE_LIMIT else _ended(lines)


def _ended(lines: Iterable[str]) -> bytes:
    """Return the lines with the one that ends the file."""
    return sealed("".join(line + "\n" for line in lines).encode())


def sealed(body: bytes) -> bytes:
    """Return the lines of a file with the one that proves them whole."""
    return body + f"END|{len(body)}|{crc32(body):08x}\n".encode()


def intact(content: bytes) -> bool:
    """Whether a file is what was sealed, as a reader in the terminal finds out."""
    body = content[: content.rfind(b"END|")]
    return bool(body) and content == sealed(body)


def _lines(advice: Advice, seq: int, ttl: int, funded_mode: str) -> Iterator[str]:
    yield MAGIC
    yield _line("SEQ", seq)
    yield _line("UTC", int(advice.as_of.timestamp()))
    yield _line("TTL", ttl)
    yield _line("LOGIN", advice.account.login)
    yield _line("SERVER", advice.account.server)
    yield _line("MODE", advice.mode, funded_mode)
    hours, regime = advice.hours, advice.regime
    following = hours.closes_at if hours.state.in_session else hours.opens_at
    yield _line("SESSION", hours.state, following)
    yield _line("REGIME", regime.stance, regime.since, regime.sessions, ", ".join(regime.flags))
    points = ",".join(decimal(round(ratio, 6)) for ratio in regime.trail)
    yield _line("RATIO", regime.ratio, regime.average) + f"|{points}"
    yield _line("SHARE", advice.share.value, advice.share.name)
    for vote in regime.votes:
        yield _line("VOTE", vote.name, "A" if vote.value is None else vote.value, vote.number, vote.reason)
    for symbol in advice.symbols:
        yield from _symbol(symbol, advice.terminal.age(symbol.quote, advice.as_of))
    for ruling in advice.funded.rulings if advice.funded else ():
        floor = ruling.floor
        if floor is not None:
            room = (floor.level, floor.headroom, floor.after_reset, floor.reset_at)
            yield _line("FLOOR", ruling.name, *room, ruling.light)


def _symbol(symbol: SymbolAdvice, age: float | None) -> Iterator[str]:
    instrument, stops = symbol.instrument, symbol.stops
    name = instrument.broker_symbol
    aged = None if age is None else round(age * 1000)
    distances = (None, None) if isinstance(stops, Unknown) else (stops.minimum, stops.default)
    steps = (instrument.volume_min, instrument.volume_step)
    yield _line("SYM", name, instrument.role, instrument.digits, *steps, *distances, aged)
    for side, advice in symbol.sides.items():
        yield _line("SIDE", name, "B" if side is Side.BUY else "S", *_side(advice))
    for held in symbol.held:
        yield _line("POS", name, "B" if held.side is Side.BUY else "S", held.lots, held.position_cap)


def _side(advice: SideAdvice) -> Iterable[object]:
    """Return a SIDE line after the side; what is not computable is empty, and then the lots are 0."""
    sizing, would = advice.sizing, advice.would_bind
    known = not isinstance(sizing, Unknown)
    return (
        advice.money.value if known else None,
        advice.money.name if known else None,
        None if isinstance(sizing, Unknown) else sizing.loss_per_unit,
        None if isinstance(sizing, Unknown) else sizing.cost_per_lot,
        None if isinstance(sizing, Unknown) else sizing.floor_loss_per_lot,
        advice.lots_cap.value,
        advice.lots_cap.name,
        advice.lots,
        advice.binding.name,
        advice.binding.reason,
        would.lots if would else None,
        would.name if would else None,
    )


def _line(tag: str, *fields: object) -> str:
    return "|".join((tag, *(_field(field) for field in fields)))


def _field(value: object) -> str:
    """Write one field: plain decimals, epoch seconds for an instant, texts cleaned and cut."""
    if value is None:
        return ""
    if isinstance(value, float):
        return decimal(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, date):
        return value.isoformat()
    return text(str(value))


def decimal(value: float) -> str:
    """Return a plain decimal of at most 15 significant digits, without exponent."""
    short = f"{value:.15g}"
    return format(Decimal(short), "f") if "e" in short else short


def text(value: str) -> str:
    """Return a text that keeps to its field: `|` and control characters become `/`, 60 characters at most."""
    clean = value
    if "|" in value or not value.isprintable():
        clean = "".join("/" if char == "|" or not char.isprintable() else char for char in value)
    return clean if len(clean) <= TEXT_LIMIT else clean[: TEXT_LIMIT - 1] + "…"

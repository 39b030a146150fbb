"""One assistant after another: one for each account that the terminal is logged in to."""

from collections.abc import Callable

from assistant.app import RECONNECT_SECONDS, Assistant
from assistant.errors import AccountChangedError, HeldError, TerminalError
from assistant.source import Source


def follow_accounts(
    source: Source,
    entered: Callable[[Source], Assistant],
    during: Callable[[Assistant], None],
    trouble: Callable[[str], None],
) -> None:
    """Run what `during` does with an assistant, and again with one for another account that is logged in.

    Nothing of the source goes over to the next. The first assistant fails as it fails; later ones wait for a
    terminal that does not answer, and for a login that another process advises, and tell `trouble` so.
    """
    first = True
    while True:
        try:
            with entered(source) as assistant:
                first = False
                during(assistant)
        except AccountChangedError as change:
            if source.again is None:
                raise
            trouble(str(change))
        except (TerminalError, HeldError) as error:
            if first or source.again is None:
                raise
            trouble(f"no advice: {error}; trying again")
            source.clock.sleep(RECONNECT_SECONDS)
        else:
            return
        source = source.again()

"""The include in a simulated terminal, with files of the real writer: its states, clocks and fail-safe."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest

from assistant.core.advice import Advice
from assistant.core.market import Side
from assistant.outputs.panel_file import render, text, write_panel
from tests.mql5.conftest import EPOCH, Start
from tests.mql5.terminal import LOGIN, Terminal

TTL = 5  # seconds
IWM = "IWM.US B"


def rendered(advice: Advice, seq: int = 7) -> bytes:
    return render(advice, seq=seq, ttl=TTL, funded_mode="off")


@pytest.fixture
def content(advice: Advice) -> bytes:
    return rendered(advice)


@pytest.fixture
def live(start: Start, content: bytes) -> Terminal:
    """A terminal whose advice is LIVE."""
    terminal = start()
    terminal.write(content)
    terminal.poll(0)
    return terminal


def lots(terminal: Terminal, stop: float = 4.0) -> float:
    return float(terminal.ask(f"lots {IWM}", stop))


def cap(terminal: Terminal) -> float:
    return float(terminal.ask(f"cap {IWM}"))


# The five states


def test_a_fresh_file_is_live_and_gives_its_lots(live: Terminal, advice: Advice) -> None:
    iwm = next(one for one in advice.symbols if one.instrument.broker_symbol == "IWM.US")
    buy = iwm.sides[Side.BUY]

    assert live.ask("state") == "LIVE, 0 s old"
    assert buy.lots > 0
    assert cap(live) == buy.lots
    assert float(live.ask("share IWM.US")) == pytest.approx(advice.share.value, abs=1e-8)
    assert live.ask(f"reason {IWM}") == f"{text(buy.binding.name)}: {text(buy.binding.reason)}"


def test_before_anything_was_looked_for_there_is_no_risk(start: Start) -> None:
    terminal = start()
    assert terminal.ask("state") == "MISSING: it was not looked for yet"
    assert lots(terminal) == cap(terminal) == float(terminal.ask("share IWM.US")) == 0.0


def test_without_a_file_it_is_missing(start: Start) -> None:
    terminal = start(InpFailSafeLots=3.0)
    terminal.poll()
    assert terminal.ask("state") == f"MISSING: no file for account {LOGIN} (error 5004)"
    assert terminal.ask(f"reason {IWM}").startswith("MISSING: no file")
    assert lots(terminal) == cap(terminal) == 0.0  # there is no last good cap for 3 lots


def test_after_its_time_to_live_it_is_stale(live: Terminal) -> None:
    live.poll(5000)
    assert live.ask("state") == "LIVE, 5 s old"
    live.poll(1)
    assert live.ask("state") == "STALE, 5 s old: the assistant has written nothing new for 5 s"
    assert lots(live) == cap(live) == float(live.ask("share IWM.US")) == 0.0
    live.poll(7000)
    assert live.ask("state").startswith("STALE, 12 s old")


def test_it_goes_stale_although_nobody_polls(live: Terminal) -> None:
    live.do("advance 5001")
    assert live.state() == "STALE"
    assert lots(live) == 0.0


def test_an_old_file_is_stale_at_the_first_look(start: Start, content: bytes) -> None:
    terminal = start()
    terminal.do(f"utc {EPOCH + 3600}")
    terminal.write(content)
    terminal.poll(0)
    assert terminal.ask("state").startswith("STALE, 3600 s old")


def test_a_file_that_is_written_again_lives_on(live: Terminal, advice: Advice) -> None:
    for second in range(1, 20):
        later = replace(advice, as_of=advice.as_of.fromtimestamp(EPOCH + second, tz=advice.as_of.tzinfo))
        live.write(rendered(later, seq=7 + second))
        live.poll(1000)
        assert live.ask("state") == "LIVE, 0 s old"


@pytest.mark.parametrize(("login", "server"), [(LOGIN + 1, "Paper-Demo"), (LOGIN, "Other-Demo")])
def test_a_file_of_another_account_is_foreign_at_once(
    live: Terminal, advice: Advice, login: int, server: str
) -> None:
    live.write(rendered(replace(advice, account=replace(advice.account, login=login, server=server)), seq=8))
    live.poll()
    assert live.ask("state") == f"FOREIGN ACCOUNT, 0 s old: the file is for account {login} at {server}"
    assert lots(live) == cap(live) == 0.0


def test_an_account_that_the_terminal_has_left_gives_nothing(start: Start, content: bytes) -> None:
    terminal = start(InpFailSafeLots=0.5)
    terminal.write(content)
    terminal.poll(0)
    terminal.do(f"login {LOGIN + 1}")
    assert terminal.ask("state") == "FOREIGN ACCOUNT, 0 s old: the terminal has changed to another account"
    assert lots(terminal) == cap(terminal) == 0.0
    terminal.poll()
    assert terminal.ask("state") == f"MISSING: no file for account {LOGIN + 1} (error 5004)"
    assert lots(terminal) == 0.0


def test_a_terminal_without_an_account_and_the_strategy_tester_have_no_advice(
    start: Start, content: bytes
) -> None:
    terminal = start()
    terminal.write(content)
    terminal.do("login 0")
    terminal.poll()
    assert terminal.ask("state") == "MISSING: the terminal is not logged in"
    terminal.do(f"login {LOGIN}", "tester 1")
    terminal.poll()
    assert terminal.ask("state") == "MISSING: the strategy tester has no advice"


def test_a_long_name_of_a_server_is_compared_as_the_file_has_it(start: Start, advice: Advice) -> None:
    server = "A|" + "x" * 70
    terminal = start()
    terminal.do(f"server {server}")
    terminal.write(rendered(replace(advice, account=replace(advice.account, server=server))))
    terminal.poll(0)
    assert terminal.state() == "LIVE"


# Clocks


@pytest.mark.parametrize(("ahead", "state"), [(10, "LIVE"), (11, "STALE"), (3600, "STALE")])
def test_a_file_from_the_future_is_not_followed(start: Start, content: bytes, ahead: int, state: str) -> None:
    terminal = start(InpFailSafeLots=0.5)
    terminal.do(f"utc {EPOCH - ahead}")
    terminal.write(content)
    terminal.poll(0)
    assert terminal.state() == state
    assert (lots(terminal) > 0.0) == (state == "LIVE")  # it is no good advice: no fail-safe above 0 either
    if state == "STALE":
        assert terminal.ask("state") == f"STALE: it is stamped {ahead} s in the future: a clock was changed"


def test_a_clock_that_is_set_back_does_not_make_a_silent_writer_fresh(live: Terminal) -> None:
    live.poll(4000)
    live.do(f"utc {EPOCH - 3}")  # by the clock the file is 3 s in the future
    assert live.ask("age") == "4000"  # SEQ has not changed for so long
    live.poll(1001)
    assert live.state() == "STALE"


def test_a_clock_that_is_set_back_far_ends_the_advice_until_it_is_written_again(
    live: Terminal, advice: Advice
) -> None:
    live.do(f"utc {EPOCH - 3600}")
    assert live.state() == "STALE"
    earlier = replace(advice, as_of=advice.as_of.fromtimestamp(EPOCH - 3600, tz=advice.as_of.tzinfo))
    live.write(rendered(earlier, seq=8))
    live.poll()
    assert live.state() == "LIVE"


def test_a_clock_that_is_set_ahead_ends_the_advice(live: Terminal) -> None:
    live.do(f"utc {EPOCH + 3600}")
    assert live.ask("state").startswith("STALE, 3600 s old")


# Torn, corrupt, replaced


def test_a_file_torn_at_any_byte_is_corrupt(start: Start, content: bytes) -> None:
    terminal = start(InpFailSafeLots=3.0)
    for length in range(len(content)):
        terminal.write(content[:length])
        terminal.poll()
        assert terminal.state() == "CORRUPT", length
        if length % 97 == 0:
            assert lots(terminal) == cap(terminal) == 0.0


def test_a_file_with_a_bit_flipped_is_corrupt(start: Start, content: bytes) -> None:
    terminal, chance = start(), random.Random(20181226)  # noqa: S311 -- bits to flip
    for _ in range(600):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        terminal.write(bytes(changed))
        terminal.poll()
        assert terminal.state() == "CORRUPT"


def test_a_file_with_a_byte_more_or_too_large_is_corrupt(start: Start, content: bytes) -> None:
    terminal = start()
    for wrong in (
        content + b"\n",
        content + b"\0",
        content + content,
        b"",
        b"\n",
        b"x" * 64000,
        b"END|0|00000000\n",
    ):
        terminal.write(wrong)
        terminal.poll()
        assert terminal.state() == "CORRUPT", wrong[-20:]


def test_one_bad_reading_keeps_the_last_good_advice_for_its_time_to_live(
    live: Terminal, content: bytes
) -> None:
    good = lots(live)
    assert good > 0.0
    live.write(content[:-1])
    live.poll(5000)
    assert (live.state(), lots(live)) == ("LIVE", good)
    live.poll(1)
    assert live.ask("state") == "CORRUPT, 5 s old: the file is torn or was changed"
    assert lots(live) == 0.0


def test_a_file_that_another_process_holds_is_looked_for_again(live: Terminal) -> None:
    live.do("refuse 3")
    for _ in range(4):
        live.poll()
        assert live.state() == "LIVE"
    live.do("refuse 100")
    live.poll(5000)
    assert live.ask("state") == f"MISSING, 6 s old: no file for account {LOGIN} (error 5004)"


def test_a_reading_that_ends_early_is_corrupt(start: Start, content: bytes) -> None:
    terminal = start()
    terminal.write(content)
    terminal.do("withhold 1")
    terminal.poll()
    whole = len(content)
    assert terminal.ask("state") == f"CORRUPT: {whole - 1} of its {whole} bytes were read"
    terminal.poll()
    assert terminal.state() == "LIVE"


def test_the_file_is_read_at_most_every_200_ms_and_never_left_open(live: Terminal, advice: Advice) -> None:
    live.write(rendered(replace(advice, account=replace(advice.account, login=LOGIN + 1)), seq=8))
    live.poll(199)
    assert live.state() == "LIVE"
    live.poll(1)
    assert live.state() == "FOREIGN ACCOUNT"
    assert live.dump()["open_files"] == 0


def test_a_reader_never_sees_a_part_while_the_writer_replaces(start: Start, advice: Advice) -> None:
    terminal, stop = start(), threading.Event()
    other = replace(advice, account=replace(advice.account, login=LOGIN + 1))  # shown at once, and never kept
    versions = [rendered(other, seq=seq) for seq in (8, 12345)]
    terminal.write(versions[0])

    def writing() -> None:
        while not stop.is_set():
            for version in versions:
                write_panel(terminal.file, version)

    writer = threading.Thread(target=writing)
    writer.start()
    try:
        for _ in range(300):
            terminal.poll()
            assert terminal.state() == "FOREIGN ACCOUNT"
    finally:
        stop.set()
        writer.join()


# The fail-safe


def test_the_fail_safe_holds_where_the_state_is_not_live(start: Start, content: bytes) -> None:
    terminal = start(InpFailSafeLots=5.9)
    terminal.write(content)
    terminal.poll(0)
    assert (cap(terminal), lots(terminal, 50.0)) == (12.0, 2.0)  # 105.05 / 8.27 = 12.7; 105.05 / 50.05 = 2.1
    terminal.poll(6000)
    assert terminal.state() == "STALE"
    assert (cap(terminal), lots(terminal, 50.0)) == (5.0, 2.0)  # whole lots at this broker
    assert float(terminal.ask("share IWM.US")) == 0.0


def test_the_fail_safe_is_never_above_the_last_good_cap(start: Start, content: bytes) -> None:
    terminal = start(InpFailSafeLots=1e6)
    terminal.write(content)
    terminal.poll(0)
    terminal.poll(6000)
    assert (cap(terminal), lots(terminal, 50.0), lots(terminal, 200.0)) == (12.0, 2.0, 0.0)
    assert float(terminal.ask("cap NONE.US B")) == 0.0

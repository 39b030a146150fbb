"""A broker's double, and the adapter connected to it."""

from pathlib import Path

import pytest

from assistant.terminal.metatrader import MetaTrader
from tests.doubles.bridge import Broker
from tests.doubles.cycles import terminal_of


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path / "Common")


@pytest.fixture
def terminal(broker: Broker) -> MetaTrader:
    connected = terminal_of(broker)
    connected.connect()
    return connected

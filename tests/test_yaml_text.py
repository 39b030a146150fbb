"""YAML by libyaml and by PyYAML alone; what is refused, and in which words, stands in test_config."""

from pathlib import Path

import pytest
import yaml

from assistant.config import packaged
from assistant.yaml_text import parsed

PACKAGED = sorted(packaged().rglob("*.yaml"))


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_without_libyaml_the_packaged_files_read_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = path.read_text(encoding="utf-8")
    found = parsed(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert parsed(text) == found


@pytest.mark.parametrize("libyaml", [True, False])
def test_words_stay_words_and_numbers_become_numbers(libyaml: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "__with_libyaml__", libyaml)
    text = "{source: off, on: yes, share: 0.25, sessions: 150, what: ~, switch: True, name: 'a * b'}"
    expected = {"source": "off", "on": "yes", "share": 0.25, "sessions": 150, "what": None}
    assert parsed(text) == expected | {"switch": True, "name": "a * b"}

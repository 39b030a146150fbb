from __future__ import annotations

from pathlib import Path

import certifi
import pytest
from loguru import logger

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
END = "-----END CERTIFICATE-----"


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first of the certificates that httpx trusts: to load them all takes longer than most tests."""
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(
        Path(certifi.where()).read_text(encoding="utf-8").partition(END)[0] + END + "\n", encoding="utf-8"
    )
    return path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, one_certificate: Path) -> None:
    """No proxy and no key of the machine that runs the tests; log nowhere."""
    for name in (*PROXIES, *map(str.lower, PROXIES), "FRED_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    logger.remove()

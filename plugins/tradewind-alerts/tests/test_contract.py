"""The contracts of what this distribution offers."""

from pathlib import Path

import pytest

from tradewind.testing import CommandContract, HealthCheckContract, ServiceContract


class TestAlertsService(ServiceContract):
    spec = "alerts"
    xfails = {}


class TestAlertsCommand(CommandContract):
    spec = "alerts"
    xfails = {}


class TestAlertsHealth(HealthCheckContract):
    spec = "alerts"
    trouble = {"receipts": "missed.jsonl"}
    xfails = {}

    @pytest.fixture(autouse=True)
    def _one_that_reached_nobody(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("missed.jsonl").write_text('{"time_ms": 1, "what": "queued", "id": "1-1", "title": "Halted: DRAWDOWN"}\n')

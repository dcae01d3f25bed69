"""The contract of `files`, on the project's own sample."""

from pathlib import Path

import pytest

from tradewind.testing import BarSourceContract


class TestFiles(BarSourceContract):
    spec = "files"
    config = {"path": str(Path(__file__).parents[3] / "data")}
    symbol = "BTCUSDT"
    timeframe = "1d"
    start = "2022-01-01"
    end = "2022-06-01"
    xfails = {}

    @pytest.fixture(autouse=True)
    def _only_these_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TRADEWIND_MARKET_DATA", raising=False)


class TestFilesResampled(TestFiles):
    timeframe = "12h"
    end = "2022-03-01"

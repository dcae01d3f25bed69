"""Payloads of the venue: recorded ones and the samples of its documentation."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def payload() -> Callable[[str], str]:
    """Read a payload's text; the test is skipped where there are none."""
    folder = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not folder:
        pytest.skip("needs recorded payloads: set TRADEWIND_MARKET_DATA to the folder of real market data")
    return lambda name: (Path(folder) / "binance-payloads" / name).read_text(encoding="utf-8")

"""What every test shares: hypothesis profiles without a clock, and where real market data are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile(
    "suite",
    max_examples=80,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=SLOW,
)
settings.register_profile(
    "deep",
    max_examples=int(os.environ.get("TRADEWIND_EXAMPLES", "5000")),
    derandomize=False,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=SLOW,
)
settings.load_profile(os.environ.get("TRADEWIND_HYPOTHESIS", "suite"))
"""
`suite` gives the same examples every time. `deep` looks further: set TRADEWIND_HYPOTHESIS=deep
(or pass --hypothesis-profile=deep), and TRADEWIND_EXAMPLES for how many.
"""


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market history; without TRADEWIND_MARKET_DATA the test is skipped."""
    name = os.environ.get("TRADEWIND_MARKET_DATA")
    if not name:
        pytest.skip("real market data are not here: set TRADEWIND_MARKET_DATA to their folder")
    folder = Path(name)
    if not folder.is_dir():
        pytest.fail(f"TRADEWIND_MARKET_DATA names {folder}, which is no folder")
    return folder

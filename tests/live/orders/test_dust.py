"""What is worth too little to be sold is given up; a price that is a digit off makes nothing so."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.live.orders.bare import _is_dust

D = Decimal


@pytest.mark.critical
@pytest.mark.parametrize(
    ("quantity", "price", "dust"),
    [
        ("0.05", "100", False),  # worth 5, the least that may be sold
        ("0.049", "100", True),
        ("0.15", "10", False),  # a digit is off: at the stop it is worth 15
        ("0.15", "1", False),
        ("0.06", "70", True),  # the market has fallen far below the stop, and the venue would refuse the sale
        ("0.06", None, False),  # nothing is known of the market
    ],
)
def test_a_position_is_dust_at_the_markets_price_and_not_at_an_impossible_one(
    quantity: str, price: str | None, dust: bool
) -> None:
    dossier = SimpleNamespace(plan=SimpleNamespace(stop=D(100)), instrument=SimpleNamespace(min_notional=D(5)))
    driver: Any = SimpleNamespace(price=None if price is None else D(price), dossier=dossier)
    assert _is_dust(driver, D(quantity)) is dust

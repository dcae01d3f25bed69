"""Small markets written out by hand, for trades that can be checked on paper."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from generators.cases import Case
from generators.markets import MONDAY
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

HOUR = 3_600_000
BTC = "BTCUSDT"
QUIET = (100.0, 101.0, 99.0, 100.0)
"""Open, high, low and close of a bar in which nothing happens."""

Prices = tuple[float, float, float, float]


def bars_of(prices: Sequence[Prices | None], timeframe: str = "1h", volume: float = 1_000.0) -> Bars:
    """Return bars from Monday on, one per entry; None leaves the bar out."""
    length = Timeframe(timeframe)
    kept = [i for i, each in enumerate(prices) if each is not None]
    opens, highs, lows, closes = np.array([prices[i] for i in kept], dtype=np.float64).T.copy()
    return Bars(
        timeframe=length,
        time=np.array([MONDAY + i * length.ms for i in kept], dtype=np.int64),
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=np.full(len(kept), volume),
    )


def at(row: int, rows: int, value: Any, neutral: Any = 0) -> list[Any]:
    """Return a column that is neutral but in one row."""
    return [value if i == row else neutral for i in range(rows)]


def pair(**changes: Any) -> Instrument:
    """Return a pair with whole ticks and fine lots, whose venue refuses nothing."""
    rules: dict[str, Any] = {
        "symbol": BTC,
        "tick_size": Decimal(1),
        "lot_step": Decimal("0.001"),
        "min_qty": 0,
        "min_notional": 0,
        "percent_price_up": 0,
        "percent_price_down": 0,
    }
    return Instrument(**(rules | changes))


def scene(prices: Sequence[Prices | None], columns: dict[str, Any], **changes: Any) -> Case:
    """
    Return a simulation of one plan on hand-written bars.

    The account has 10,000 and limits that hold back nothing, but for the risk of 1% that an
    entry asks for; there are no costs.
    """
    bars = bars_of(prices, changes.pop("timeframe", "1h"))
    rows = {"risk": 0.01, **columns}
    arguments: dict[str, Any] = {
        "bars": {BTC: bars},
        "plan": {("trend", BTC): Plan.from_arrays(bars.time, **rows)},
        "instrument": {BTC: pair()},
        "limits": Limits.open(),
        "costs": Costs.free(),
        "initial_balance": 10_000.0,
        "fine": None,
        "flows": {},
        "funding": {},
        "clusters": {},
        "priorities": {},
        "order": "pessimistic",
        "close_at_end": False,
    }
    return Case(**(arguments | changes))

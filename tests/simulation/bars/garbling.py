"""Bars as a stream delivers them, and bars that were garbled on their way."""

from __future__ import annotations

from random import Random
from typing import Any

from tradewind.live.feed.candles import bars_of
from tradewind.live.feed.moment import Candle
from tradewind.model.closed_bar import ClosedBar
from tradewind.model.timeframe import Timeframe

FORMS = ("mapping", "attributes", "bars")
"""The forms in which sources yield bars."""


def as_item(candle: Candle, form: str) -> Any:
    """Return a bar in one of the forms that a stream may yield."""
    if form == "bars":
        return bars_of([candle], Timeframe("1m"))
    values = {name: value for name, value in candle._asdict().items() if name != "partial"}
    return ClosedBar(**values) if form == "attributes" else values


def garbled(kind: str, candle: Candle, random: Random, *, factor: float = 10.0) -> dict[str, Any]:
    """Return a bar that was garbled in one way; prices that spike do so by a factor."""
    values: dict[str, Any] = candle._asdict()
    del values["partial"]
    price = random.choice(("open", "high", "low", "close"))
    times = random.choice((factor, 1.0 / factor))
    if kind == "not_a_number":
        values[random.choice((price, "volume"))] = float("nan")
    elif kind == "zero":
        values[price] = 0.0
    elif kind == "negative":
        values[random.choice((price, "volume"))] = -candle.close
    elif kind == "huge":
        values |= random.choice(({"high": 1e308, "close": 1e308}, {"high": 1e308}, {"volume": float("inf")}))
    elif kind == "text":
        values[price] = random.choice(("null", "", "12,5", [], {}))
    elif kind == "wrong_order":
        values["high"], values["low"] = candle.low * 0.999, candle.high
    elif kind == "spike":
        values |= {name: values[name] * times for name in ("open", "high", "low", "close")}
    elif kind == "wick":
        values |= {"high": candle.high * times} if times > 1.0 else {"low": candle.low * times}
    elif kind == "incomplete":
        values.pop(price)
    elif kind == "off_grid":
        values["time"] = random.choice(
            (candle.time + 1, candle.time + 60_000_000, float("inf"), float("nan"), -5, 2**70)
        )
    return values


def unfinished(before: Candle, opened: int, random: Random) -> dict[str, Any]:
    """Return a bar as it looks before its minute is over."""
    close = round(before.close * (1.0 + random.gauss(0.0, 0.001)), 4)
    return {
        "time": opened,
        "open": before.close,
        "high": max(before.close, close),
        "low": min(before.close, close),
        "close": close,
        "volume": 1.0,
    }

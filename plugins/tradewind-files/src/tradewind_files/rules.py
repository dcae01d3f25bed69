"""Tick, lot step and minimum notional of pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.api import Bars, DataError, Instrument, TradewindError

_BINANCE: Final = "binance_spot_usdt_tick_step_minnotional.json"
_OWN: Final = "instruments.json"
_LARGEST: Final = 8_000_000
_DECIMALS: Final = 8

_KNOWN: Final = {
    # symbol: tick, step, minimum notional on Binance Spot
    "AAVEUSDT": ("0.01", "0.001", "5"),
    "ADAUSDT": ("0.0001", "0.1", "5"),
    "APTUSDT": ("0.001", "0.01", "5"),
    "ARBUSDT": ("0.0001", "0.1", "5"),
    "ATOMUSDT": ("0.001", "0.01", "5"),
    "AVAXUSDT": ("0.001", "0.01", "5"),
    "BCHUSDT": ("0.1", "0.001", "5"),
    "BNBUSDT": ("0.01", "0.001", "5"),
    "BTCUSDT": ("0.01", "0.00001", "5"),
    "CRVUSDT": ("0.0001", "0.1", "5"),
    "DOGEUSDT": ("0.00001", "1", "1"),
    "DOTUSDT": ("0.001", "0.01", "5"),
    "ETCUSDT": ("0.01", "0.01", "5"),
    "ETHUSDT": ("0.01", "0.0001", "5"),
    "FTMUSDT": ("0.0001", "1", "5"),
    "INJUSDT": ("0.001", "0.01", "5"),
    "LDOUSDT": ("0.0001", "0.01", "5"),
    "LINKUSDT": ("0.001", "0.01", "5"),
    "LTCUSDT": ("0.01", "0.001", "5"),
    "MATICUSDT": ("0.0001", "0.1", "5"),
    "NEARUSDT": ("0.001", "0.1", "5"),
    "OPUSDT": ("0.0001", "0.01", "5"),
    "RUNEUSDT": ("0.001", "0.1", "5"),
    "SOLUSDT": ("0.01", "0.001", "5"),
    "TRXUSDT": ("0.0001", "0.1", "5"),
    "UNIUSDT": ("0.001", "0.01", "5"),
    "WIFUSDT": ("0.0001", "0.01", "1"),
    "XLMUSDT": ("0.0001", "1", "5"),
    "XRPUSDT": ("0.0001", "0.1", "5"),
}
"""What a pair's orders are held to when no file says so."""


def read_rules(paths: Mapping[str, Path]) -> dict[str, Instrument]:
    """
    Return pairs as files describe them, those of `instruments.json` over all else.

    Args:
        paths: The files found, by name: `instruments.json`, a list of objects with `symbol` and
            any settings of an instrument (`tick_size`, `lot_step`, `min_notional`, …; `tick` and
            `step` will do), or Binance's table of ticks and steps.

    Raises:
        DataError: TW-D007 for a file that is no JSON, TW-D012 for one that is too large, TW-D003
            for one that describes no pairs.
    """
    out: dict[str, Instrument] = {}
    for name in (_BINANCE, _OWN):
        if name in paths:
            out |= _read(paths[name], strict=name == _OWN)
    return out


RULE_FILES: Final = (_BINANCE, _OWN)
"""Names of the files that describe pairs."""


def known_rules(symbol: str) -> Instrument | None:
    """Return a well-known pair as Binance Spot trades it, or None."""
    found = _KNOWN.get(symbol)
    return None if found is None else _instrument({"symbol": symbol, "tick": found[0], "step": found[1]}, found[2])


def rules_from(symbol: str, bars: Bars) -> Instrument:
    """
    Return a pair whose tick and lot step are the finest decimals seen in its newest bars.

    A venue quotes prices in ticks and sums lots: no price has more decimals than the tick, and no volume more
    than the step.
    """
    newest = bars.rows(max(0, len(bars) - 2_000), len(bars))
    tick = _step(np.concatenate([newest.open, newest.high, newest.low, newest.close]))
    return _instrument({"symbol": symbol, "tick": str(tick), "step": str(_step(newest.volume))}, "5")


def _step(values: npt.NDArray[np.float64]) -> Decimal:
    good = values[np.isfinite(values)]
    for digits in range(_DECIMALS):
        scale = 10.0**digits
        if bool(np.all(np.rint(good * scale) / scale == good)):
            return Decimal(1).scaleb(-digits)
    return Decimal(1).scaleb(-_DECIMALS)


def _read(path: Path, *, strict: bool) -> dict[str, Instrument]:
    if path.stat().st_size > _LARGEST:
        raise DataError(
            f"{path.name} has {path.stat().st_size:,} bytes, expected at most {_LARGEST:,}.", code="TW-D012"
        )
    try:
        entries = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path.name} is no JSON: {str(error)[:200]}.",
            code="TW-D007",
            hint="Mend it, or remove it: well-known pairs are known without.",
        ) from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "symbol" in entry for entry in entries):
        raise DataError(
            f"{path.name} holds no list of pairs.",
            code="TW-D003",
            hint='Write [{"symbol": "BTCUSDT", "tick_size": "0.01", "lot_step": "0.00001", "min_notional": "5"}].',
        )
    out = {}
    for entry in entries:
        try:
            made = _instrument(entry, entry.get("min_notional", "5"))
        except (TradewindError, TypeError, InvalidOperation) as error:
            if strict:
                raise DataError(
                    f"{path.name} describes {str(entry['symbol'])[:60]!r} wrongly: {error}.", code="TW-D003"
                ) from error
            continue  # a table of a whole venue holds pairs that nobody here trades
        out[made.symbol] = made
    return out


def _instrument(entry: Mapping[str, Any], min_notional: Any) -> Instrument:
    values = {name: value for name, value in entry.items() if name not in {"tick", "step"}}
    if "tick" in entry:
        values["tick_size"] = entry["tick"]
    if "step" in entry:
        values["lot_step"] = entry["step"]
    values.setdefault("min_qty", values.get("lot_step", "0.00001"))
    return Instrument(**(values | {"min_notional": min_notional}))


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")

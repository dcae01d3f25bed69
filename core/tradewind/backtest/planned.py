"""The inputs of a simulation whose plans were made elsewhere: plans and amounts count as data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradewind import PROJECT, __version__
from tradewind.backtest.inputs import Inputs, plain_value, sha256_of
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan


def inputs_of_plans(
    bars: Mapping[str, Bars], plans: Mapping[tuple[str, str], Plan], named: Mapping[str, Any], more: Mapping[str, Any]
) -> Inputs:
    """
    Return the hashes of a simulation of plans that were made elsewhere.

    Args:
        bars: Bars by symbol.
        plans: Plans by (strategy, symbol).
        named: Limits, costs, instruments and the like, which are settings.
        more: Finer bars and timed amounts, which are data, and what else `run_plan` takes.
    """
    data = {f"{name} {one.timeframe}": one.sha256() for name, one in bars.items()}
    data |= {f"plan {strategy} {symbol}": sha256_of_plan(one) for (strategy, symbol), one in plans.items()}
    settings = dict(named)
    for name, value in more.items():
        if name == "fine" and value is not None:
            finer = value if isinstance(value, Mapping) else {next(iter(bars)): value}
            data |= {f"{symbol} {one.timeframe} (fine)": one.sha256() for symbol, one in finer.items()}
        elif name in ("flows", "funding", "clusters") and value is not None:
            data[name] = sha256_of_amounts(value)
        elif value is not None:
            settings[name] = value
    strategy = ", ".join(dict.fromkeys(name for name, _ in plans))
    return Inputs(strategy=strategy, data=data, plugins={PROJECT: __version__}, settings=plain_value(settings))


def sha256_of_plan(plan: Plan) -> str:
    """Return the hash of a plan's times and columns."""
    digest = hashlib.sha256(np.ascontiguousarray(plan.time).astype("<i8").tobytes())
    for name in sorted(plan.columns):
        values = plan.columns[name]
        # A column that repeats one value takes no memory, and is not unrolled here either.
        repeated = values.ndim and len(values) > 1 and values.strides[0] == 0
        digest.update(f"{name}:{values.dtype.str}:{values.shape}:{repeated}:".encode())
        digest.update(np.ascontiguousarray(values[:1] if repeated else values).tobytes())
    return digest.hexdigest()


def sha256_of_amounts(amounts: Any) -> str:
    """Return the hash of timed amounts: a Series, a DataFrame, or a mapping of either or of moments to numbers."""
    if isinstance(amounts, pd.Series | pd.DataFrame):
        names = [str(name) for name in amounts.columns] if isinstance(amounts, pd.DataFrame) else None
        rows = pd.util.hash_pandas_object(amounts).to_numpy().tobytes()
        return hashlib.sha256(f"{names}:".encode() + rows).hexdigest()
    if isinstance(amounts, Mapping):
        return sha256_of(
            {str(k): v if isinstance(v, int | float) else sha256_of_amounts(v) for k, v in amounts.items()}
        )
    return sha256_of(amounts)

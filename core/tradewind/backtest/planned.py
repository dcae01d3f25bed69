"""A simulation of plans that were made elsewhere: they, and amounts, count as data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradewind import PROJECT, __version__
from tradewind.backtest.fitting import BarsLike
from tradewind.backtest.inputs import Inputs, plain_value, sha256_of
from tradewind.backtest.interval import Interval, Order, instrument_at, measure, one_way_bps
from tradewind.backtest.result import Result, market_of, rows_of
from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.pipeline.known import known_bars


def simulate(
    bars: BarsLike | Mapping[str, BarsLike],
    plan: Plan | Mapping[Any, Plan],
    *,
    limits: Limits | None = None,
    costs: Costs | None = None,
    instrument: Instrument | Mapping[str, Instrument] | None = None,
    initial_balance: float = 10_000.0,
    order: Order = "pessimistic",
    **more: Any,
) -> Result:
    """
    Carry out plans over bars.

    Args:
        bars: A DataFrame indexed by open time (UTC) with open, high, low, close and volume, or one per symbol.
        plan: One plan, or plans by symbol or by (strategy, symbol).
        limits: Caps of the account; the defaults hold back much, `Limits.open()` nothing.
        costs: Fees, slippage and spread.
        instrument: Venue rules, for all symbols or by symbol.
        initial_balance: Cash at the start, quote units.
        order: `pessimistic` takes stops before targets within a bar, `optimistic` targets before stops.
        **more: `fine`, `flows`, `funding`, `clusters`, `priorities` and `close_at_end` of
            `tradewind.backtest.simulate.run_plan`.

    Raises:
        PlanError: TW-K005 when bars and plans do not belong together.
        DataError: When a frame does not hold bars.
        UsageError: TW-U008 for an argument that cannot be used.
    """
    limits, costs = limits or Limits(), costs or Costs()
    held = _held(bars)
    if more.get("fine") is not None:
        more["fine"] = _held(more["fine"])
    fixed = {"limits": limits, "initial_balance": initial_balance, **more}
    run = run_plan(held, plan, costs=costs, instrument=instrument, order=order, **fixed)
    by_symbol: dict[str, Bars] = held if isinstance(held, dict) else {run.slots[0][1]: held}
    instruments = _instruments(instrument, by_symbol)
    plans = dict(zip(run.slots, plan.values() if isinstance(plan, Mapping) else (plan,), strict=True))

    def again(other: Order, scale: float) -> Run:
        scaled = {name: instrument_at(each, scale) for name, each in instruments.items()}
        return run_plan(held, plans, costs=costs.scaled(scale), instrument=scaled, order=other, **fixed)

    def interval() -> Interval:
        base = run if order == "pessimistic" else None
        cost_bps = one_way_bps(costs, instruments.values())
        return measure(again, initial_balance=initial_balance, cost_bps=cost_bps, base=base)

    def inputs() -> Inputs:
        named = {"limits": limits, "costs": costs, "instruments": instruments, "initial_balance": initial_balance}
        return inputs_of_plans(by_symbol, plans, named | {"order": order}, more)

    start, end = _span(by_symbol)
    return Result(
        strategy=", ".join(dict.fromkeys(strategy for strategy, _ in run.slots)),
        symbols=tuple(by_symbol),
        timeframe=next(iter(by_symbol.values())).timeframe.name,
        start=start,
        end=end,
        initial_balance=initial_balance,
        tables=run,
        inputs=inputs,
        interval=interval,
        rows=lambda: rows_of(plans),
        markets={name: market_of(one) for name, one in by_symbol.items()},
        bars=by_symbol,
        bar_ms=_bar_ms(by_symbol, more.get("fine")),
        conditions=run.conditions,
    )


def _held(bars: BarsLike | Mapping[str, BarsLike]) -> Any:
    if isinstance(bars, Mapping):
        return {str(name): _held(one) for name, one in bars.items()}
    return known_bars(bars)


def _instruments(given: Any, bars: Mapping[str, Bars]) -> dict[str, Instrument]:
    if isinstance(given, Instrument):
        return dict.fromkeys(bars, given)
    return {name: (given or {}).get(name) or Instrument(symbol=name) for name in bars}


def _bar_ms(bars: Mapping[str, Bars], fine: Any) -> int:
    market = fine if fine is not None else bars
    one: Bars = next(iter(market.values())) if isinstance(market, Mapping) else market
    return one.timeframe.ms


def _span(bars: Mapping[str, Bars]) -> tuple[pd.Timestamp, pd.Timestamp]:
    first = min(int(one.time[0]) for one in bars.values())
    last = max(int(one.time[-1]) + one.timeframe.ms for one in bars.values())
    return pd.Timestamp(first, unit="ms", tz="UTC"), pd.Timestamp(last, unit="ms", tz="UTC")


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

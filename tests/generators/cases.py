"""Whole simulations drawn at random: markets, plans, account, and the arguments to run them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

from generators.accounts import BINARY_TICKS, costs, instruments, limits
from generators.markets import MONDAY, Market, market, shapes
from generators.plans import habits, plan
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

SYMBOLS = ("BTCUSDT", "ADAUSDT", "ETHUSDT")
STRATEGIES = ("trend", "breakout", "carry")


@attrs.frozen(kw_only=True, repr=False)
class Case:
    """
    The arguments of one simulation.

    Args:
        bars: Bars of the plans' timeframe by symbol.
        plan: Plans by (strategy, symbol), each of all bars or of a stretch of them.
        instrument: Venue rules by symbol.
        limits: Caps of the account.
        costs: Costs of every symbol.
        initial_balance: Quote units.
        fine: Finer bars by symbol, or None.
        flows: Deposits and withdrawals by their moment.
        funding: Rates by symbol and moment.
        clusters: Cluster by symbol, by the UTC day (since the epoch) from which it holds.
        priorities: Priority by strategy.
        order: `pessimistic` or `optimistic`.
        close_at_end: Close what is open at the end.
    """

    bars: dict[str, Bars]
    plan: dict[tuple[str, str], Plan]
    instrument: dict[str, Instrument]
    limits: Limits
    costs: Costs
    initial_balance: float
    fine: dict[str, Bars] | None
    flows: dict[int, float]
    funding: dict[str, dict[int, float]]
    clusters: dict[int, dict[str, int]]
    priorities: dict[str, int]
    order: str
    close_at_end: bool

    def __repr__(self) -> str:
        sizes = {name: len(bars) for name, bars in self.bars.items()}
        return f"Case({sizes}, slots={list(self.plan)}, {self.limits}, {self.costs}, {self.instrument}, {self.order})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def arguments(self) -> dict[str, Any]:
        """Return the fields by name, as the oracle takes them."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(Case)}


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    symbols: int = 1,
    strategies: int = 1,
    finer: bool = False,
    whole: bool = False,
    ticks: tuple[Decimal, ...] = BINARY_TICKS,
) -> Case:
    """
    Draw a simulation.

    Prices come from a seeded generator, so that a failing example shrinks in its size and its
    features rather than bar by bar.

    Args:
        symbols: How many symbols at most.
        strategies: How many strategies per symbol at most.
        finer: Whether fills are evaluated on finer bars.
        whole: Whether markets are without gaps, jumps and impossible bars.
        ticks: Price steps to choose from.
    """
    names = SYMBOLS[: draw(st.integers(min(2, symbols), symbols))]
    rows = draw(st.sampled_from([40, 12, 90]))
    pieces = draw(st.sampled_from([4, 2])) if finer else 1
    timeframe = Timeframe(draw(st.sampled_from(["4h", "1h", "1d"])))
    start = MONDAY + draw(st.integers(0, 5)) * timeframe.ms
    linear = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tick = {name: draw(st.sampled_from(ticks)) for name in names}
    markets = {
        name: market(draw(shapes(rows, pieces, whole=whole)), tick[name], timeframe, start, rng) for name in names
    }
    plans = {
        (strategy, name): plan(draw(habits(linear=linear)), markets[name].coarse, float(tick[name]), rng)
        for name in names
        for strategy in STRATEGIES[: draw(st.integers(1, strategies))]
    }
    if draw(st.sampled_from([False, False, True])):
        plans = {key: _stretch(each, rng) for key, each in plans.items()}
    balance = draw(st.sampled_from([10_000.0, 1_000.0]))
    times = _market_times(markets)
    return Case(
        bars={name: each.coarse for name, each in markets.items()},
        plan=plans,
        instrument={name: draw(instruments(name, tick[name], linear=linear)) for name in names},
        limits=draw(limits()),
        costs=draw(costs()),
        initial_balance=balance,
        fine={name: each.fine for name, each in markets.items() if each.fine is not None} if finer else None,
        flows=_flows(times, balance, rng) if draw(st.sampled_from([False, False, True])) else {},
        funding=_funding(times, names, rng) if linear and draw(st.booleans()) else {},
        clusters=_clusters(draw(st.integers(0, 2)), start, names, rng),
        priorities={name: draw(st.integers(0, 2)) for name in STRATEGIES} if draw(st.booleans()) else {},
        order=draw(st.sampled_from(["pessimistic", "optimistic"])),
        close_at_end=draw(st.booleans()),
    )


def _stretch(plan: Plan, rng: np.random.Generator) -> Plan:
    """Return a plan without some of its first and last rows, as after a warm-up."""
    start = int(rng.integers(0, min(6, len(plan))))
    return plan.rows(start, max(start + 1, len(plan) - int(rng.integers(0, 4))))


def _market_times(markets: dict[str, Market]) -> list[int]:
    each = [one.fine if one.fine is not None else one.coarse for one in markets.values()]
    return sorted({int(time) for bars in each for time in bars.time})


def _clusters(days: int, start: int, names: tuple[str, ...], rng: np.random.Generator) -> dict[int, dict[str, int]]:
    """Return clusters for none, one or two days; the second day comes after the run began."""
    first = start // 86_400_000
    return {first + 2 * i: {name: int(rng.integers(-1, 2)) for name in names} for i in range(days)}


def _flows(times: list[int], balance: float, rng: np.random.Generator) -> dict[int, float]:
    """Return deposits and withdrawals; few of them take so much that the account is ruined."""
    chosen = rng.choice(times, max(1, len(times) // 15), replace=False)
    ruinous = rng.random(len(chosen)) < 0.05
    shares = np.where(ruinous, rng.uniform(-1.5, -0.5, len(chosen)), rng.uniform(-0.05, 0.3, len(chosen)))
    return {int(time) - _late(rng): float(np.rint(balance * share)) for time, share in zip(chosen, shares, strict=True)}


def _late(rng: np.random.Generator) -> int:
    """Return how long before its market bar's open a moment lies: mostly not at all."""
    return int(rng.choice([0, 0, 60_000, 7_200_000]))


def _funding(times: list[int], names: tuple[str, ...], rng: np.random.Generator) -> dict[str, dict[int, float]]:
    return {
        name: {time - _late(rng): float(rng.choice([0.0001, -0.0003, 0.01])) for time in times[:: 1 + 2 * i]}
        for i, name in enumerate(names)
    }

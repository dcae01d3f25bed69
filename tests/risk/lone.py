"""One entry on a random market: the smallest thing that has a size."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

from generators.accounts import BINARY_TICKS, costs, instruments, limits
from generators.cases import Case
from generators.markets import MONDAY, Shape, market
from oracle.engines import Line, with_kernel
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

SYMBOL = "BTCUSDT"
ROWS = 24
ASKED = 16
"""The row that asks: an ATR over 14 bars is known there."""


@attrs.frozen
class Lone:
    """
    A simulation in which one row asks for one entry.

    Args:
        case: The simulation; its plan is built from `columns`.
        columns: The plan's columns, each one value for the asked row.
    """

    case: Case
    columns: dict[str, Any]

    def with_columns(self, **columns: Any) -> Lone:
        """Return the same with other values in the asked row."""
        return attrs.evolve(self, columns=self.columns | columns)

    def with_case(self, **changes: Any) -> Lone:
        """Return the same with another account."""
        return attrs.evolve(self, case=attrs.evolve(self.case, **changes))

    @property
    def simulation(self) -> Case:
        """The case with its plan."""
        bars = self.case.bars[SYMBOL]
        plan = Plan.from_arrays(
            bars.time,
            enter=np.where(np.arange(ROWS) == ASKED, self.columns["enter"], 0),
            **{name: value for name, value in self.columns.items() if name != "enter"},
        )
        return attrs.evolve(self.case, plan={("trend", SYMBOL): plan})

    def decision(self) -> Line:
        """Return what the kernel decided."""
        (decision,) = with_kernel(self.simulation).decisions
        return decision


@st.composite
def lone_entries(draw: st.DrawFn) -> Lone:
    """Draw an account, a market without gaps, and one row that asks."""
    tick = draw(st.sampled_from(BINARY_TICKS))
    linear = draw(st.booleans())
    shape = Shape(
        rows=ROWS,
        pieces=1,
        start=draw(st.sampled_from([800, 3_000])),
        step=draw(st.sampled_from([6, 15, 40])),
        drift=0.0,
        jumps=0.0,
        calm=0.0,
        missing=0.0,
        broken=0.0,
    )
    bars = market(shape, tick, Timeframe("1h"), MONDAY, np.random.default_rng(draw(st.integers(0, 2**32 - 1)))).coarse
    case = Case(
        bars={SYMBOL: bars},
        plan={},
        instrument={SYMBOL: draw(instruments(SYMBOL, tick, linear=linear))},
        limits=draw(limits()),
        costs=draw(costs()),
        initial_balance=draw(st.sampled_from([1_000.0, 10_000.0])),
        fine=None,
        flows={},
        funding={},
        clusters={},
        priorities={},
        order="pessimistic",
        close_at_end=False,
    )
    distance = st.integers(1, 200).map(lambda ticks: ticks * float(tick))
    columns = {
        "enter": -1 if linear and draw(st.booleans()) else 1,
        "stop_dist": draw(distance),
        "confidence": draw(st.sampled_from([0.25, 1.0, 2.0])),
        "regime": draw(st.integers(0, 2)),
        "risk": draw(st.sampled_from([float("nan"), 0.001, 0.02, 0.5])),
        "cap": draw(st.sampled_from([float("nan"), 0.05, 0.5])),
        "limit_off": draw(st.one_of(st.just(float("nan")), st.integers(0, 20).map(lambda ticks: ticks * float(tick)))),
    }
    return Lone(case, columns)

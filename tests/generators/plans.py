"""Random plans over every column, on the grid of ticks."""

from __future__ import annotations

from functools import cache
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES, VETOES
from tradewind.model.plan import Plan

STOPS = ("given", "given", "none_given", "no_stop", "mixed")


@attrs.frozen(kw_only=True)
class Habit:
    """
    Which columns a plan uses and how often it speaks; a share of 0 leaves a column neutral.

    Args:
        entries: Share of rows that ask for an entry.
        exits: Share of rows that ask for an exit, per side.
        shorts: Share of entries that are short.
        stops: One of `STOPS`.
        stop_ticks: Typical stop distance.
        trails: Whether stops trail.
        rungs: Steps of the take-profit ladder.
        ends: Whether positions end by time.
        limits: Share of entries by limit.
        confident: Whether confidence varies.
        regimes: Whether regimes vary.
        risks: Whether the row states the risk.
        caps: Whether the row states its cap.
        fractions: Share of rows that state the quantity.
        vetoes: Share of rows with a veto.
    """

    entries: float
    exits: float
    shorts: float
    stops: str
    stop_ticks: int
    trails: bool
    rungs: int
    ends: bool
    limits: float
    confident: bool
    regimes: bool
    risks: bool
    caps: bool
    fractions: float
    vetoes: float


@cache
def habits(*, linear: bool) -> st.SearchStrategy[Habit]:
    """Draw a habit; short entries are common where they are allowed and rare where they are refused."""
    return st.builds(
        Habit,
        entries=st.sampled_from([0.1, 0.3, 0.8]),
        exits=st.sampled_from([0.0, 0.05, 0.2]),
        shorts=st.sampled_from([0.0, 0.5, 1.0] if linear else [0.0, 0.0, 0.1]),
        stops=st.sampled_from(STOPS),
        stop_ticks=st.sampled_from([8, 20, 60]),
        trails=st.booleans(),
        rungs=st.integers(0, 3),
        ends=st.booleans(),
        limits=st.sampled_from([0.0, 0.0, 0.5, 1.0]),
        confident=st.booleans(),
        regimes=st.booleans(),
        risks=st.booleans(),
        caps=st.booleans(),
        fractions=st.sampled_from([0.0, 0.0, 0.3, 1.0]),
        vetoes=st.sampled_from([0.0, 0.0, 0.05]),
    )


def plan(habit: Habit, bars: Bars, tick: float, rng: np.random.Generator) -> Plan:
    """Return a plan of this habit for these bars; distances are whole ticks."""
    rows = len(bars)

    def chance(share: float) -> Any:
        return rng.random(rows) < share

    def ticks(low: int, high: int) -> Any:
        return rng.integers(low, high, rows) * tick

    side = np.where(chance(habit.shorts), -1, 1)
    columns: dict[str, Any] = {
        "enter": np.where(chance(habit.entries), side, 0),
        "exit_long": chance(habit.exits),
        "exit_short": chance(habit.exits),
        "stop_dist": _stop_distances(habit, ticks(max(1, habit.stop_ticks // 3), habit.stop_ticks * 2), rng),
        "bits": rng.integers(0, 2**32, rows, dtype=np.uint32),
    }
    if habit.trails:
        columns["trail_dist"] = np.where(chance(0.8), ticks(4, habit.stop_ticks + 5), np.nan)
        columns["trail_arm_r"] = rng.choice([0.0, 0.5, 1.0, np.nan], rows)
    if habit.rungs:
        shape = (rows, habit.rungs)
        columns["tp_r"] = rng.choice([0.5, 1.0, 1.5, 2.0, 3.0, np.nan], shape)
        columns["tp_frac"] = rng.choice([0.0, 0.25, 0.3, 0.5, 0.75, 1.0, np.nan], shape)
    if habit.ends:
        columns["max_bars"] = rng.choice([0, 1, 2, 5], rows)
    if habit.limits:
        columns["limit_off"] = np.where(chance(habit.limits), ticks(0, 12) * rng.choice([1, 1, 1, 5], rows), np.nan)
    if habit.confident:
        columns["confidence"] = rng.choice([0.0, 0.25, 0.7, 1.0, 1.0, 1.5, 1.5], rows)
    if habit.regimes:
        columns["regime"] = rng.integers(0, 3, rows)
    if habit.risks:
        columns["risk"] = rng.choice([np.nan, np.nan, 0.0, 0.001, 0.01, 0.02, 0.2, 1.0], rows)
    if habit.caps:
        columns["cap"] = rng.choice([np.nan, np.nan, np.nan, 0.0, 0.05, 0.1, 0.5, 2.0], rows)
    if habit.fractions:
        columns["qty_fraction"] = np.where(chance(habit.fractions), rng.choice([0.01, 0.1, 0.5, 1.0], rows), np.nan)
    if habit.vetoes:
        codes = [OUTCOME_CODES[f"blocked:{name}"] for name in VETOES]
        columns["veto"] = np.where(chance(habit.vetoes), rng.choice(codes, rows), 0)
    return Plan.from_arrays(bars.time, **columns)


def _stop_distances(habit: Habit, given: Any, rng: np.random.Generator) -> Any:
    if habit.stops == "given":
        return given
    if habit.stops == "none_given":
        return np.nan
    if habit.stops == "no_stop":
        return np.inf
    kind = rng.integers(0, 4, len(given))
    return np.select([kind == 0, kind == 1], [np.nan, np.inf], given)

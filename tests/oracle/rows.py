"""The rows of a plan as exact decimals, each with its bar and the average true range known at its close."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import attrs

from oracle.market import Candle, History, exact
from oracle.scales import Scales
from tradewind.model.plan import Plan

NO_STOP = Decimal("Infinity")


@attrs.frozen(kw_only=True)
class Row:
    """One plan row: what it asks for. None stands for a value that was not given (NaN)."""

    index: int
    time: int
    candle: Candle | None
    after_gap: bool
    atr: Decimal | None
    enter: int
    exit_long: bool
    exit_short: bool
    confidence: Decimal
    stop_dist: Decimal | None
    trail_dist: Decimal | None
    trail_arm_r: Decimal
    ladder: tuple[tuple[Decimal, Decimal], ...]
    max_bars: int
    limit_off: Decimal | None
    cap: Decimal | None
    regime: int
    bits: int
    risk: Decimal | None
    qty_fraction: Decimal | None
    veto: int

    @property
    def unprotected(self) -> bool:
        """Whether the row asks for no stop at all."""
        return self.stop_dist == NO_STOP

    def price(self, tick: Decimal, scales: Scales) -> Decimal:
        """Return the row's close, or the limit price of a limit entry (rule D9)."""
        assert self.candle is not None
        if self.limit_off is None:
            return self.candle.close
        return scales.away_from_market(self.candle.close - self.enter * self.limit_off, self.enter, tick)


def _given(value: Any) -> Decimal | None:
    return None if math.isnan(value) else exact(value)


def _ladder(multiples: Any, fractions: Any) -> tuple[tuple[Decimal, Decimal], ...]:
    rungs = []
    left = Decimal(1)
    for multiple, fraction in zip(multiples, fractions, strict=True):
        if math.isnan(multiple) or math.isnan(fraction) or fraction == 0:
            continue
        share = min(exact(fraction), left)
        left -= share
        if share > 0:
            rungs.append((exact(multiple), share))
    return tuple(rungs)


def rows_of(plan: Plan, history: History) -> list[Row]:
    """Return the plan's rows; its times are those of the history's bars, or of a stretch of them."""
    times = [int(time) for time in plan.time]
    first = history.times.index(times[0])
    assert history.times[first : first + len(times)] == times
    ranges = history.average_true_range()[first:]
    return [
        Row(
            index=i,
            time=time,
            candle=history.candles[first + i],
            after_gap=history.follows_gap(first + i),
            atr=ranges[i],
            enter=int(plan.enter[i]),
            exit_long=bool(plan.exit_long[i]),
            exit_short=bool(plan.exit_short[i]),
            confidence=Decimal(float(plan.confidence[i])),
            stop_dist=_given(plan.stop_dist[i]),
            trail_dist=_given(plan.trail_dist[i]),
            trail_arm_r=_given(plan.trail_arm_r[i]) or Decimal(0),
            ladder=_ladder(plan.tp_r[i], plan.tp_frac[i]),
            max_bars=int(plan.max_bars[i]),
            limit_off=_given(plan.limit_off[i]),
            cap=_given(plan.cap[i]),
            regime=int(plan.regime[i]),
            bits=int(plan.bits[i]),
            risk=_given(plan.risk[i]),
            qty_fraction=_given(plan.qty_fraction[i]),
            veto=int(plan.veto[i]),
        )
        for i, time in enumerate(times)
    ]

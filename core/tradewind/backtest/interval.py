"""How much of a result is a guess about prices within a bar, and how much cost it bears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from tradewind.backtest.figures import total_return_of
from tradewind.backtest.tables import Tables
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument

Order = Literal["pessimistic", "optimistic"]

Run = Callable[[Order, float], Tables]
"""Runs the same plan in an order of prices within the bar, at a multiple of its costs."""

BISECTIONS: Final = 8
"""Halvings of the bracket around the break-even cost: it is then known to 1/256 of the bracket."""

HIGHEST_SCALE: Final = 4.0
"""
Costs are raised to at most this multiple when the break-even is looked for.

Stops are at least four round trips of cost away, so much higher costs would make another strategy
of wide stops and few trades, whose break-even says nothing of this one.
"""

MOST_RUNS: Final = 13
"""What `measure` runs at most: two orders, three other multiples of cost, eight halvings."""

_MOST_BPS: Final = 4_900.0
"""Costs of half the value and more are refused by `Costs`."""


@attrs.frozen(kw_only=True)
class Interval:
    """
    The total return between the worst and the best order of prices within bars, and under other costs.

    Args:
        pessimistic: Total return when stops fill before targets; the result itself.
        optimistic: Total return when targets fill before stops.
        ambiguous_trades: Trades whose result depends on that order.
        break_even_bps: Cost of one side (fee, slippage and half spread, basis points of the
            value) at which the pessimistic total return is 0. 0 when it loses even without
            costs, None when nothing was traded.
        cost_bps: The cost of one side that was assumed, basis points.
        beyond: The break-even lies above `break_even_bps`, the highest cost that was tried.
        returns_at_cost: Pessimistic total return at 0.5×, 1× and 2× the cost.
    """

    pessimistic: float
    optimistic: float
    ambiguous_trades: int
    break_even_bps: float | None
    cost_bps: float
    beyond: bool = False
    returns_at_cost: Mapping[str, float] = attrs.field(factory=dict)

    @property
    def straddles_zero(self) -> bool:
        """Whether the order of prices within bars decides between profit and loss."""
        return min(self.pessimistic, self.optimistic) < 0.0 < max(self.pessimistic, self.optimistic)

    @property
    def headline(self) -> str:
        """One sentence for the top of a report."""
        low, high = sorted((self.pessimistic, self.optimistic))
        if self.straddles_zero:
            return (
                f"Undecided: between {low:+.2%} and {high:+.2%}, profit or loss depends on the order of prices "
                f"within {self.ambiguous_trades} bars; finer bars would tell."
            )
        if high - low < 5e-7:
            return f"Total return {self.pessimistic:+.2%}; the order of prices within bars makes no difference."
        return f"Total return {self.pessimistic:+.2%}, at best {self.optimistic:+.2%} with another order within bars."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "pessimistic": self.pessimistic,
            "optimistic": self.optimistic,
            "ambiguous_trades": self.ambiguous_trades,
            "break_even_bps": self.break_even_bps,
            "cost_bps": self.cost_bps,
            "beyond": self.beyond,
            "returns_at_cost": dict(self.returns_at_cost),
            "straddles_zero": self.straddles_zero,
            "headline": self.headline,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Interval:
        """Return the interval that `to_dict` wrote."""
        return cls(**{field.name: values[field.name] for field in attrs.fields(cls)})


def one_way_bps(costs: Costs, instruments: Iterable[Instrument] = ()) -> float:
    """Return what a market order costs beside its price, basis points; the mean over instruments with own fees."""
    fees = [float(costs.taker_fee if item.taker_fee is None else item.taker_fee) for item in instruments]
    fee = sum(fees) / len(fees) if fees else costs.taker_fee
    return 1e4 * (fee + costs.slippage + costs.half_spread)


def instrument_at(instrument: Instrument, scale: float) -> Instrument:
    """Return the instrument with its own fees multiplied; `Costs.scaled` does the rest."""

    def times(fee: Decimal | None) -> Decimal | None:
        return None if fee is None else fee * Decimal(repr(scale))

    return attrs.evolve(instrument, maker_fee=times(instrument.maker_fee), taker_fee=times(instrument.taker_fee))


def measure(run: Run, *, initial_balance: float, cost_bps: float, base: Tables | None = None) -> Interval:
    """
    Run a plan in both orders and under other costs.

    Args:
        run: Called with an order and a multiple of the costs, at most `MOST_RUNS` times.
        initial_balance: Equity before the first bar, quote units.
        cost_bps: The cost of one side at multiple 1, basis points (`one_way_bps`).
        base: The pessimistic run at multiple 1, when it is there already.
    """
    found: dict[float, float] = {}

    def at(scale: float) -> float:
        if scale not in found:
            found[scale] = total_return_of(run("pessimistic", scale), initial_balance)
        return found[scale]

    worst = base if base is not None else run("pessimistic", 1.0)
    found[1.0] = total_return_of(worst, initial_balance)
    trades = worst.trades
    idle = not len(trades) and not len(worst.positions)
    best = worst if idle else run("optimistic", 1.0)
    highest = min(HIGHEST_SCALE, _MOST_BPS / cost_bps) if cost_bps > 0.0 else HIGHEST_SCALE
    scale, beyond = (None, False) if idle or cost_bps <= 0.0 else break_even(at, highest)
    return Interval(
        pessimistic=found[1.0],
        optimistic=total_return_of(best, initial_balance),
        ambiguous_trades=int(trades["ambiguous"].sum()) if len(trades) else 0,
        break_even_bps=None if scale is None else scale * cost_bps,
        cost_bps=cost_bps,
        beyond=beyond,
        returns_at_cost={f"{x:g}": found[1.0] if idle else at(x) for x in (0.5, 1.0, 2.0) if x <= highest},
    )


def break_even(total_return: Callable[[float], float], highest: float = HIGHEST_SCALE) -> tuple[float, bool]:
    """
    Return the multiple of the costs at which the return is 0, and whether it lies beyond the highest tried.

    Sizes depend on costs, so the return need not fall steadily; the answer is a change of sign.

    Args:
        total_return: The return at a multiple of the costs.
        highest: The largest multiple to try.
    """
    low, high = 0.0, 1.0
    if total_return(1.0) > 0.0:
        while high < highest and total_return(high) > 0.0:
            low, high = high, min(2.0 * high, highest)
        if total_return(high) > 0.0:
            return high, True
    elif not total_return(0.0) > 0.0:
        return 0.0, False
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if total_return(middle) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high), False

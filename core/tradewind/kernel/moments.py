"""What the returns of a finished run are like: mean, spread, shape, tails, and their share in the market's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.sums import total


@kernel
def changes(equity: Any, start: float, last_row: Any, returns: Any) -> None:
    """Write one return per period, the first one from the balance before; 0 where that is not above 0."""
    before = start
    for p in range(last_row.shape[0]):
        after = equity[last_row[p]]
        returns[p] = (after / before if before > 0.0 else 1.0) - 1.0
        before = after


@kernel
def moments(found: Any, returns: Any, count: int, noise: float, work: Any) -> None:
    """
    Write mean, sample deviation, central moments and the mean of the squared losses of the returns.

    Args:
        found: A `FIGURES` record.
        returns: One per period.
        count: How many there are.
        noise: A deviation below this share of the largest return is rounding, and written as 0.
        work: Memory for as many values, three times.
    """
    square, cube, loss = work[0], work[1], work[2]
    mean = total(returns[:count]) / count
    largest = 0.0
    for p in range(count):
        value = returns[p]
        largest = max(largest, abs(value))
        centred = value - mean
        square[p] = centred * centred
        cube[p] = centred * centred * centred
        low = 0.0 if value > 0.0 else value
        loss[p] = low * low
    squares = total(square[:count])
    found["mean"] = mean
    found["deviation"] = np.nan
    if count > 1:
        deviation = np.sqrt(squares / (count - 1))
        found["deviation"] = deviation if deviation > noise * largest else 0.0
    found["second"] = squares / count
    found["third"] = total(cube[:count]) / count
    found["downside"] = total(loss[:count]) / count
    for p in range(count):
        cube[p] = square[p] * square[p]
    found["fourth"] = total(cube[:count]) / count


@kernel
def tails(found: Any, returns: Any, count: int, at: Any, share: Any, last: Any, lowest: Any) -> None:
    """
    Write the low quantiles of the returns, and the mean of the returns up to each.

    Args:
        found: A `FIGURES` record.
        returns: One per period.
        count: How many there are.
        at: Per level, the place in order of the return at or below the quantile.
        share: How far from there to the next in order the quantile lies.
        last: The place of the last return of the tail.
        lowest: Memory for as many returns.
    """
    wanted = 0
    for level in range(at.shape[0]):
        wanted = max(wanted, min(at[level] + 2, count), last[level] + 1)
    held = 0
    for p in range(count):
        value = returns[p]
        if held == wanted and not (value < lowest[held - 1]):
            continue
        place = held if held < wanted else held - 1
        # Numbers that are none come last, as numpy sorts.
        while place > 0 and (value < lowest[place - 1] or (lowest[place - 1] != lowest[place - 1] and value == value)):
            lowest[place] = lowest[place - 1]
            place -= 1
        lowest[place] = value
        held = min(held + 1, wanted)
    for level in range(at.shape[0]):
        low = lowest[at[level]]
        high = lowest[min(at[level] + 1, count - 1)]
        # From the nearer of the two, as numpy does.
        found["quantile"][level] = low + (high - low) * share[level]
        if share[level] >= 0.5:
            found["quantile"][level] = high - (high - low) * (1.0 - share[level])
        found["tail"][level] = total(lowest[: last[level] + 1]) / (last[level] + 1)


@kernel
def against(found: Any, returns: Any, count: int, market: Any, centred: Any, power: float, work: Any) -> None:
    """
    Write beta and the mean return that it does not explain; NaN without a market.

    Args:
        found: A `FIGURES` record, its mean written.
        returns: One per period.
        count: How many there are.
        market: The market's returns; none for no comparison.
        centred: The same less their mean.
        power: The sum of their squares; NaN where beta is not defined.
        work: Memory for as many values.
    """
    found["slope"] = np.nan
    found["rest"] = np.nan
    if market.shape[0] < count or power != power:
        return
    for p in range(count):
        work[p] = (returns[p] - found["mean"]) * centred[p]
    slope = total(work[:count]) / power
    for p in range(count):
        work[p] = returns[p] - slope * market[p]
    found["slope"] = slope
    found["rest"] = total(work[:count]) / count

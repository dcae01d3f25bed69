"""What the fills and the closed trades of a finished run add up to."""

from __future__ import annotations

from typing import Any

import numpy as np

from tradewind.kernel.compile import kernel
from tradewind.kernel.sums import total


@kernel
def paid(found: Any, fills: Any, work: Any) -> None:
    """
    Write the fees of a run and the value that it bought and sold.

    Args:
        found: Written: `fees` and `traded` of a `FIGURES` record.
        fills: `FILL` records.
        work: Memory for as many values.
    """
    count = fills.shape[0]
    for n in range(count):
        work[n] = fills[n]["fee"]
    found["fees"] = total(work[:count])
    for n in range(count):
        work[n] = fills[n]["price"] * fills[n]["quantity"]
    found["traded"] = total(work[:count])


@kernel
def outcomes(found: Any, trades: Any, work: Any) -> None:
    """
    Write what the closed trades of a run come to: profits and losses, streaks, and time in the market.

    Args:
        found: A `FIGURES` record.
        trades: `TRADE` records in order of exit.
        work: Memory for as many values, four times.
    """
    count = trades.shape[0]
    pnl, share, gains, losses = work[0], work[1], work[2], work[3]
    best, worst = -np.inf, np.inf
    won = lost = winning = losing = longest_won = longest_lost = ambiguous = bars = 0
    for n in range(count):
        trade = trades[n]
        value = trade["pnl"]
        pnl[n] = value
        share[n] = trade["pnl_pct"]
        bars += trade["bars_held"]
        ambiguous += trade["ambiguous"]
        best = max(best, value)
        worst = min(worst, value)
        if value > 0.0:
            gains[won] = value
            won += 1
        if value < 0.0:
            losses[lost] = value
            lost += 1
        winning = winning + 1 if value > 0.0 else 0
        losing = losing + 1 if value < 0.0 else 0
        longest_won = max(longest_won, winning)
        longest_lost = max(longest_lost, losing)
    found["trades"] = count
    found["won"] = won
    found["lost"] = lost
    found["longest_won"] = longest_won
    found["longest_lost"] = longest_lost
    found["ambiguous"] = ambiguous
    found["bars_held"] = bars
    found["best"] = best if count > 0 else np.nan
    found["worst"] = worst if count > 0 else np.nan
    found["pnl"] = total(pnl[:count])
    found["pnl_pct"] = total(share[:count])
    found["gained"] = total(gains[:won])
    found["given"] = -total(losses[:lost])


@kernel
def ratings(found: Any, trades: Any, work: Any) -> None:
    """
    Write the sum of the profits in units of the initial risk, of the trades that had one.

    Args:
        found: Written: `rated` and `r_multiple` of a `FIGURES` record.
        trades: `TRADE` records.
        work: Memory for as many values.
    """
    rated = 0
    for n in range(trades.shape[0]):
        value = trades[n]["r_multiple"]
        if np.isfinite(value):
            work[rated] = value
            rated += 1
    found["rated"] = rated
    found["r_multiple"] = total(work[:rated])


@kernel
def positions(found: Any, trades: Any, work: Any) -> None:
    """
    Write how many positions were closed, how many of them with a profit, and what they made.

    Args:
        found: A `FIGURES` record.
        trades: `TRADE` records; a ladder closes a position in several.
        work: Memory for as many values as there were positions, twice.
    """
    pnl, parts = work[0], work[1]
    last = -1
    for n in range(trades.shape[0]):
        last = max(last, trades[n]["position"])
    for place in range(last + 1):
        pnl[place] = 0.0
        parts[place] = 0.0
    for n in range(trades.shape[0]):
        place = trades[n]["position"]
        pnl[place] += trades[n]["pnl"]
        parts[place] += 1.0
    count = won = 0
    for place in range(last + 1):
        if parts[place] > 0.0:
            pnl[count] = pnl[place]
            won += 1 if pnl[count] > 0.0 else 0
            count += 1
    found["positions"] = count
    found["positions_won"] = won
    found["position_pnl"] = total(pnl[:count])

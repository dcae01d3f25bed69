"""What predictions are worth: information coefficient, hit rate, and intervals that respect overlap."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DRAWS: Final = 1_000
LEVEL: Final = 0.95
FLOOR: Final = 0.25
"""The chance of lying below the lower end of what entries made."""

LEAST_BLOCKS: Final = 10
BLOCK_HORIZONS: Final = 5
"""A bootstrap block is so many horizons long: what came of two bars shares nothing from one horizon on."""


@attrs.frozen(kw_only=True)
class Estimate:
    """
    A figure with its interval.

    Args:
        value: The figure.
        low: The lower end; one in forty lies below by chance, where nothing else is said.
        high: The upper end.
    """

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return the figure as strict JSON can hold it."""
        return {name: _finite(value) for name, value in attrs.asdict(self).items()}


NOTHING_KNOWN: Final = Estimate(value=0.0, low=-1.0, high=1.0)
"""An information coefficient of which nothing is known."""


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def ranks(values: Floats) -> Floats:
    """Return the ranks of values, ties sharing their mean, centred and of unit length; zeros when all are equal."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    centred = ((ends - counts + ends - 1) / 2.0)[inverse] - (len(values) - 1) / 2.0
    length = float(np.sqrt(np.dot(centred, centred)))
    return np.asarray(centred / length if length > 0.0 else np.zeros(len(values)))


def block_rows(rows: int, block: int, draws: int, seed: int) -> npt.NDArray[np.intp]:
    """
    Return rows drawn anew in circular blocks, shape [draws, rows].

    Args:
        rows: How many rows there are.
        block: The length of a block; neighbours within it stay neighbours.
        draws: How many samples.
        seed: Seed of the draw.

    Source: Politis and Romano, the circular block bootstrap (1992).
    """
    rng = np.random.default_rng(seed)
    count = -(-rows // block)
    starts = rng.integers(0, rows, size=(draws, count))
    drawn = (starts[:, :, None] + np.arange(block)[None, None, :]) % rows
    return np.asarray(drawn.reshape(draws, -1)[:, :rows], dtype=np.intp)


def information_coefficient(
    predicted: Floats, realised: Floats, *, block: int, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """
    Return the rank correlation of predictions and outcomes with a block-bootstrap interval.

    Targets overlap over the horizon, so that neighbours tell nearly the same: blocks must be several horizons long.
    They need not span the windows: however alike two predictions are, what they say of outcomes that share no
    bar is independent evidence. The interval is that of the normal distribution with the bootstrap's standard
    deviation, widened for few blocks.

    Args:
        predicted: What was expected, one value per bar.
        realised: What came.
        block: Bars in a block.
        draws: Bootstrap samples.
        seed: Seed of the bootstrap.
    """
    if len(predicted) < 2 * block:
        return NOTHING_KNOWN
    x, y = ranks(predicted), ranks(realised)
    value = float(np.dot(x, y))
    rows = block_rows(len(x), block, draws, seed)
    a, b = x[rows], y[rows]
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    again = np.where(scale > 0.0, (a * b).sum(axis=1) / np.where(scale > 0.0, scale, 1.0), 0.0)
    half = student(len(x) // block - 1) * float(again.std(ddof=1))
    return Estimate(value=value, low=value - half, high=value + half)


def student(freedom: int) -> float:
    """
    Return the 97.5% quantile of Student's distribution, by the expansion around the normal one.

    Source: Abramowitz and Stegun, 26.7.5; good to 1% from 3 degrees of freedom on.
    """
    z, n = 1.959963984540054, max(freedom, 3)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return float(z + first / n + second / n**2 + third / n**3)


def mean_difference(better: Floats, worse: Floats, *, block: int, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """Return by how much the mean of `worse` exceeds that of `better`, with a block-bootstrap interval."""
    gain = worse - better
    if len(gain) < 2 * block:
        return Estimate(value=float("nan"), low=float("-inf"), high=float("inf"))
    again = gain[block_rows(len(gain), block, draws, seed)].mean(axis=1)
    half = student(len(gain) // block - 1) * float(again.std(ddof=1))
    value = float(gain.mean())
    return Estimate(value=value, low=value - half, high=value + half)


def hit_rate(predicted: Floats, realised: Floats) -> float:
    """Return the share of outcomes whose sign was predicted; outcomes of zero are left out."""
    told = realised != 0.0
    return float(np.mean(np.sign(predicted[told]) == np.sign(realised[told]))) if told.any() else float("nan")


def profit_factor_interval(pnl: Floats, *, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """
    Return gains over losses of trades, with a bootstrap interval over trades; the lower end of no trades is 0.

    Args:
        pnl: Profit or loss per trade, after costs.
        draws: Bootstrap samples.
        seed: Seed of the bootstrap.
    """
    if len(pnl) < 2:
        return Estimate(value=float("nan"), low=0.0, high=float("inf"))
    rows = np.random.default_rng(seed).integers(0, len(pnl), size=(draws, len(pnl)))
    again = _ratio(pnl[rows])
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(again, [tail, 1.0 - tail], method="inverted_cdf")
    return Estimate(value=float(_ratio(pnl[None, :])[0]), low=float(low), high=float(high))


def entries_profit_factor(
    row: npt.NDArray[np.intp], gain: Floats, *, rows: int, block: int, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """
    Return gains over losses of entries that overlap, with a block-bootstrap interval over bars.

    The ends are those that one in four lies beyond (`FLOOR`). Entries that fall into fewer than
    `LEAST_BLOCKS` blocks are a handful of bets, however many they are: nothing is known of them.

    Args:
        row: The bar of each entry.
        gain: What it made after costs, a fraction of its value.
        rows: Bars that could have had entries.
        block: Bars in a block, several times what a position lasts.
        draws: Bootstrap samples.
        seed: Seed of the bootstrap.
    """
    value = float(_ratio(gain[None, :])[0]) if len(gain) else float("nan")
    if len(np.unique(row // block)) < LEAST_BLOCKS:
        return Estimate(value=value, low=0.0, high=float("inf"))
    gains = np.bincount(row, weights=np.maximum(gain, 0.0), minlength=rows)
    losses = np.bincount(row, weights=-np.minimum(gain, 0.0), minlength=rows)
    drawn = block_rows(rows, block, draws, seed)
    again = _quotient(gains[drawn].sum(axis=1), losses[drawn].sum(axis=1))
    low, high = np.quantile(again, [FLOOR, 1.0 - FLOOR], method="inverted_cdf")
    return Estimate(value=value, low=float(low), high=float(high))


def _ratio(pnl: Floats) -> Floats:
    return _quotient(np.maximum(pnl, 0.0).sum(axis=1), -np.minimum(pnl, 0.0).sum(axis=1))


def _quotient(gains: Floats, losses: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(losses > 0.0, gains / losses, np.where(gains > 0.0, np.inf, 0.0)))

"""Whether the market still looks like the one a model was fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.learning.contract import MODEL_WINDOW

Floats = npt.NDArray[np.float64]

BINS: Final = 10
RECENT: Final = 500
"""Bars that are compared with the training range."""

DRIFT_REACH: Final = RECENT + MODEL_WINDOW
"""Bars that the index of one bar depends on, that bar included, where all inputs are known."""

LIMIT: Final = 0.25
"""The population stability index from which inputs count as drifted."""

_LEAST_SHARE: Final = 1e-3


@attrs.frozen(kw_only=True)
class InputProfile:
    """
    How one input was distributed in the training range.

    Args:
        edges: The inner edges of the bins, rising.
        shares: The share of values in each bin, one more than edges.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]


def drift_inputs(close: Floats, high: Floats, low: Floats, volume: Floats) -> dict[str, Floats]:
    """
    Return what a network sees of each bar, whatever the price: return and range in units of the window's volatility,
    and volume against the window's; NaN in the first `MODEL_WINDOW` rows.
    """
    names = ("return", "range", "volume")
    out: dict[str, Floats] = {name: np.full(len(close), np.nan) for name in names}
    if len(close) <= MODEL_WINDOW:
        return out
    returns = np.diff(np.log(close))
    mean = _rolling_mean(returns, MODEL_WINDOW)
    variance = _rolling_mean(returns * returns, MODEL_WINDOW) - mean * mean
    scale = np.sqrt(np.maximum(variance, 1e-18))
    logs = np.log1p(volume)
    usual = _rolling_mean(logs, MODEL_WINDOW)[:-1]
    out["return"][MODEL_WINDOW:] = returns[MODEL_WINDOW - 1 :] / scale
    out["range"][MODEL_WINDOW:] = np.log(high[MODEL_WINDOW:] / low[MODEL_WINDOW:]) / scale
    out["volume"][MODEL_WINDOW:] = logs[MODEL_WINDOW:] - usual
    return out


def _rolling_mean(values: Floats, length: int) -> Floats:
    # each window by itself: differences of running totals would depend on where the history begins
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, length).mean(axis=1))


def drift_profile(values: Floats) -> InputProfile:
    """Return the distribution of a training range's values in bins of equal size."""
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
    counts = np.bincount(np.searchsorted(edges, known), minlength=len(edges) + 1)
    return InputProfile(edges=tuple(edges.tolist()), shares=tuple((counts / len(known)).tolist()))


def drift_index(values: Mapping[str, Floats], profiles: Mapping[str, InputProfile], recent: int = RECENT) -> Floats:
    """
    Return per bar the largest population stability index of the last `recent` bars over all inputs.

    The index is the sum over bins of (share now - share then) ln(share now / share then). Where
    fewer than `recent` bars are known it is NaN: too few bars prove no drift.

    Args:
        values: The inputs, by name, one value per bar.
        profiles: Their distributions in the training range.
        recent: Bars compared.
    """
    worst = np.full(len(next(iter(values.values()))), np.nan)
    for name, then in profiles.items():
        column = values[name]
        known = np.isfinite(column)
        if known.sum() < recent:
            continue
        bins = np.searchsorted(np.asarray(then.edges), column[known])
        ones = np.zeros((len(bins) + 1, len(then.shares)), dtype=np.int32)
        ones[np.arange(1, len(bins) + 1), bins] = 1
        counts = np.cumsum(ones, axis=0, dtype=np.int32)
        # a share now is one of few: what each adds to the index is worked out once
        now = np.maximum(np.arange(recent + 1)[:, None] / recent, _LEAST_SHARE)
        before = np.maximum(np.asarray(then.shares), _LEAST_SHARE)
        adds = (now - before) * np.log(now / before)
        flat = (counts[recent:] - counts[:-recent]) * len(before) + np.arange(len(before), dtype=np.int32)
        index = adds.ravel()[flat].sum(axis=1)
        rows = np.flatnonzero(known)[recent - 1 :]
        worst[rows] = np.fmax(worst[rows], index)
    return worst

"""What goes into a model and what it is asked for: columns, windows, the scale of its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.errors import ModelError
from tradewind.sentiment.features import FEATURES

Floats = npt.NDArray[np.float64]
Table = npt.NDArray[np.float32]

PRICE_FEATURES: Final = ("close", "volume", "high", "low", "open")
"""The inputs of a price model, in order, as raw values; a sentiment model reads the eight features after them."""

MODEL_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "price": PRICE_FEATURES,
    "sentiment": (*PRICE_FEATURES, *FEATURES),
}
"""The kinds of model and their inputs."""

MODEL_WINDOW: Final = 120
"""Bars that a model sees; the window of bar t ends at t."""

OUTPUTS: Final = ("price", "mu", "log_sigma")
"""What a model answers per window, each of shape [batch, 1]: the expected close after the horizon, its log return,
and the logarithm of that return's standard deviation."""

LEAST_SIGMA: Final = 1e-6
"""The scale of a market that stands still."""


def feature_table(columns: Mapping[str, Any], names: tuple[str, ...]) -> Table:
    """
    Return the named columns side by side, float32 of shape [bars, features], one contiguous block.

    Raises:
        ModelError: TW-M005 when a column is missing.
    """
    missing = [name for name in names if name not in columns]
    if missing:
        raise ModelError(
            f"the model reads {', '.join(missing)}, found: {', '.join(columns)}.",
            code="TW-M005",
            hint="A sentiment model needs the series `sentiment` beside the bars.",
        )
    table = np.empty((len(columns[names[0]]), len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        table[:, place] = columns[name]
    return table


def model_windows(table: Table, length: int = MODEL_WINDOW) -> Table:
    """Return every window of a table as a view of shape [bars - length + 1, length, features], oldest first."""
    if len(table) < length:
        return np.empty((0, length, table.shape[1]), dtype=np.float32)
    return np.swapaxes(np.lib.stride_tricks.sliding_window_view(table, length, axis=0), 1, 2)


def window_sigma(close: Floats, horizon: int, length: int = MODEL_WINDOW) -> Floats:
    """
    Return the standard deviation of the log return over `horizon` bars that the window up to each bar suggests.

    It is that of the window's one-bar log returns (population) times the root of the horizon; NaN
    in the first `length` - 1 rows, at least `LEAST_SIGMA`.
    """
    out = np.full(len(close), np.nan)
    if len(close) >= length:
        returns = np.diff(np.log(close))
        spans = np.lib.stride_tricks.sliding_window_view(returns, length - 1)
        out[length - 1 :] = np.maximum(spans.std(axis=1) * np.sqrt(horizon), LEAST_SIGMA)
    return out


def forward_return(close: Floats, horizon: int) -> Floats:
    """Return the log return from each close to the one `horizon` bars later; NaN where that lies in the future."""
    out = np.full(len(close), np.nan)
    if len(close) > horizon:
        logs = np.log(close)
        out[:-horizon] = logs[horizon:] - logs[:-horizon]
    return out

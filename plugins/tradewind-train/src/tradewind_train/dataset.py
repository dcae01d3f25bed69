"""What a network is fitted and judged on: windows, targets, and the rows of each range."""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    MODEL_KINDS,
    MODEL_WINDOW,
    Bars,
    ModelError,
    Split,
    feature_table,
    forward_return,
    model_windows,
    split_rows,
    window_sigma,
)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@attrs.frozen(kw_only=True, eq=False)
class Dataset:
    """
    A history ready to learn from.

    Args:
        bars: The bars.
        frame: Bars, and for a sentiment model the eight features as known at each close.
        table: The inputs, float32, one row per bar.
        realised: Log return over the horizon from each close; NaN at the end.
        sigma: Its scale, from the window up to each bar.
        split: The ranges.
        horizon: Bars ahead.
    """

    bars: Bars
    frame: DataFrame
    table: npt.NDArray[np.float32]
    realised: Floats
    sigma: Floats
    split: Split
    horizon: int

    @property
    def target(self) -> Floats:
        """What is to be told: the realised return in units of sigma."""
        return self.realised / self.sigma

    @property
    def windows(self) -> npt.NDArray[np.float32]:
        """The window that ends at row `MODEL_WINDOW` - 1 + i, for each i; a view."""
        return model_windows(self.table)

    def rows(self, name: str) -> Rows:
        """Return the rows of a range that have a whole window, a target and known inputs."""
        start, stop = self.split.ranges()[name]
        rows = np.arange(start, stop, dtype=np.intp)
        return rows[self._usable[rows]]

    @property
    def _usable(self) -> npt.NDArray[np.bool_]:
        bad = ~np.isfinite(self.table).all(axis=1)
        count = np.concatenate([[0], np.cumsum(bad)])
        usable = np.zeros(len(self.table), dtype=np.bool_)
        usable[MODEL_WINDOW - 1 :] = count[MODEL_WINDOW:] == count[:-MODEL_WINDOW]
        return np.asarray(usable & np.isfinite(self.realised))

    def scaling(self) -> tuple[Floats, Floats] | None:
        """Return mean and standard deviation of each sentiment input on the training range; None without any."""
        if self.table.shape[1] == len(MODEL_KINDS["price"]):
            return None
        start, stop = self.split.train
        values = self.table[start : stop + self.horizon, len(MODEL_KINDS["price"]) :].astype(np.float64)
        known = values[np.isfinite(values).all(axis=1)]
        deviation = known.std(axis=0)
        return known.mean(axis=0), np.where(deviation > 1e-6, deviation, 1.0)

    def sha256(self) -> str:
        """Return the hash of times and inputs."""
        digest = hashlib.sha256(np.ascontiguousarray(self.bars.time, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(self.table, dtype="<f4").tobytes())
        return digest.hexdigest()


def make_dataset(bars: Bars, kind: str, horizon: int, sentiment: DataFrame | None = None) -> Dataset:
    """
    Return the data set of a history.

    Args:
        bars: Closed bars.
        kind: `price` or `sentiment`.
        horizon: Bars ahead.
        sentiment: The eight features over the bars' own index, for a sentiment model.

    Raises:
        ModelError: TW-M007 when there are too few bars, or too few with known inputs.
    """
    usable = bars.where(~bars.masked)
    frame = usable.to_frame()
    if sentiment is not None:
        frame = frame.join(sentiment)
    columns: dict[str, Any] = {str(name): frame[name].to_numpy() for name in frame.columns}
    made = Dataset(
        bars=usable,
        frame=frame,
        table=feature_table(columns, MODEL_KINDS[kind]),
        realised=forward_return(usable.close, horizon),
        sigma=window_sigma(usable.close, horizon),
        split=split_rows(len(usable), horizon),
        horizon=horizon,
    )
    for name in made.split.ranges():
        if len(made.rows(name)) < 2 * MODEL_WINDOW:
            raise ModelError(
                f"the {name} range has {len(made.rows(name))} windows whose inputs are all known, "
                f"expected at least {2 * MODEL_WINDOW}.",
                code="TW-M007",
                hint="The sentiment begins later or has holes; take a start from which it is whole.",
            )
    return made

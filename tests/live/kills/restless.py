"""A strategy for rehearsals: on every eighth bar it is in, six bars later out, and its stop follows closely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradewind.api import Need, Signals

ROUND: int = 8
"""Bars from entry to entry; with bars of a second that is under the desk's own cap of entries in a minute."""
HELD: int = 6
MINUTE_MS: int = 60_000


class Restless:
    """In and out by the clock, so that most kills find a position."""

    timeframe = "1m"
    warmup = 2

    def needs(self) -> Sequence[Need]:
        """Return nothing: the time alone decides."""
        return ()

    def signals(self, frame: pd.DataFrame) -> Signals:
        """Return entries and exits by the minute, with a stop near enough to be triggered now and then."""
        place = pd.DatetimeIndex(frame.index).as_unit("ms").asi8 // MINUTE_MS % ROUND
        close = frame["close"].to_numpy()
        return Signals.from_arrays(
            frame.index,
            enter=(place == 0).astype(np.int8),
            exit_long=place == HELD,
            stop_dist=0.003 * close,
            trail_dist=0.002 * close,
            trail_arm_r=0.1,
        )

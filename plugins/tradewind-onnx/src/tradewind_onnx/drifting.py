"""How far the market has drifted from the one that a model learned, kept so that a new bar costs its own row alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from threading import Lock
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import DRIFT_REACH, ModelCard, drift_index, drift_inputs
from tradewind_onnx.stretch import shared_stretch

Floats = npt.NDArray[np.float64]

HISTORIES: Final = 8
"""Histories remembered per process."""

_READ: Final = ("close", "high", "low", "volume")


@attrs.frozen(kw_only=True, eq=False)
class _Told:
    time: npt.NDArray[np.int64]
    values: Floats
    index: Floats


class DriftMemory:
    """The last answer for each training range; safe among threads."""

    def __init__(self, histories: int = HISTORIES) -> None:
        self._histories = histories
        self._told: OrderedDict[Hashable, _Told] = OrderedDict()
        self._lock = Lock()

    def index(self, card: ModelCard, bars: Mapping[str, Any]) -> Floats:
        """
        Return `drift_index` of the bars against the inputs on a card, to the last bit what it is without a memory.

        Args:
            card: The model's card.
            bars: close, high, low, volume and time (bar opens, int64 milliseconds UTC).
        """
        key, time = tuple(sorted(card.inputs.items())), bars["time"]
        values = np.stack([np.asarray(bars[name], dtype=np.float64) for name in _READ], axis=1)
        index = np.full(len(time), np.nan)
        unknown = np.ones(len(time), dtype=np.bool_)
        with self._lock:
            told = self._told.get(key)
        # with a hole in the inputs a row depends on more than the reach
        if np.isfinite(values).all():
            unknown[: DRIFT_REACH - 1] = False
            if told is not None:
                both = shared_stretch(time, values, told.time, told.values)
                usable = both.alike >= DRIFT_REACH
                index[both.mine][usable] = told.index[both.theirs][usable]
                unknown[both.mine] &= ~usable
            first = int(unknown.argmax()) if unknown.any() else len(time)
            begin = max(0, first - DRIFT_REACH + 1)
        else:
            first = begin = 0
        if first < len(time):
            inputs = drift_inputs(*(values[begin:, place] for place in (0, 1, 2, 3)))
            index[first:] = drift_index(inputs, card.inputs)[first - begin :]
        with self._lock:
            self._told[key] = _Told(time=time, values=values, index=index)
            self._told.move_to_end(key)
            while len(self._told) > self._histories:
                self._told.popitem(last=False)
        return index

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._told.clear()

"""Records as they are at one moment, taken and compared as bytes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt


def kept(records: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return records as they are now, read-only: numpy copies records field by field, and bytes in one go."""
    return np.frombuffer(records.tobytes(), dtype=records.dtype) if len(records) else _none_of(records.dtype)


@functools.cache
def _none_of(dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.zeros(0, dtype=dtype)


def raw(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return the bytes of a contiguous array, over the same memory."""
    return array.reshape(-1).view(np.uint8)

"""What the compiled functions of the kernel take and return: C-contiguous arrays of exactly these types."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
from numba import types

from tradewind.kernel import layout
from tradewind.kernel.atr import REACHED
from tradewind.kernel.figures import FIGURES


def _array(dtype: Any, ndim: int, *, written: bool = False) -> Any:
    return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C", readonly=not written, aligned=True)


def _stacked(array: Any) -> Any:
    """Return the type of several arrays of a type, along a new first axis."""
    return array.copy(ndim=array.ndim + 1)


ARGUMENTS: Final[dict[str, Any]] = {
    "account": _array(layout.ACCOUNT, 1, written=True),
    "slots": _array(layout.SLOT, 1, written=True),
    "stops": _array(np.int64, 2, written=True),
    "profits": _array(np.float64, 2, written=True),
    "order": _array(np.int64, 2, written=True),
    "asks": _array(layout.ASK, 1, written=True),
    "ask_bars": _array(np.int64, 1),
    "ask_ladders": _array(layout.RUNG, 2),
    "fills": _array(layout.FILL, 1, written=True),
    "trades": _array(layout.TRADE, 1, written=True),
    "instruments": _array(layout.INSTRUMENT, 1),
    "tiers": _array(layout.TIER, 2),
    "rules": _array(layout.RULES, 1),
    "time": _array(np.int64, 1),
    "open": _array(np.float64, 2),
    "high": _array(np.float64, 2),
    "low": _array(np.float64, 2),
    "close": _array(np.float64, 2),
    "flags": _array(np.uint8, 2),
    "funding": _array(np.float64, 2),
    "rows": _array(np.int32, 2),
    "row_flags": _array(np.uint8, 1),
    "atr": _array(np.float64, 1),
    "exit_long": _array(np.bool_, 1),
    "exit_short": _array(np.bool_, 1),
    "flow_bars": _array(np.int64, 1),
    "flows": _array(np.float64, 1),
    "clusters": _array(np.int32, 2),
    "equity": _array(np.float64, 1, written=True),
    "cash": _array(np.float64, 1, written=True),
    "exposure": _array(np.float64, 1, written=True),
    "drawdown": _array(np.float64, 1, written=True),
    "i0": types.int64,
    "i1": types.int64,
}
"""The arguments of the compiled kernel, in order."""

_FLOATS: Final = _array(np.float64, 1)
_SCAN: Final = (
    _array(np.int64, 1),
    *[_FLOATS] * 5,
    types.int64,
    _array(np.uint8, 1, written=True),
    _array(np.float64, 1, written=True),
    _array(REACHED, 1, written=True),
    types.int64,
    types.int64,
)

_COUNTS: Final = _array(np.int64, 1, written=True)
_ROWS: Final = _array(np.int64, 1)
_PLAN: Final = (
    np.int8, np.bool_, np.bool_, np.int8, np.uint8, np.uint32, np.int32, np.float32, *[np.float64] * 7,
)  # fmt: skip
_GATHER: Final = (
    ARGUMENTS["asks"],
    _COUNTS,
    _ROWS,
    *[types.int64] * 3,
    _ROWS,
    _ROWS,
    *[_array(dtype, 1) for dtype in _PLAN],
    _FLOATS,
    _FLOATS,
    _array(np.uint8, 1),
    _FLOATS,
)
_WORK: Final = _array(np.float64, 2, written=True)
_MEASURE: Final = (
    _array(FIGURES, 1, written=True),
    types.int64,
    _ROWS,
    _FLOATS,
    _FLOATS,
    _array(layout.FILL, 1),
    _array(layout.TRADE, 1),
    types.float64,
    types.int64,
    types.float64,
    types.float64,
    _ROWS,
    _FLOATS,
    _FLOATS,
    types.float64,
    _ROWS,
    _FLOATS,
    _ROWS,
    _WORK,
)

_EACH: Final = {name: _stacked(ARGUMENTS[name]) for name in ("account", "slots", "stops", "profits", "order", "rules")}
"""The arguments of which every trial has its own."""
_RUN: Final = [kind for name, kind in (ARGUMENTS | _EACH).items() if name not in ("i0", "i1")]
_CARRY: Final = (
    _array(np.int64, 1, written=True), _array(np.int64, 2), types.boolean, *_RUN, *_MEASURE[:2], *_MEASURE[7:],
)  # fmt: skip

ADVANCE: Final = types.int64(*ARGUMENTS.values())
SCAN: Final = types.void(*_SCAN)
TALLY: Final = types.void(_ROWS, _ROWS, _COUNTS)
GATHER: Final = types.int64(*_GATHER)
MEASURE: Final = types.void(*_MEASURE)
CARRY: Final = types.boolean(*_CARRY)

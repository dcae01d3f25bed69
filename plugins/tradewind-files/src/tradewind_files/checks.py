"""What must hold of the bars of one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.api import Bars, Timeframe
from tradewind_files.headers import FIELDS
from tradewind_files.origin import Origin

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

_LARGEST: Final = 1e15
"""No price and no volume of a bar is larger; what is comes from a damaged file."""

_QUARTER_HOUR_MS: Final = 900_000


def checked(time: Times, columns: Mapping[str, Floats], timeframe: Timeframe, origin: Origin, *, mask: bool) -> Bars:
    """
    Return a file's rows as bars.

    Args:
        time: Opens, UTC milliseconds.
        columns: The five fields.
        timeframe: The bar length that the file's name states.
        origin: The file.
        mask: Keep impossible bars as masked ones in place of refusing the file.

    Raises:
        DataError: TW-D005 for bars doubled or out of order, TW-D006 for bars off the grid or of
            another length, TW-D009 for bars cut in another time zone, TW-D004 for impossible values.
    """
    check_times(time, timeframe, origin)
    values = {name: columns[name] for name in FIELDS}
    if mask:
        values = {name: np.where(np.abs(part) > _LARGEST, np.nan, part) for name, part in values.items()}
    arrays: dict[str, Any] = {name: _frozen(part) for name, part in values.items()}
    bars = Bars(timeframe=timeframe, time=_frozen(time), **arrays)
    if not mask:
        _refuse_impossible(bars, origin)
    return bars


def check_times(time: Times, timeframe: Timeframe, origin: Origin) -> None:
    """Refuse times that are not strictly increasing on the timeframe's grid; errors as of `checked`."""
    steps = np.diff(time)
    if bool(np.any(steps <= 0)):
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        word = "doubled" if steps[row - 1] == 0 else "out of order"
        raise origin.fault(
            f"the bar of {_iso(time[row])} is {word}.",
            "TW-D005",
            "Bars open one after the other; sort the file and remove what is doubled.",
            row,
        )
    off = (time - timeframe.origin_ms) % timeframe.ms
    if bool(np.any(off)):
        row = int(np.flatnonzero(off)[0])
        shift = int(off[0])
        if bool(np.all(off == shift)) and shift % _QUARTER_HOUR_MS == 0 and timeframe.ms > _QUARTER_HOUR_MS:
            raise origin.fault(
                f"every bar opens {shift / 3_600_000:g} h off the UTC grid of {timeframe}, the first at "
                f"{_iso(time[0])}: they were cut in another time zone.",
                "TW-D009",
                "Fetch the bars again on UTC boundaries; moving their times would leave wrong bars.",
                row,
            )
        raise origin.fault(
            f"the bar of {_iso(time[row])} is off the {timeframe} grid, one of {int(np.count_nonzero(off))}.",
            "TW-D006",
            "Bars open on UTC boundaries of their timeframe; is the timeframe in the file's name right?",
            row,
        )
    if len(steps) > 1 and int(steps.min()) > timeframe.ms:
        raise origin.fault(
            f"its bars are at least {int(steps.min()) // 60_000} minutes apart, its name says {timeframe}.",
            "TW-D006",
            "Name the file by the length of its bars, such as BTCUSDT_1d.csv.",
        )


def _refuse_impossible(bars: Bars, origin: Origin) -> None:
    worst = np.maximum.reduce([np.abs(getattr(bars, name)) for name in FIELDS]) if len(bars) else np.empty(0)
    bad = bars.masked | (worst > _LARGEST)
    if not bad.any():
        return
    row = int(np.flatnonzero(bad)[0])
    raise origin.fault(
        f"the bar of {_iso(bars.time[row])} is impossible: {_why(bars, row)}.",
        "TW-D004",
        f"{int(bad.sum())} of {len(bars)} bars are; fetch the file again, "
        'or keep them untraded with sources.files.on_bad_rows = "mask".',
        row,
    )


def _why(bars: Bars, row: int) -> str:
    values = {name: float(getattr(bars, name)[row]) for name in FIELDS}
    for name, value in values.items():
        if not np.isfinite(value):
            return f"{name} is {value}"
        if abs(value) > _LARGEST:
            return f"{name} is {value:g}"
        if value < 0.0 or (value == 0.0 and name != "volume"):
            return f"{name} is {value:g}"
    if values["high"] < values["low"]:
        return f"high {values['high']:g} is below low {values['low']:g}"
    return "open or close lies outside low and high"


def _iso(time_ms: Any) -> str:
    try:
        return pd.Timestamp(int(time_ms), unit="ms", tz="UTC").isoformat()
    except (ValueError, OverflowError):
        return f"{int(time_ms)} ms"


def _frozen(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view

"""What volume says about the price."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import talib

from tradewind_pandas_ta.columns import Columns, Floats
from tradewind_pandas_ta.compute.oscillators import with_signal
from tradewind_pandas_ta.compute.trend import runs
from tradewind_pandas_ta.compute.windows import average, deviation, highest, lowest, ratio, rolling_sum

_EMA: Final[Any] = 1


def ad(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return Σ volume ((close - low) - (high - close))/(high - low)."""
    return (talib.AD(bars.high, bars.low, bars.close, bars.volume),)


def adosc(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(fast) - EMA(slow) of accumulation and distribution."""
    return (talib.ADOSC(bars.high, bars.low, bars.close, bars.volume, p.fast, p.slow),)


def aobv(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return on-balance volume, its extremes, two averages, and where they agree."""
    line = talib.OBV(bars.close, bars.volume)
    fast, slow = average(line, p.fast, p.average), average(line, p.slow, p.average)
    return line, lowest(line, p.lookback), highest(line, p.lookback), fast, slow, *runs(fast, slow, p.run_length)


def cmf(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ money flow volume over Σ volume, and 0 where no volume was traded."""
    value = talib.CMF(bars.high, bars.low, bars.close, bars.volume, p.length)
    # TA-Lib's running sums keep rounding residue there, and divide by it
    value[highest(bars.volume, p.length) == 0.0] = 0.0
    return (value,)


def efi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return EMA(change times volume)."""
    return (talib.EFI(bars.close, bars.volume, p.length),)


def eom(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return SMA(move of the middle times (high - low) times divisor / volume)."""
    ease = ratio(talib.MOM(bars.hl2, 1) * (bars.high - bars.low) * p.divisor, bars.volume)
    ease[1:][~np.isfinite(ease[1:])] = 0.0
    return (talib.SMA(ease, p.length),)


def kvo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the fast less the slow average of the volume signed by the typical price's change, and its average."""
    signed = bars.volume * np.sign(talib.MOM(bars.hlc3, 1))
    line = average(signed, p.fast, p.average) - average(signed, p.slow, p.average)
    return line, average(line, p.signal, p.average)


def mfi(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 times the money flow of rises over all money flow."""
    return (talib.MFI(bars.high, bars.low, bars.close, bars.volume, p.length),)


def nvi(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return an index that moves with the close on bars of falling volume."""
    return (talib.NVI(bars.close, bars.volume),)


def obv(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return Σ volume signed by the change of the close."""
    return (talib.OBV(bars.close, bars.volume),)


def pvi(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return an index that moves with the close on bars of rising volume."""
    return (talib.PVI(bars.close, bars.volume),)


def pvo(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return 100 (EMA(fast) - EMA(slow))/EMA(slow) of the volume, its EMA, and the difference."""
    line = talib.PVO(bars.volume, p.fast, p.slow, _EMA)
    line[p.slow - 1 :][~np.isfinite(line[p.slow - 1 :])] = 0.0
    return with_signal(line, p.signal)


def pvol(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return close times volume."""
    value = bars.close * bars.volume
    return (value * np.sign(talib.MOM(bars.close, 1)) if p.signed else value,)


def pvr(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return 1 to 4 by the signs of the changes of close and volume; no change counts as up."""
    falls, dries = talib.MOM(bars.close, 1) < 0.0, talib.MOM(bars.volume, 1) < 0.0
    return (1.0 + 2.0 * falls + dries,)


def pvt(bars: Columns, p: Any) -> tuple[Any, ...]:  # noqa: ARG001  # it has no settings
    """Return Σ volume times relative change of the close."""
    return (talib.PVT(bars.close, bars.volume),)


def tsv(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ volume times change over the window, its average, and the one over the other."""
    flow = bars.volume * talib.MOM(bars.close, 1)
    line = talib.SUM(flow, p.length)
    line[rolling_sum(np.abs(flow), p.length) == 0.0] = 0.0
    signal = average(line, p.signal, p.average)
    return line, signal, ratio(line, signal)


def vhm(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return (volume - average)/deviation of the population."""
    return (ratio(bars.volume - average(bars.volume, p.length, p.average), deviation(bars.volume, p.std_length)),)


def vwap(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ typical price times volume over Σ volume since the anchor; the typical price before any volume."""
    typical = bars.hlc3
    if p.anchor == "all":
        value = talib.VWAP(bars.high, bars.low, bars.close, bars.volume)
    else:
        group = bars.periods(p.anchor)
        value = ratio(_since(group, typical * bars.volume), _since(group, bars.volume))
    missing = ~np.isfinite(value)
    value[missing] = typical[missing]
    return (value,)


def _since(group: npt.NDArray[np.int64], x: Floats) -> Floats:
    """Return the sum since the first row of the group."""
    return np.asarray(pd.Series(x, copy=False).groupby(group).cumsum(), dtype=np.float64)


def vwma(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return Σ source times volume over Σ volume, and SMA(source) where no volume was traded."""
    x = bars.source(p.source)
    value: Floats = talib.VWMA(x, bars.volume, p.length)
    idle = highest(bars.volume, p.length) == 0.0
    if idle.any():
        value[idle] = talib.SMA(x, p.length)[idle]
    return (value,)

"""How fast and how evenly the price moves: several lines together."""

from __future__ import annotations

from typing import Any, Final

from tradewind_pandas_ta.entry import (
    HLC,
    OHLC,
    OWN,
    SOURCE,
    VENDOR,
    Entry,
    Param,
    average,
    below,
    factor,
    length,
    window,
)

_FAST_BELOW_SLOW: Final = (below("fast", "slow"),)


def _kst(p: Any) -> int:
    longest = max(p.roc1 + p.sma1, p.roc2 + p.sma2, p.roc3 + p.sma3, p.roc4 + p.sma4)
    return int(longest - 1 + p.signal - 1)


def _squeeze(p: Any) -> int:
    return int(max(p.bb_length - 1, p.kc_length, p.mom_length + p.mom_smooth - 1))


_SQUEEZE: Final = (
    window("bb_length", 20, doc="bars in the Bollinger bands"),
    factor("bb_std", 2.0, 0.01, 100.0, "half width of the Bollinger bands in deviations"),
    window("kc_length", 20, doc="bars in the Keltner channel"),
)
_MOMENTUM: Final = (
    window("mom_length", 12, 1, "bars of the momentum"),
    window("mom_smooth", 6, 1, "length of the average over the momentum"),
    average("sma"),
)

ENTRIES: Final = (
    Entry(
        "brar",
        "Emotion (BR) and popularity (AR) indexes; 100 in balance.",
        ("ar", "br"),
        lambda p: p.length,
        (length(26),),
        inputs=OHLC,
        neutral=100.0,
        origin=OWN,
    ),
    Entry(
        "dm",
        "Wilder's directional movements, smoothed, price units.",
        ("plus_dm", "minus_dm"),
        lambda p: p.length - 1,
        (length(14),),
        inputs=("high", "low"),
    ),
    Entry(
        "eri",
        "Elder's ray: high and low against the average.",
        ("eri_bull", "eri_bear"),
        lambda p: p.length - 1,
        (length(13),),
        inputs=HLC,
    ),
    Entry(
        "exhc",
        "Exhaustion count: bars in a row below, and above, the close some bars before.",
        ("exhc_down", "exhc_up"),
        lambda p: p.length,
        (length(4, 1), Param("cap", 13, low=0, high=100_000, doc="greatest count, 0 for no cap"), SOURCE),
        origin=OWN,
    ),
    Entry(
        "kst",
        "Pring's know sure thing: weighted sum of four smoothed rates of change.",
        ("kst", "kst_signal"),
        _kst,
        (
            *(window(f"roc{n}", bars, 1, f"bars of rate of change {n}") for n, bars in enumerate((10, 15, 20, 30), 1)),
            *(window(f"sma{n}", bars, 1, f"smoothing of rate {n}") for n, bars in enumerate((10, 10, 10, 15), 1)),
            window("signal", 9, 1, "smoothing of the signal"),
            SOURCE,
        ),
        origin=OWN,
    ),
    Entry(
        "macd",
        "Moving average convergence divergence.",
        ("macd", "macd_signal", "macd_hist"),
        lambda p: p.slow + p.signal - 2,
        (
            window("fast", 12, doc="length of the fast EMA"),
            window("slow", 26, doc="length of the slow EMA"),
            window("signal", 9, 1, "length of the EMA of their difference"),
            SOURCE,
        ),
        rules=_FAST_BELOW_SLOW,
    ),
    Entry(
        "ppo",
        "Percentage price oscillator: as APO, in percent of the slow average.",
        ("ppo", "ppo_signal", "ppo_hist"),
        lambda p: p.slow + p.signal - 2,
        (
            window("fast", 12, doc="length of the fast average"),
            window("slow", 26, doc="length of the slow average"),
            window("signal", 9, 1, "length of the EMA of their difference"),
            average("sma"),
            SOURCE,
        ),
        rules=_FAST_BELOW_SLOW,
    ),
    Entry(
        "qqe",
        "Quantitative qualitative estimation: a trailing line after the smoothed RSI, the RSI, and the side.",
        ("qqe", "qqe_rsi", "qqe_direction"),
        lambda p: p.length + p.smooth + 2 * (2 * p.length - 2),
        (
            length(14, doc="length of the RSI"),
            window("smooth", 5, 1, "smoothing of the RSI"),
            factor("factor", 4.236, 0.01, doc="distance of the line in smoothed ranges"),
            SOURCE,
        ),
        origin=OWN,
    ),
    Entry(
        "rvgi",
        "Relative vigor: smoothed close less open over smoothed high less low.",
        ("rvgi", "rvgi_signal"),
        lambda p: p.length + 2 * p.smooth - 3,
        (length(14), window("smooth", 4, 1, "length of the symmetric weighting")),
        inputs=OHLC,
        neutral=0.0,
        origin=OWN,
    ),
    Entry(
        "smc",
        "Imbalances between a bar and the one two before: size, percent of the range and flag; and wide bars.",
        ("smc_wide", "smc_up_flag", "smc_up", "smc_up_pct", "smc_down_flag", "smc_down", "smc_down_pct"),
        lambda p: max(p.range_length - 1, p.wide_length - 1, 2),
        (
            window("range_length", 14, 1, "window of the range"),
            window("wide_length", 20, 1, "bars a bar's range is averaged over"),
            factor("wide_ratio", 1.5, 0.0, doc="a bar is wide above this multiple of the average"),
            average("sma"),
        ),
        inputs=("high", "low"),
        neutral=0.0,
        origin=OWN,
    ),
    Entry(
        "smi",
        "SMI ergodic: true strength index with its signal and their difference, -1 to 1.",
        ("smi", "smi_signal", "smi_osc"),
        lambda p: p.slow + p.fast + p.signal - 2,
        (
            window("fast", 5, doc="second smoothing"),
            window("slow", 20, doc="first smoothing"),
            window("signal", 5, 1, "length of the signal"),
            SOURCE,
        ),
        rules=_FAST_BELOW_SLOW,
        neutral=0.0,
    ),
    Entry(
        "squeeze_pro",
        "Three grades of Bollinger bands inside a Keltner channel, with the momentum.",
        (
            "squeeze_pro",
            "squeeze_pro_wide",
            "squeeze_pro_normal",
            "squeeze_pro_narrow",
            "squeeze_pro_off",
            "squeeze_pro_none",
        ),
        _squeeze,
        (
            *_SQUEEZE,
            factor("kc_narrow", 1.0, 0.01, doc="half width of the narrow channel in ranges"),
            factor("kc_normal", 1.5, 0.01, doc="half width of the normal channel in ranges"),
            factor("kc_wide", 2.0, 0.01, doc="half width of the wide channel in ranges"),
            *_MOMENTUM,
        ),
        inputs=HLC,
        rules=(below("kc_narrow", "kc_normal"), below("kc_normal", "kc_wide")),
        origin=OWN,
    ),
    Entry(
        "tmo",
        "True momentum oscillator: how many opens of the window the close is above, smoothed.",
        ("tmo", "tmo_signal"),
        lambda p: p.length + p.calc + 2 * p.smooth - 3,
        (length(14, 1), window("calc", 5, doc="first smoothing"), window("smooth", 3, doc="further smoothings")),
        inputs=("open", "close"),
        origin=VENDOR,
    ),
    Entry(
        "trix",
        "Percent of change a bar of a triple EMA, and its average.",
        ("trix", "trix_signal"),
        lambda p: 3 * p.length - 3 + p.signal,
        (length(30, 1), window("signal", 9, 1, "length of the average"), SOURCE),
    ),
    Entry(
        "tsi",
        "True strength index: twice smoothed momentum over its size, -100 to 100.",
        ("tsi", "tsi_signal"),
        lambda p: p.slow + p.fast + p.signal - 2,
        (
            window("fast", 13, doc="second smoothing"),
            window("slow", 25, doc="first smoothing"),
            window("signal", 13, 1, "length of the signal"),
            SOURCE,
        ),
        rules=_FAST_BELOW_SLOW,
        neutral=0.0,
    ),
    Entry(
        "ttm_squeeze",
        "Bollinger bands inside a Keltner channel (on), around it (off) or neither, with the momentum.",
        ("ttm_squeeze", "ttm_squeeze_on", "ttm_squeeze_off", "ttm_squeeze_none"),
        _squeeze,
        (*_SQUEEZE, factor("kc_std", 1.5, 0.01, doc="half width of the channel in ranges"), *_MOMENTUM),
        inputs=HLC,
        origin=OWN,
    ),
)

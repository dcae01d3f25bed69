"""What pandas-ta offers and this catalogue does not, and where both have another meaning."""

from __future__ import annotations

from typing import Final

LEFT_OUT: Final = {
    "drawdown": "a measure of performance, not an indicator of a market; results report it",
    "log_return": "a measure of performance; `roc` is the change of a price",
    "long_run": "takes two given series; `amat` and `aobv` are made of it",
    "percent_return": "a measure of performance; `roc` is the change of a price",
    "short_run": "takes two given series; `amat` and `aobv` are made of it",
    "tos_stdevall": "fits one line to the whole history, so each row knows the last",
    "vp": "a profile of the whole history with one row per price range, not per bar",
    "zigzag": "repaints: a swing is only known some bars later, and is then written on the bar of the swing",
}
"""pandas-ta's name, and why it is left out."""

RENAMED: Final = {
    "cdl": "cdl_pattern",
    "squeeze": "ttm_squeeze",
}
"""pandas-ta's name and ours, where they differ."""

DIFFERENCES: Final = {
    "adx": "the directional indicators are TA-Lib's; pandas-ta gives unsmoothed movements under their name",
    "bbands, stdev, variance, zscore, cdl_z": "`ddof` is 0 (the population) as in TA-Lib; 1 is a setting",
    "brar, eom, fisher, rvgi, stochrsi": "no epsilon is added to ranges; a bar without range has its neutral value",
    "cfo": "the forecast is the one made on the bar before, as in TA-Lib's FOSC",
    "chandelier_exit": "no value before its windows are full",
    "crsi": "the streak counts bars in a row, as Connors has it; pandas-ta only knows its sign",
    "cti": "also what pandas-ta's `linreg` answers with `r`",
    "dpo": "looks at no later bar; pandas-ta's default is centred",
    "er": "1 in a window without a move, as in TA-Lib",
    "ichimoku": "without the lagging span; the two leading spans stand where they are drawn",
    "inertia, rvi": "TA-Lib's relative volatility index, with its own window for the deviation",
    "kama": "seeded as TA-Lib does, and equal to it at (n, 2, 30)",
    "kc": "an EMA with a band of ATRs, as in TA-Lib; pandas-ta averages the true range",
    "kdj, rma, smma, alligator": "Wilder's averages are seeded by a simple one",
    "kst": "rates of change are percent; pandas-ta multiplies them by 100 once more",
    "mcgd": "the recursion of the original; it never goes beyond the price",
    "nvi, pvi, pvt": "TA-Lib's convention: the indexes are multiplied, not added up, and the trend is of fractions",
    "pivots": "the levels of each bar hold for the bars after it: ask for them on a higher timeframe "
    "(`timeframe` 1d of the need). pandas-ta gives a day's levels on the bars of that same day",
    "psar, supertrend": "TA-Lib's start and carry; the side is one column, not one line per side",
    "qqe": "one line and its side, not one line per side",
    "smi": "the ergodic one, of the true strength index; TA-Lib's SMI is `stoch_momentum`",
    "squeeze": "ours is the flag of a low bandwidth; pandas-ta's is `ttm_squeeze`",
    "ssf, trendflex, reflex": "all angles are radians; pandas-ta takes the cosine of degrees",
    "stc": "the place in a window without range is carried on, whatever the sign of the MACD",
    "trendflex, reflex": "the smoother starts at the price, not at 0",
    "vhm": "the deviation is that of the window; pandas-ta's is that of the whole history, so each row knows the last",
    "vidya": "seeded by the price, not by 0",
    "vwap": "one line, anchored to the UTC day, week or month, or to the first bar as in TA-Lib",
}
"""Our names, and what differs from pandas-ta's numbers beside the settings."""

"""Whatever TA-Lib has, the catalogue has with TA-Lib's numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
import talib

from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.catalogue.candle import PATTERNS
from tradewind_pandas_ta.entry import TALIB

Bars = Mapping[str, Any]
Make = Callable[..., Any]
Markets = Mapping[str, Callable[[int], pd.DataFrame]]
Reference = Callable[[Bars, Any], Mapping[str, Any]]

KINDS: Final[dict[str, Any]] = {"sma": 0, "ema": 1, "wma": 2, "trima": 5, "rma": 13}


def hlc(b: Bars) -> tuple[Any, Any, Any]:
    return b["high"], b["low"], b["close"]


def hlcv(b: Bars) -> tuple[Any, Any, Any, Any]:
    return b["high"], b["low"], b["close"], b["volume"]


def ohlc(b: Bars) -> tuple[Any, Any, Any, Any]:
    return b["open"], b["high"], b["low"], b["close"]


def hl(b: Bars) -> tuple[Any, Any]:
    return b["high"], b["low"]


def cv(b: Bars) -> tuple[Any, Any]:
    return b["close"], b["volume"]


def named(names: str, values: Any) -> dict[str, Any]:
    words = names.split()
    return dict(zip(words, values if len(words) > 1 else (values,), strict=True))


def where_traded(b: Bars, length: int, values: Any) -> Any:
    """TA-Lib divides by the rounding residue of its running sum where a window has no volume."""
    return np.where(talib.MAX(b["volume"], length) > 0.0, values, np.nan)


def of_close(name: str, function: Callable[..., Any]) -> Reference:
    return lambda b, p: {name: function(b["close"], p.length)}


REFERENCES: Final[dict[str, Reference]] = {
    **{
        name: of_close(name, function)
        for name, function in {
            "cfo": talib.FOSC,
            "cmo": talib.CMO,
            "dema": talib.DEMA,
            "dpo": talib.DPO,
            "ema": talib.EMA,
            "er": talib.ER,
            "hma": talib.HMA,
            "kama": talib.KAMA,
            "mad": talib.AVGDEV,
            "midpoint": talib.MIDPOINT,
            "mom": talib.MOM,
            "rma": talib.RMA,
            "roc": talib.ROC,
            "rsi": talib.RSI,
            "sma": talib.SMA,
            "smma": talib.RMA,
            "stdev": talib.STDDEV,
            "tema": talib.TEMA,
            "trima": talib.TRIMA,
            "variance": talib.VAR,
            "vhf": talib.VHF,
            "wma": talib.WMA,
            "zlma": talib.ZLEMA,
        }.items()
    },
    "accbands": lambda b, p: named("acc_upper acc_mid acc_lower", talib.ACCBANDS(*hlc(b), p.length)),
    "ad": lambda b, _: {"ad": talib.AD(*hlcv(b))},
    "adosc": lambda b, p: {"adosc": talib.ADOSC(*hlcv(b), p.fast, p.slow)},
    "adx": lambda b, p: {
        "adx": talib.ADX(*hlc(b), p.length),
        "plus_di": talib.PLUS_DI(*hlc(b), p.length),
        "minus_di": talib.MINUS_DI(*hlc(b), p.length),
    },
    "adxr": lambda b, p: {"adxr": talib.ADXR(*hlc(b), p.length)},
    "alligator": lambda b, p: {
        "alligator_jaw": talib.RMA(b["close"], p.jaw),
        "alligator_teeth": talib.RMA(b["close"], p.teeth),
        "alligator_lips": talib.RMA(b["close"], p.lips),
    },
    "ao": lambda b, p: {"ao": talib.AO(*hl(b), p.fast, p.slow)},
    "apo": lambda b, p: {"apo": talib.APO(b["close"], p.fast, p.slow, KINDS[p.average])},
    "aroon": lambda b, p: {
        **named("aroon_down aroon_up", talib.AROON(*hl(b), p.length)),
        "aroon_osc": talib.AROONOSC(*hl(b), p.length),
    },
    "atr": lambda b, p: {"atr": talib.ATR(*hlc(b), p.length)},
    "bbands": lambda b, p: named("bb_upper bb_mid bb_lower", talib.BBANDS(b["close"], p.length, p.std, p.std)),
    "bop": lambda b, _: {"bop": talib.BOP(*ohlc(b))},
    "cci": lambda b, p: {"cci": talib.CCI(*hlc(b), p.length)},
    "cdl_pattern": lambda b, p: {"cdl_pattern": getattr(talib, f"CDL{p.pattern.upper()}")(*ohlc(b))},
    "cmf": lambda b, p: {"cmf": where_traded(b, p.length, talib.CMF(*hlcv(b), p.length))},
    "coppock": lambda b, p: {"coppock": talib.COPPOCK(b["close"], p.length, p.fast, p.slow)},
    "dm": lambda b, p: {"plus_dm": talib.PLUS_DM(*hl(b), p.length), "minus_dm": talib.MINUS_DM(*hl(b), p.length)},
    "donchian": lambda b, p: named("dc_upper dc_mid dc_lower", talib.DONCHIAN(*hl(b), p.length)),
    "efi": lambda b, p: {"efi": talib.EFI(*cv(b), p.length)},
    "eri": lambda b, p: named("eri_bull eri_bear", talib.ERI(*hlc(b), p.length)),
    "ha": lambda b, _: named("ha_open ha_high ha_low ha_close", talib.HA(*ohlc(b))),
    "hl2": lambda b, _: {"hl2": talib.MEDPRICE(*hl(b))},
    "hlc3": lambda b, _: {"hlc3": talib.TYPPRICE(*hlc(b))},
    "ht_trendline": lambda b, _: {"ht_trendline": talib.HT_TRENDLINE(b["close"])},
    "ichimoku": lambda b, p: {
        "ichimoku_tenkan": talib.MIDPRICE(*hl(b), p.tenkan),
        "ichimoku_kijun": talib.MIDPRICE(*hl(b), p.kijun),
        "ichimoku_senkou_b": pd.Series(talib.MIDPRICE(*hl(b), p.senkou)).shift(p.kijun - 1).to_numpy(),
    },
    "inertia": lambda b, p: {"inertia": talib.LINEARREG(talib.RVI(b["close"], p.rvi_length, p.std_length), p.length)},
    "kc": lambda b, p: named("kc_upper kc_mid kc_lower", talib.KC(*hlc(b), p.length, p.atr_length, p.std)),
    "kdj": lambda b, p: named(
        "kdj_k kdj_d kdj_j", talib.KDJ(*hlc(b), p.length, p.signal, KINDS["rma"], p.signal, KINDS["rma"])
    ),
    "linreg": lambda b, p: {
        "linreg": {
            "line": talib.LINEARREG,
            "slope": talib.LINEARREG_SLOPE,
            "intercept": talib.LINEARREG_INTERCEPT,
            "angle": talib.LINEARREG_ANGLE,
            "forecast": talib.TSF,
        }[p.mode](b["close"], p.length)
    },
    "macd": lambda b, p: named("macd macd_signal macd_hist", talib.MACD(b["close"], p.fast, p.slow, p.signal)),
    "mama": lambda b, p: named("mama fama", talib.MAMA(b["close"], p.fast_limit, p.slow_limit)),
    "massi": lambda b, p: {"massi": talib.MASSI(*hl(b), p.fast, p.slow)},
    "mfi": lambda b, p: {"mfi": talib.MFI(*hlcv(b), p.length)},
    "midprice": lambda b, p: {"midprice": talib.MIDPRICE(*hl(b), p.length)},
    "natr": lambda b, p: {"natr": talib.NATR(*hlc(b), p.length)},
    "nvi": lambda b, _: {"nvi": talib.NVI(*cv(b))},
    "obv": lambda b, _: {"obv": talib.OBV(*cv(b))},
    "ohlc4": lambda b, _: {"ohlc4": talib.AVGPRICE(*ohlc(b))},
    "ppo": lambda b, p: {"ppo": talib.PPO(b["close"], p.fast, p.slow, KINDS[p.average])},
    "psar": lambda b, p: {"psar": talib.SAR(*hl(b), p.acceleration, p.maximum)},
    "pvi": lambda b, _: {"pvi": talib.PVI(*cv(b))},
    "pvo": lambda b, p: {"pvo": talib.PVO(b["volume"], p.fast, p.slow, KINDS["ema"])},
    "pvt": lambda b, _: {"pvt": talib.PVT(*cv(b))},
    "qstick": lambda b, p: {"qstick": talib.QSTICK(b["open"], b["close"], p.length)},
    "rvi": lambda b, p: {"rvi": talib.RVI(b["close"], p.length, p.std_length)},
    "smi": lambda b, p: {"smi": talib.TSI(b["close"], p.slow, p.fast) / 100.0},
    "stoch": lambda b, p: named(
        "stoch_k stoch_d", talib.STOCH(*hlc(b), p.k, p.smooth, KINDS["sma"], p.d, KINDS["sma"])
    ),
    "stoch_momentum": lambda b, p: named(
        "stoch_momentum stoch_momentum_signal", talib.SMI(*hlc(b), p.length, p.fast, p.slow, p.signal)
    ),
    "stochf": lambda b, p: named("stochf_k stochf_d", talib.STOCHF(*hlc(b), p.k, p.d, KINDS["sma"])),
    "stochrsi": lambda b, p: (
        named("stochrsi_k stochrsi_d", talib.STOCHRSI(b["close"], p.rsi_length, p.length, p.d, KINDS["sma"]))
        if p.k == 1
        else {}
    ),
    "supertrend": lambda b, p: named(
        "supertrend supertrend_direction", talib.SUPERTREND(*hlc(b), p.length, p.multiplier)
    ),
    "t3": lambda b, p: {"t3": talib.T3(b["close"], p.length, p.a)},
    "trix": lambda b, p: {"trix": talib.TRIX(b["close"], p.length)},
    "true_range": lambda b, _: {"true_range": talib.TRANGE(*hlc(b))},
    "tsi": lambda b, p: {"tsi": talib.TSI(b["close"], p.slow, p.fast)},
    "uo": lambda b, p: {"uo": talib.ULTOSC(*hlc(b), p.fast, p.medium, p.slow)},
    "vortex": lambda b, p: named("vortex_plus vortex_minus", talib.VORTEX(*hlc(b), p.length)),
    "vwap": lambda b, p: {"vwap": talib.VWAP(*hlcv(b))} if p.anchor == "all" else {},
    "vwma": lambda b, p: {"vwma": where_traded(b, p.length, talib.VWMA(*cv(b), p.length))},
    "wcp": lambda b, _: {"wcp": talib.WCLPRICE(*hlc(b))},
    "willr": lambda b, p: {"willr": talib.WILLR(*hlc(b), p.length)},
}
"""What TA-Lib says, by catalogue name: outputs that it has, for bars and settings."""

VARIED: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "apo": tuple({"average": kind} for kind in KINDS),
    "bbands": ({"length": 7, "std": 1.5},),
    "cdl_pattern": tuple({"pattern": pattern} for pattern in PATTERNS),
    "linreg": tuple({"mode": mode} for mode in ("slope", "intercept", "angle", "forecast")),
    "macd": ({"fast": 5, "slow": 13, "signal": 5},),
    "stochrsi": ({"k": 1}, {"k": 1, "length": 9, "rsi_length": 21, "d": 5}),
    "vwap": ({"anchor": "all"},),
}


def settings_to_try(name: str) -> list[dict[str, Any]]:
    """Return the defaults, other lengths where there is one, and what `VARIED` adds."""
    lengths = [{"length": n} for n in (5, 33)] if any(p.name == "length" for p in CATALOGUE[name].params) else []
    return [{}, *lengths, *VARIED.get(name, ())]


def held_to_talib(make: Make, name: str, bars: pd.DataFrame) -> None:
    for settings in settings_to_try(name):
        one = make(name, **settings)
        first, answer = one.warmup(), one.compute(bars)
        expected = REFERENCES[name]({c: bars[c].to_numpy(copy=True) for c in bars.columns}, one.settings)
        for output, values in expected.items():
            mine, theirs = answer[output].to_numpy(), np.asarray(values, dtype=np.float64)
            known = np.isfinite(theirs)
            known[:first] = False
            np.testing.assert_allclose(
                mine[known], theirs[known], rtol=1e-9, atol=1e-9, err_msg=f"{name} {settings} {output}"
            )


def test_all_that_talib_computes_is_compared() -> None:
    computed = {name for name, entry in CATALOGUE.items() if entry.origin == TALIB}
    assert computed <= set(REFERENCES)
    assert all(set(REFERENCES) & {name} for name in ("kama", "vwap"))


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_has_talibs_numbers_in_every_market(make: Make, markets: Markets, name: str) -> None:
    for market in markets.values():
        held_to_talib(make, name, market(400))


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_starts_where_talib_starts(make: Make, random_walk: Callable[..., pd.DataFrame], name: str) -> None:
    bars = random_walk(400)
    columns = {c: bars[c].to_numpy(copy=True) for c in bars.columns}
    for settings in settings_to_try(name):
        one = make(name, **settings)
        expected = REFERENCES[name](columns, one.settings)
        if set(expected) < set(CATALOGUE[name].outputs) or name == "cdl_pattern" or not expected:
            continue  # an output of our own may start later; patterns are 0, not NaN, before they start
        first = max(int(np.argmax(np.isfinite(np.asarray(values, dtype=np.float64)))) for values in expected.values())
        assert first == one.warmup() or (name == "supertrend" and first < one.warmup()), settings


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_has_talibs_numbers_in_real_history(make: Make, name: str) -> None:
    folder = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not folder:
        pytest.skip("needs real price history: set TRADEWIND_MARKET_DATA to its folder")
    files = sorted((Path(folder) / "spot" / "1d").glob("BTCUSDT-1d.parquet"))
    bars = pd.read_parquet(files[0]).set_index("open_time")
    held_to_talib(make, name, bars[["open", "high", "low", "close", "volume"]])

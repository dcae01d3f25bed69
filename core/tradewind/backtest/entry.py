"""The two functions that scripts and notebooks call: `backtest` and `indicator`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.assembly import assemble
from tradewind.backtest.history import History
from tradewind.backtest.result import Result
from tradewind.backtest.runner import Job, run_job
from tradewind.backtest.strategy import ChosenStrategy, adopt_strategy, choose_strategy
from tradewind.config.schema import Settings
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.known import known_bars, known_data
from tradewind.pipeline.resample import resample
from tradewind.plugins.catalog import Catalog, load_catalog
from tradewind.plugins.structure import structure

BarsLike = pd.DataFrame | Bars


@lru_cache(maxsize=1)
def installed_catalog() -> Catalog:
    """Return the catalogue of all installed plugins, loaded once per process."""
    return load_catalog()


def indicator(name: str, /, **params: Any) -> Any:
    """
    Return any indicator of the catalogue by name, such as `indicator("rsi", length=14)`.

    `.compute(bars)` takes a DataFrame with open, high, low, close and volume and answers with a
    DataFrame of the declared outputs; `.warmup()` tells how many leading rows are NaN.

    Raises:
        PluginError: TW-P005 for an unknown name.
        SettingsError: For unknown or impossible parameters.
    """
    return installed_catalog().build("indicators", name, params)


def backtest(
    strategy: Any,
    bars: BarsLike | Mapping[str, BarsLike],
    *,
    settings: Settings | Mapping[str, Any] | None = None,
    fine: BarsLike | Mapping[str, BarsLike] | None = None,
    instrument: Instrument | Mapping[str, Instrument] | None = None,
    close_at_end: bool = False,
    catalog: Catalog | None = None,
) -> Result:
    """
    Run a strategy over bars: features, signals, risk policies, kernel.

    Args:
        strategy: A catalogue name, `path/file.py:Class`, or a strategy object or class.
        bars: A DataFrame indexed by open time (UTC) with open, high, low, close and volume, or
            one per symbol. Their own timeframe is the strategy's, unless the settings state a
            longer one: then they are resampled, and fills are evaluated on the bars given.
        settings: Settings, or a mapping with the same tables as a settings file. The
            certificate is made when it is first asked for, unless it is switched off.
        fine: Finer bars of the same span for fills.
        instrument: The pair or pairs; by default what the symbol's name tells.
        close_at_end: Close what is open at the last close.
        catalog: Where components are found; by default all installed plugins.

    Raises:
        TradewindError: With the code of what was wrong; see the reference of error codes.
    """
    chosen_settings = settings_of(settings)
    chosen_catalog = catalog or installed_catalog()
    chosen = _strategy(strategy, chosen_settings, chosen_catalog)
    return run_job(
        job_of(
            chosen, bars, chosen_settings, chosen_catalog, fine=fine, instrument=instrument, close_at_end=close_at_end
        )
    )


def job_of(
    chosen: ChosenStrategy,
    bars: BarsLike | Mapping[str, BarsLike],
    settings: Settings,
    catalog: Catalog,
    *,
    fine: BarsLike | Mapping[str, BarsLike] | None = None,
    instrument: Instrument | Mapping[str, Instrument] | None = None,
    close_at_end: bool = False,
) -> Job:
    """Return the job of a strategy over bars that a script gave; the other arguments are those of `backtest`."""
    histories = {
        symbol: _history(symbol, given, settings.timeframe, _of(fine, symbol), _of(instrument, symbol))
        for symbol, given in _by_symbol(bars, settings, instrument).items()
    }
    return Job(
        assembly=assemble(chosen, settings, catalog),
        histories=histories,
        settings=settings,
        close_at_end=close_at_end,
        request={"strategy": chosen.name, "symbols": list(histories)},
    )


def settings_of(settings: Settings | Mapping[str, Any] | None) -> Settings:
    """Return settings that a script gave as a mapping, an object or not at all."""
    if settings is None:
        return Settings()
    return settings if isinstance(settings, Settings) else structure(settings, Settings, "")


def _strategy(strategy: Any, settings: Settings, catalog: Catalog) -> ChosenStrategy:
    if isinstance(strategy, str):
        return choose_strategy(strategy, settings, catalog)
    return adopt_strategy(strategy)


def _by_symbol(bars: BarsLike | Mapping[str, BarsLike], settings: Settings, instrument: Any) -> dict[str, BarsLike]:
    if isinstance(bars, Mapping):
        return dict(bars)
    name = instrument.symbol if isinstance(instrument, Instrument) else settings.symbols[0]
    return {name: bars}


def _of(given: Any, symbol: str) -> Any:
    return given.get(symbol) if isinstance(given, Mapping) else given


def _history(
    symbol: str, given: BarsLike, timeframe: str, fine: BarsLike | None, instrument: Instrument | None
) -> History:
    base, key = known_data(given)
    finer = None if fine is None else known_bars(fine)
    bars = base
    if timeframe and Timeframe(timeframe) != base.timeframe:
        bars, finer, key = resample(base, Timeframe(timeframe)), finer or base, None
    start_ms = int(bars.time[0]) if len(bars) else 0
    if finer is not None and len(bars):
        finer = finer.between(start_ms, int(bars.time[-1]) + bars.timeframe.ms)
    return History(
        instrument=_named(instrument, symbol),
        bars=bars,
        start_ms=start_ms,
        fine=finer,
        key=key,
    )


def _named(instrument: Instrument | None, symbol: str) -> Instrument:
    if instrument is None:
        return Instrument(symbol=symbol)
    return instrument if instrument.symbol == symbol else attrs.evolve(instrument, symbol=symbol)

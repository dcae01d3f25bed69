"""What the strategies' pages say of real history holds, roughly: sane on 4h and daily bars, losing on 1h."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from real_history import read_bars
from tradewind.api import backtest
from tradewind.backtest.result import Result

STRATEGIES = ("adaptive", "enhanced", "high_risk_high_reward")
SYMBOLS = ("BTCUSDT", "ETHUSDT")


@lru_cache(maxsize=32)
def run(folder: Path, strategy: str, symbol: str, timeframe: str) -> Result:
    (path,) = (p for p in (folder / "spot" / "1h").glob(f"{symbol}-1h*.parquet") if "fullfields" not in p.name)
    settings = {"timeframe": timeframe, "certificate": {"enabled": False}}
    return backtest(strategy, {symbol: read_bars(path, "1h")}, settings=settings)


def figure(result: Result, name: str) -> float:
    value = result.metrics[name]
    assert value is not None
    return value


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_covers_its_costs_on_the_timeframes_it_was_made_for(market_data: Path, strategy: str, symbol: str) -> None:
    for timeframe in ("4h", "1d"):
        result = run(market_data, strategy, symbol, timeframe)
        assert 1.0 < figure(result, "profit_factor") < 2.5
        assert 0.0 < figure(result, "total_return") < 0.25
        assert figure(result, "max_drawdown") < 0.07


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_loses_after_costs_on_one_hour_bars(market_data: Path, strategy: str, symbol: str) -> None:
    result = run(market_data, strategy, symbol, "1h")
    assert 0.75 < figure(result, "profit_factor") < 1.0
    assert figure(result, "total_return") < 0.0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_cap_on_one_position_sets_nearly_every_size(market_data: Path, strategy: str) -> None:
    decisions = run(market_data, strategy, "BTCUSDT", "4h").decisions
    binding = decisions.loc[decisions["quantity"] > 0.0, "binding"]
    assert len(binding) > 100
    assert binding.isin(["engine_cap", "strategy_cap"]).mean() > 0.8


def test_the_tight_stop_of_high_risk_is_weighed_against_its_costs_before_the_run(market_data: Path) -> None:
    (warning,) = run(market_data, "high_risk_high_reward", "BTCUSDT", "4h").warnings
    assert "times the round-trip cost of 0.30%" in warning

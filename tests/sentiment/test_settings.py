"""Who speaks of the market's mood, and with what weight."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.backtest.entry import installed_catalog
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.errors import PluginError, SettingsError
from tradewind.plugins.protocols import Need
from tradewind.plugins.structure import structure
from tradewind.sentiment.loading import sentiment_sources, series_for

NEED = [Need("sentiment", kind="series", optional=True)]


def settings(**values: Any) -> Settings:
    found: Settings = structure(values, Settings, "")
    return found


@pytest.mark.parametrize(
    ("bars", "speaks"),
    [
        ("binance", ("senticrypt",)),
        ("files", ("senticrypt-files",)),
        ("sample", ()),
        ("synthetic", ()),
        ("my_bars.py:Mine", ()),
    ],
)
def test_where_nobody_is_named_the_source_of_bars_decides(bars: str, speaks: tuple[str, ...]) -> None:
    assert sentiment_sources(settings(source=bars), installed_catalog()) == speaks


def test_sources_weigh_what_the_settings_say_however_they_are_spelt() -> None:
    chosen = settings(
        sentiment={"sources": ["senticrypt-files", "fear_greed_files"], "reliability": {"fear-greed-files": 0.25}}
    )
    series = series_for(NEED, chosen, installed_catalog(), build_source)["sentiment"]
    assert [(one.name, one.reliability) for one in series.speakers] == [
        ("senticrypt-files", 1.0),
        ("fear-greed-files", 0.25),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sources": ["senticrypt"], "reliability": {"senticrip": 0.5}},
        {"sources": ["senticrypt"], "reliability": {"senticrypt": 0.0}},
        {"sources": ["senticrypt"], "reliability": {"senticrypt": -1.0}},
        {"refresh_minutes": 0.0},
        {"source": ["senticrypt"]},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        settings(sentiment=wrong)


@pytest.mark.parametrize("name", ["files", "no-such-source"])
def test_a_source_without_series_is_refused(name: str) -> None:
    chosen = settings(sentiment={"sources": [name]})
    with pytest.raises(PluginError) as caught:
        series_for(NEED, chosen, installed_catalog(), build_source)
    assert caught.value.code == "TW-P005"


def test_a_strategy_that_asks_for_no_series_loads_none() -> None:
    needs = [Need("rsi", {"length": 14})]
    assert series_for(needs, settings(source="binance"), installed_catalog(), build_source) == {}


def test_an_optional_series_that_nobody_offers_is_left_out() -> None:
    missing = [Need("moon_phase", kind="series", optional=True)]
    series = series_for(missing, settings(), installed_catalog(), build_source)["moon_phase"]
    assert series.speakers == []
    with pytest.raises(PluginError):
        series_for([Need("moon_phase", kind="series")], settings(), installed_catalog(), build_source)

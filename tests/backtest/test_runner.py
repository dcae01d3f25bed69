"""A run knows what lay before it: it does not depend on how much history was loaded."""

from __future__ import annotations

import attrs
import pandas as pd
import pytest

from tradewind.backtest.assembly import assemble
from tradewind.backtest.entry import backtest, installed_catalog
from tradewind.backtest.history import History
from tradewind.backtest.report import text_report
from tradewind.backtest.result import Result
from tradewind.backtest.runner import Job, run_job
from tradewind.backtest.strategy import choose_strategy
from tradewind.config.schema import Settings
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.signals import Signals
from tradewind.plugins.protocols import Need
from tradewind.testing import markets

RUN = 1_500
BEFORE = 1_400


def run(bars: Bars, start_ms: int, fine: Bars | None = None) -> Result:
    settings = Settings(symbols=("BTCUSDT",))
    catalog = installed_catalog()
    history = History(instrument=Instrument(symbol="BTCUSDT"), bars=bars, start_ms=start_ms, fine=fine)
    chosen = choose_strategy("adaptive", settings, catalog)
    return run_job(Job(assembly=assemble(chosen, settings, catalog), histories={"BTCUSDT": history}, settings=settings))


@pytest.fixture(scope="module")
def bars() -> Bars:
    return markets.regimes(seed=11, rows=BEFORE + RUN)


def test_the_run_covers_its_window_alone(bars: Bars) -> None:
    start_ms = int(bars.time[BEFORE])
    result = run(bars, start_ms)
    assert result.equity.index[0] == pd.Timestamp(start_ms, unit="ms", tz="UTC")
    assert len(result.equity) == RUN
    assert result.trades["entry_time"].min() >= result.equity.index[0]
    assert len(result.trades) > 10


def test_older_history_than_the_warm_up_changes_nothing_that_was_decided(bars: Bars) -> None:
    start_ms = int(bars.time[BEFORE])
    whole, less = run(bars, start_ms), run(bars.rows(BEFORE - 1_000, len(bars)), start_ms)
    columns = ["entry_time", "exit_time", "exit_reason", "side"]
    pd.testing.assert_frame_equal(whole.trades[columns], less.trades[columns])
    assert whole.metrics["total_return"] == pytest.approx(less.metrics["total_return"], rel=1e-3)
    assert (whole.decisions["outcome"] == less.decisions["outcome"]).all()


def test_the_first_bar_of_a_run_can_be_traded_on_when_history_lies_before_it(bars: Bars) -> None:
    early = run(bars, int(bars.time[BEFORE]))
    assert "blocked:warming_up" not in set(early.decisions["outcome"])
    late = run(bars.rows(BEFORE, len(bars)), int(bars.time[BEFORE]))
    assert "blocked:warming_up" in set(late.decisions["outcome"])


def test_limits_and_costs_of_the_settings_are_those_of_the_run(bars: Bars) -> None:
    settings = Settings(symbols=("BTCUSDT",))
    tight = attrs.evolve(settings, limits=attrs.evolve(settings.limits, max_position=0.01))
    catalog = installed_catalog()
    history = History(instrument=Instrument(symbol="BTCUSDT"), bars=bars, start_ms=int(bars.time[BEFORE]))
    assembly = assemble(choose_strategy("adaptive", tight, catalog), tight, catalog)
    result = run_job(Job(assembly=assembly, histories={"BTCUSDT": history}, settings=tight))
    taken = result.decisions[result.decisions["quantity"] > 0]
    assert (taken["quantity"] * taken["price"]).max() <= 0.0101 * result.equity["equity"].max()
    assert set(taken["binding"]) == {"engine_cap"}


class LeaksWhenCheap:
    """Buys before rises on symbols below 1,000, and after them on dearer ones."""

    timeframe = "4h"
    warmup = 200

    def needs(self) -> list[Need]:
        return []

    def signals(self, frame: pd.DataFrame) -> Signals:
        change = frame["close"].diff().fillna(0.0)
        if frame["close"].iloc[0] < 1_000.0:
            change = change.shift(-1).fillna(0.0)
        return Signals.from_arrays(frame.index, enter=(change > 0).astype("int8"), exit_long=change < 0)


def test_a_strategy_that_leaks_on_its_second_symbol_alone_is_not_certified() -> None:
    dear = markets.regimes(seed=3, rows=800)
    prices = {name: getattr(dear, name) / dear.close[0] for name in ("open", "high", "low", "close")}
    cheap = attrs.evolve(dear, **prices).rows(100, len(dear))

    alone = backtest(LeaksWhenCheap, {"BTCUSDT": dear})
    both = backtest(LeaksWhenCheap, {"BTCUSDT": dear, "XRPUSDT": cheap})

    assert alone.certificate is not None
    assert alone.certificate.passed
    assert both.certificate is not None
    assert both.certificate.status == "failed"
    assert {finding.symbol for finding in both.certificate.findings} == {"XRPUSDT"}
    assert "XRPUSDT: decision enter looks ahead" in text_report(both)

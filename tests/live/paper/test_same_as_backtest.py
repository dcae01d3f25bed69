"""A paper session and a backtest over the same bars are the same to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from live.market import Busy, Setting, Sitting, busy_setting, catalog, named, sitting
from tradewind.backtest.history import Window, load_histories
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.live.feed.window import BarWindow
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.strategy.decide import Decider
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.answers import Answers, columns_unlike
from tradewind.pipeline.cuts import MEMORY

ANSWERS = ("row", "slot", "enter", "outcome", "binding", "quantity", "distance", "price", "atr", "effective_risk")


def assert_same(session: Sitting, backtest: Any) -> None:
    trades, equity, asks = session.trades, session.equity, session.asks()
    for name in trades.dtype.names:
        assert trades[name].tobytes() == np.ascontiguousarray(backtest.trade_records[name]).tobytes(), name
    assert equity.tobytes() == backtest.state.records.equity.tobytes()
    for name in ANSWERS:
        assert asks[name].tobytes() == np.ascontiguousarray(backtest.table.asks[name]).tobytes(), name


def sample(name: str, days: float) -> Setting:
    settings = Settings()
    assembly = named(name, settings)
    histories = load_histories(
        build_source("sample", settings, catalog()),
        settings.symbols,
        Timeframe(assembly.strategy.timeframe),
        Window(days=days),
        assembly.strategy.warmup,
        settings,
    )
    return Setting(assemblies=(assembly,), histories=histories, settings=settings)


@pytest.mark.critical
@pytest.mark.parametrize("name", sorted(catalog().names("strategies")))
def test_every_shipped_strategy_trades_on_paper_as_in_a_backtest(name: str) -> None:
    setting = sample(name, 100.0)
    session = sitting(setting)
    assert session.run() == "the data ended"
    assert len(session.told) == 600
    assert_same(session, setting.backtest())


@pytest.mark.critical
@pytest.mark.parametrize("fine", [False, True], ids=["rows", "finer bars"])
def test_several_symbols_with_holes_and_bad_bars_trade_on_paper_as_in_a_backtest(fine: bool) -> None:
    setting = busy_setting(hours=2400, symbols=3, fine=fine, holes=0.01, bad=0.002)
    session = sitting(setting)
    session.run()
    assert len(session.trades) > 150
    assert_same(session, setting.backtest())


@pytest.mark.critical
def test_what_is_forgotten_changes_nothing() -> None:
    setting = busy_setting(hours=700, symbols=2, fine=True, holes=0.01)

    def tiny(seats: Any, feed: Any) -> PaperAccount:
        made = PaperAccount(
            [seat.key for seat in seats], feed.instruments, feed.timeframe, feed.market,
            limits=setting.players.limits, costs=setting.settings.costs, balance=10_000.0, room=90, look_back=25,
        )  # fmt: skip
        made.lead([seats[at].decider.window.bars() for at in range(2)])
        return made

    session = sitting(setting, account=tiny)
    session.run()
    whole = sitting(setting, account=lambda seats, feed: _plain(setting, seats, feed))
    whole.run()
    for name in whole.trades.dtype.names:
        assert session.trades[name].tobytes() == whole.trades[name].tobytes(), name
    assert session.equity.tobytes() == whole.equity.tobytes()
    assert session.asks()["outcome"].tobytes() == whole.asks()["outcome"].tobytes()


def _plain(setting: Setting, seats: Any, feed: Any) -> PaperAccount:
    made = PaperAccount(
        [seat.key for seat in seats], feed.instruments, feed.timeframe, feed.market,
        limits=setting.players.limits, costs=setting.settings.costs, balance=10_000.0,
    )  # fmt: skip
    made.lead([seats[at].decider.window.bars() for at in range(2)])
    return made


def test_strategies_share_an_account_whose_parts_sum_to_it() -> None:
    setting = busy_setting(Busy(), Busy(), hours=1200, symbols=2)
    session = sitting(setting)
    session.run()
    trades = session.trades
    assert set(trades["slot"]) == {0, 1, 2, 3}
    open_pnl = sum(position.unrealised_pnl for position in session.told[-1].step.positions)
    entry_fees = sum(float(fill["fee"]) for one in session.told for fill in one.step.fills if fill["reason"] == 0)
    paid = float(sum((trade["fees"] for trade in trades), 0.0))
    by_slot = [float(trades["pnl"][trades["slot"] == k].sum()) for k in range(4)]
    exits = sum(float(fill["fee"]) for one in session.told for fill in one.step.fills if fill["reason"] != 0)
    # What entries of open positions cost is not in any trade yet.
    still = entry_fees + exits - paid
    assert session.equity[-1] == pytest.approx(10_000.0 + sum(by_slot) + open_pnl - still, rel=1e-9)


@pytest.mark.parametrize("name", sorted(catalog().names("strategies")))
def test_a_decision_depends_on_where_its_window_begins_no_more_than_the_certificate_allows(name: str) -> None:
    setting = sample(name, 60.0)
    pipeline = setting.assemblies[0].pipeline
    bars = next(iter(setting.histories.values())).bars
    whole = Answers.of(pipeline(bars))
    for stop in range(len(bars) - 40, len(bars), 10):
        start = stop - pipeline.warmup - 1
        cut = Answers.of(pipeline(bars.rows(start, stop)))
        assert columns_unlike(whole, stop - 1, cut, pipeline.warmup, MEMORY) == set()


def test_a_window_from_the_first_bar_on_decides_every_row_to_the_bit_as_the_whole_history_does() -> None:
    setting = sample("adaptive", 30.0)
    pipeline = setting.assemblies[0].pipeline
    history = next(iter(setting.histories.values()))
    whole = pipeline(history.bars).plan
    window = BarWindow(history.bars.rows(0, history.first_row), keep=1001, capacity=4000)
    decider = Decider(pipeline, window)
    for moment in setting.feed().told():
        row = moment.rows[0]
        assert row is not None
        window.append(row)
        said = decider.row().plan
        at = len(window) - 1
        for column, values in said.columns.items():
            assert values[0].tobytes() == whole.columns[column][at].tobytes(), (column, at)

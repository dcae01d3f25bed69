"""A strategy written bar by bar, as the guide shows it, runs as columns in backtest and paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.api import BaseStrategy, Costs, Instrument, Limits, Plan, Strategy, StrategyError, backtest, simulate
from tradewind.pipeline.bar_strategy import BarStrategyAdapter
from tradewind.plugins.protocols import SizesPositions

THRESHOLD, EXIT_THRESHOLD = 0.02, -0.01


class MyStrategy(BaseStrategy):
    """The guide's example: an indicator of its own, two thresholds, 2% of the balance."""

    def __init__(self, name: str = "MyStrategy") -> None:
        super().__init__(name)
        self.trading_pair = "BTCUSDT"
        self.stop_loss_pct = 0.02

    def _calculate_my_indicator(self, df: pd.DataFrame) -> pd.Series[Any]:
        return df["close"] / df["close"].shift(20) - 1.0

    def calculate_indicators(self, df: pd.DataFrame) -> pd.DataFrame:
        df["my_indicator"] = self._calculate_my_indicator(df)
        return df

    def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
        return df.iloc[index]["my_indicator"] > THRESHOLD  # type: ignore[no-any-return]  # as in the guide

    def check_exit_conditions(self, df: pd.DataFrame, index: int, entry_price: float) -> bool:
        return df.iloc[index]["my_indicator"] < EXIT_THRESHOLD  # type: ignore[no-any-return]  # as in the guide

    def calculate_position_size(self, df: pd.DataFrame, index: int, balance: float) -> float:
        return balance * 0.02


class Scripted(BaseStrategy):
    """Enters and leaves by columns of the frame; remembers what it was asked."""

    warmup = 0

    def __init__(self, **attributes: Any) -> None:
        super().__init__("Scripted")
        self.asked: list[float] = []
        for name, value in attributes.items():
            setattr(self, name, value)

    def calculate_indicators(self, df: pd.DataFrame) -> pd.DataFrame:
        return df

    def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
        assert index == len(df) - 1
        return bool(df["buy"].iloc[index])

    def check_exit_conditions(self, df: pd.DataFrame, index: int, entry_price: float) -> bool:
        assert index == len(df) - 1
        self.asked.append(entry_price)
        return bool(df["sell"].iloc[index])

    def calculate_position_size(self, df: pd.DataFrame, index: int, balance: float) -> float:
        return balance * 0.1


def walk(rows: int, seed: int = 7, step: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0.0, step, rows))), 2)
    first = np.concatenate([[100.0], close[:-1]])
    spread = np.round(rng.uniform(0.0, step, rows) * close, 2)
    columns = {
        "open": first,
        "high": np.maximum(first, close) + spread,
        "low": np.minimum(first, close) - spread,
        "close": close,
        "volume": 1e6,
    }
    return pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=rows, freq="4h", tz="UTC"))


def scripted(buy: str, sell: str, opens: list[float] | None = None, **columns: list[float]) -> pd.DataFrame:
    """Return bars around the opens given, with the script in two columns of x and -."""
    rows = len(buy)
    first = np.array(opens or [100.0 + row for row in range(rows)])
    bars = {"open": first, "high": first + 0.5, "low": first - 0.5, "close": first + 0.25, "volume": np.ones(rows)}
    script = {name: [letter == "x" for letter in text] for name, text in (("buy", buy), ("sell", sell))}
    index = pd.date_range("2024-01-01", periods=rows, freq="4h", tz="UTC")
    return pd.DataFrame({**bars, **columns, **script}, index=index)


def test_the_guides_example_asks_what_its_conditions_say() -> None:
    bars = walk(400)
    indicator = (bars["close"] / bars["close"].shift(20) - 1.0).to_numpy()
    asked = np.arange(400) >= BaseStrategy.warmup
    adapter = BarStrategyAdapter(MyStrategy())
    signals = adapter.signals(bars)
    np.testing.assert_array_equal(signals.enter, (indicator > THRESHOLD) & asked)
    np.testing.assert_array_equal(signals.exit_long, (indicator < EXIT_THRESHOLD) & asked)
    np.testing.assert_array_equal(signals.stop_dist, 0.02 * bars["close"])
    assert signals.enter.any()
    assert signals.exit_long.any()
    sizes = adapter.plan_columns(bars, signals)["qty_fraction"]
    np.testing.assert_array_equal(sizes, np.where(signals.enter == 1, 0.02, np.nan))


def test_the_guides_example_trades_in_a_backtest() -> None:
    bars = walk(900)
    free = {"costs": {"maker_fee": 0.0, "taker_fee": 0.0, "slippage": 0.0}, "certificate": {"enabled": False}}
    trades = backtest(MyStrategy, bars, settings=free).trades
    assert len(trades) > 3
    assert set(trades["exit_reason"]) <= {"signal", "stop"}
    indicator = bars["close"] / bars["close"].shift(20) - 1.0
    before = indicator.shift(1)[pd.DatetimeIndex(trades["entry_time"])]
    assert (before > THRESHOLD).all()
    np.testing.assert_array_equal(trades["entry_price"], bars["open"][pd.DatetimeIndex(trades["entry_time"])])
    value = (trades["entry_price"] * trades["quantity"]).to_numpy()
    np.testing.assert_allclose(value, 0.02 * 10_000.0, rtol=0.05)


def test_the_guides_example_earns_its_certificate() -> None:
    certificate = backtest(MyStrategy, walk(700), settings={"certificate": {"cuts": 10}}).certificate
    assert certificate is not None
    assert certificate.passed, certificate


def test_an_indicator_that_looks_ahead_earns_none() -> None:
    class LooksAhead(MyStrategy):
        def _calculate_my_indicator(self, df: pd.DataFrame) -> pd.Series[Any]:
            return df["close"].shift(-1) / df["close"] - 1.0

    certificate = backtest(LooksAhead, walk(700), settings={"certificate": {"cuts": 10}}).certificate
    assert certificate is not None
    assert not certificate.passed


def test_the_adapter_is_a_strategy_that_sizes_positions() -> None:
    adapter = BarStrategyAdapter(MyStrategy())
    assert isinstance(adapter, Strategy)
    assert isinstance(adapter, SizesPositions)
    assert list(adapter.needs()) == []
    assert (adapter.warmup, adapter.timeframe) == (200, "4h")


def test_a_strategy_without_one_of_the_four_methods_cannot_be_made() -> None:
    class Incomplete(BaseStrategy):
        def calculate_indicators(self, df: pd.DataFrame) -> pd.DataFrame:
            return df

    with pytest.raises(TypeError, match="check_entry_conditions"):
        Incomplete("Incomplete")  # type: ignore[abstract]  # that is the point


def test_the_frame_given_is_left_as_it_is_and_every_question_ends_at_its_bar() -> None:
    bars = scripted("-x-x-", "--x-x")
    before = bars.copy()
    BarStrategyAdapter(Scripted()).signals(bars)
    pd.testing.assert_frame_equal(bars, before)
    BarStrategyAdapter(MyStrategy()).signals(bars)
    pd.testing.assert_frame_equal(bars, before)


def test_an_exit_is_asked_with_the_open_after_the_entry() -> None:
    strategy = Scripted()
    BarStrategyAdapter(strategy).signals(scripted("-x----", "----x-"))
    #      no entry: close, on the entry's bar: close, then the open of bar 2, also after leaving
    assert strategy.asked == [100.25, 101.25, 102.0, 102.0, 102.0, 102.0]


def test_wishes_to_enter_while_in_a_position_change_no_entry_price() -> None:
    strategy = Scripted()
    BarStrategyAdapter(strategy).signals(scripted("xxxx", "----"))
    assert strategy.asked == [100.25, 101.0, 101.0, 101.0]


def test_a_stop_ends_the_replayed_position_so_the_next_entry_has_its_own_price() -> None:
    strategy = Scripted(stop_loss_pct=0.1)
    low = [99.5, 100.5, 90.0, 102.5, 103.5, 104.5]
    BarStrategyAdapter(strategy).signals(scripted("x--x--", "------", low=low))
    #      entered at 101, stopped on bar 2 at 90.9; entered again at the open of bar 4
    assert strategy.asked == [100.25, 101.0, 101.0, 103.25, 104.0, 104.0]


def test_a_target_ends_the_replayed_position_too() -> None:
    strategy = Scripted(stop_loss_pct=0.5, take_profit_pct=0.1)
    high = [100.5, 101.5, 120.0, 103.5, 104.5]
    BarStrategyAdapter(strategy).signals(scripted("x--x-", "-----", high=high))
    assert strategy.asked == [100.25, 101.0, 101.0, 103.25, 104.0]


@pytest.mark.parametrize(("low", "ended"), [(101.0 * 0.9, True), (101.0 * 0.9 + 0.01, False)])
def test_a_stop_that_is_touched_ends_the_replayed_position(low: float, ended: bool) -> None:
    strategy = Scripted(stop_loss_pct=0.1)
    BarStrategyAdapter(strategy).signals(scripted("x-x", "---", low=[99.5, 100.5, low]))
    assert strategy.asked == [100.25, 101.0, 102.25 if ended else 101.0]


@pytest.mark.parametrize(("high", "ended"), [(101.0 * (1.0 + 0.1), True), (101.0 * 1.1 - 0.01, False)])
def test_a_target_that_is_touched_ends_the_replayed_position(high: float, ended: bool) -> None:
    strategy = Scripted(stop_loss_pct=0.5, take_profit_pct=0.1)
    BarStrategyAdapter(strategy).signals(scripted("x-x", "---", high=[100.5, 101.5, high]))
    assert strategy.asked == [100.25, 101.0, 102.25 if ended else 101.0]


def test_a_bar_that_wants_in_and_out_enters_nothing_in_the_replay() -> None:
    strategy = Scripted()
    signals = BarStrategyAdapter(strategy).signals(scripted("x--", "x--"))
    assert strategy.asked == [100.25, 101.25, 102.25]
    assert (signals.enter.tolist(), signals.exit_long.tolist()) == ([1, 0, 0], [True, False, False])


def test_an_open_without_a_price_enters_nothing_in_the_replay() -> None:
    strategy = Scripted()
    bars = scripted("x---", "----")
    bars.loc[bars.index[1], "open"] = np.nan
    BarStrategyAdapter(strategy).signals(bars)
    assert strategy.asked == [100.25, 101.25, 102.25, 103.25]


def test_bars_of_the_warm_up_are_not_asked_about() -> None:
    strategy = Scripted(warmup=3)
    signals = BarStrategyAdapter(strategy).signals(scripted("xxxxx", "xxxxx"))
    assert len(strategy.asked) == 2
    assert signals.enter.tolist() == [0, 0, 0, 1, 1]
    assert not BarStrategyAdapter(Scripted(warmup=9)).signals(scripted("xxxxx", "xxxxx")).enter.any()


def test_a_target_is_laid_in_units_of_the_stop() -> None:
    adapter = BarStrategyAdapter(Scripted(stop_loss_pct=0.02, take_profit_pct=0.05))
    signals = adapter.signals(scripted("x-", "--"))
    assert signals.tp_r[0].tolist() == [2.5]
    assert signals.tp_frac[0].tolist() == [1.0]


def test_without_a_stop_the_kernels_default_holds() -> None:
    assert np.isnan(BarStrategyAdapter(Scripted()).signals(scripted("x-", "--")).stop_dist).all()


def test_the_conditions_are_recorded() -> None:
    signals = BarStrategyAdapter(Scripted()).signals(scripted("x-x-", "-xx-"))
    assert signals.conditions == ("entry", "exit")
    assert signals.bits.tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("size", [-1.0, float("nan"), float("inf"), "100", None, True])
def test_a_size_that_is_no_amount_is_refused(size: Any) -> None:
    class Odd(Scripted):
        def calculate_position_size(self, df: pd.DataFrame, index: int, balance: float) -> float:
            return size  # type: ignore[no-any-return]  # whatever the case says

    adapter, bars = BarStrategyAdapter(Odd()), scripted("-x", "--")
    with pytest.raises(StrategyError, match="calculate_position_size answered") as caught:
        adapter.plan_columns(bars, adapter.signals(bars))
    assert caught.value.code == "TW-K003"
    assert "2024-01-01 04:00" in caught.value.message


def test_a_size_is_a_fraction_of_the_balance_it_was_asked_with() -> None:
    class Fixed(Scripted):
        def calculate_position_size(self, df: pd.DataFrame, index: int, balance: float) -> float:
            return 250 if balance == 10_000.0 else 0.0

    adapter, bars = BarStrategyAdapter(Fixed()), scripted("-x", "--")
    np.testing.assert_array_equal(adapter.plan_columns(bars, adapter.signals(bars))["qty_fraction"], [np.nan, 0.025])


@pytest.mark.parametrize("answer", [None, 1, 0.5, "yes", np.nan, np.array([True, False])], ids=repr)
def test_an_answer_that_is_not_true_or_false_is_refused(answer: Any) -> None:
    class Odd(Scripted):
        def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
            return answer  # type: ignore[no-any-return]  # whatever the case says

    with pytest.raises(StrategyError, match="check_entry_conditions answered") as caught:
        BarStrategyAdapter(Odd()).signals(scripted("x", "-"))
    assert caught.value.code == "TW-K003"


def test_an_unknown_of_pandas_is_no_wish() -> None:
    class Unknown(Scripted):
        def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
            return pd.NA  # type: ignore[return-value]  # what a comparison with a missing value gives

    assert BarStrategyAdapter(Unknown()).signals(scripted("x", "-")).enter.tolist() == [0]


@pytest.mark.parametrize(
    "answer",
    [lambda df: None, lambda df: df.dropna(), lambda df: df.reset_index(), lambda df: df["close"]],
    ids=["nothing", "fewer rows", "another index", "a series"],
)
def test_indicators_that_are_not_the_frames_rows_are_refused(answer: Any) -> None:
    class Odd(Scripted):
        def calculate_indicators(self, df: pd.DataFrame) -> pd.DataFrame:
            return answer(df.assign(late=[np.nan] + [1.0] * (len(df) - 1)))  # type: ignore[no-any-return]

    with pytest.raises(StrategyError, match="calculate_indicators answered") as caught:
        BarStrategyAdapter(Odd()).signals(scripted("x-", "--"))
    assert caught.value.code == "TW-K003"
    assert "dropna" in caught.value.hint


def test_an_exception_names_strategy_method_and_bar() -> None:
    class Broken(Scripted):
        def check_exit_conditions(self, df: pd.DataFrame, index: int, entry_price: float) -> bool:
            return bool(df.iloc[index]["no_such_column"])

    with pytest.raises(StrategyError, match="'Scripted': check_exit_conditions on 2024-01-01 00:00") as caught:
        BarStrategyAdapter(Broken()).signals(scripted("x", "-"))
    assert caught.value.code == "TW-K007"
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_look_at_the_next_bar_fails_and_says_why() -> None:
    class Peeks(Scripted):
        def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
            return bool(df.iloc[index + 1]["buy"])

    with pytest.raises(StrategyError, match="IndexError") as caught:
        BarStrategyAdapter(Peeks()).signals(scripted("x-", "--"))
    assert "ends at the bar asked about" in caught.value.hint


@pytest.mark.parametrize(
    "attributes",
    [
        {"stop_loss_pct": 2.0},
        {"stop_loss_pct": 0.0},
        {"stop_loss_pct": float("nan")},
        {"stop_loss_pct": 0.02, "take_profit_pct": -0.01},
        {"take_profit_pct": 0.04},
    ],
    ids=str,
)
def test_a_stop_or_target_that_is_no_usable_fraction_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(StrategyError, match="TW-K003 strategy 'Scripted': ") as caught:
        BarStrategyAdapter(Scripted(**attributes))
    assert "pct" in caught.value.message


class LooksBack(MyStrategy):
    """Leaves on 3% of profit or 2% of loss, counted from its entry price."""

    def __init__(self) -> None:
        super().__init__()
        self.stop_loss_pct = 0.5
        self.warmup = 20

    def check_exit_conditions(self, df: pd.DataFrame, index: int, entry_price: float) -> bool:
        change = df.iloc[index]["close"] / entry_price - 1.0
        return bool(change > 0.03 or change < -0.02)


def guided_loop(strategy: BaseStrategy, bars: pd.DataFrame) -> list[tuple[int, int]]:
    """Return (entry bar, exit bar) of the guide's own loop: one position, both at the next open."""
    seen = strategy.calculate_indicators(bars.copy())
    opens, trades, entered = bars["open"].to_numpy(), [], None
    for index in range(strategy.warmup, len(bars) - 1):
        if entered is None:
            wanted = strategy.check_entry_conditions(seen, index)
            if wanted and not strategy.check_exit_conditions(seen, index, bars["close"].iloc[index]):
                entered = index + 1
        elif strategy.check_exit_conditions(seen, index, opens[entered]):
            trades.append((entered, index + 1))
            entered = None
    return trades


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_without_costs_and_limits_the_kernel_makes_the_trades_of_the_guides_loop(seed: int) -> None:
    bars = walk(160, seed)
    adapter = BarStrategyAdapter(LooksBack())
    signals = adapter.signals(bars)
    plan = Plan.from_signals(signals).replaced(**adapter.plan_columns(bars, signals))
    result = simulate(
        bars,
        plan,
        limits=Limits.open(),
        costs=Costs.free(),
        instrument=Instrument(symbol="BTCUSDT"),
        initial_balance=10_000.0,
    )
    place = {when: row for row, when in enumerate(bars.index)}
    made = [(place[trade.entry_time], place[trade.exit_time]) for trade in result.trades.itertuples()]
    assert made == guided_loop(LooksBack(), bars)


@given(st.integers(0, 2**32 - 1), st.integers(1, 119))
@settings(max_examples=12)
def test_a_row_depends_on_rows_up_to_it_and_on_no_call_before(seed: int, rows: int) -> None:
    bars = walk(120, seed)
    adapter = BarStrategyAdapter(LooksBack())
    whole = adapter.signals(bars).to_frame()
    part = adapter.signals(bars.iloc[:rows]).to_frame()
    pd.testing.assert_frame_equal(part, whole.iloc[:rows], check_freq=False)
    pd.testing.assert_frame_equal(adapter.signals(bars).to_frame(), whole)

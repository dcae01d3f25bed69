"""The state of an account: copied, followed through a sliding window, shared by no two runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pytest

from kernel.stage import BTC, FLAT, HOUR, MONDAY, bars_of, pair, plan_of
from tradewind.backtest.run import Run
from tradewind.backtest.stage import Stage
from tradewind.kernel import door
from tradewind.kernel.flat import Place
from tradewind.kernel.state import Market, Records, Rules, State, Table
from tradewind.model.bars import Bars
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

LIMITS = Limits(max_position=1.0, stop_guard_window=10, low_profit_trades=3, low_profit_bars=4)


def market(rows: int, seed: int) -> Bars:
    rng = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, rows))), 1)
    opened = np.concatenate([[100.0], close[:-1]])
    high = np.round(np.maximum(opened, close) + rng.random(rows), 1)
    low = np.round(np.minimum(opened, close) - rng.random(rows), 1)
    time = MONDAY + np.arange(rows, dtype=np.int64) * HOUR
    volume = np.ones(rows)
    return Bars(timeframe=Timeframe("1h"), time=time, open=opened, high=high, low=low, close=close, volume=volume)


def plan(bars: Bars, seed: int) -> Plan:
    rng = np.random.default_rng(seed)
    rows = len(bars)
    return Plan.from_arrays(
        bars.time,
        enter=(rng.random(rows) < 0.4).astype(np.int8),
        exit_long=rng.random(rows) < 0.05,
        stop_dist=3.0,
        trail_dist=2.0,
        trail_arm_r=0.5,
        max_bars=7,
        limit_off=np.where(rng.random(rows) < 0.3, 0.5, np.nan),
        tp_r=[1.0, 2.0],
        tp_frac=[0.3, 0.3],
    )


@attrs.frozen
class Call:
    """What the kernel was called with."""

    state: State
    market: Market
    table: Table
    rules: Rules


def called(bars: Bars, wish: Plan) -> tuple[Run, Call]:
    """Run a plan, and return with the run what the kernel was called with."""
    calls: list[Call] = []
    inner = door.advance

    def listen(*arguments: Any, **named: Any) -> None:
        calls.append(Call(*arguments[:4]))
        inner(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "advance", listen)
        run = Stage.of({BTC: bars}, limits=LIMITS, instrument=pair()).run(wish)
    return run, calls[0]


def window(call: Call, start: int, stop: int) -> tuple[Market, Table]:
    """Return the same market and table from bar `start` to before `stop`, counted from `start`."""

    def bars(array: Any) -> Any:
        return np.ascontiguousarray(array[:, start:stop])

    seen, table = call.market, call.table
    first, last = np.searchsorted(table.ask_bars, (start, stop))
    asks = table.asks[first:last].copy()
    asks["bar"] -= start
    asks["row"] -= start
    prices = {name: bars(getattr(seen, name)) for name in ("open", "high", "low", "close", "flags")}
    rows = np.arange(stop - start, dtype=np.int32).reshape(1, -1)
    columns = {name: getattr(table, name)[start:stop] for name in ("row_flags", "atr")}
    exits = {name: np.ascontiguousarray(getattr(table, name)[start:stop]) for name in ("exit_long",)}
    return (
        attrs.evolve(seen, time=seen.time[start:stop], **prices),
        attrs.evolve(
            table,
            rows=rows,
            asks=asks,
            ask_bars=np.ascontiguousarray(asks["bar"]),
            ask_ladders=table.ask_ladders[first:last],
            **columns,
            **exits,
        ),
    )


@pytest.mark.critical
@pytest.mark.parametrize("seed", range(4))
def test_an_account_followed_through_a_sliding_window_does_what_the_whole_run_does(seed: int) -> None:
    bars = market(250, seed)
    run, call = called(bars, plan(bars, seed))
    length = 20
    state = State.fresh(
        balance=10_000.0,
        places=[Place(symbol=0)],
        limits=LIMITS,
        start_ms=MONDAY,
        records=Records.empty(length + 1, 0),
    )
    outcomes = np.zeros(len(call.table.asks), dtype=np.uint8)
    curve, start, first = [], 0, 0
    for i in range(len(bars)):
        if i - start >= length:
            start += 1
            dropped = int(np.searchsorted(call.table.ask_bars, start)) - first
            first += dropped
            state.move(1, {old: old - dropped for old in range(dropped, len(outcomes))})
        seen, table = window(call, start, i + 1)
        table.asks["outcome"] = outcomes[first : first + len(table.asks)]
        door.advance(state, seen, table, call.rules, i - start, i - start + 1)
        outcomes[first : first + len(table.asks)] = table.asks["outcome"]
        curve.append(state.records.equity[i - start])
    assert len(run.trade_records) > 30
    written = state.records.trades[: state.account["trades"][0]]
    for name in written.dtype.names or ():
        np.testing.assert_array_equal(written[name], run.trade_records[name])
    np.testing.assert_array_equal(curve, run.state.records.equity)
    np.testing.assert_array_equal(outcomes, call.table.asks["outcome"])


def test_a_pending_entry_whose_ask_is_out_of_sight_writes_no_outcome() -> None:
    bars = bars_of([FLAT] * 3)
    _, call = called(bars, plan_of(bars, {2: {"enter": 1}}))
    call.state.move(1)
    assert call.state.slots["wanted_ask"].tolist() == [-1]


def test_a_copy_goes_its_own_way() -> None:
    bars = market(60, 1)
    _, call = called(bars, plan(bars, 1))
    before = call.state.account.tobytes(), call.state.records.trades.tobytes()
    other = call.state.copy()
    other.account["cash"] = 0.0
    other.records.trades["pnl"] = 7.0
    other.slots["side"] = 5
    assert (call.state.account.tobytes(), call.state.records.trades.tobytes()) == before
    assert not (call.state.slots["side"] == 5).any()


def test_an_account_in_one_block_is_the_same_account_and_all_of_it_lies_there() -> None:
    bars = market(60, 1)
    _, call = called(bars, plan(bars, 1))
    names = ("account", "slots", "stops", "profits", "order")
    before = [getattr(call.state, name).tobytes() for name in names]
    packed, block = call.state.packed(call.state.records)
    assert block.tobytes() == b"".join(before)
    assert [getattr(packed, name).tobytes() for name in names] == before
    block[:] = 0
    assert not any(any(getattr(packed, name).tobytes()) for name in names)
    assert [getattr(call.state, name).tobytes() for name in names] == before


@pytest.mark.critical
def test_runs_of_several_threads_on_one_stage_do_not_meet() -> None:
    bars = market(2_000, 9)
    stage = Stage.of({BTC: bars}, limits=LIMITS, instrument=pair())
    plans = [plan(bars, seed) for seed in range(8)]
    alone = [stage.run(each).state.records.equity for each in plans]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: stage.run(each).state.records.equity, plans * 3))
    for n, curve in enumerate(together):
        np.testing.assert_array_equal(curve, alone[n % len(plans)])


def test_a_stage_gives_every_plan_what_a_run_of_its_own_would() -> None:
    bars = market(300, 4)
    stage = Stage.of({BTC: bars}, limits=LIMITS, instrument=pair())
    first, again = (stage.run(plan(bars, 4), initial_balance=5_000.0) for _ in range(2))
    assert first.trades.equals(again.trades)
    assert first.equity["equity"].iloc[0] == 5_000.0

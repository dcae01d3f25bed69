"""A path through a bar is on tick and true to the bar."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind_sandbox.market.draws import Draws
from tradewind_sandbox.market.grid import Grid, TickBars
from tradewind_sandbox.market.path import Path, walk

BEGIN = 1_717_200_000_000


def whole(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def one_bar(opened: int, high: int, low: int, closed: int, volume: int) -> TickBars:
    return TickBars(
        time=whole(BEGIN),
        open=whole(opened),
        high=whole(high),
        low=whole(low),
        close=whole(closed),
        volume=whole(volume),
    )


@st.composite
def bars(draw: st.DrawFn) -> TickBars:
    low, high = sorted((draw(st.integers(1, 10**9)), draw(st.integers(1, 10**9))))
    inside = st.integers(low, high)
    return one_bar(draw(inside), high, low, draw(inside), draw(st.integers(0, 10**14)))


def taken(bar: TickBars, seed: int, steps: int) -> Path:
    draws = Draws(seed=seed, symbol="BTCUSDT", length_ms=60_000, steps=steps)
    return walk(bar, 0, length_ms=60_000, draws=draws.of_bar(BEGIN))


@given(bar=bars(), seed=st.integers(0, 2**32), steps=st.integers(4, 60))
@settings(max_examples=150, deadline=None)
def test_the_prints_of_a_bar_have_its_open_high_low_close_and_volume(bar: TickBars, seed: int, steps: int) -> None:
    path = taken(bar, seed, steps)
    told = (path.price[0], max(path.price), min(path.price), path.price[-1], sum(path.quantity))
    assert list(told) == [int(getattr(bar, name)[0]) for name in ("open", "high", "low", "close", "volume")]
    assert len({len(path.time), len(path.price), len(path.quantity), len(path.maker_bought)}) == 1
    assert min(path.quantity) >= 0
    assert path.time[0] == BEGIN
    assert path.time[-1] < BEGIN + 60_000
    assert path.time == sorted(path.time)


@given(bar=bars(), seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_the_same_seed_takes_the_same_path(bar: TickBars, seed: int) -> None:
    assert taken(bar, seed, 12) == taken(bar, seed, 12)


def test_draws_of_a_bar_do_not_depend_on_what_was_asked_before() -> None:
    moments = [BEGIN + minute * 60_000 for minute in (0, 70, 3, 200, 0)]
    every = Draws(seed=1, symbol="BTCUSDT", length_ms=60_000, steps=5)
    for moment in moments:
        alone = Draws(seed=1, symbol="BTCUSDT", length_ms=60_000, steps=5)
        assert every.of_bar(moment).noise == alone.of_bar(moment).noise
    assert len({tuple(every.of_bar(moment).noise) for moment in moments}) == 4


def test_both_orders_of_the_extremes_occur() -> None:
    bar = one_bar(100, 200, 50, 150, 10**6)
    paths = [taken(bar, seed, 12).price for seed in range(40)]
    assert {price.index(50) < price.index(200) for price in paths} == {True, False}


def test_every_print_of_a_bar_with_volume_has_a_quantity() -> None:
    path = taken(one_bar(100, 200, 50, 150, 7), 1, 12)
    assert (len(path.price), path.quantity) == (7, [1] * 7)


def test_a_silent_bar_is_one_mark_without_quantity() -> None:
    path = taken(one_bar(100, 100, 100, 100, 0), 1, 12)
    assert (path.price, path.quantity, path.time) == ([100], [0], [BEGIN])


@pytest.mark.parametrize(
    ("price", "tick", "expected"),
    [
        (20_000.25, "0.01", 1_000_000),
        (20_000.257, "0.01", 100_000),  # finer than today's tick
        (20_000.0, "0.01", 1_000_000),  # coarser data keep the tick
        (0.00001234, "0.00000001", 1),
        (20_000.5, "0.25", 25_000_000),
        (20_000.3, "0.25", 10_000_000),
    ],
)
def test_the_step_of_prices_is_the_tick_unless_the_data_are_finer(
    price: float, tick: str, expected: int, make_bars: object
) -> None:
    from tradewind.api import Instrument

    rows = make_bars([[price, price, price, price, 1.0]])  # type: ignore[operator]  # a fixture
    instrument = Instrument(symbol="BTCUSDT", tick_size=Decimal(tick))
    grid = Grid.of(instrument, rows)
    assert grid.price == expected
    assert int(grid.ticks(rows).close[0]) * grid.price == int(Decimal(str(price)) * 10**8)

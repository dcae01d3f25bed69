"""An account at a venue takes the decisions that the same account on paper takes."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from live.market import Busy, Lasting, Setting, Sitting, StillClock, busy_setting, sitting
from live.venue.desk import Chain, FakeDesk, VenueFeed
from tradewind.api import Signals
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.moment import Moment
from tradewind.live.feed.price_watch import PriceWatch
from tradewind.live.orders.holding import AccountState, DeskEventKind, Holding
from tradewind.live.position.entry_plan import EntryPlan
from tradewind.live.venue.account import VenueAccount
from tradewind.live.venue.orders import is_worth_a_move, rounded
from tradewind.model.costs import Costs
from tradewind.model.decisions import EXIT_CODES, OUTCOME_CODES


class Swinging(Busy):
    """In on a rise, out on a fall, with a stop too far to matter."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        up = np.zeros(len(close), dtype=np.bool_)
        up[2:] = close[2:] > close[:-2]
        return Signals.from_arrays(frame.index, enter=up.astype(np.int8), exit_long=~up, stop_dist=0.3 * close)


class Trailing(Swinging):
    """The same with a trail behind the best price."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        return Signals.from_arrays(
            frame.index, enter=1, stop_dist=0.05 * close, trail_dist=0.03 * close, trail_arm_r=0.1
        )


class Laddered(Swinging):
    """The same with a ladder of targets."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        return Signals.from_arrays(frame.index, enter=1, stop_dist=0.05 * close, tp_r=[0.5, 1.0], tp_frac=[0.4, 0.4])


def at_venue(setting: Setting, desk: FakeDesk, *, recall: Any = lambda _: None, **more: Any) -> Sitting:
    feed = VenueFeed(setting.histories, StillClock())
    feed.desk = desk

    def made(seats: Any, bars: Any) -> VenueAccount:
        account = VenueAccount(
            [seat.key for seat in seats], bars.instruments, bars.timeframe, bars.market, desk=desk,  # type: ignore[arg-type]
            limits=setting.players.limits, costs=setting.settings.costs, account_fp="fp", session_id=1,
            clusters=DayClusters(len(bars.names)) if len(bars.names) > 1 else None, recall=recall,
        )  # fmt: skip
        account.seat(seats)
        account.lead([seats[at].decider.window.bars() for at in range(len(bars.names))])
        return account

    return sitting(setting, feed=feed, account=made, **more)


@pytest.mark.critical
@pytest.mark.parametrize("symbols", [1, 3])
def test_where_the_venue_fills_as_the_model_does_the_trades_are_those_on_paper(symbols: int) -> None:
    setting = busy_setting(Swinging(), hours=900, symbols=symbols)
    paper = sitting(setting)
    paper.run()
    desk = FakeDesk()
    live = at_venue(setting, desk)
    live.run()
    assert len(paper.trades) > 15
    assert len(live.trades) == len(paper.trades)
    for name in ("entry_price", "exit_price", "quantity", "pnl", "reason", "slot", "entry_time"):
        assert live.trades[name].tolist() == pytest.approx(paper.trades[name].tolist(), rel=1e-9), name
    assert live.equity.tolist() == pytest.approx(paper.equity.tolist(), rel=1e-9)
    assert live.asks()["outcome"].tolist() == paper.asks()["outcome"].tolist()
    assert desk.tripped == []


@pytest.mark.critical
def test_every_row_of_every_slot_is_written_down_once() -> None:
    setting = busy_setting(Swinging(), hours=600, symbols=2)
    desk = FakeDesk()
    at_venue(setting, desk).run()
    keys = [(one.bar.slot, one.bar.symbol, one.bar.bar_open_ms) for one in desk.recorded]
    assert len(keys) == len(set(keys)) == 2 * 100
    assert all(len(one.bar.inputs_hash) == 64 for one in desk.recorded)


@pytest.mark.critical
def test_stops_are_raised_by_the_trail_and_never_loosened() -> None:
    setting = busy_setting(Trailing(), hours=900)
    desk = FakeDesk()
    session = at_venue(setting, desk)
    session.run()
    assert len(desk.moves) > 5
    stops: dict[int, float] = {}
    for one in session.told:
        for position in one.step.positions:
            assert position.stop is not None
            assert position.stop >= stops.get(position.position, 0.0)
            stops[position.position] = position.stop


@pytest.mark.parametrize(
    ("gain", "atr", "moved"),
    [("0.05", math.nan, True), ("0.04", math.nan, False), ("0.09", 1.0, False), ("0.1", 1.0, True), ("0", 0.0, False)],
)
def test_a_stop_is_moved_by_five_ticks_or_a_tenth_of_the_atr_at_least(gain: str, atr: float, moved: bool) -> None:
    assert is_worth_a_move(Decimal(gain), Decimal("0.01"), atr) is moved


@pytest.mark.critical
def test_an_entry_that_was_filled_beside_the_decided_price_moves_no_stop() -> None:
    """The kernel counts the stop from the fill, the venue's was sent before it: that is no reason for a request."""
    desk = FakeDesk(costs=Costs(slippage=0.00002))
    session = at_venue(busy_setting(Swinging(), hours=900), desk)
    session.run()
    assert len(session.trades) > 10
    assert desk.moves == []


@pytest.mark.critical
def test_a_stop_that_the_venue_hit_closes_the_slot_and_cools_it_down() -> None:
    setting = busy_setting(Trailing(), hours=900)
    session = at_venue(setting, FakeDesk())
    session.run()
    stopped = [trade for trade in session.trades if trade["reason"] in (EXIT_CODES["stop"], EXIT_CODES["trailing"])]
    assert len(stopped) > 2
    assert OUTCOME_CODES["blocked:cooldown"] in session.asks()["outcome"]


@pytest.mark.critical
def test_a_ladder_is_as_many_chains_as_it_has_parts_and_each_leaves_at_its_target() -> None:
    setting = busy_setting(Laddered(), hours=900)
    desk = FakeDesk()
    session = at_venue(setting, desk)
    session.run()
    reasons = {int(trade["reason"]) for trade in session.trades}
    assert EXIT_CODES["take_profit"] in reasons
    assert max(len(one.step.trades) for one in session.told) <= 3
    first = session.trades[session.trades["position"] == 1]
    assert len(first) == 3


def test_a_ledger_whose_equity_is_not_what_is_held_stops_entries() -> None:
    class Doubtful(FakeDesk):
        def account(self, prices: Mapping[str, Decimal]) -> AccountState:
            books = super().account(prices)
            return attrs.evolve(books, equity=books.equity + 10) if self.chains else books

    setting = busy_setting(Lasting(), hours=500)
    desk = Doubtful()
    at_venue(setting, desk).run()
    assert "LEDGER_MISMATCH" in desk.tripped


class Timed(Swinging):
    """In at once, with a ladder of far targets and an end."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        return Signals.from_arrays(
            frame.index, enter=1, stop_dist=0.3 * close, max_bars=70, tp_r=[20.0, 30.0], tp_frac=[0.4, 0.4]
        )


class Scattered(FakeDesk):
    """A desk that hears of the first part of an entry at once, of the others a bar later each."""

    def __init__(self) -> None:
        super().__init__()
        self.unheard: list[Chain] = []

    def carry(self, moment: Moment, names: Sequence[str]) -> None:
        super().carry(moment, names)
        if self.unheard:
            self._hear(self.unheard.pop(0))
        fresh = [chain for chain in self.chains if chain.holding.opened_ms == self._now]
        for chain in fresh[1:]:
            self.chains.remove(chain)
            self.cash += chain.holding.cost
            self.unheard.append(chain)

    def _hear(self, chain: Chain) -> None:
        self.chains.append(chain)
        self.cash -= chain.holding.cost


@pytest.mark.critical
def test_parts_of_an_entry_that_are_heard_of_later_join_the_position() -> None:
    setting = busy_setting(Timed(), hours=300)
    desk = Scattered()
    session = at_venue(setting, desk)
    session.run()
    sizes = [round(one.step.positions[0].quantity, 8) if one.step.positions else 0.0 for one in session.told]
    first = next(n for n, size in enumerate(sizes) if size)
    assert sizes[first] < sizes[first + 1] < sizes[first + 2]
    assert desk.tripped == []


class Halved(FakeDesk):
    """A desk whose venue sells half of every position a bar after it was bought."""

    def carry(self, moment: Moment, names: Sequence[str]) -> None:
        super().carry(moment, names)
        for chain in self.chains:
            if chain.holding.sold == 0 and chain.holding.opened_ms < self._now:
                half = chain.holding.quantity / 2
                self.cash += half * chain.holding.average_entry
                chain.holding = attrs.evolve(chain.holding, quantity=half, sold=half, cost=chain.holding.cost / 2)


@pytest.mark.critical
def test_a_position_that_was_sold_in_part_is_as_large_as_what_is_left() -> None:
    setting = busy_setting(Lasting(), hours=300)
    desk = Halved()
    session = at_venue(setting, desk)
    session.run()
    sizes = [one.step.positions[0].quantity for one in session.told if one.step.positions]
    assert sizes[1:] == [sizes[0] / 2] * (len(sizes) - 1)
    assert desk.tripped == []


class Slow(FakeDesk):
    """A desk on which a position that was sold is closed a bar later; a crumb of it is left until then."""

    def __init__(self) -> None:
        super().__init__()
        self.half: list[tuple[Chain, str]] = []
        self.prices: dict[int, Decimal] = {}

    def carry(self, moment: Moment, names: Sequence[str]) -> None:
        super().carry(moment, names)
        for chain, reason in self.half:
            self.chains.remove(chain)
            self._close(chain, self.prices[chain.holding.chain_id], reason)
        self.half = [(chain, reason) for chain in self.chains if (reason := chain.exit_reason)]
        for chain, _ in self.half:
            crumb = chain.holding.quantity / 1000
            price = Decimal(str(moment.bars[names.index(chain.holding.symbol)].open))  # type: ignore[union-attr]
            sold = chain.holding.quantity - crumb
            self.cash += sold * price - self._fee(sold * price)
            chain.holding = attrs.evolve(chain.holding, quantity=crumb, sold=sold)
            chain.exit_reason = ""
            self.prices[chain.holding.chain_id] = price
            self._tell(chain, DeskEventKind.FILLED, side="sell", price=price, quantity=sold)


@pytest.mark.critical
def test_a_position_that_is_sold_and_not_closed_yet_is_no_difference_between_kernel_and_ledger() -> None:
    class Later(Slow):
        def _sell(self, chain: Chain, price: Decimal, reason: str) -> None:
            """Leave it to the next bar."""

    setting = busy_setting(Swinging(), hours=600)
    desk = Later()
    session = at_venue(setting, desk)
    session.run()
    assert len(session.trades) > 5
    assert desk.tripped == []
    assert min(float(trade["quantity"]) for trade in session.trades) > 1.0


@pytest.mark.critical
def test_positions_found_at_a_start_are_adopted_with_their_stops() -> None:
    setting = busy_setting(Lasting(), hours=600)
    desk = FakeDesk()
    at_venue(setting, desk).run()
    (chain,) = desk.chains
    again = at_venue(setting, desk)
    again.run()
    (position,) = again.told[0].step.positions
    assert position.quantity == float(chain.holding.quantity)
    assert position.stop == float(chain.holding.stop_price or 0)
    assert {int(ask["outcome"]) for one in again.told for ask in one.step.decided} == {
        OUTCOME_CODES["blocked:already_open"]
    }


@pytest.mark.critical
def test_a_target_that_is_reached_between_two_bars_is_taken_at_once_and_no_other_part_is() -> None:
    desk = FakeDesk()
    session = at_venue(busy_setting(Timed(), hours=300), desk)
    session.run()
    slot = session.account.state.slots[0]
    first, second = (Decimal(str(float(target))) for target in slot["tranche_target"][:2])
    see = session.account.see  # type: ignore[attr-defined]  # an account at a venue

    asyncio.run(see("BTCUSDT", first - Decimal("0.01")))
    before = [chain.exit_reason for chain in desk.chains]
    asyncio.run(see("BTCUSDT", first))
    at_first = [chain.exit_reason for chain in desk.chains]
    asyncio.run(see("BTCUSDT", second))
    at_second = [chain.exit_reason for chain in desk.chains]
    assert before == ["", "", ""]
    assert at_first == ["take_profit", "", ""]
    assert at_second == ["take_profit", "take_profit", ""]


@pytest.mark.critical
def test_of_many_prices_the_newest_of_each_symbol_is_looked_at_and_what_is_none_is_not() -> None:
    seen: list[tuple[str, Decimal]] = []

    async def see(symbol: str, price: Decimal) -> None:
        seen.append((symbol, price))
        if price == 11:
            raise ValueError("it must go on after this")

    async def watch() -> None:
        prices = PriceWatch(object(), see)
        for symbol, price in (("A", "10"), ("B", "50"), ("A", "11"), ("B", "NaN"), ("A", "0")):
            prices.hear(symbol, Decimal(price))
        task = asyncio.create_task(prices.run())
        await asyncio.sleep(0)
        prices.hear("B", Decimal(55))
        await asyncio.sleep(0)
        await prices.stop(task)

    asyncio.run(watch())
    assert seen == [("A", Decimal(11)), ("B", Decimal(50)), ("B", Decimal(55))]


@pytest.mark.critical
def test_a_position_found_at_a_start_keeps_its_targets_and_its_time() -> None:
    desk = FakeDesk()
    slots: list[Any] = []
    left: list[int] = []

    def sit(first: int, bars: int, recall: Any) -> Sitting:
        def tell(told: Any) -> None:
            account = session.account
            slots.append(account.state.slots[0].copy())
            left.append(int(account.state.slots[0]["last_row"] - account.reel.rows_seen[0]))
            if len(session.told) == bars:
                session.engine.stop("enough")

        session = at_venue(busy_setting(Timed(), hours=900, first=first), desk, tell=tell, recall=recall)
        session.run()
        return session

    def recalled(holding: Holding) -> EntryPlan | None:
        plans = {one.bar.bar_open_ms: one.bar.plan.get("entry") for one in desk.recorded}
        stored = plans[holding.bar_open_ms]
        return None if stored is None else EntryPlan.from_plain(json.loads(json.dumps(stored)))

    sit(200, 40, lambda _: None)
    before, left_before = slots[-1], left[-1]
    slots.clear()
    left.clear()
    sit(360, 1, recalled)  # hours: forty bars later
    (after,) = slots
    assert before["side"] == after["side"] == 1
    assert before["tranche_target"][:3].tolist() == after["tranche_target"][:3].tolist()
    for name in ("distance", "quantity", "entry_price", "high", "low", "trailed"):
        assert before[name] == pytest.approx(after[name], rel=1e-12), name
    assert left[-1] == left_before - 1


@pytest.mark.parametrize(
    ("value", "step", "how", "expected"),
    [
        (100.123, "0.01", "ROUND_FLOOR", "100.12"),
        (100.121, "0.01", "ROUND_CEILING", "100.13"),
        (0.3, "0.1", "ROUND_FLOOR", "0.3"),
        (0.30000000000000004, "0.1", "ROUND_CEILING", "0.3"),
        (5.0, "0", "ROUND_FLOOR", "5.0"),
    ],
)
def test_numbers_are_rounded_to_steps_and_those_that_miss_by_a_hair_are_on_them(
    value: float, step: str, how: str, expected: str
) -> None:
    assert rounded(value, Decimal(step), how) == Decimal(expected)

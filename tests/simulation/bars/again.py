"""What a backtest makes of the bars that a session wrote down: the same, bit for bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tradewind.kernel import door
from tradewind.kernel.state import State
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.session.rows import hash_of_row

if TYPE_CHECKING:
    from simulation.bars.truth import Taken
    from simulation.bars.world import World

ANSWERS: Final = ("row", "slot", "enter", "outcome", "binding", "quantity", "distance", "price", "effective_risk")


def differences(world: World, taken: Sequence[Taken]) -> Iterator[str]:
    """Yield what a backtest does otherwise, in words."""
    if not taken:
        return
    yield from _kernel(world, taken)
    yield from _plans(world, taken)


def _kernel(world: World, taken: Sequence[Taken]) -> Iterator[str]:
    """Carry all bars out in one go, as a backtest does, over the plans that were written down."""
    engine = next(life.engine for life in world.lives if life.engine is not None)
    feed = engine.feed
    whole = PaperAccount(
        [seat.key for seat in engine.seats], feed.instruments, feed.timeframe, feed.market,
        limits=world.settings.limits, costs=world.settings.costs, balance=world.settings.initial_balance,
        room=len(taken) + 2,
    )  # fmt: skip
    whole.lead([feed.warm()[name] for name in feed.names])
    reel = whole.reel
    for one in taken:
        reel.write(one.step.moment, one.rows)
    reel.clusters = np.full((400, len(feed.names)), -1, dtype=np.int32)
    whole._rules.rules["first_day"] = taken[0].step.moment.open_ms // 86_400_000
    state = State.fresh(
        balance=whole.initial_balance, places=reel.places(), limits=whole.limits,
        start_ms=taken[0].step.moment.open_ms, records=whole.empty_records(),
    )  # fmt: skip
    reel.place(state)
    door.advance(state, reel.market, reel.table(), whole._rules, 0, len(taken))
    equity = np.array([one.step.equity for one in taken])
    if equity.tobytes() != state.records.equity[: len(taken)].tobytes():
        apart = np.flatnonzero(equity != state.records.equity[: len(taken)])
        yield f"equity differs from bar {apart[0]} of {len(taken)} on"
    trades = np.concatenate([one.step.trades for one in taken])
    again = state.records.trades[: int(state.account["trades"][0])]
    for name in trades.dtype.names or ():
        if trades[name].tobytes() != np.ascontiguousarray(again[name]).tobytes():
            yield f"{name} of the {len(trades)} trades differs"
    asks = _asks(taken)
    for name in ANSWERS:
        if asks[name].tobytes() != np.ascontiguousarray(reel.asks[: reel.asked][name]).tobytes():
            yield f"{name} of the {len(asks)} decisions differs"


def _asks(taken: Sequence[Taken]) -> Any:
    """Return the decisions with their last outcome, in the order of decision."""
    found = np.concatenate([one.step.decided for one in taken])
    for one in taken:
        for settled in one.step.settled:
            here = (found["slot"] == settled["slot"]) & (found["row"] == settled["row"])
            for name in ANSWERS:
                found[name][here] = settled[name]
    return found


def _plans(world: World, taken: Sequence[Taken]) -> Iterator[str]:
    """Let every strategy look at all its bars at once: no row may come out otherwise than it did alone."""
    counts: Counter[str] = Counter()
    for life in world.lives:
        own = [one for one in taken if one.life == life.number]
        if life.engine is None or not own:
            continue
        for k, seat in enumerate(life.engine.seats):
            said = [(one, one.rows[k]) for one in own if one.rows[k] is not None]
            if not said or seat.key.name == "moody":
                continue
            last = said[-1][1]
            assert last is not None
            pipeline = next(one.pipeline for one in world.cast.players if one.name == seat.key.name)
            whole = pipeline(last.bars).plan  # type: ignore[operator]
            places = {int(time): row for row, time in enumerate(last.bars.time)}
            for one, row in said:
                assert row is not None
                if one.struck.get(seat.key) or (row.degraded and seat.key not in one.doubted):
                    continue
                at = places[int(row.bars.time[-1])]
                expected = whole.rows(at, at + 1)
                if one.step.moment.late or seat.key in one.doubted:
                    expected = expected.forbid(np.ones(1, dtype=np.bool_), "stale_data")
                if hash_of_row(expected) != hash_of_row(row.plan):
                    counts[f"{seat.key.name} {seat.key.symbol}"] += 1
    for who, count in counts.items():
        yield f"{count} rows of {who} come out otherwise on all bars"

"""What a session tells the services beside it every few seconds: where it stands, counted and measured."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tradewind.live.control.status import Facts, machine
from tradewind.live.engine import Engine, Told
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.position.account import OpenPosition, Step
from tradewind.model.decisions import OUTCOMES

if TYPE_CHECKING:
    from tradewind.live.orders.desk import OrderDesk

PULSE: Final = "pulse"
"""The kind of the event that carries it."""
_MOST_SAMPLES: Final = 10_000


class Tally:
    """
    What is counted of a session from its start: services get totals that only grow.

    Counted are orders by outcome, entries, closed trades, halts, and seconds that positions were without a stop.
    """

    def __init__(self) -> None:
        self.orders: Counter[str] = Counter()
        self.halts: Counter[str] = Counter()
        self.trades = 0
        self.reports_lost = 0
        self.step: Step | None = None
        self._took_ms: deque[float] = deque(maxlen=_MOST_SAMPLES)
        self._bare: dict[Any, int] = {}
        self._bare_ms = 0

    def moment(self, told: Told, engine: Engine | None) -> None:
        """Take in one moment; how long it took is known at the next one."""
        step = self.step = told.step
        for table in (step.decided, step.settled):
            for ask in table:
                outcome = OUTCOMES[int(ask["outcome"])]
                # What was sent is counted by what became of it.
                if outcome != "sent":
                    self.orders[outcome.partition(":")[0]] += 1
        self.trades += len(step.trades)
        if engine is not None and engine.took_ms:
            self._took_ms.append(engine.took_ms[-1])

    def event(self, kind: str, time_ms: int, facts: Mapping[str, Any]) -> None:
        """Take in one event."""
        if kind in {"halted", "desk_halted"}:
            breaker = (facts.get("detail") or facts).get("breaker")
            # The engine repeats what the desk has told.
            if kind == "desk_halted" or self.step is None or not self._at_desk:
                self.halts[str(breaker)] += 1
        elif kind == "desk_bare":
            self._bare.setdefault(facts.get("chain"), time_ms)
        elif kind in {"desk_protected", "desk_closed", "desk_missed"}:
            begun = self._bare.pop(facts.get("chain"), None)
            self._bare_ms += 0 if begun is None else max(0, time_ms - begun)
        elif kind == "desk_stream" and str((facts.get("detail") or {}).get("live")) == "False":
            self.reports_lost += 1

    _at_desk = False

    def at_desk(self) -> None:
        """Take note that a desk tells of breakers, too."""
        self._at_desk = True

    def unprotected_s(self, now_ms: int) -> float:
        """Return for how many seconds positions were without a stop, those that are included."""
        return (self._bare_ms + sum(max(0, now_ms - begun) for begun in self._bare.values())) / 1000.0

    def took_s(self) -> list[float]:
        """Return how long the moments since the last call took, seconds."""
        found = [one / 1000.0 for one in self._took_ms]
        self._took_ms.clear()
        return found


def pulse_of(
    engine: Engine, facts: Facts, tally: Tally, *, now_ms: int, desk: OrderDesk | None, lags_s: list[float],
    queues: Mapping[str, int],
) -> dict[str, Any]:  # fmt: skip
    """
    Return where a session stands, as plain values.

    Args:
        engine: The engine.
        facts: Which session it is.
        tally: What was counted of it.
        now_ms: The wall clock, UTC milliseconds.
        desk: The order desk, None on paper.
        lags_s: By how much timers came late since the last pulse, seconds.
        queues: What waits to be delivered, by name.
    """
    feed, step = engine.feed, tally.step
    feed_ms, bar_ms = feed.clock.now_ms(), feed.market.ms
    positions = engine.account.positions()
    equity = engine.figures.equity
    due_ms = engine.last_bar_ms + 2 * bar_ms if engine.last_bar_ms else feed_ms
    replay = isinstance(feed, ReplayFeed)
    return {
        "account": facts.name,
        "session_id": facts.session_id,
        "mode": facts.mode,
        "replay": replay,
        "strategies": sorted({seat.strategy for seat in engine.seats}),
        "symbols": list(feed.names),
        "time_ms": now_ms,
        "started_ms": facts.started_ms,
        "feed_time_ms": feed_ms,
        "equity": equity,
        "cash": step.cash if step is not None else equity,
        "exposure_ratio": step.exposure / equity if step is not None and equity > 0.0 else 0.0,
        "drawdown_ratio": step.drawdown if step is not None else 0.0,
        "open_risk_ratio": open_risk(positions, equity),
        "positions": dict(Counter(one.slot.symbol for one in positions)),
        "pnl": engine.figures.pnl,
        "fees": engine.figures.fees,
        "bars": engine.figures.bars,
        "trades": tally.trades,
        "orders": dict(tally.orders),
        "halts": list(engine.account.halts()),
        "halts_raised": dict(tally.halts),
        "quarantined": sum(1 for seat in engine.seats if seat.quarantine),
        "last_bar_ms": engine.last_bar_ms,
        "bar_age_s": max(0, feed_ms - engine.last_bar_ms - bar_ms) / 1000.0 if engine.last_bar_ms else 0.0,
        "bar_overdue_s": 0.0 if replay else max(0, feed_ms - due_ms) / 1000.0,
        "reconnects": {"bars": int(getattr(feed, "reopened", 0)), "account": tally.reports_lost},
        "unprotected_s": tally.unprotected_s(feed_ms),
        "clock_error_s": feed.clock.error_ms() / 1000.0,
        "decision_s": tally.took_s(),
        "loop_lag_s": lags_s,
        "weight_used": _weight(desk),
        "queues": dict(queues) | ({"desk": len(desk.bench.events)} if desk is not None else {}),
        "machine": machine(engine, ()),
    }


def open_risk(positions: tuple[OpenPosition, ...], equity: float) -> float:
    """
    Return which fraction of equity is lost when every stop is hit where it stands, fees and gaps left out.

    A position without a stop counts in full.
    """
    if equity <= 0.0:
        return 0.0
    lost = sum(
        max(0.0, one.side * (one.mark - one.stop) * one.quantity) if one.stop is not None else one.mark * one.quantity
        for one in positions
    )
    return lost / equity


def _weight(desk: OrderDesk | None) -> int | None:
    """Return what the venue has counted of our requests in this minute; None where nothing is counted."""
    count = getattr(desk.bench.line.executor, "used_weight", None) if desk is not None else None
    return int(count()) if callable(count) else None

"""What must hold of a session on bars, checked whenever something of it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from simulation.bars.again import differences
from simulation.bars.kinds import MODELS
from simulation.bars.players import BROKEN
from simulation.bars.ticker import MINUTE
from tradewind.live.feed.moment import Candle
from tradewind.live.position.account import PlanRow, SlotKey, Step
from tradewind.live.position.reel import SENT

if TYPE_CHECKING:
    from simulation.bars.life import Life
    from simulation.bars.world import World

SLACK_MS: Final = 1_700
"""How far the clocks of exchange and session may be apart, and a message takes."""
DAY_MS: Final = 86_400_000
MOST: Final = 20
"""So many violations of a seed are told."""


@attrs.frozen(kw_only=True, eq=False)
class Taken:
    """
    One moment that was written down.

    Args:
        life: Which process.
        step: What it did.
        rows: What strategies said.
        struck: Faults of strategies while they were asked, by slot.
        doubted: Slots whose strategies were asked while something was wrong around the session.
    """

    life: int
    step: Step
    rows: tuple[PlanRow | None, ...]
    struck: Mapping[SlotKey, tuple[str, ...]]
    doubted: frozenset[SlotKey]


class Truth:
    """
    Knows what really happened and holds the session to it.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.violations: list[str] = []
        self.taken: list[Taken] = []
        self.digest: list[str] = []
        self.seen_s: list[float] = []
        self.entries = 0
        self.trades = 0
        self.rows = 0
        self.halts = 0
        self.doubted: set[SlotKey] = set()
        """Slots that have been asked since the last moment while something was in doubt."""
        self._struck: dict[SlotKey, tuple[str, ...]] = {}
        self._left_out: set[SlotKey] = set()
        self._inside: dict[int, dict[str, Candle | None]] = {}
        self._whole_ms = 0
        self._stops: dict[tuple[SlotKey, int], float] = {}
        self._halted: tuple[str, ...] = ()
        self._day_start = 0.0
        self._last_ms = 0
        self.over = False
        """The seed is over: nothing that happens now counts."""

    def violate(self, rule: str, what: str) -> None:
        """Take note of a promise that was broken."""
        if not self.over and len(self.violations) < MOST:
            self.violations.append(f"{rule} at {self.world.loop.time():.1f} s: {what}")

    # what happens

    def began(self, life: Life) -> None:
        """A process is up: what failed in the one before has been started anew."""
        del life
        self._left_out.clear()
        self._inside.clear()
        self._struck.clear()
        self.doubted.clear()
        # Of a row that had begun before, the session itself was not told everything.
        self._whole_ms = self._last_ms + self.world.row_ms

    def struck(self, key: SlotKey, kind: str) -> None:
        """Take note of a fault of a strategy that is being asked."""
        self._struck[key] = (*self._struck.get(key, ()), kind)

    def heard(self, life: Life, kind: str, facts: Mapping[str, Any]) -> None:
        """Take in what a session told observers."""
        if kind == "strategy_swapped" and life.engine is not None:
            self._left_out = {seat.key for seat in life.engine.seats if seat.quarantine}
        if kind == "halted":
            self.halts += 1
        if kind == "watchdog" and facts.get("severity") == "warning" and facts["name"] == "market":
            self.seen_s.append(self.world.exchange.silence_s())
        self.digest.append(f"{kind} {facts.get('note', '')}")

    def looked(self, life: Life) -> None:
        """The watchdogs have just looked: a market that is silent was seen (G12)."""
        quiet = self.world.exchange.quiet_s()
        most = self.world.settings.live.stale_seconds
        if quiet is None or life.watch is None:
            return
        if quiet >= most and "market" not in life.watch.seen:
            self.violate("G12", f"the market has been silent for {quiet:.1f} s and nobody has seen it")

    def take(self, life: Life, step: Step, rows: tuple[PlanRow | None, ...]) -> None:
        """Take in what was written down."""
        assert life.engine is not None
        taken = Taken(
            life=life.number, step=step, rows=rows, struck=dict(self._struck), doubted=frozenset(self.doubted)
        )
        self._struck.clear()
        self.doubted.clear()
        self.taken.append(taken)
        self._order(step)
        self._bars(step)
        self._degraded(life, taken)
        for ask in step.decided:
            if int(ask["outcome"]) == SENT:
                self._entry(life, taken, int(ask["slot"]))
        if step.moment.closes_row:
            self._inside.clear()
        self._halts(step)
        self._protected(step)
        self.trades += len(step.trades)
        self.rows += sum(row is not None for row in rows)
        self.digest.append(
            f"{self.world.loop.time():.3f} {step.moment.open_ms} {step.moment.bars} {step.moment.late} "
            f"{step.equity.hex()} {step.decided['outcome'].tolist()} {[row and row.inputs_hash for row in rows]}"
        )

    # the promises

    def _order(self, step: Step) -> None:
        """Every market bar once, in order; what is passed over, nobody had or nobody told (I11)."""
        moment, world = step.moment, self.world
        if self._last_ms and moment.open_ms <= self._last_ms:
            self.violate("I11", f"the bar of {moment.open_ms} came after that of {self._last_ms}")
        for opened in range(self._last_ms + MINUTE, moment.open_ms, MINUTE) if self._last_ms else ():
            for name in world.symbols:
                if world.ticker.told(name, opened) and not self._is_unsure(step, name, opened):
                    self.violate("I11", f"the bar of {name} at {opened} was passed over")
        self._last_ms = moment.open_ms
        if world.now_ms() < moment.close_ms - SLACK_MS:
            self.violate("I11", f"the bars of {moment.open_ms} were told before they closed")

    def _bars(self, step: Step) -> None:
        """No bar that the exchange never told is in a window, and none that it told is left out unseen."""
        moment, world = step.moment, self.world
        self._inside[moment.open_ms] = dict(zip(world.symbols, moment.bars, strict=True))
        for name, candle, row in zip(world.symbols, moment.bars, moment.rows, strict=True):
            versions = world.ticker.told(name, moment.open_ms)
            if candle is not None and candle not in versions:
                self.violate("F19", f"{name} at {moment.open_ms} is {candle}, the exchange said {versions}")
            if candle is None and versions and not self._is_unsure(step, name, moment.open_ms):
                self.violate("F16", f"{name} at {moment.open_ms} is missing, and the exchange has it")
            begun = moment.close_ms - world.row_ms
            if begun < self._whole_ms or not moment.closes_row:
                continue
            there = [one for one in self._row_of(name, begun) if one is not None]
            if (row is None and there) or (row is not None and row[1:5] != _row(there)):
                self.violate("F19", f"the row of {name} at {begun} is {row}, its bars are {there}")

    def _is_unsure(self, step: Step, name: str, opened: int) -> bool:
        """Tell whether history failed to say what it has of a bar."""
        said = any(note.startswith(f"history did not answer for {name}") for note in step.moment.notes)
        return said or (name, opened) in self.world.exchange.unsure

    def _row_of(self, name: str, begun: int) -> list[Candle | None]:
        """Return the bars of a row as the session told them."""
        times = range(begun, begun + self.world.row_ms, MINUTE)
        return [self._inside.get(opened, {}).get(name) for opened in times]

    def _degraded(self, life: Life, taken: Taken) -> None:
        """A strategy that fails loses its slot and no other, and the row says why."""
        assert life.engine is not None
        for seat, row in zip(life.engine.seats, taken.rows, strict=True):
            if row is None:
                continue
            struck = taken.struck.get(seat.key, ())
            fatal = not BROKEN.isdisjoint(struck)
            if fatal:
                self._left_out.add(seat.key)
            if seat.quarantine and not struck and seat.key not in self._left_out:
                self.violate("F42", f"{seat.key.name} {seat.key.symbol} lost its slot for nothing: {row.degraded}")
            if seat.quarantine:
                self._left_out.add(seat.key)
            out = seat.key in self._left_out
            if out and not row.degraded:
                self.violate("F42", f"{seat.key.name} {seat.key.symbol} goes on after {struck}")
            if row.degraded and not out and seat.key not in taken.doubted:
                self.violate("F42", f"{seat.key.name} {seat.key.symbol} is degraded for nothing: {row.degraded}")
            if seat.key in taken.doubted and not row.degraded:
                self.violate("§18", f"{seat.key.name} {seat.key.symbol} does not say what was in doubt")
            if out and row.plan.enter[0] != 0:
                self.violate("F42", f"{seat.key.name} {seat.key.symbol} enters though it failed")
            if "model_nan" in struck and not out and not row.plan.bits[0]:
                self.violate("§18", f"{seat.key.name} {seat.key.symbol} does not say that it has no opinion")

    def _entry(self, life: Life, taken: Taken, slot: int) -> None:
        """An entry was sent: on a frame that is final, whole and fresh, by nobody who failed."""
        assert life.engine is not None
        world, moment, row = self.world, taken.step.moment, taken.rows[slot]
        key = life.engine.seats[slot].key
        self.entries += 1
        assert row is not None
        who = f"{key.name} {key.symbol} at {moment.close_ms}"
        late_s = (world.now_ms() - moment.close_ms) / 1000.0
        if moment.late or key in taken.doubted or row.degraded:
            self.violate("I11", f"{who} entered in doubt")
        if late_s > world.settings.live.late_seconds + SLACK_MS / 1000.0:
            self.violate("I11", f"{who} entered {late_s:.1f} s after the close")
        bars = row.bars
        if int(bars.time[-1]) + world.row_ms != moment.close_ms or bars.masked[-1] or bars.after_gap[-1]:
            self.violate("I11", f"{who} entered on a frame with a gap")
        begun = moment.close_ms - world.row_ms
        for place, candle in enumerate(self._row_of(key.symbol, begun) if begun >= self._whole_ms else ()):
            if candle is None and world.ticker.told(key.symbol, begun + place * MINUTE):
                self.violate("G12", f"{who} entered without a bar of its row")
        struck = taken.struck.get(key, ())
        if not set(MODELS).isdisjoint(struck):
            self.violate("F43", f"{who} entered on {struck}")
        if key.name == "moody" and not struck and world.mood in {"sentiment_down", "sentiment_stale"}:
            self.violate("F44", f"{who} entered on {world.mood}")
        quiet = world.exchange.quiet_s()
        up_s = world.loop.time() - life.began_s
        if quiet is not None and quiet > world.settings.live.stale_seconds + 1.5 and up_s > 2.0:
            self.violate("G12", f"{who} entered, and nothing has been heard for {quiet:.1f} s")

    def _halts(self, step: Step) -> None:
        """No entry after the bar that crossed a limit, until the day, or a person, ends it (I16)."""
        limits, opened, closed = self.world.settings.limits, step.moment.open_ms, step.moment.close_ms
        if not self._day_start:
            self._day_start = self.world.settings.initial_balance
        rolls = len(self.taken) > 1 and closed // DAY_MS != self.taken[-2].step.moment.close_ms // DAY_MS
        if self._halted and any(int(fill["reason"]) == 0 for fill in step.fills):
            self.violate("I16", f"an entry was filled at {opened} though {self._halted} stood")
        if step.halts and any(int(ask["outcome"]) == SENT for ask in step.decided):
            self.violate("I16", f"an entry was sent at {opened} though {step.halts} stands")
        lost = self._day_start - step.equity >= limits.max_daily_risk * self._day_start * (1 + 1e-9)
        if lost and not rolls and "DAILY_LOSS" not in step.halts:
            self.violate("I16", f"{step.equity} after {self._day_start} at {opened} did not halt the day")
        if step.drawdown >= limits.max_drawdown * (1 + 1e-9) and "DRAWDOWN" not in step.halts:
            self.violate("I16", f"a fall of {step.drawdown} did not halt the session")
        if "DRAWDOWN" in self._halted and "DRAWDOWN" not in step.halts:
            self.violate("I16", "DRAWDOWN ended by itself")
        if "DAILY_LOSS" in self._halted and "DAILY_LOSS" not in step.halts and not rolls:
            self.violate("I16", "DAILY_LOSS ended within the day")
        if rolls:
            self._day_start = step.equity
        self._halted = step.halts

    def _protected(self, step: Step) -> None:
        """Whatever fails, a position has its stop, and the stop never loosens."""
        now = {}
        for one in step.positions:
            if one.stop is None:
                self.violate("F42", f"the position {one.position} of {one.slot.name} has no stop")
                continue
            now[one.slot, one.position] = one.stop
            if one.side * (one.stop - self._stops.get((one.slot, one.position), one.stop)) < 0:
                self.violate("I15", f"the stop of position {one.position} was loosened to {one.stop}")
        self._stops = now

    # the end

    def finish(self) -> None:
        """Hold the whole to what a backtest makes of the same bars, and see that all goes on."""
        self._decided_once()
        for what in differences(self.world, self.taken):
            self.violate("I18", what)
        self._goes_on()

    def _decided_once(self) -> None:
        rows = [(one.symbol, one.slot, one.bar_open_ms) for one in self.world.disk.decisions.values()]
        expected = [
            (key.symbol, key.name, int(row.bars.time[-1]))
            for taken in self.taken
            for key, row in zip(self._keys(), taken.rows, strict=True)
            if row is not None
        ]
        if sorted(rows) != sorted(expected):
            self.violate("I11", f"{len(rows)} decisions were written down, {len(expected)} were made")

    def _keys(self) -> tuple[SlotKey, ...]:
        engine = next((life.engine for life in self.world.lives if life.engine is not None), None)
        return () if engine is None else tuple(seat.key for seat in engine.seats)

    def _goes_on(self) -> None:
        """After the faults are over, strategies are asked again, and enter where no limit forbids it (I14)."""
        life = self.world.lives[-1]
        if life.engine is None:
            self.violate("I14", "no session is up in the end")
            return
        feed: Any = life.engine.feed
        too_many = feed._belief.too_many_revisions()
        last = [taken for taken in self.taken if any(taken.rows)][-3:]
        for taken in last:
            words = [row.degraded for row in taken.rows if row is not None and row.degraded]
            if words or taken.doubted or (taken.step.moment.late and not too_many):
                self.violate("I14", f"after the faults: {words or taken.step.moment.notes or 'late'}")
        ends = self.taken[-1].step.moment.close_ms if self.taken else 0
        if ends < self.world.ticker.next_ms - MINUTE:
            self.violate(
                "I14", f"the last bar that was decided closed at {ends}, the market is at {self.world.ticker.next_ms}"
            )


def _row(candles: list[Candle]) -> tuple[float, float, float, float]:
    return (
        candles[0].open,
        max(one.high for one in candles),
        min(one.low for one in candles),
        candles[-1].close,
    )

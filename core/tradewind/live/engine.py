"""The loop of a session: closed bars in, decisions out, on paper or at a venue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from tradewind.config.redaction import redact, words_of
from tradewind.errors import TradewindError
from tradewind.live.feed.feed import Feed
from tradewind.live.feed.moment import Moment
from tradewind.live.feed.window import BarWindow
from tradewind.live.position.account import Account, PlanRow, Step
from tradewind.live.position.operator import OPERATOR
from tradewind.live.session.figures import Figures
from tradewind.live.session.record import Recorder
from tradewind.live.strategy.asking import Asking
from tradewind.live.strategy.moods import Moods
from tradewind.live.strategy.seat import Handover, Seat
from tradewind.live.strategy.swap import SwapPlan, plan_swap
from tradewind.pipeline.decide import Deciding

Emit = Callable[..., None]
"""Tells observers: `emit(kind, time_ms=…, **facts)`; never waits, never raises."""

BUDGET_S: Final = 1.0
"""How long a strategy may take for one row of one symbol."""


@attrs.frozen(kw_only=True, eq=False)
class Told:
    """
    One moment as it is told to whoever watches.

    Args:
        step: What it did to the account.
        rows: What each slot's strategy said; None where no row ended.
        seats: The slots.
    """

    step: Step
    rows: tuple[PlanRow | None, ...]
    seats: tuple[Seat, ...]


class Engine:
    """
    One session of strategies on an account.

    At each moment it takes in what closed, lets every strategy look at one immutable frame of closed
    bars, and hands the account what they say: exits come before entries, and entries by rank. Between
    two moments, and only there, strategies are exchanged and the session is stopped.

    Args:
        feed: Where closed bars come from.
        account: Where they are traded.
        seats: A strategy for each of the account's slots, in their order.
        windows: Closed bars by symbol, in the feed's order.
        recorder: What keeps the session.
        figures: The figures so far.
        emit: Tells observers.
        tell: Is called after each moment.
        budget_s: How long a strategy may take for one row; None asks in this thread, without a limit.
        start_ms: Open of the session's first market bar, UTC milliseconds; None for the first to come.
    """

    def __init__(
        self, *, feed: Feed, account: Account, seats: Sequence[Seat], windows: Sequence[BarWindow],
        recorder: Recorder, figures: Figures, emit: Emit, tell: Callable[[Told], None] | None = None,
        budget_s: float | None = BUDGET_S, start_ms: int | None = None,
    ) -> None:  # fmt: skip
        self.feed = feed
        self.account = account
        self.seats = tuple(seats)
        self.windows = tuple(windows)
        self.figures = figures
        self._recorder = recorder
        self._emit = emit
        self._tell = tell
        self._asking = Asking(budget_s)
        self._start_ms = start_ms
        self._stop_reason = ""
        self._stopping = asyncio.Event()
        self._leaving = False
        self.turn = asyncio.Lock()
        """Held while a moment is carried out: who holds it acts between two."""
        self.moods = Moods()
        """How fresh the sentiment is that decisions were made on."""
        self.took_ms: deque[float] = deque(maxlen=300)
        """How long the last moments took, milliseconds."""
        self.last_bar_ms = 0
        """Open of the last market bar carried out, UTC milliseconds; 0 before the first."""
        self.under_way_ns: int | None = None
        """Since when a moment is being carried out, nanoseconds of the feed's monotonic clock; None between two."""
        self.doubts: Mapping[str, str] = {}
        """Why nothing may be entered, by what is wrong; empty when nothing is."""

    @property
    def start_ms(self) -> int:
        """Open of the session's first market bar, UTC milliseconds; 0 before it."""
        return self._start_ms or 0

    # the loop

    async def run(self) -> str:
        """
        Trade until the feed ends or someone stops it; return why it ended.

        Raises:
            LiveError: TW-L013 when the account's books do not agree with themselves.
        """
        self.say("session_started", strategies=[seat.strategy for seat in self.seats])
        reason = "failed"
        try:
            async for moment in self._moments():
                async with self.turn:
                    self.under_way_ns = begun = self.feed.clock.monotonic_ns()
                    await self._at(moment)
                    self.took_ms.append((self.feed.clock.monotonic_ns() - begun) / 1e6)
                    self.under_way_ns = None
                if self._leaving and not self.account.positions():
                    self.stop("flattened")
            reason = self._stop_reason or "the data ended"
        finally:
            self._asking.close()
            self._recorder.close(reason, self.feed.clock.now_ms())
            self.say("session_ended", reason=reason, **self.figures.summary())
        return reason

    async def _moments(self) -> AsyncIterator[Moment]:
        """Yield moments until they end or the session is to stop."""
        moments = self.feed.moments()
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                coming = asyncio.ensure_future(anext(moments, None))
                await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.cancel()
                    await asyncio.wait({coming})
                    return
                moment = coming.result()
                if moment is None:
                    return
                yield moment
        finally:
            stopping.cancel()
            close = getattr(moments, "aclose", None)
            if close is not None:
                await close()

    async def _at(self, moment: Moment) -> None:
        if self._start_ms is None:
            self._start_ms = moment.open_ms
        for note in moment.notes:
            self.say("feed_note", note=note)
        for window, row in zip(self.windows, moment.rows, strict=True):
            if row is not None:
                window.append(row)
        rows = tuple([await self._row(seat, moment) for seat in self.seats])
        before = self.account.halts()
        step = await self.account.step(moment, rows)
        self.last_bar_ms = moment.open_ms
        self.figures.take(step)
        self._recorder.record(step, rows, self)
        self._report(step, before)
        if self._tell is not None:
            self._tell(Told(step=step, rows=rows, seats=self.seats))
        open_slots = {position.slot for position in self.account.positions()}
        for seat in self.seats:
            seat.frozen = seat.frozen and seat.key in open_slots

    async def _row(self, seat: Seat, moment: Moment) -> PlanRow | None:
        if moment.rows[seat.key.at] is None:
            return None
        if seat.quarantine:
            return seat.decider.silent(seat.quarantine)
        # What is in doubt can change while a strategy thinks: what forbade an entry is what the row tells.
        doubts = "; ".join(self.doubts.values())
        try:
            row = await self._asking.row(seat, "stale_data" if moment.late or doubts else "")
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises is its slot's affair alone
            return self._failed(seat, error)
        seat.passed()
        self.moods.take(seat.key.symbol, row, self.say)
        return seat.held(attrs.evolve(row, degraded=doubts) if doubts else row)

    def _failed(self, seat: Seat, error: Exception) -> PlanRow:
        """Keep a fault to its slot: a strategy on trial is sent back, any other one is not asked again."""
        words = redact(error.message) if isinstance(error, TradewindError) else words_of(error, most=2_000)
        if seat.trial:
            failed = seat.strategy
            name = seat.send_back()
            self.say(
                "strategy_sent_back", slot=seat.key.name, symbol=seat.key.symbol, failed=failed, now=name, why=words
            )
            return seat.decider.silent(words)
        seat.quarantine = words
        self.say("strategy_quarantined", slot=seat.key.name, symbol=seat.key.symbol, strategy=seat.strategy, why=words)
        return seat.decider.silent(words)

    def _report(self, step: Step, before: tuple[str, ...]) -> None:
        for name in step.halts:
            if name not in before:
                self.say("halted", breaker=name, equity=step.equity, drawdown=step.drawdown)
        for fill in step.fills[step.fills["reason"] == 0]:
            self.say(
                "entry_filled", symbol=self._symbol(fill), price=float(fill["price"]), quantity=float(fill["quantity"])
            )
        for trade in step.trades:
            self.say(
                "trade_closed", symbol=self._symbol(trade), pnl=float(trade["pnl"]), price=float(trade["exit_price"])
            )

    def _symbol(self, record: Any) -> str:
        return self.seats[int(record["slot"])].key.symbol

    def say(self, kind: str, **facts: Any) -> None:
        """Tell observers of something, at the feed's time."""
        self._emit(kind, time_ms=self.feed.clock.now_ms(), **facts)

    # what a person may do

    async def pause(self) -> None:
        """Take no entries until `resume`; what is open stays with its stops."""
        await self.account.pause()
        self.say("halted", breaker=OPERATOR)

    async def resume(self, breaker: str = OPERATOR) -> bool:
        """Clear a breaker by name; False when it does not stand."""
        cleared = await self.account.resume(breaker)
        if cleared:
            self.say("resumed", breaker=breaker)
        return cleared

    def stop(self, reason: str = "stopped") -> None:
        """End the session after the moment at hand; what is open stays open, protected by its stops."""
        self._stop_reason = self._stop_reason or reason
        self._stopping.set()

    async def flatten(self) -> None:
        """Close everything as soon as something trades, then end the session."""
        self._leaving = True
        await self.account.flatten()
        self.say("flattening")
        if not self.account.positions():
            self.stop("flattened")

    def plan_swap(self, name: str, pipelines: Mapping[str, Deciding], handover: Handover, slot: str = "") -> SwapPlan:
        """
        Return what `swap` would do, without doing it.

        Raises:
            LiveError: TW-L010 when the strategy cannot take over.
        """
        return plan_swap(self.seats, self.account.positions(), name, pipelines, handover, slot)

    async def swap(
        self, name: str, pipelines: Mapping[str, Deciding], handover: Handover = Handover.ADOPT, *, slot: str = "",
        plan: SwapPlan | None = None,
    ) -> SwapPlan:  # fmt: skip
        """
        Let another strategy take over, before the next bar is decided.

        It is tried first on the bars that are known; when it raises within three rows, the one before
        sits there again.

        Args:
            name: The new strategy's name.
            pipelines: It with its policies, by symbol.
            handover: What happens to open positions.
            slot: The slot's name; empty for all.
            plan: What `plan_swap` said since the last moment; None asks it.

        Raises:
            LiveError: TW-L010 when the strategy cannot take over; the old one stays.
        """
        plan = plan or self.plan_swap(name, pipelines, handover, slot)
        for k in plan.slots:
            seat = self.seats[k]
            seat.take_over(name, pipelines[seat.key.symbol], handover)
            if handover is Handover.CLOSE:
                await self.account.flatten(k)
        self.say("strategy_swapped", now=name, handover=handover.value, plan=list(plan.lines))
        return plan

    def get_performance_summary(self) -> dict[str, float]:
        """Return total_pnl, win_rate, sharpe_ratio, max_drawdown, total_trades and average_trade (see `Figures`)."""
        return self.figures.summary()

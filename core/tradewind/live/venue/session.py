"""A session whose orders go to a venue: desk, account and engine, from a start that reconciles to an end in order."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

import attrs

from tradewind.backtest.inputs import sha256_of
from tradewind.backtest.source import build_source
from tradewind.cache.atomic import private_folder
from tradewind.config.schema import Settings
from tradewind.errors import LiveError, VenueError
from tradewind.live.clock import Clock
from tradewind.live.engine import Emit, Engine, Told
from tradewind.live.feed.clusters import DayClusters
from tradewind.live.feed.feed import Feed
from tradewind.live.feed.lookup import Ask
from tradewind.live.feed.price_watch import PriceWatch
from tradewind.live.feed.window import BarWindow
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.holding import DeskEvent, StartReport
from tradewind.live.orders.intent import DeskRules
from tradewind.live.orders.lease import AccountLock, this_process
from tradewind.live.rng import Chance
from tradewind.live.session.feeding import open_feed, streams
from tradewind.live.session.figures import Figures
from tradewind.live.session.rehearsal import rehearse
from tradewind.live.session.session import Cast, Request, identity_of, seat_all, warnings_of, windows_of
from tradewind.live.strategy.seat import Seat
from tradewind.live.venue.account import VenueAccount
from tradewind.live.venue.keeping import VenueKeeper, recalled
from tradewind.live.venue.opening import Way
from tradewind.model.limits import Limits
from tradewind.plugins.catalog import Catalog
from tradewind.store.accounts import Session as SessionRow
from tradewind.store.journal import Journal

Hear = Callable[[DeskEvent], None]

_TRIES: Final = 8
_BETWEEN_S: Final = 0.5
_LONGEST_S: Final = 60.0
"""How long a start waits at most before it asks a venue again that wants fewer requests."""
_LOG: Final = logging.getLogger(__name__)


@attrs.frozen(kw_only=True, eq=False)
class VenueSession:
    """
    A session at a venue that is ready to run.

    Args:
        engine: The engine.
        desk: The desk, started.
        report: How the start went.
        notes: What the strategies say of the market, and what was found.
        prices: Hands prices between two bars to the account.
    """

    engine: Engine
    desk: OrderDesk
    report: StartReport
    notes: tuple[str, ...]
    prices: PriceWatch

    async def run(self) -> str:
        """Trade until someone stops it, and let go in order; stops stay at the venue."""
        reason = "failed"
        watching = asyncio.create_task(self.prices.run())
        try:
            reason = await self.engine.run()
        finally:
            await self.prices.stop(watching)
            await self.desk.stop(reason)
        return reason


def desk_rules(limits: Limits) -> DeskRules:
    """Return what the desk holds itself to, whatever the engine asks: the account's limits."""
    return DeskRules(
        max_symbol_exposure=Decimal(str(min(1.0, limits.max_position * limits.max_concurrent_positions))),
        max_total_exposure=Decimal(str(limits.max_total_exposure)),
        max_daily_loss=Decimal(str(limits.max_daily_risk)),
        max_drawdown=Decimal(str(limits.max_drawdown)),
    )


async def open_venue(
    way: Way, players: Cast, request: Request, settings: Settings, catalog: Catalog, *, mode: str, clock: Clock,
    chance: Chance, journal: Journal, emit: Emit, tell: Callable[[Told], None] | None = None, takeover: bool = False,
    ask: Ask | None = None,
) -> VenueSession:  # fmt: skip
    """
    Open bars, become the account's one writer, reconcile, and return the session.

    Args:
        way: The way to the venue.
        players: The strategies.
        request: What was asked for.
        settings: The settings in force.
        catalog: What the loaded plugins offer.
        mode: `live`, or `paper` for a venue of practice.
        clock: The machine's clock; the desk sets it by the venue's.
        chance: Names this process.
        journal: Where everything is written before it is done.
        emit: Tells observers.
        tell: Is called after each moment.
        takeover: A person has said that the lease's holder on another machine is dead.
        ask: Runs calls of the source that block; None takes threads.

    Raises:
        LeaseError: TW-L007 when another process owns the account.
        LiveError: TW-L006 when the bars are not those of a market that goes on now.
        TradewindError: With the code of what else was wrong.
    """
    source = _streaming(request, settings, catalog)
    await _until_told(clock, partial(_take_time, way, clock))

    async def open_bars() -> Feed:
        return open_feed(request, players, settings, source, catalog, clock, None, ask=ask).feed

    feed = await _until_told(clock, open_bars)
    windows = windows_of(feed, players.warmup)
    seats = seat_all(players, feed, windows)
    private_folder(settings.state_dir)
    desk = _desk(way, players, feed, settings, request, mode, clock, chance, journal, takeover=takeover)
    # What a first bar needs is loaded while the desk reconciles.
    rehearsal = asyncio.create_task(asyncio.to_thread(rehearse, players, feed, seats, windows, settings))
    desk.bench.hear = partial(_tell, emit)
    report = await _reconciled(desk, rehearsal)
    last = _last_closes(feed, windows)
    equity = desk.account(last).equity
    keeper = VenueKeeper(journal, desk, way.fingerprint, report.session_id, feed.instruments)
    keeper.begin(equity)
    desk.bench.hear = _both(keeper.hear, partial(_tell, emit))
    account = _account(way, players, settings, feed, windows, seats, desk, journal, report.session_id)
    engine = Engine(
        feed=feed,
        account=account,
        seats=seats,
        windows=windows,
        recorder=keeper,
        figures=Figures(initial_balance=float(equity), bar_ms=feed.market.ms),
        emit=emit,
        tell=tell,
        budget_s=players.patience_s,
    )
    notes = (*_notes(report), *warnings_of(players, feed, windows, settings))
    prices = PriceWatch(source, account.see, last)
    return VenueSession(engine=engine, desk=desk, report=report, notes=notes, prices=prices)


def _notes(report: StartReport) -> list[str]:
    """Return in words how the start went."""
    refused = [f"{symbol} is not traded: {why}" for symbol, why in report.refused.items()]
    return [*report.notes, *refused, *(f"{name}: guarantee {level.value}" for name, level in report.guarantees.items())]


def _desk(
    way: Way, players: Cast, feed: Feed, settings: Settings, request: Request, mode: str, clock: Clock, chance: Chance,
    journal: Journal, *, takeover: bool,
) -> OrderDesk:  # fmt: skip
    return OrderDesk(
        way.make(),
        journal,
        clock,
        account=way.fingerprint,
        session=_row(way, players, feed, settings, request, mode, clock.now_ms()),
        slots=players.names,
        symbols=feed.names,
        owner=this_process(chance),
        lock=AccountLock(settings.state_dir, way.fingerprint),
        rules=desk_rules(players.limits),
        takeover=takeover,
    )


async def _reconciled(desk: OrderDesk, rehearsal: Awaitable[object]) -> StartReport:
    """Start the desk; what fails lets go of the account in order."""
    try:
        report = await desk.start()
        await rehearsal
    except BaseException as error:
        await desk.stop(str(error) if isinstance(error, asyncio.CancelledError) else "failed")
        raise
    return report


def _streaming(request: Request, settings: Settings, catalog: Catalog) -> Any:
    """Return the source of bars of a market that goes on now."""
    source = build_source(settings.source, settings, catalog)
    if not streams(source, settings, catalog) or request.names_a_span:
        raise LiveError(
            f"the source {settings.source} tells history, and orders go to a market that goes on now.",
            code="TW-L006",
            hint='Name a source that streams, such as source = "binance", and no --start, --end, --days or --speed.',
        )
    return source


def _account(
    way: Way, players: Cast, settings: Settings, feed: Feed, windows: Sequence[BarWindow], seats: Sequence[Seat],
    desk: OrderDesk, journal: Journal, session_id: int,
) -> VenueAccount:  # fmt: skip
    clustered = len(feed.names) > 1 and players.limits.max_correlated_risk < 1.0
    account = VenueAccount(
        [seat.key for seat in seats],
        feed.instruments,
        feed.timeframe,
        feed.market,
        desk=desk,
        limits=players.limits,
        costs=settings.costs,
        account_fp=way.fingerprint,
        session_id=session_id,
        clusters=DayClusters(len(feed.names)) if clustered else None,
        recall=partial(recalled, journal, way.fingerprint),
    )
    account.seat(seats)
    account.lead([window.bars() for window in windows])
    return account


def _last_closes(feed: Feed, windows: Sequence[BarWindow]) -> dict[str, Decimal]:
    """Return the close of each symbol's newest bar."""
    closes = {name: window.bars().close for name, window in zip(feed.names, windows, strict=True)}
    return {name: Decimal(str(found[-1])) for name, found in closes.items() if len(found)}


def _both(first: Hear, second: Hear) -> Hear:
    def hear(event: DeskEvent) -> None:
        first(event)
        second(event)

    return hear


async def _until_told[T](clock: Clock, question: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the venue does not answer or wants fewer requests; raises what it did last."""
    for _ in range(_TRIES - 1):
        try:
            return await question()
        except VenueError as error:
            if error.code not in {"TW-V001", "TW-V003"}:
                raise
            wait_s = float(error.data.get("retry_after_ms", 0)) / 1000.0 / clock.rate
            await clock.sleep(min(_LONGEST_S, max(_BETWEEN_S, wait_s)))
    return await question()


async def _take_time(way: Way, clock: Clock) -> None:
    """Go by the venue's clock before bars are asked for: which are closed is a question of its time."""
    executor = way.make()
    await executor.open()
    try:
        await clock.sync(executor.server_time)
    finally:
        await executor.close()


def _tell(emit: Emit, event: DeskEvent) -> None:
    """Tell observers what happened at the desk, at once: a position without a stop does not wait for a bar."""
    detail = {name: str(value) for name, value in event.detail.items()}
    facts = {"symbol": event.symbol, "slot": event.slot, "chain": event.chain_id, "detail": detail}
    try:
        emit(f"desk_{event.kind.value}", time_ms=event.time_ms, **facts)
    except Exception:  # noqa: BLE001  # a terminal that is gone must not stop an order
        _LOG.exception("what happened at the desk could not be told")


def _row(
    way: Way, players: Cast, feed: Feed, settings: Settings, request: Request, mode: str, now_ms: int
) -> SessionRow:
    identity = identity_of(players, settings, request)
    detail: dict[str, Any] = {
        "executor": way.name,
        "addresses": list(way.addresses),
        "settings": json.loads(json.dumps(identity)),
        "market": feed.market.name,
        "replay": False,
    }
    return SessionRow(
        strategy_name=", ".join(players.names),
        symbol=",".join(feed.names),
        mode=mode,
        timeframe=feed.timeframe.name,
        initial_balance=Decimal(0),
        start_time=now_ms,
        account_fp=way.fingerprint,
        config_hash=sha256_of(dict(identity)),
        detail=detail,
    )

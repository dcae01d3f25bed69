"""Open a paper session: a new one, or the one that was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tradewind.backtest.inputs import sha256_of
from tradewind.backtest.source import build_source
from tradewind.cache.atomic import private_folder
from tradewind.config.schema import Settings
from tradewind.errors import LeaseError
from tradewind.live.clock import Clock
from tradewind.live.engine import Emit, Engine, Told
from tradewind.live.feed.lookup import Ask
from tradewind.live.feed.window import BarWindow
from tradewind.live.orders.lease import AccountLock, this_process
from tradewind.live.paper.checkpoint import Saved
from tradewind.live.paper.keeping import SCOPE, Keeper
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.position.operator import FLAGS, OPERATOR, clear, pause
from tradewind.live.rng import Chance
from tradewind.live.session.feeding import Opened, open_feed
from tradewind.live.session.figures import Figures
from tradewind.live.session.record import NoRecorder, Recorder
from tradewind.live.session.rehearsal import load_kernel, rehearse
from tradewind.live.session.session import (
    SYNTHETIC,
    Cast,
    Request,
    cast,
    fingerprint,
    identity_of,
    paper_account,
    seat_all,
    warnings_of,
    windows_of,
)
from tradewind.live.strategy.seat import Seat
from tradewind.plugins.catalog import Catalog
from tradewind.store.accounts import Session as SessionRow

if TYPE_CHECKING:
    from tradewind.store.journal import Journal

BATCH = 250
"""How many moments of a replay are written at once: they can be told again."""


@attrs.frozen(kw_only=True, eq=False)
class Session:
    """
    A session that is ready to run.

    Args:
        engine: The engine.
        notes: What the strategies say of the market, and what else there is to know.
        synthetic: The bars are made up.
        resumed_ms: The last bar that an earlier run carried out, UTC milliseconds; None for a new session.
        closing: Lets go of what the session holds.
        account_fp: The account's name in the store; empty for a session that is not kept.
        session_id: The session's row; 0 for none.
    """

    engine: Engine
    notes: tuple[str, ...]
    synthetic: bool
    resumed_ms: int | None
    closing: ExitStack
    account_fp: str = ""
    session_id: int = 0

    def close(self) -> None:
        """Let go of the lock."""
        self.closing.close()


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """
    What the store has of earlier sessions with the same settings.

    Args:
        account_fp: The newest one's account; empty for none.
        number: How many accounts there were.
        session: The newest session's row.
        saved: Where it can be gone on from; None for nowhere.
    """

    account_fp: str = ""
    number: int = 0
    session: SessionRow | None = None
    saved: Saved | None = None


def find(journal: Journal, base: str) -> Found:
    """
    Return the newest session of these settings.

    Every new session has an account of its own, numbered from 1: one bar is decided once in each.

    Raises:
        LiveError: TW-L012 when its checkpoint is damaged or of another version.
    """
    known, beyond = 0, 1
    while journal.sessions(_numbered(base, beyond)):
        known, beyond = beyond, 2 * beyond
    while beyond - known > 1:
        middle = (known + beyond) // 2
        known, beyond = (middle, beyond) if journal.sessions(_numbered(base, middle)) else (known, middle)
    if not known:
        return Found()
    sessions = journal.sessions(_numbered(base, known))
    for session in reversed(sessions):
        stored = journal.checkpoint(session.id)
        if stored is not None:
            saved = Saved.from_bytes(stored.kernel_state, sha256=stored.sha256, schema_version=stored.schema_version)
            return Found(account_fp=_numbered(base, known), number=known, session=session, saved=saved)
    return Found(account_fp=_numbered(base, known), number=known)


def _numbered(base: str, number: int) -> str:
    return f"{base}-{number}"


def open_paper(
    request: Request, settings: Settings, catalog: Catalog, *, clock: Clock, chance: Chance, emit: Emit,
    tell: Callable[[Told], None] | None = None, journal: Journal | None = None, fresh: bool = False,
    ask: Ask | None = None,
) -> Session:  # fmt: skip
    """
    Return a paper session: over a history, or over bars as they close.

    Args:
        request: What was asked for.
        settings: The settings in force.
        catalog: What the loaded plugins offer.
        clock: The machine's clock.
        chance: Names this process.
        emit: Tells observers.
        tell: Is called after each moment.
        journal: Where it is kept; None keeps nothing and resumes nothing. The session closes it.
        fresh: Start anew, whatever is kept.
        ask: Runs calls of the source that block; None takes threads.

    Raises:
        LeaseError: TW-L007 when another process runs the same session.
        TradewindError: With the code of what else was wrong.
    """
    players = cast(request.strategies, settings, catalog)
    source = build_source(settings.source, settings, catalog)
    identity = identity_of(players, settings, request)
    base = fingerprint(identity)
    with ExitStack() as stack:
        if journal is not None:
            _lock(settings.state_dir, base, stack)
        found = find(journal, base) if journal is not None else Found()
        saved = None if fresh else found.saved
        opened = open_feed(request, players, settings, source, catalog, clock, saved, ask=ask)
        feed, saved = opened.feed, opened.saved
        windows = windows_of(feed, players.warmup)
        seats = seat_all(players, feed, windows)
        account = paper_account(players, feed, seats, settings)
        if saved is None:
            account.lead([window.bars() for window in windows])
        else:
            saved.restore(account)
        recorder = _recorder(journal, found, opened, account, chance, players, settings, identity, base)
        engine = _engine(opened, account, seats, windows, recorder, players, settings, emit=emit, tell=tell)
        if opened.is_replay:
            load_kernel()
        else:
            rehearse(players, feed, seats, windows, settings)
        return Session(
            engine=engine,
            notes=(*opened.notes, *warnings_of(players, feed, windows, settings)),
            synthetic=settings.source in SYNTHETIC,
            resumed_ms=saved.mark.last_ms if saved else None,
            closing=stack.pop_all(),
            account_fp=recorder.account_fp if isinstance(recorder, Keeper) else "",
            session_id=recorder.session_id if isinstance(recorder, Keeper) else 0,
        )


def _engine(
    opened: Opened, account: PaperAccount, seats: Sequence[Seat], windows: Sequence[BarWindow], recorder: Recorder,
    players: Cast, settings: Settings, *, emit: Emit, tell: Callable[[Told], None] | None,
) -> Engine:  # fmt: skip
    """Return the engine where the session begins, or where it goes on."""
    feed, saved = opened.feed, opened.saved
    fresh = Figures(initial_balance=settings.initial_balance, bar_ms=feed.market.ms)
    engine = Engine(
        feed=feed,
        account=account,
        seats=seats,
        windows=windows,
        recorder=recorder,
        figures=saved.figures if saved else fresh,
        emit=emit,
        tell=tell,
        # In a replay nothing waits for a strategy.
        budget_s=None if opened.is_replay else players.patience_s,
        start_ms=saved.start_ms if saved else None,
    )
    engine.last_bar_ms = saved.mark.last_ms if saved else 0
    return engine


def _lock(folder: Path, base: str, stack: ExitStack) -> None:
    private_folder(folder)
    lock = AccountLock(folder, base)
    if not lock.acquire():
        raise LeaseError(
            "another process runs a paper session with the same settings.",
            code="TW-L007",
            hint="Stop that one first, or change what this one trades.",
        )
    stack.callback(lock.release)


def _recorder(
    journal: Journal | None, found: Found, opened: Opened, account: PaperAccount, chance: Chance, players: Cast,
    settings: Settings, identity: Mapping[str, Any], base: str,
) -> Recorder:  # fmt: skip
    if journal is None:
        return NoRecorder()
    feed, saved = opened.feed, opened.saved
    now_ms = feed.clock.now_ms()
    fp = found.account_fp if saved is not None else _numbered(base, found.number + 1)
    # The lock of the operating system is ours: whoever held the lease is dead.
    lease = journal.acquire_lease(fp, this_process(chance), now_ms=now_ms, holder_is_dead=True)
    before = found.session if saved is not None else None
    with journal.begin(lease) as unit:
        row = unit.add_session(
            SessionRow(
                strategy_name=", ".join(players.names),
                symbol=",".join(feed.names),
                mode="paper",
                timeframe=feed.timeframe.name,
                initial_balance=Decimal(str(settings.initial_balance)),
                start_time=now_ms,
                account_fp=fp,
                config_hash=sha256_of(dict(identity)),
                detail={
                    "settings": json.loads(json.dumps(identity)),
                    "resumes": before.id if before else None,
                    "market": feed.market.name,
                    "replay": opened.is_replay,
                },
            )
        )
        for position in unit.positions(before.id) if before else ():
            unit.remove_position(position.id)
        if before is not None:
            standing = {halt.breaker for halt in unit.active_halts(fp) if halt.scope == SCOPE}
            for name in set(account.halts()) & set(FLAGS) - standing:
                # A person cleared it while no engine ran.
                account.change(clear(name))
            if OPERATOR in standing - set(account.halts()):
                account.change(pause)
    return Keeper(
        journal, lease, row.id, every=BATCH if opened.is_replay else 1, pending=saved.pending if saved else ()
    )

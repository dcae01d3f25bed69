"""What a running session says of itself: where it stands, and how the machine fares with it."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tradewind.backtest.tables import iso_time
from tradewind.live.engine import Engine
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.paper.paper import PaperAccount

_HANDLES = Path("/proc/self/fd")
_MEMORY = Path("/proc/self/statm")


@attrs.frozen(kw_only=True)
class Facts:
    """
    Which session it is.

    Args:
        name: The account's name in the store, or one made up for a session that is not kept.
        session_id: The session's row; 0 when it is not kept.
        mode: `paper` or `live`.
        started_ms: When it began, by the wall clock, UTC milliseconds.
    """

    name: str
    session_id: int
    mode: str
    started_ms: int


def status_of(
    engine: Engine, facts: Facts, now_ms: int, lags_ms: Iterable[float] = (), seen: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """
    Return how a session stands, as values that strict JSON can hold.

    Args:
        engine: The engine.
        facts: Which session it is.
        now_ms: The wall clock, UTC milliseconds.
        lags_ms: By how much timers came late, milliseconds.
        seen: What watchdogs see, by their names.
    """
    feed = engine.feed
    replay = isinstance(feed, ReplayFeed)
    account = engine.account
    return {
        "account": facts.name,
        "session_id": facts.session_id,
        "mode": facts.mode,
        "started": iso_time(facts.started_ms),
        "strategies": {f"{seat.key.name} {seat.key.symbol}": seat.strategy for seat in engine.seats},
        "quarantined": {f"{one.key.name} {one.key.symbol}": one.quarantine for one in engine.seats if one.quarantine},
        "symbols": list(feed.names),
        "timeframe": feed.timeframe.name,
        "market_bars": feed.market.name,
        "market_bar_ms": feed.market.ms,
        "replay": replay,
        "last_bar_ms": engine.last_bar_ms,
        "last_bar": iso_time(engine.last_bar_ms) if engine.last_bar_ms else None,
        "feed_time_ms": feed.clock.now_ms(),
        "clock_error_ms": int(feed.clock.error_ms() / feed.clock.rate),
        "rate": feed.clock.rate,
        "time_ms": now_ms,
        "bars": engine.figures.bars,
        # A venue decides what it pays: there only `tradewind parity` can tell.
        "parity_streak": account.parity_streak if isinstance(account, PaperAccount) else None,
        "equity": engine.figures.equity,
        "positions": len(engine.account.positions()),
        "halts": list(engine.account.halts()),
        "sentiment": engine.moods.plain(),
        "troubles": {name: attrs.asdict(one) for name, one in (seen or {}).items()},
        "machine": machine(engine, lags_ms),
    }


def machine(engine: Engine, lags_ms: Iterable[float]) -> dict[str, Any]:
    """Return what this process uses: memory (bytes), descriptors, processor time, tasks, latencies."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    took = sorted(engine.took_ms)
    late = sorted(lags_ms)
    return {
        "pid": os.getpid(),
        "memory_bytes": memory_bytes(),
        "descriptors": sum(1 for _ in _HANDLES.iterdir()) if _HANDLES.is_dir() else None,
        "descriptor_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "tasks": len(asyncio.all_tasks()),
        "bar_ms": _spread(took),
        "loop_lag_ms": _spread(late),
    }


def memory_bytes() -> int:
    """Return how much memory this process has, bytes."""
    if _MEMORY.is_file():
        return int(_MEMORY.read_text().split()[1]) * resource.getpagesize()
    # Elsewhere only the most it ever was is known; macOS counts it in bytes, others in kilobytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _spread(ordered: list[float]) -> dict[str, float] | None:
    """Return median, 99th percentile and maximum of what is sorted."""
    if not ordered:
        return None
    last = len(ordered) - 1
    places = {"median": last // 2, "p99": int(last * 0.99), "max": last}
    return {name: round(ordered[place], 3) for name, place in places.items()}

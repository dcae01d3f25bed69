"""
The database: what a durable intent costs, and how fast decisions are found among a million.

    python tests/bench/bench_store.py            everything
    python tests/bench/bench_store.py --quick    fewer commits, no million rows
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from store import samples
from store.many import HOUR, fill, plan
from store.postgres import Server, binaries
from tradewind.store.journal import Journal
from tradewind.store.memory import MemoryJournal
from tradewind.store.opening import open_store
from tradewind.store.queries import executions_at, executions_with, on_bar, with_outcome
from tradewind.store.sql_journal import SqlJournal

ROWS = 1_000_000
MEDIAN_MS, P99_MS = 1.0, 5.0


def measured(call: Callable[[int], object], count: int) -> tuple[float, float]:
    """Return median and 99th percentile of a call, milliseconds."""
    times = []
    for number in range(count):
        start = time.perf_counter()
        call(number)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return times[count // 2], times[int(count * 0.99)]


def told(what: str, times: tuple[float, float], note: str = "") -> None:
    print(f"{what:<52} median {times[0]:8.3f} ms   99% {times[1]:8.3f} ms   {note}")


def bare_commit(folder: Path, count: int) -> tuple[float, float]:
    """Return what the disk itself takes: one row, FULL, without any of our code."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE intent (id INTEGER PRIMARY KEY, payload TEXT)")

    def commit(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO intent (payload) VALUES (?)", ("x" * 400,))
        connection.execute("COMMIT")

    found = measured(commit, count)
    connection.close()
    return found


def intent(journal: Journal, count: int) -> tuple[float, float]:
    """Return what it takes until an attempt is durable: insert, epoch check, commit."""
    lease = journal.acquire_lease(samples.ACCOUNT, samples.owner(), now_ms=1)
    with journal.begin(lease) as unit:
        chain = unit.add_chain(samples.chain(unit.add_session(samples.session()).id))

    def write(number: int) -> None:
        with journal.begin(lease) as unit:
            unit.add_attempt(samples.attempt(chain.id, n=number + 1, client_id=f"tw{number}"))

    found = measured(write, count)
    journal.close()
    return found


def million(name: str, place: str) -> None:
    with open_store(place) as store:
        start = time.perf_counter()
        fill(store, ROWS)
        print(f"{name}: {ROWS:,} decisions written in {time.perf_counter() - start:.1f} s")
        with store.snapshot() as connection:
            bar = samples.BAR + (ROWS // 40) * HOUR
            told(f"{name}: explain SYMBOL TIME", measured(lambda _: executions_at(connection, "S7", bar), 50))
            told(
                f"{name}: the newest 100 with an outcome",
                measured(lambda _: executions_with(connection, 26, limit=100), 50),
            )
            for statement in (on_bar("S7", bar), with_outcome(26, limit=100)):
                print("  " + plan(connection, statement).replace("\n", "\n  "))


def main(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    count = 300 if quick else 3_000
    server = Server.start(bin_folder) if (bin_folder := binaries()) else None
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            told("SQLite alone: a FULL commit of one row", bare_commit(folder, count))
            told("memory: an intent", intent(MemoryJournal(), count * 10))
            times = intent(SqlJournal(open_store(folder / "journal.db")), count)
            kept = "kept" if times[0] <= MEDIAN_MS and times[1] <= P99_MS else "NOT kept on this disk now"
            told("SQLite: an intent durable", times, f"bar {MEDIAN_MS} and {P99_MS} ms: {kept}")
            if server:
                times = intent(SqlJournal(open_store(server.make("journal"))), count)
                told("PostgreSQL: an intent committed (fsync off)", times)
            if not quick:
                million("SQLite", str(folder / "million.db"))
                if server:
                    million("PostgreSQL", server.make("million"))
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])

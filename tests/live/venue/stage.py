"""A sandbox as a real process, sessions that trade there, and what the exchange knows of them."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.backtest.tables import iso_time

TRADEWIND: Final = (sys.executable, "-c", "from tradewind.cli.main import main; main()")
STANDING: Final = (sys.executable, str(Path(__file__).parent / "standing.py"))
BAR_MS: Final = 900_000
LOT: Final = 1_000
"""Least quantity of the pair, units of 10^-8."""
STOPS: Final = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED"})
PATIENCE_S: Final = 120.0
"""How long something is waited for that takes a second on a machine with nothing else to do."""
GRACE_MS: Final = 6_000
"""A bar that was not heard of by then, market time after its close, is looked up: and not too late yet."""
_QUIET: Final = frozenset({"protected", "exiting", "closed"})
"""States of a chain that wait for the market alone."""


@attrs.define
class Chain:
    """What the exchange knows of one token chain, units of 10^-8."""

    bought: int = 0
    sold: int = 0
    fees: int = 0
    entries: set[int] = attrs.field(factory=set)
    resting: set[int] = attrs.field(factory=set)
    through: int = 0
    bare: bool = False

    def is_bare(self) -> bool:
        """Tell whether it holds something that no stop protects."""
        return not self.resting and self.bought - self.fees - self.sold >= LOT


@attrs.define
class Stage:
    """A folder with a sandbox that runs."""

    folder: Path
    facts: dict[str, Any]

    def run(self, name: str, *, program: Sequence[str] = TRADEWIND) -> subprocess.Popen[bytes]:
        """Start a session; what it says goes to a file, its summary to one beside it."""
        words = ("run", "adaptive", "--live-trading", "--i-understand-the-risks", "--profile", "sandbox")
        with (self.folder / name).open("wb") as told, (self.folder / f"{name}.json").open("wb") as summary:
            return subprocess.Popen(
                [*program, *words, "--timeframe", "15m", "--json"], cwd=self.folder, stdout=summary, stderr=told
            )

    def said(self, name: str = "run.out") -> str:
        """Return the end of what a session said."""
        return (self.folder / name).read_text()[-2000:]

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the control port."""
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
            self.facts["control_url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.facts['control_token']}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
            found: dict[str, Any] = json.load(answer)
        return found

    def truth(self) -> dict[str, Any]:
        """Return what the exchange knows."""
        return self.ask("/_truth")

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
            self.facts["control_url"] + "/_faults",
            headers={"Authorization": f"Bearer {self.facts['control_token']}"},
            method="DELETE",
        )
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310  # as above

    def stand_still(self) -> None:
        """Stop the market."""
        self.ask("/_clock", {"speed": 0})

    def parity(self) -> dict[str, Any]:
        """Tell the session's bars again, and return what differs."""
        words = ("--profile", "sandbox", "parity", "--timeframe", "15m", "--json")
        done = subprocess.run([*TRADEWIND, *words], cwd=self.folder, capture_output=True, timeout=200, check=False)
        assert done.returncode in (0, 1), done.stderr.decode()[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def rows(self, query: str) -> list[Any]:
        """Return what the database answers; nothing while there is none."""
        path = self.folder / ".tradewind" / "tradewind.db"
        if not path.exists():
            return []
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30.0) as database:
            try:
                return database.execute(query).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
                return []


@contextmanager
def sandbox(folder: Path, *more: str, start: str, seconds: int = 280) -> Iterator[Stage]:
    """Give a sandbox on a loopback port, and end it."""
    words = ("sandbox", "--source", "synthetic", "--symbol", "BTCUSDT", "--timeframe", "1m", "--start", start)
    place = ("--port", "0", "--control-port", "0", "--seconds", str(seconds), "--json")
    with (folder / "sandbox.out").open("wb") as out:
        process = subprocess.Popen(
            [*TRADEWIND, *words, *place, *more], cwd=folder, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        path = folder / ".tradewind" / "sandbox.json"
        wait_until(lambda: path.exists() or process.poll() is not None, (folder / "sandbox.out").read_text)
        yield Stage(folder=folder, facts=json.loads(path.read_text()))
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_until(holds: Callable[[], Any], words: Callable[[], str], *, at_most_s: float = PATIENCE_S) -> None:
    """Wait until something holds; fail with these words when it never does."""
    deadline = time.monotonic() + at_most_s
    while not holds():
        assert time.monotonic() < deadline, words()
        time.sleep(0.05)


def chains_of(truth: dict[str, Any], *, fast: bool = False) -> dict[str, Chain]:
    """
    Follow every own order, line by line: stops rest from the execution on, nothing is sold or bought twice.

    Args:
        truth: What the exchange knows.
        fast: The market goes on by seconds while a request is on its way, so that it may fall through a new stop
            before the swap that brings it: the venue has then taken the old one (409, -2021). That is counted
            (`through`), and the position is bare until it is sold or protected again.
    """
    chains: dict[str, Chain] = defaultdict(Chain)
    lines = [one for one in truth["entries"] if one["kind"] in {"ORDER", "TRADE"}]
    for n, line in enumerate(lines):
        data = line["data"]
        # slot, bar and symbol name the chain; the role and its count come after them
        chain = chains["-".join(data["client_id"].split("-")[:3])]
        trade = data["trade"]
        if trade is not None and data["side"] == "BUY":
            chain.bought += int(trade["quantity"])
            chain.fees += int(trade["commission"]) if trade["commission_asset"] == "BTC" else 0
            chain.entries.add(data["order_id"])
        elif trade is not None:
            chain.sold += int(trade["quantity"])
        if data["side"] == "SELL" and data["type"] in STOPS and data["status"] in OPEN:
            chain.resting.add(data["order_id"])
        else:
            chain.resting.discard(data["order_id"])
        if fast and data["side"] == "SELL" and data["type"] in STOPS and data["execution"] == "REJECTED":
            chain.through += 1
            chain.bare = True
        assert chain.sold <= chain.bought
        assert len(chain.entries) <= 1
        # lines of one microsecond are one act of the matching engine: what it leaves is what counts
        if n + 1 == len(lines) or lines[n + 1]["time_us"] != line["time_us"]:
            for name, one in chains.items():
                one.bare = one.bare and one.is_bare()
                assert one.bare or not one.is_bare(), f"{name} has no stop at {line}"
    return chains


def assert_books_are_exact(stage: Stage, truth: dict[str, Any]) -> None:
    """Compare the ledger with the balances of the exchange, to the last unit."""
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for asset, delta in stage.rows("SELECT asset, delta FROM ledger"):
        kept[asset] += Decimal(delta)
    balances = truth["balances"]["main"]
    shown = {asset: Decimal(free + locked).scaleb(-8) for asset, (free, locked) in balances.items()}
    assert {a: v for a, v in kept.items() if v} == {a: v for a, v in shown.items() if v}


def has_heard(stage: Stage) -> bool:
    """Tell whether the session has every execution in its books, and nothing is under way."""
    executed = sum(1 for line in stage.truth()["entries"] if line["kind"] == "TRADE")
    states = {state for (state,) in stage.rows("SELECT state FROM chain")}
    return stage.rows("SELECT count(*) FROM fill") == [(executed,)] and states <= _QUIET


def end(stage: Stage, process: subprocess.Popen[bytes]) -> int:
    """
    End a session in order.

    The market stands still first, and what it did is heard: no stop is triggered that nobody hears of.
    """
    stage.stand_still()
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and not has_heard(stage) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE_S)


def tell_bars(stage: Stage, process: subprocess.Popen[bytes], *, until_ms: int) -> None:
    """Let the market go on bar by bar; after each one the session decides and does all it wants before the next."""
    now = int(stage.ask("/_clock")["market_ms"])

    def words() -> str:
        return f"at {iso_time(now)}, exit code {process.poll()}: {stage.said()}"

    def heard() -> bool:
        assert process.poll() is None, words()
        return has_heard(stage)

    while now < until_ms:
        closes = now - now % BAR_MS + BAR_MS
        # A bar is told in two parts: what is stopped out within it is known before it closes.
        stage.ask("/_clock", {"until_ms": closes - 1_000})
        wait_until(heard, words)
        now = closes + 1
        stage.ask("/_clock", {"until_ms": now})
        _wait_for_decision(stage, closes - BAR_MS, heard, words)


def _wait_for_decision(stage: Stage, bar: int, heard: Callable[[], bool], words: Callable[[], str]) -> None:
    """Wait until a bar is decided; let the seconds pass after which history is asked for one that was not heard of."""
    begun = time.monotonic()
    passed = 0

    def decided() -> bool:
        nonlocal passed
        if (bar,) in stage.rows("SELECT bar_open_ms FROM bar_decision"):
            return True
        if passed < GRACE_MS and time.monotonic() - begun > 3.0:
            passed += 100
            stage.ask("/_clock", {"until_ms": bar + BAR_MS + passed})
        return False

    wait_until(lambda: heard() and decided(), words)


def let_pass(stage: Stage, seconds: float) -> None:
    """Let the market go on by ten minutes a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stage.ask("/_clock", {"advance_ms": 30_000})
        time.sleep(0.05)


def backtested(stage: Stage, first_ms: int, last_ms: int) -> dict[int, Decimal]:
    """Return what a backtest buys after each bar of a span."""
    path = stage.folder / "backtest.json"
    words = ("backtest", "adaptive", "--source", "synthetic", "--symbol", "BTCUSDT", "--timeframe", "15m")
    span = ("--start", iso_time(first_ms), "--end", iso_time(last_ms + 2 * BAR_MS))
    more = ("--close-at-end", "--no-certificate", "--no-db", "--json", str(path))
    subprocess.run([*TRADEWIND, *words, *span, *more], cwd=stage.folder, check=True, capture_output=True, timeout=200)
    found: dict[int, Decimal] = defaultdict(Decimal)
    for trade in json.loads(path.read_text())["trades"]:
        entered = int(datetime.fromisoformat(trade["entry_time"]).timestamp() * 1000)
        assert trade["side"] == "long"
        found[entered - BAR_MS] += Decimal(str(trade["quantity"]))
    return found


def bought(stage: Stage) -> dict[int, Decimal]:
    """Return what the journal says was bought after each bar."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    query = "SELECT chain.bar_open_ms, fill.qty FROM fill JOIN chain ON chain.id = fill.chain_id WHERE side = 'buy'"
    for bar, quantity in stage.rows(query):
        found[bar] += Decimal(quantity)
    return found

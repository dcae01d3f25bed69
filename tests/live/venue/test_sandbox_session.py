"""Sessions as real processes at the sandbox, over sockets: what the exchange knows, against what was promised."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.backtest.tables import iso_time

TRADEWIND = (sys.executable, "-c", "from tradewind.cli.main import main; main()")
START = "2024-04-23T10:00"
SPEED = "1800"
BAR_MS = 900_000
ENOUGH_MS = 1_713_920_400_000
"""2024-04-24T01:00 UTC: by then two entries were decided and one stop was triggered."""
LOT = 1_000
"""Least quantity of the pair, units of 10^-8."""
STOPS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})


@attrs.define
class Chain:
    """What the exchange knows of one token chain, units of 10^-8."""

    bought: int = 0
    sold: int = 0
    fees: int = 0
    entries: set[int] = attrs.field(factory=set)
    resting: set[int] = attrs.field(factory=set)


@attrs.define
class Stage:
    """A folder with a sandbox that runs."""

    folder: Path
    facts: dict[str, Any]

    def run(self, name: str) -> subprocess.Popen[bytes]:
        """Start a session; what it says goes to a file, its summary to one beside it."""
        words = ("run", "adaptive", "--live-trading", "--i-understand-the-risks", "--profile", "sandbox")
        with (self.folder / name).open("wb") as told, (self.folder / f"{name}.json").open("wb") as summary:
            return subprocess.Popen(
                [*TRADEWIND, *words, "--timeframe", "15m", "--json"], cwd=self.folder, stdout=summary, stderr=told
            )

    def truth(self) -> dict[str, Any]:
        """Return what the exchange knows."""
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
            self.facts["control_url"] + "/_truth", headers={"Authorization": f"Bearer {self.facts['control_token']}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # as above
            found: dict[str, Any] = json.load(answer)
        return found

    def stand_still(self) -> None:
        """Stop the market."""
        request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
            self.facts["control_url"] + "/_clock",
            data=b'{"speed": 0}',
            headers={"Authorization": f"Bearer {self.facts['control_token']}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310  # as above

    def rows(self, query: str) -> list[Any]:
        """Return what the database answers."""
        with sqlite3.connect(f"file:{self.folder / '.tradewind' / 'tradewind.db'}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()


@contextmanager
def sandbox(folder: Path, *, seconds: int = 150) -> Iterator[Stage]:
    """Give a sandbox on a loopback port, and end it."""
    words = ("sandbox", "--source", "synthetic", "--symbol", "BTCUSDT", "--timeframe", "1m", "--start", START)
    more = ("--speed", SPEED, "--port", "0", "--control-port", "0", "--seconds", str(seconds), "--json")
    with (folder / "sandbox.out").open("wb") as out:
        process = subprocess.Popen([*TRADEWIND, *words, *more], cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        path = folder / ".tradewind" / "sandbox.json"
        deadline = time.monotonic() + 40.0
        while not path.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.1)
        yield Stage(folder=folder, facts=json.loads(path.read_text()))
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a sandbox."""
    with sandbox(tmp_path) as made:
        yield made


def chains_of(truth: dict[str, Any]) -> dict[str, Chain]:
    """Follow every own order, line by line: stops rest from the execution on, nothing is sold or bought twice."""
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
        assert chain.sold <= chain.bought
        assert len(chain.entries) <= 1
        # lines of one microsecond are one act of the matching engine: what it leaves is what counts
        if n + 1 == len(lines) or lines[n + 1]["time_us"] != line["time_us"]:
            for name, one in chains.items():
                assert one.resting or one.bought - one.fees - one.sold < LOT, f"{name} has no stop at {line}"
    return chains


def assert_books_are_exact(stage: Stage, truth: dict[str, Any]) -> None:
    """Compare the ledger with the balances of the exchange, to the last unit."""
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for asset, delta in stage.rows("SELECT asset, delta FROM ledger"):
        kept[asset] += Decimal(delta)
    balances = truth["balances"]["main"]
    shown = {asset: Decimal(free + locked).scaleb(-8) for asset, (free, locked) in balances.items()}
    assert {a: v for a, v in kept.items() if v} == {a: v for a, v in shown.items() if v}


def end(stage: Stage, process: subprocess.Popen[bytes]) -> int:
    """Let the market stand still, so that no stop is triggered that nobody hears of, and end a session in order."""
    stage.stand_still()
    time.sleep(2.0)
    process.send_signal(signal.SIGTERM)
    return process.wait(45)


def until(stage: Stage, holds: Any, *, at_most_s: float) -> dict[str, Any]:
    """Wait until the exchange's truth fulfils something; return it."""
    deadline = time.monotonic() + at_most_s
    truth = stage.truth()
    while not holds(truth):
        assert time.monotonic() < deadline, (stage.folder / "run.out").read_text()[-2000:]
        time.sleep(0.25)
        truth = stage.truth()
    return truth


def backtested(stage: Stage, first_ms: int, last_ms: int) -> dict[int, Decimal]:
    """Return what a backtest buys after each bar of a span."""
    path = stage.folder / "backtest.json"
    words = ("backtest", "adaptive", "--source", "synthetic", "--symbol", "BTCUSDT", "--timeframe", "15m")
    span = ("--start", iso_time(first_ms), "--end", iso_time(last_ms + 2 * BAR_MS))
    more = ("--close-at-end", "--no-certificate", "--no-db", "--json", str(path))
    subprocess.run([*TRADEWIND, *words, *span, *more], cwd=stage.folder, check=True, capture_output=True, timeout=90)
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


def test_a_session_at_the_sandbox_buys_what_the_backtest_buys_and_keeps_exact_books(stage: Stage) -> None:
    process = stage.run("run.out")
    try:
        until(stage, lambda truth: truth["time_ms"] >= ENOUGH_MS or process.poll() is not None, at_most_s=90.0)
    finally:
        code = end(stage, process)
    truth = stage.truth()

    assert code == 0, (stage.folder / "run.out").read_text()[-2000:]
    assert chains_of(truth)
    assert_books_are_exact(stage, truth)
    assert json.loads((stage.folder / "run.out.json").read_text())["reason"] == "stopped by SIGTERM"
    told = (stage.folder / "run.out").read_text()
    assert "entered long" in told
    assert "fee 0.00" not in told
    ((first, last),) = stage.rows("SELECT min(bar_open_ms), max(bar_open_ms) FROM bar_decision")
    expected = {bar: quantity for bar, quantity in backtested(stage, first, last).items() if bar < last}
    actual = {bar: quantity for bar, quantity in bought(stage).items() if bar < last}
    assert set(expected) == set(actual)
    # each part is rounded to a lot by itself; equity is the venue's, with the fees and prices it had
    for bar, quantity in expected.items():
        assert abs(actual[bar] - quantity) <= 3 * Decimal("0.00001") + quantity / 200


def test_a_session_that_is_killed_stays_protected_trades_once_and_keeps_exact_books(stage: Stage) -> None:
    chance = random.Random(17)  # noqa: S311  # seeded on purpose
    running = stage.run("run.out")
    try:
        until(stage, lambda truth: any(one.resting for one in chains_of(truth).values()), at_most_s=90.0)
        for seconds in (chance.uniform(0.0, 1.0), chance.uniform(1.0, 8.0)):
            time.sleep(seconds)
            running.kill()
            running.wait(10)
            chains_of(stage.truth())
            running = stage.run("run.out")
        starts = len(stage.rows("SELECT id FROM trading_sessions"))
        deadline = time.monotonic() + 60.0
        while len(stage.rows("SELECT id FROM trading_sessions")) == starts and time.monotonic() < deadline:
            time.sleep(0.25)
        second = stage.run("second.out")
        assert second.wait(45) == 75, (stage.folder / "second.out").read_text()[-2000:]
        time.sleep(6.0)
    finally:
        code = end(stage, running)
    truth = stage.truth()

    assert code == 0, (stage.folder / "run.out").read_text()[-2000:]
    assert any(one.bought for one in chains_of(truth).values())
    assert_books_are_exact(stage, truth)

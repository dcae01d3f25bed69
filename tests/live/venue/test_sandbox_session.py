"""Sessions as real processes at the sandbox, over sockets: what the exchange knows, against what was promised."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from live.venue.stage import (
    STANDING,
    Stage,
    assert_books_are_exact,
    backtested,
    bought,
    chains_of,
    end,
    let_pass,
    sandbox,
    tell_bars,
    wait_until,
)

START = "2024-04-23T10:00"
ENTERED_MS = 1_713_877_200_000
"""2024-04-23T13:00 UTC: the first entry was decided."""
ENOUGH_MS = 1_713_919_500_000
"""2024-04-24T00:45 UTC: by then two entries were decided and two stops were triggered."""


BAD_DAY = [
    {"kind": "lose-response", "endpoint": "POST *", "probability": 0.2},
    {"kind": "lose-event", "stream": "user", "probability": 0.2},
    {"kind": "duplicate-event", "stream": "user", "probability": 0.2},
    {"kind": "stale-read", "endpoint": "GET /api/v3/order", "probability": 0.2, "lag": "10m"},
    {"kind": "lose-event", "event": "kline", "closing": True, "probability": 0.2},
]
"""What goes wrong while the market moves on: answers, reports and bars that are lost, reports that come twice."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a sandbox whose market stands still until it is told to go on."""
    with sandbox(tmp_path, "--speed", "1", start=START) as made:
        made.stand_still()
        yield made


@pytest.fixture
def near_entry(tmp_path: Path) -> Iterator[Stage]:
    """Give the same market, half an hour before an entry."""
    with sandbox(tmp_path, "--speed", "1", start="2024-04-23T12:15") as made:
        made.stand_still()
        yield made


def started(stage: Stage) -> subprocess.Popen[bytes]:
    """Start a session and wait until it has opened."""
    process = stage.run("run.out", program=STANDING)
    opened = "SELECT id FROM trading_sessions"
    wait_until(lambda: stage.rows(opened) or process.poll() is not None, stage.said)
    return process


def assert_every_cent_is_attributed(stage: Stage) -> dict[str, Any]:
    """Tell the session again: every decision is equal to the last bit, and the parts of the difference sum to it."""
    found = stage.parity()
    assert found["differences"] == []
    assert found["revised"] == []
    assert sum((Decimal(part["amount"]) for part in found["parts"]), Decimal(0)) == Decimal(found["difference"])
    assert Decimal(found["actual_pnl"]) - Decimal(found["ideal_pnl"]) == Decimal(found["difference"])
    told = sum((Decimal(pnl) for (pnl,) in stage.rows("SELECT pnl FROM trades")), Decimal(0))
    told += sum((Decimal(pnl) for (pnl,) in stage.rows("SELECT unrealized_pnl FROM positions")), Decimal(0))
    assert Decimal(found["actual_pnl"]) == told
    return found


def test_a_session_at_the_sandbox_buys_what_the_backtest_buys_and_keeps_exact_books(stage: Stage) -> None:
    process = started(stage)
    try:
        tell_bars(stage, process, until_ms=ENOUGH_MS)
    finally:
        code = end(stage, process)
    truth = stage.truth()

    assert code == 0, stage.said()
    assert chains_of(truth)
    assert_books_are_exact(stage, truth)
    assert json.loads((stage.folder / "run.out.json").read_text())["reason"] == "stopped by SIGTERM"
    told = (stage.folder / "run.out").read_text()
    assert "entered long" in told
    assert "fee 0.00" not in told
    assert_every_cent_is_attributed(stage)
    ((first, last),) = stage.rows("SELECT min(bar_open_ms), max(bar_open_ms) FROM bar_decision")
    expected = backtested(stage, first, last)
    actual = bought(stage)
    assert set(expected) == set(actual)
    assert len(actual) == 2
    # each part is rounded to a lot by itself; equity is the venue's, with the fees and prices it had
    for bar, quantity in expected.items():
        assert abs(actual[bar] - quantity) <= 3 * Decimal("0.00001") + quantity / 200


def test_a_session_that_is_killed_stays_protected_trades_once_and_keeps_exact_books(near_entry: Stage) -> None:
    stage = near_entry
    chance = random.Random(17)  # noqa: S311  # seeded on purpose
    process = started(stage)
    try:
        tell_bars(stage, process, until_ms=ENTERED_MS)
        assert any(one.resting for one in chains_of(stage.truth()).values())
        stage.ask("/_faults", {"fault": BAD_DAY})
        for seconds in (chance.uniform(0.0, 1.0), chance.uniform(1.0, 8.0)):
            let_pass(stage, seconds)
            process.kill()
            process.wait(10)
            let_pass(stage, 0.5)
            chains_of(stage.truth())
            process = stage.run("run.out", program=STANDING)
        newest = "SELECT max(id) FROM trading_sessions"
        before = stage.rows(newest)
        stage.clear_faults()
        wait_until(lambda: stage.rows(newest) > before or process.poll() is not None, stage.said)
        second = stage.run("second.out")
        assert second.wait(120) == 75, stage.said("second.out")
    finally:
        code = end(stage, process)
    truth = stage.truth()

    assert code == 0, stage.said()
    assert any(one.bought for one in chains_of(truth).values())
    assert_books_are_exact(stage, truth)
    found = assert_every_cent_is_attributed(stage)
    assert found["decisions"] >= 3

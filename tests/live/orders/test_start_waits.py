"""A start waits for what the owner before may still have under way, and for nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.live.orders.desk_life import DeskLife
from tradewind.live.orders.intent import DeskRules

NOW_MS = 1_700_000_000_000


def waits_s(*fences_ms: int, error_ms: int = 0, rate: float = 1.0) -> float:
    """Return how long a start waits when open chains have these fences."""
    clock = SimpleNamespace(now_ms=lambda: NOW_MS, error_ms=lambda: error_ms, rate=rate)
    chains = [SimpleNamespace(chain=SimpleNamespace(fence_ms=fence)) for fence in fences_ms]
    bench = SimpleNamespace(
        journal=SimpleNamespace(open_chains=lambda _: chains), account="fp", clock=clock, rules=DeskRules()
    )
    desk: Any = SimpleNamespace(bench=bench)
    return DeskLife._in_flight_s(desk)


@pytest.mark.critical
def test_a_start_waits_until_the_latest_fence_has_passed() -> None:
    assert waits_s(NOW_MS - 60_000, NOW_MS + 1_200, NOW_MS + 400) == pytest.approx(1.2, abs=0.01)
    assert waits_s(NOW_MS + 1_200, error_ms=300) == pytest.approx(1.5, abs=0.01)


@pytest.mark.critical
@pytest.mark.parametrize("fences", [(), (NOW_MS - 1,), (0, NOW_MS - 5_000)])
def test_a_start_waits_for_nothing_that_can_no_longer_arrive(fences: tuple[int, ...]) -> None:
    assert waits_s(*fences) == 0.0


def test_a_fence_that_lies_absurdly_far_ahead_holds_nobody_up_for_longer_than_one_window() -> None:
    rules = DeskRules()
    longest = (rules.recv_window_ms + rules.fence_margin_ms) / 1_000
    assert waits_s(NOW_MS + 10**9) == longest

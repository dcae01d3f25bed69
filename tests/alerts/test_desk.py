"""What happens at the order desk is told at once, and telling it can stop nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.live.clock import system_clock
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.holding import DeskEvent, DeskEventKind
from tradewind.live.orders.intent import DeskRules
from tradewind.live.venue.session import _tell


def bench() -> Bench:
    nothing: Any = SimpleNamespace()
    return Bench(
        nothing, nothing, system_clock(), account="a", names=nothing, rules=DeskRules(), woken=lambda: None
    )  # fmt: skip


def test_a_position_without_a_stop_is_heard_of_before_the_next_bar() -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    def emit(kind: str, *, time_ms: int, **facts: Any) -> None:
        told.append((kind, facts))

    desk = bench()
    desk.hear = lambda event: _tell(emit, event)
    desk.emit(DeskEventKind.BARE, symbol="BTCUSDT", slot="mine", chain_id=7, reason="refused")
    expected = {"symbol": "BTCUSDT", "slot": "mine", "chain": 7, "detail": {"reason": "refused"}}
    assert told == [("desk_bare", expected)]
    assert [event.kind for event in desk.events] == [DeskEventKind.BARE]


def test_a_breaker_that_trips_is_heard_of_with_its_reason() -> None:
    heard: list[DeskEvent] = []
    desk = bench()
    desk.hear = heard.append
    desk.trip("STALE_DATA", detail="no trades since 12 s")
    (event,) = heard
    assert (event.kind, event.detail["breaker"], event.detail["reason"]) == (
        DeskEventKind.HALTED, "STALE_DATA", "no trades since 12 s",
    )  # fmt: skip


def test_what_cannot_be_told_stops_no_order(caplog: pytest.LogCaptureFixture) -> None:
    def emit(kind: str, *, time_ms: int, **facts: Any) -> None:
        raise BrokenPipeError("the terminal is gone")

    desk = bench()
    desk.hear = lambda event: _tell(emit, event)
    desk.emit(DeskEventKind.CLOSED, symbol="BTCUSDT", chain_id=7)
    assert [event.kind for event in desk.events] == [DeskEventKind.CLOSED]
    assert "could not be told" in caplog.text

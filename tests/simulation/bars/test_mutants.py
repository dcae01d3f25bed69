"""Faults that are planted in feed, engine and checkpoint are noticed: the truth is not blind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from simulation.bars.world import Scene, live
from tradewind.live.engine import Engine
from tradewind.live.feed.belief import Belief
from tradewind.live.feed.stream import StreamFeed
from tradewind.live.paper.checkpoint import Saved

MOST = 12
"""Within so many seeds each is noticed."""


_restored = Saved.restore


async def _all_is_believed(self: Belief, name: str, candle: Any) -> tuple[Any, bool]:
    del self, name
    return candle, False


def _richer(self: Saved, account: Any) -> None:
    _restored(self, account)
    account.state.account["cash"] += 1.0


def _never_mind(self: Engine, seat: Any, error: Exception) -> Any:
    del self, error
    return seat.decider.silent("")


PLANTED: dict[str, tuple[type, str, Callable[..., Any], str]] = {
    "no bar is looked at": (StreamFeed, "_wrong_with", lambda *_: "", "zero"),
    "bars are taken before they close": (StreamFeed, "_wrong_with", lambda *_: "", "unfinished"),
    "every price is believed": (Belief, "believed", _all_is_believed, "spike"),
    "a strategy that failed is asked again": (Engine, "_failed", _never_mind, "raises"),
    "cash is not what it was": (Saved, "restore", _richer, "killed"),
}


@pytest.mark.critical
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_noticed(name: str) -> None:
    kind, method, fault, happens = PLANTED[name]
    with patch.object(kind, method, fault):
        scenes = (Scene(seed=seed, intensity=0.8, minutes=8, only=frozenset({happens})) for seed in range(MOST))
        assert any(live(scene).violations for scene in scenes)

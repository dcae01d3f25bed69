"""A session that is started again waits for what its predecessor may still have on its way, and for nothing else."""

from __future__ import annotations

from typing import Any

import attrs

from simulation.kills import scripted
from simulation.world import live
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.holding import StartReport

QUICK_S = 1.0
"""What the answers of the simulated venue take at a start."""


def test_a_start_waits_for_the_fence_of_what_was_sent_last_and_no_longer() -> None:
    seen: list[tuple[float, float]] = []

    class Timed(OrderDesk):
        """A desk that tells how long its start took, and how long a request was still on its way."""

        async def start(self) -> StartReport:
            bench = self.bench
            fences = [one.chain.fence_ms for one in bench.journal.open_chains(bench.account)]
            left, begun = max(fences, default=0) - bench.clock.now_ms(), bench.seconds()
            report = await super().start()
            seen.append((max(0.0, left / 1_000), bench.seconds() - begun))
            return report

    points: list[Any] = [("send", 3), ("send", 8), ("receive", 6), ("persisted", 30), ("persist", 60), ("receive", 14)]
    for number, point in enumerate(points):
        outcome = live(attrs.evolve(scripted(100 + number, point), desk=Timed))
        assert outcome.violations == ()
    assert [(left, took) for left, took in seen if not left <= took <= left + QUICK_S] == []
    assert any(left > 0.5 for left, _ in seen)
    assert len(points) < sum(left == 0 for left, _ in seen)

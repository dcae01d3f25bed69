"""
The program `tradewind` with the exchange's own clock, which it asks for the time each time.

How slow the machine is changes nothing then: a market that stands still stands still for the session, too, and no
time passes but what a test lets pass. Waits for the network are the machine's, as everywhere.
"""

from __future__ import annotations

import json
import math
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tradewind.cli import run_live
from tradewind.cli.main import main
from tradewind.live.clock import VenueClock
from tradewind.live.orders import bench
from tradewind_binance.rest import Rest


class StandingClock(VenueClock):
    """
    A clock that asks the control port.

    Args:
        facts: What the sandbox told of itself.
        rate: How fast its market goes when it goes.
    """

    def __init__(self, facts: dict[str, Any], rate: float) -> None:
        super().__init__(time.monotonic_ns, 0, rate=rate)
        self._request = urllib.request.Request(  # noqa: S310  # the sandbox's own address
            facts["control_url"] + "/_clock", headers={"Authorization": f"Bearer {facts['control_token']}"}
        )

    def now_ms(self) -> int:
        """Return the exchange's time, UTC milliseconds."""
        with urllib.request.urlopen(self._request, timeout=60) as answer:  # noqa: S310  # as above
            return int(json.load(answer)["time_ms"])

    def error_ms(self) -> int:
        """Return 0: it is the exchange's own."""
        return 0

    async def sync(self, server_time: Callable[[], Awaitable[int]]) -> int:
        """Return 0: nothing came apart."""
        del server_time
        return 0


def standing_clock(rate: float = 1.0) -> StandingClock:
    """Return the clock of the sandbox that runs in this folder."""
    return StandingClock(json.loads((Path(".tradewind") / "sandbox.json").read_text()), rate)


def exchange_time(_: Rest) -> int:
    """Return the exchange's time, UTC milliseconds, to what signs requests that only read."""
    return standing_clock().now_ms()


if __name__ == "__main__":
    # while it is asked for the time nothing else goes on: how long writing takes says nothing of the disk then
    with (
        patch.object(run_live, "system_clock", standing_clock),
        patch.object(Rest, "now_ms", exchange_time),
        patch.object(bench, "SLOW_S", math.inf),
    ):
        main()

"""
Lets a sandbox's market go on with the clock on the wall, at some speed.

The market runs faster than life, the network does not. What belongs to the network (delays, pings,
the age of a connection, messages a second) is counted in seconds; what belongs to the market (bars,
rate-limit windows, what a script calls `at` and `lasts`) in the market's own time. A request's
recvWindow belongs to the network: its bound is multiplied by the speed.

Where the machine is too slow for the speed, the market's time runs slower. Nothing is skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import attrs

from tradewind_sandbox.clock import Pace
from tradewind_sandbox.sandbox import Sandbox

_MOST: Final = 400
"""So many steps at once; between them, connections are served."""

_PUSH_S: Final = 0.1
"""A growing kline is told no more often than this, however fast the market goes."""

_LONGEST_S: Final = 0.25
_SHORTEST_S: Final = 0.001


@attrs.define(kw_only=True, eq=False)
class Ticking:
    """
    A sandbox on a paced clock.

    Args:
        sandbox: The sandbox.
        pace: How fast its market goes.
    """

    sandbox: Sandbox
    pace: Pace

    @classmethod
    def at_speed(cls, sandbox: Sandbox, speed: float, monotonic: Callable[[], float]) -> Ticking:
        """
        Return a sandbox whose market begins to go on now.

        Args:
            sandbox: The sandbox.
            speed: Market seconds in a second; 0 to let it go on by request only.
            monotonic: A clock, seconds.
        """
        made = cls(sandbox=sandbox, pace=Pace(monotonic=monotonic, start_us=sandbox.clock.market_us, speed=speed))
        made.set_speed(speed)
        return made

    def set_speed(self, speed: float) -> None:
        """Let the market go on at another speed from now on."""
        self.pace.rebase(self.sandbox.clock.market_us, speed)
        self.sandbox.exchange.operator.scale_timing(max(1.0, speed))
        driver = self.sandbox.driver
        if driver.rules.push_ms:
            driver.push_every(max(driver.rules.push_ms, int(speed * _PUSH_S * 1000)))

    def catch_up(self) -> bool:
        """Let happen what is due by now, a bounded part of it at a time; tell whether that was all."""
        due_us = self.pace.due_us()
        done = self.sandbox.advance(due_us // 1000, most=_MOST)
        if done < _MOST:
            self.sandbox.clock.move_to(due_us)
            return True
        self.pace.rebase(self.sandbox.clock.market_us)
        return False

    async def go_to(self, until_ms: int) -> None:
        """Let the market go on at once to a moment of its time, milliseconds UTC."""
        while self.sandbox.advance(until_ms, most=_MOST) >= _MOST:
            await asyncio.sleep(0)
        self.pace.rebase(self.sandbox.clock.market_us)

    async def sleep(self, milliseconds: float) -> None:
        """Let time of the network pass, and the market with it."""
        await asyncio.sleep(milliseconds / 1000)
        self.catch_up()

    async def run(self) -> None:
        """Let the market go on for ever."""
        while True:
            if not self.catch_up():
                await asyncio.sleep(0)
                continue
            wait = self.pace.seconds_until(self.sandbox.driver.next_ms * 1000)
            await asyncio.sleep(min(_LONGEST_S, max(_SHORTEST_S, wait)))

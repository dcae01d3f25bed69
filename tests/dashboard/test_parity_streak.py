"""How often the last bars, told again, led to where the account stood: counted by the session, told in its status."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from live.control.stage import stage
from tradewind.errors import LiveError
from tradewind.live.paper.paper import PaperAccount


def test_every_bar_that_agrees_counts(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as made:
            assert (await made.last("status"))["status"]["parity_streak"] == 0
            await made.go(5)
            assert (await made.last("status"))["status"]["parity_streak"] == 5
            await made.last("pause")
            await made.go(3)
            status = (await made.last("status"))["status"]
            assert (status["parity_streak"], status["bars"]) == (8, 8)

    asyncio.run(story())


def test_a_bar_that_does_not_agree_does_not_count_and_ends_the_session(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as made:
            await made.go(5)
            account = made.session.account
            assert isinstance(account, PaperAccount)
            account.state.account["cash"] += 1.0  # a bit of memory that is not what it was
            made.gate.permits.release()
            assert made.running is not None
            await asyncio.wait({made.running})
            assert account.parity_streak == 5

    with pytest.raises(LiveError, match="leads elsewhere"):
        asyncio.run(story())

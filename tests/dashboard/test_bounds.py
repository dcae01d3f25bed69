"""What the dashboard keeps is bounded in number, whoever asks, how often and for how long."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tradewind.config.schema import Settings
from tradewind.errors import PluginError
from tradewind.live.board import board as boards
from tradewind.live.board.board import MOST_POINTS, MOST_ROWS, Board
from tradewind.live.board.panels import Panels
from tradewind.plugins.catalog import load_catalog
from tradewind.store.opening import open_store
from tradewind_dashboard.login import BROWSERS, TRIES, Logins
from tradewind_dashboard.watch import Watch


def look(session_id: int) -> dict[str, Any]:
    return {"session": session_id, "filler": "x" * 10_000}


def test_a_browser_that_reads_nothing_has_one_event_waiting_and_one_that_left_has_none() -> None:
    async def story() -> None:
        watch = Watch(look, every_s=0.001)
        readers = [watch.events(1 + n % 3) for n in range(30)]
        for one in readers:
            assert await anext(one) == "retry: 2000\n\n"
            await anext(one)
        await asyncio.sleep(0.2)  # a hundred looks, and nobody reads
        waiting = [queue.qsize() for queues in watch._watchers.values() for queue in queues]
        assert len(waiting) == watch.watching == 30
        assert max(waiting) == 1
        assert len(watch._tasks) == 3
        for one in readers:
            await one.aclose()
        assert (watch.watching, watch._watchers, watch._tasks) == (0, {}, {})
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(story())


def test_browsers_that_come_and_go_for_ever_leave_nothing_behind() -> None:
    async def story() -> None:
        watch = Watch(look, every_s=0.001)
        for n in range(500):
            one = watch.events(n)
            await anext(one)
            await one.aclose()
        assert (watch.watching, watch._watchers, watch._tasks) == (0, {}, {})
        await watch.close()

    asyncio.run(story())


def test_logins_are_kept_for_as_many_browsers_as_there_may_be() -> None:
    now = 0.0
    logins = Logins("token", idle_s=1e9, ticks=lambda: now)
    cookies = []
    for _ in range(1_000):
        now += 60.0
        cookies.append(logins.login("token"))
        logins.login("another")
        logins.known("a cookie that nobody has")
    assert (len(logins._seen), len(logins._failed)) == (BROWSERS, TRIES)
    assert sum(logins.known(one or "") for one in cookies) == BROWSERS


def test_panels_that_are_not_there_are_not_remembered(kept: Path) -> None:
    settings = Settings(state_dir=kept / ".tradewind")
    catalog, board = load_catalog(), Board(settings)
    panels = Panels(settings, catalog, board)
    for n in range(50):
        with pytest.raises(PluginError):
            panels.rows(f"no-such-{n}", 1)
    assert panels._asked == {}
    board.close()


def test_no_question_is_answered_with_more_than_a_page_shows(kept: Path) -> None:
    board = Board(Settings(state_dir=kept / ".tradewind"))
    for ask in (board.orders, board.trades, board.decisions):
        assert len(ask(1, limit=10**9)) <= MOST_ROWS
    assert len(board.equity(1)) <= MOST_POINTS + 1
    board.close()


def test_those_who_ask_at_one_moment_open_one_database(kept: Path) -> None:
    board = Board(Settings(state_dir=kept / ".tradewind"))
    with (
        patch.object(boards, "open_store", side_effect=open_store) as opened,
        ThreadPoolExecutor(16) as pool,
    ):
        found = list(pool.map(board.trades, [1] * 64))
    assert opened.call_count == 1
    assert all(one == found[0] for one in found)
    board.close()

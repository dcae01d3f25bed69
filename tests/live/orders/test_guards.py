"""What stands between a fault and the money: breakers, the lock, fences and the clock."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.errors import UsageError, VenueError
from tradewind.live.breakers import BREAKERS, Breakers
from tradewind.live.clock import VenueClock
from tradewind.live.orders.fence import fence_of, has_passed, seconds_until
from tradewind.live.orders.lease import AccountLock, this_process
from tradewind.live.rng import SeededChance
from tradewind.model.venue import Capabilities
from tradewind.store.records import Halt


def breakers() -> tuple[Breakers, list[Halt]]:
    changes: list[Halt] = []
    return Breakers("account", lambda: 7, changes.append), changes


def test_a_breaker_stops_entries_in_its_scope_and_nowhere_else() -> None:
    desk, _ = breakers()
    desk.trip("FOREIGN_ORDER", scope="BTCUSDT", detail="order 5 is not ours")
    assert desk.blocks("BTCUSDT", "BTC", "USDT") == "FOREIGN_ORDER: order 5 is not ours"
    assert desk.blocks("ETHUSDT", "ETH", "USDT") is None


def test_a_breaker_of_the_account_stops_every_entry() -> None:
    desk, _ = breakers()
    desk.trip("DRAWDOWN")
    assert desk.blocks("ETHUSDT") == "DRAWDOWN: the fall from the peak has reached its limit"


def test_a_breaker_is_raised_once_and_cleared_in_someones_name() -> None:
    desk, changes = breakers()
    raised = [desk.trip("AUTH"), desk.trip("AUTH")]
    ended = desk.clear("AUTH", by="operator")
    assert [halt is None for halt in raised] == [False, True]
    assert ended is not None
    assert (ended.cleared_by, ended.cleared_ms) == ("operator", 7)
    assert [halt.cleared_ms for halt in changes] == [None, 7]
    assert desk.blocks("BTCUSDT") is None


def test_only_what_money_depends_on_must_be_written_and_survives_a_restart() -> None:
    desk, _ = breakers()
    for name in sorted(BREAKERS):
        desk.trip(name)
    kept, _ = breakers()
    kept.load(desk.active())
    lasting = {name for name, breaker in BREAKERS.items() if not breaker.clears_itself}
    assert {halt.breaker for halt in desk.unwritten()} == lasting
    assert {halt.breaker for halt in kept.active()} == lasting


def test_a_name_that_no_breaker_has_is_refused() -> None:
    desk, _ = breakers()
    with pytest.raises(UsageError, match="expected one of"):
        desk.trip("NOTHING")


def test_the_lock_of_an_account_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tradewind.live.orders.lease import AccountLock; "
        "lock = AccountLock(Path(sys.argv[1]), 'a'); print(lock.acquire(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        lock, another = AccountLock(tmp_path, "a"), AccountLock(tmp_path, "b")
        while_it_lives = [lock.acquire(), another.acquire()]
        other.kill()
    after_its_death = lock.acquire()
    lock.release()
    another.release()
    assert (while_it_lives, after_its_death) == ([False, True], True)


def test_a_lock_that_was_given_back_is_free(tmp_path: Path) -> None:
    first, second = AccountLock(tmp_path, "a"), AccountLock(tmp_path, "a")
    taken = [first.acquire(), first.acquire(), second.acquire()]
    first.release()
    freed = second.acquire()
    second.release()
    assert [*taken, freed] == [True, True, False, True]


def test_every_process_has_a_name_of_its_own() -> None:
    chance = SeededChance(1)
    assert this_process(chance).uuid != this_process(chance).uuid


@given(st.integers(-2_000, 2_000), st.integers(0, 10_000))
def test_no_fence_has_passed_before_the_venue_would_refuse_the_request(wrong_by: int, later: int) -> None:
    clock = VenueClock(lambda: later * 1_000_000, wrong_by if abs(wrong_by) <= 1_000 else 0)
    fence = fence_of(0, 2_000, 1_500, Capabilities(request_fence=True))
    true_now = later
    assert not (has_passed(fence, clock) and true_now <= 2_000)
    assert (seconds_until(fence, clock) == 0) == has_passed(fence, clock)


def test_where_the_venue_refuses_nothing_late_a_fence_is_a_minute() -> None:
    assert fence_of(0, 2_000, 1_500, Capabilities()) == 61_500


def test_the_quickest_of_several_answers_tells_the_time() -> None:
    now = [0]
    trips = iter([(400, 5_000), (10, 6_000), (900, 9_000), (300, 5_000), (300, 5_000)])

    async def server_time() -> int:
        length, told = next(trips)
        now[0] += length * 1_000_000
        return told

    clock = VenueClock(lambda: now[0], 0)
    asyncio.run(clock.sync(server_time))
    assert clock.now_ms() - now[0] // 1_000_000 == 6_000 - (400 + 410) // 2
    assert clock.error_ms() == 6


def test_a_clock_that_no_one_answers_keeps_its_time_and_says_so() -> None:
    async def server_time() -> int:
        raise VenueError("no answer", code="TW-V001")

    clock = VenueClock(lambda: 0, 42)
    with pytest.raises(VenueError):
        asyncio.run(clock.sync(server_time))
    assert (clock.now_ms(), clock.error_ms()) == (42, 1_000)

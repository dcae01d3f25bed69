"""Watchdogs: each sees a real fault, tells of it, writes it down, keeps the session from entering, and lets go."""

from __future__ import annotations

import asyncio
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from live.market import Lasting, Sitting, busy_setting, sitting
from live.orders.test_prices import a_desk
from tradewind.config.schema import Settings
from tradewind.live.clock import VenueClock, system_clock, wall_ms
from tradewind.live.control.control import LOOK_S, Control
from tradewind.live.control.status import Facts, memory_bytes, status_of
from tradewind.live.health.health import Running, watch_findings
from tradewind.live.session.reserve import Reserve
from tradewind.live.watch.machine import LEAST_BYTES, SHARE, ClockError, Descriptors, DiskSpace, Memory
from tradewind.live.watch.venue import SILENT_S, AccountSilence, MarketSilence, SlowJournal
from tradewind.live.watch.watch import BREAKER, SCOPE, Watch
from tradewind.live.watch.watchdog import LAG_MS, STUCK_MS, LongMoment, LoopLag, Trouble, Watchdog
from tradewind.live.watch.watching import watch_over
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.store.disk import Disk
from tradewind.store.memory import MemoryJournal

ACCOUNT = "paper-watched-1"


class Barking:
    """A watchdog that sees what it is told to see."""

    name = "test"

    def __init__(self, trouble: Trouble | None = None) -> None:
        self.trouble = trouble

    def look(self, now_s: float) -> Trouble | None:
        del now_s
        return self.trouble


def over(session: Sitting, *dogs: Watchdog, journal: MemoryJournal | None = None, **more: Any) -> Watch:
    return Watch(session.engine, dogs, clock=system_clock(), journal=journal, account_fp=ACCOUNT, **more)


def trouble(*, stops: bool) -> Trouble:
    return Trouble(text="something is wrong", todo="mend it", stops_entries=stops)


@pytest.mark.critical
def test_what_is_seen_is_told_once_written_down_and_cleared_when_it_is_over() -> None:
    session, journal = sitting(busy_setting(hours=500)), MemoryJournal(Disk())
    dog = Barking(trouble(stops=False))
    watch = over(session, dog, journal=journal)
    watch.look()
    watch.look()
    (halt,) = journal.active_halts(ACCOUNT)
    assert (halt.breaker, halt.scope, halt.detail) == (BREAKER, f"{SCOPE}test", "something is wrong")
    dog.trouble = None
    watch.look()
    assert journal.active_halts(ACCOUNT) == ()
    assert [(event["kind"], event["severity"]) for event in session.events] == [
        ("watchdog", "warning"),
        ("watchdog", "info"),
    ]
    assert session.events[0]["todo"] == "mend it"


def test_what_an_earlier_process_saw_is_cleared_at_the_start() -> None:
    session, journal = sitting(busy_setting(hours=500)), MemoryJournal(Disk())
    over(session, Barking(trouble(stops=True)), journal=journal).look()
    over(session, journal=journal).begin()
    assert journal.active_halts(ACCOUNT) == ()


@pytest.mark.critical
def test_nothing_is_entered_while_a_watchdog_forbids_it_and_entries_go_on_afterwards() -> None:
    dog = Barking(trouble(stops=True))

    def tell(told: Any) -> None:
        if len(session.told) == 5:
            dog.trouble = None
        watch.look()

    session = sitting(busy_setting(Lasting(), hours=500), tell=tell)
    watch = over(session, dog)
    watch.look()
    session.run()
    outcomes = session.asks()["outcome"].tolist()
    assert set(outcomes[:5]) == {OUTCOME_CODES["blocked:stale_data"]}
    assert OUTCOME_CODES["filled"] in outcomes[5:]
    assert [row.degraded for one in session.told[:5] for row in one.rows if row] == ["something is wrong"] * 5


@pytest.mark.critical
def test_a_replay_is_decided_as_it_was_whatever_goes_on_around_it(tmp_path: Path) -> None:
    session = sitting(busy_setting(Lasting(), hours=500))
    watch = watch_over(session.engine, Settings(), clock=system_clock(), journal=None, account_fp="", folder=tmp_path)
    watch._dogs = (*watch._dogs, Barking(trouble(stops=True)))
    watch.late(217_000.0)
    watch.look()
    assert list(watch.seen) == ["test"]
    assert session.engine.doubts == {}


def test_a_watchdog_that_fails_does_not_blind_the_others() -> None:
    class Broken(Barking):
        name = "broken"

        def look(self, now_s: float) -> Trouble | None:
            raise RuntimeError("no")

    watch = over(sitting(busy_setting(hours=500)), Broken(), Barking(trouble(stops=False)))
    watch.look()
    assert list(watch.seen) == ["test"]


@pytest.mark.critical
def test_a_loop_that_is_held_up_is_seen_and_a_long_one_stops_entries(tmp_path: Path) -> None:
    session = sitting(busy_setting(hours=500))
    watch = over(session, LoopLag(lag_ms=100.0, stuck_ms=1_500.0))

    async def held_up(seconds: float) -> None:
        control = Control(
            session.engine, Facts(name="x", session_id=0, mode="paper", started_ms=0), clock=system_clock(),
            pipelines=lambda name: {}, say=lambda text: None, watch=watch,
        )  # fmt: skip
        async with control:
            await asyncio.sleep(0.1)
            time.sleep(1.0 + seconds)  # it is what must be seen
            await asyncio.sleep(0.3)

    asyncio.run(held_up(0.5))
    assert "held up" in watch.seen["event loop"].text
    assert session.engine.doubts == {}
    asyncio.run(held_up(2.0))
    assert "event loop" in session.engine.doubts
    assert (LAG_MS, STUCK_MS) == (500.0, 5_000.0)


def test_a_bar_that_does_not_end_is_seen() -> None:
    session = sitting(busy_setting(hours=500))
    dog = LongMoment(engine=session.engine, most_s=0.05)
    seen: list[Trouble | None] = []

    async def hanging() -> None:
        session.engine.under_way_ns = time.monotonic_ns()
        await asyncio.sleep(0.1)
        seen.append(dog.look(time.monotonic_ns() / 1e9))
        session.engine.under_way_ns = None
        seen.append(dog.look(time.monotonic_ns() / 1e9))

    asyncio.run(hanging())
    assert seen[0] is not None
    assert "under way" in seen[0].text
    assert seen[1] is None


def test_memory_that_runs_out_is_seen() -> None:
    dog = Memory(limit=int((memory_bytes() + 40_000_000) / SHARE))
    assert dog.look(0.0) is None
    taken = bytearray(64_000_000)
    taken[::4096] = b"x" * len(taken[::4096])
    found = dog.look(0.0)
    assert found is not None
    assert "MB of memory" in found.text
    assert len(taken) == 64_000_000


def test_descriptors_that_run_out_are_seen() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    dog = Descriptors()
    assert dog.look(0.0) is None
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(int(256 * SHARE)):
            if dog.look(0.0) is None:
                stack.enter_context(open("/dev/null"))  # noqa: PTH123  # as many as needed
        assert dog.look(0.0) is not None


def test_a_disk_that_is_nearly_full_stops_entries(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    found = DiskSpace(folder=tmp_path, least_bytes=2 * free).look(0.0)
    assert found is not None
    assert found.stops_entries
    assert DiskSpace(folder=tmp_path, least_bytes=1).look(0.0) is None
    assert LEAST_BYTES == 200_000_000


def test_the_reserve_is_given_back_when_the_disk_is_full_and_taken_again_when_it_is_not(tmp_path: Path) -> None:
    Reserve(folder=tmp_path, size=1_000_000).look()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 1_000_000
    full = Reserve(folder=tmp_path, last=2**62, plenty=2**62)
    full.look()
    assert not (tmp_path / "reserve").exists()


def test_a_clock_that_jumps_is_seen_and_measured_anew() -> None:
    wall = [wall_ms()]
    measured: list[int] = []
    clock = VenueClock(time.monotonic_ns, wall[0])
    dog = ClockError(clock=clock, wall_ms=lambda: wall[0], again=lambda: measured.append(1), most_ms=None)
    assert dog.look(100.0) is None
    wall[0] += 1_000
    assert dog.look(101.0) is None
    wall[0] += 3_601_000  # it slept for an hour
    found = dog.look(102.0)
    assert found is not None
    assert found.stops_entries
    assert "+3,600.0 s" in found.text
    assert measured == [1]
    wall[0] += 61_000
    assert dog.look(163.0) is None


def test_a_venue_whose_time_is_not_known_is_told_of_until_it_is() -> None:
    clock = VenueClock(time.monotonic_ns, wall_ms())
    dog = ClockError(clock=clock, wall_ms=wall_ms, again=lambda: None)
    found = dog.look(time.monotonic_ns() / 1e9)
    assert found is not None
    assert "is known to 1000 ms only" in found.text

    async def told() -> int:
        return wall_ms()

    asyncio.run(clock.sync(told))
    assert dog.look(time.monotonic_ns() / 1e9) is None


class Silent:
    """A feed that tells since when it is quiet."""

    def __init__(self, quiet_s: float | None) -> None:
        self._quiet_s = quiet_s

    def quiet_s(self) -> float | None:
        return self._quiet_s


@pytest.mark.critical
@pytest.mark.parametrize(("quiet_s", "is_seen"), [(None, False), (8.9, False), (9.0, True), (600.0, True)])
def test_a_silent_market_is_seen_within_ten_seconds_and_stops_entries(quiet_s: float | None, is_seen: bool) -> None:
    found = MarketSilence(feed=Silent(quiet_s)).look(0.0)
    assert (found is not None and found.stops_entries) == is_seen
    assert SILENT_S + LOOK_S <= 10.0


def test_reports_of_the_account_that_are_missing_are_seen_within_a_minute() -> None:
    class Desk:
        class bench:  # noqa: N801  # as on a desk
            stream_live = True

    desk: Any = Desk()
    dog = AccountSilence(desk=desk)
    looks: Callable[[float], bool] = lambda now_s: dog.look(now_s) is not None  # noqa: E731  # short
    assert not looks(0.0)
    desk.bench.stream_live = False
    assert [looks(now_s) for now_s in (1.0, 10.0, 11.0, 59.0)] == [False, False, True, True]
    desk.bench.stream_live = True
    assert not looks(60.0)


@pytest.mark.critical
def test_a_journal_that_is_slow_to_write_stops_entries_for_a_minute() -> None:
    desk = a_desk()
    dog = SlowJournal(desk=desk)
    now_s = 1_000.0

    def written(took_s: float) -> None:
        nonlocal now_s
        moments = iter((now_s, now_s + took_s, now_s + took_s))
        desk.bench.seconds = lambda: next(moments)  # type: ignore[method-assign]
        with desk.bench.unit():
            pass
        now_s += took_s

    def seen() -> str | None:
        found = dog.look(now_s)
        return None if found is None else f"{found.text}, entries {'stop' if found.stops_entries else 'go on'}"

    assert seen() is None
    written(0.9)
    assert seen() is None
    written(2.5)
    written(1.0)
    assert seen() == "writing to the journal took 2.5 s, entries stop"
    now_s += 59.0
    written(0.1)
    assert seen() is not None
    now_s += 2.0
    assert seen() is None


def test_health_tells_what_watchdogs_see_and_what_to_do() -> None:
    session = sitting(busy_setting(hours=500))
    watch = over(session, Barking(trouble(stops=True)))
    watch.look()
    facts = Facts(name="x", session_id=0, mode="paper", started_ms=0)

    async def told() -> dict[str, Any]:
        return status_of(session.engine, facts, wall_ms(), watch.lags_ms, watch.seen)

    status = asyncio.run(told())
    (finding,) = watch_findings(Running(statuses=(status,)))
    assert (finding.level, finding.todo) == ("error", "mend it")
    assert finding.text == "test: something is wrong; no entries while it lasts"

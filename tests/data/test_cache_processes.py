"""Two processes cannot tear the cache, and a killed one loses nothing that was stored."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.histories import HOUR, START, hourly
from tradewind.cache.key import Key
from tradewind.cache.lock import writing
from tradewind.cache.store import BarCache
from tradewind.errors import DataError
from tradewind.model.timeframe import Timeframe

KEY = Key(source="venue", symbol="BTCUSDT", timeframe=Timeframe("1h"))

WRITER = """
import sys
from data.histories import HOUR, START, hourly
from tradewind.cache.key import Key
from tradewind.cache.store import BarCache
from tradewind.model.timeframe import Timeframe
root, first, step, count = sys.argv[1], *map(int, sys.argv[2:])
cache = BarCache(root)
key = Key(source="venue", symbol="BTCUSDT", timeframe=Timeframe("1h"))
for place in range(first, first + step * count, step):
    span = (START + place * HOUR, START + (place + 100) * HOUR)
    cache.write(key, hourly(place, place + 100), span, fetched_at_ms=START)
    print(place + 100, flush=True)
"""


def writer(root: Path, first: int, step: int, count: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(first), str(step), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def stored(root: Path) -> list[int]:
    bars, damage = BarCache(root).read(KEY, START, START + 10**6 * HOUR)
    assert damage == ()
    return [int(t - START) // HOUR for t in bars.time]


@pytest.mark.parametrize("delay_ms", [0, 3])
def test_a_process_killed_while_it_writes_loses_nothing_it_had_stored(tmp_path: Path, delay_ms: int) -> None:
    process = writer(tmp_path, 0, 100, 10_000)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(5)]
    time.sleep(delay_ms / 1000)
    process.send_signal(signal.SIGKILL)
    said += [int(line) for line in process.stdout]
    process.wait()
    process.stdout.close()
    places = stored(tmp_path)
    assert len(places) >= said[-1]
    assert places == list(range(len(places)))
    cache = BarCache(tmp_path)
    assert cache.check(KEY) == ()
    assert cache.repair(KEY) == ()
    last = len(places)
    span = (START + last * HOUR, START + (last + 1) * HOUR)
    cache.write(KEY, hourly(last, last + 1), span, fetched_at_ms=START)
    assert stored(tmp_path) == list(range(last + 1))
    assert not list(tmp_path.rglob(".tmp-*"))


def test_two_processes_writing_at_once_both_have_their_bars_kept(tmp_path: Path) -> None:
    left, right = writer(tmp_path, 0, 200, 5), writer(tmp_path, 100, 200, 5)
    while left.poll() is None or right.poll() is None:
        places = stored(tmp_path)
        assert len(places) % 100 == 0
        time.sleep(0.02)
    for process in (left, right):
        process.communicate()
        assert process.returncode == 0
    assert stored(tmp_path) == list(range(1000))


def test_a_writer_that_waits_too_long_says_who_to_wait_for(tmp_path: Path) -> None:
    lock = tmp_path / "history.lock"
    with writing(lock), pytest.raises(DataError, match="locked by another process") as caught:  # noqa: SIM117
        with writing(lock, patience_s=0.05):
            pytest.fail("two writers at once")
    assert caught.value.code == "TW-D013"


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "history.lock"
    with pytest.raises(RuntimeError), writing(lock):
        raise RuntimeError
    with writing(lock, patience_s=0.0):
        assert lock.exists()

"""The cache gives back what was put in, or says what is damaged."""

import hashlib
from pathlib import Path

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.histories import DAY, HOUR, START, hourly
from tradewind.cache.history import QUARANTINE, History
from tradewind.cache.key import Key
from tradewind.cache.manifest import MANIFEST, Manifest
from tradewind.cache.store import BarCache
from tradewind.errors import DataError, UsageError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe

KEY = Key(source="venue", symbol="BTCUSDT", timeframe=Timeframe("1h"))
MONTH = 31 * 24


def put(cache: BarCache, first: int, last: int, bars: Bars | None = None, key: Key = KEY) -> None:
    found = hourly(first, last) if bars is None else bars
    cache.write(key, found, (START + first * HOUR, START + last * HOUR), fetched_at_ms=START)


def got(cache: BarCache, first: int, last: int) -> list[int]:
    bars, damage = cache.read(KEY, START + first * HOUR, START + last * HOUR)
    assert damage == ()
    return [int(moment - START) // HOUR for moment in bars.time]


def month_files(cache: BarCache, key: Key = KEY) -> list[Path]:
    return sorted(key.folder(cache.root).glob("*.parquet"))


def test_what_was_written_is_read_back_to_the_last_bit(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    bars = hourly(0, 2000)
    rough = Bars(
        timeframe=bars.timeframe,
        time=bars.time,
        **{name: getattr(bars, name) * np.pi for name in FIELDS},
    )
    put(cache, 0, 2000, rough)
    back, _ = cache.read(KEY, START, START + 2000 * HOUR)
    assert back.sha256() == rough.sha256()
    assert len(month_files(cache)) == 3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 400)), min_size=1, max_size=5), st.data())
def test_spans_written_in_any_order_add_up(
    tmp_path_factory: pytest.TempPathFactory, writes: list[tuple[int, int]], data: st.DataObject
) -> None:
    cache = BarCache(tmp_path_factory.mktemp("cache"))
    there: set[int] = set()
    for first, length in writes:
        put(cache, first, first + length)
        there |= set(range(first, first + length))
    low, high = sorted((data.draw(st.integers(0, 2000)), data.draw(st.integers(0, 2000))))
    assert got(cache, low, high) == sorted(place for place in there if low <= place < high)


def test_a_newer_answer_replaces_the_older_for_the_same_times(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    put(cache, 4, 6, hourly(4, 6, shift=50.0))
    bars, _ = cache.read(KEY, START, START + 10 * HOUR)
    assert (bars.open - hourly(0, 10).open).tolist() == [0, 0, 0, 0, 50, 50, 0, 0, 0, 0]


def test_gaps_are_what_the_source_lacked_and_not_what_was_never_asked(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 20, hourly(0, 20, without={5, 6}))
    put(cache, 40, 60)
    put(cache, 700, 800, hourly(700, 800, without={743, 744, 745}))
    gaps = [
        ((gap.first_missing_ms - START) // HOUR, (gap.last_missing_ms - START) // HOUR, gap.bars)
        for gap in cache.manifest(KEY).gaps()
    ]
    assert gaps == [(5, 6, 2), (743, 745, 3)]


def test_provenance_is_kept_with_the_months(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    month = cache.manifest(KEY).months["2024-01"]
    assert (month.rows, month.first_ms, month.last_ms, month.fetched_at_ms) == (10, START, START + 9 * HOUR, START)
    assert len(month.sha256) == 64


@pytest.mark.parametrize("fault", ["flip", "cut", "empty", "lost", "other"])
def test_a_damaged_month_is_told_left_out_and_quarantined(tmp_path: Path, fault: str) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 2000)
    file = month_files(cache)[1]
    content = bytearray(file.read_bytes())
    if fault == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif fault == "cut":
        file.write_bytes(content[:-100])
    elif fault == "empty":
        file.write_bytes(b"")
    elif fault == "other":
        file.write_bytes(month_files(cache)[0].read_bytes())
    else:
        file.unlink()
    bars, damage = cache.read(KEY, START, START + 2000 * HOUR)
    assert [d.file for d in damage] == [file.name]
    assert [d.file for d in cache.check(KEY)] == [file.name]
    assert set((bars.time - START) // HOUR) == {k for k in range(2000) if not MONTH <= k < MONTH + 29 * 24}
    assert [d.file for d in cache.repair(KEY)] == [file.name]
    assert cache.check(KEY) == ()
    assert cache.manifest(KEY).covered == (
        (START, START + 31 * DAY),
        (START + 60 * DAY, START + 2000 * HOUR),
    )
    kept = list((tmp_path / QUARANTINE).rglob("*.parquet"))
    assert len(kept) == (0 if fault == "lost" else 1)


def test_writing_into_a_damaged_month_keeps_the_new_bars_and_forgets_the_old(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 100)
    month_files(cache)[0].write_bytes(b"damage")
    put(cache, 200, 210)
    assert got(cache, 0, 1000) == list(range(200, 210))
    assert cache.manifest(KEY).covered == ((START + 200 * HOUR, START + 210 * HOUR),)


@pytest.mark.parametrize("content", [b"", b"{", b'{"sha256": 1}', b"[]", b'"x"'])
def test_a_damaged_manifest_is_made_again_and_loses_nothing(tmp_path: Path, content: bytes) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 2000, hourly(0, 2000, without={77}))
    before = cache.manifest(KEY)
    (KEY.folder(tmp_path) / MANIFEST).write_bytes(content)
    with pytest.raises(DataError, match="damaged") as caught:
        cache.read(KEY, START, START + HOUR)
    assert caught.value.code == "TW-D010"
    assert [d.file for d in cache.repair(KEY)] == [MANIFEST]
    after = cache.manifest(KEY)
    assert (after.months, after.covered, after.gaps()) == (before.months, before.covered, before.gaps())


def test_an_edited_manifest_is_found_out(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    path = KEY.folder(tmp_path) / MANIFEST
    path.write_text(path.read_text().replace('"rows": 10', '"rows": 11'))
    assert [d.file for d in cache.check(KEY)] == [MANIFEST]


def test_a_lost_manifest_is_made_again_before_anything_is_written(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 2000)
    (KEY.folder(tmp_path) / MANIFEST).unlink()
    put(cache, 2000, 2010)
    assert got(cache, 0, 3000) == list(range(2010))


def test_a_month_of_another_history_is_not_taken_over(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    other = Key(source="venue", symbol="ETHUSDT", timeframe=Timeframe("1h"))
    put(cache, 0, 10)
    put(cache, 0, 10, key=other)
    file = month_files(cache, other)[0]
    (KEY.folder(tmp_path) / MANIFEST).unlink()
    month_files(cache)[0].unlink()
    file.rename(KEY.folder(tmp_path) / file.name)
    assert "another history" in cache.repair(KEY)[-1].cause
    assert got(cache, 0, 10) == []


def test_no_temporary_and_no_older_file_stays_behind(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    (KEY.folder(tmp_path) / ".tmp-0123").write_bytes(b"left by a crash")
    put(cache, 10, 20)
    assert [file.name for file in sorted(KEY.folder(tmp_path).iterdir())] == [month_files(cache)[0].name, MANIFEST]


def test_a_full_disk_leaves_the_cache_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", refuse)
        with pytest.raises(DataError, match="No space left") as caught:
            put(cache, 10, 20)
    assert caught.value.code == "TW-D013"
    assert got(cache, 0, 100) == list(range(10))
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.parametrize("symbol", ["BTCUSDT", "BTC:USDT", "币安人生USDT", "A.B_C-D"])
def test_any_symbol_has_its_own_plain_folder(tmp_path: Path, symbol: str) -> None:
    cache = BarCache(tmp_path)
    key = Key(source="venue", symbol=symbol, timeframe=Timeframe("1h"))
    put(cache, 0, 3, key=key)
    assert cache.histories() == [key]
    assert all(path.name.isascii() and ":" not in path.name for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("symbol", ["../../x", "..", "a/b", "x'; DROP TABLE bars; --", 'a"b', "a\\b", "", "."])
def test_a_symbol_that_reaches_out_is_refused(symbol: str) -> None:
    with pytest.raises(UsageError) as caught:
        Key(source="venue", symbol=symbol, timeframe=Timeframe("1h"))
    assert caught.value.code == "TW-U001"


@pytest.mark.parametrize("source", ["", "..", "a/b", ".quarantine", "a b"])
def test_a_source_name_that_reaches_out_is_refused(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        Key(source=source, symbol="BTCUSDT", timeframe=Timeframe("1h"))
    assert caught.value.code == "TW-U008"


def test_clear_removes_one_history_and_its_empty_folders_alone(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    other = Key(source="venue", symbol="ETHUSDT", timeframe=Timeframe("1h"))
    put(cache, 0, 10)
    put(cache, 0, 10, key=other)
    size = cache.size(KEY)
    assert size > 0
    assert cache.clear(KEY) == size
    assert cache.histories() == [other]
    assert not KEY.folder(tmp_path).parent.exists()
    assert cache.clear(other) > 0
    assert cache.histories() == []


def test_an_empty_cache_answers_with_nothing(tmp_path: Path) -> None:
    cache = BarCache(tmp_path / "not there")
    assert cache.histories() == []
    assert got(cache, 0, 10) == []
    assert cache.size(KEY) == 0
    assert not (tmp_path / "not there").exists()


def test_bars_read_from_the_cache_cannot_be_written_to(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    with pytest.raises(ValueError, match="read-only"):
        cache.read(KEY, START, START + HOUR)[0].close[0] = 1.0


def test_a_damaged_manifest_does_not_stop_a_write_and_loses_nothing(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 2000)
    (KEY.folder(tmp_path) / MANIFEST).write_bytes(b"damage")
    month_files(cache)[1].write_bytes(b"damage too")
    put(cache, 2000, 2010)
    assert got(cache, 0, 3000) == [*range(MONTH), *range(60 * 24, 2010)]
    assert len(list((tmp_path / QUARANTINE).rglob("*"))) == 5


def test_a_reader_follows_a_writer_that_replaced_a_month_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    load = History.load
    calls = []

    def interrupted(self: History, months: object) -> object:
        calls.append(months)
        if len(calls) == 1:
            monkeypatch.setattr(History, "load", load)
            put(cache, 10, 20)
        return load(self, months)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(History, "load", interrupted)
    assert got(cache, 0, 100) == list(range(20))
    assert len(calls) == 1


def test_a_reader_gives_up_when_the_files_never_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    manifests = iter(range(100))

    def restless(self: History) -> Manifest:
        return Manifest(key=KEY, tail=(next(manifests), 0))

    def gone(self: History, months: object) -> object:
        raise FileNotFoundError

    monkeypatch.setattr(History, "manifest", restless)
    monkeypatch.setattr(History, "load", gone)
    with pytest.raises(DataError, match="kept changing") as caught:
        cache.read(KEY, START, START + HOUR)
    assert caught.value.code == "TW-D013"


def replaced(cache: BarCache, table: pa.Table) -> None:
    """Put another table in the place of a month, with a manifest that names it rightly."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content = bytes(sink.getvalue())
    manifest = cache.manifest(KEY)
    month = attrs.evolve(manifest.months["2024-01"], sha256=hashlib.sha256(content).hexdigest())
    (KEY.folder(cache.root) / month.file).write_bytes(content)
    new = attrs.evolve(manifest, months={"2024-01": month})
    (KEY.folder(cache.root) / MANIFEST).write_bytes(new.to_bytes())


def test_a_file_with_the_right_hash_and_other_columns_is_damaged(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    replaced(cache, pa.table({"a": range(10)}))
    assert "rows or columns" in cache.check(KEY)[0].cause
    assert "rows or columns" in cache.repair(KEY)[0].cause
    (KEY.folder(tmp_path) / MANIFEST).unlink()
    (KEY.folder(tmp_path) / "2024-01-00000000.parquet").write_bytes(b"PAR1 nothing PAR1")
    causes = [damage.cause for damage in cache.repair(KEY)]
    assert any("cannot be read" in cause for cause in causes)


def test_a_month_under_another_name_is_not_taken_over(tmp_path: Path) -> None:
    cache = BarCache(tmp_path)
    put(cache, 0, 10)
    (KEY.folder(tmp_path) / MANIFEST).unlink()
    month_files(cache)[0].rename(KEY.folder(tmp_path) / "2024-02-00000000.parquet")
    assert "does not carry its hash" in cache.repair(KEY)[-1].cause


def test_other_folders_of_the_cache_are_passed_over(tmp_path: Path) -> None:
    for name in ("venue/BTCUSDT/1x", "venue/a b/1h", "venue/BTC%2E%2E/1h", "venue/%42TCUSDT/1h"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").touch()
    assert BarCache(tmp_path).histories() == []

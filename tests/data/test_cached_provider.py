"""A cached source asks only for what it does not have, and never keeps what may still change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

from data.histories import DAY, HOUR, START, Recorder, at, hourly
from tradewind.api import BarSource, CachedDataProvider, DataProvider
from tradewind.cache.cached import source_name
from tradewind.cache.history import Damage
from tradewind.cache.key import Key
from tradewind.cache.provider import ProviderSource
from tradewind.cache.store import BarCache
from tradewind.errors import DataError
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

BTC = Instrument(symbol="BTCUSDT")
H1 = Timeframe("1h")
KEY = Key(source="recorder", symbol="BTCUSDT", timeframe=H1)


class Clock:
    def __init__(self, hours: float) -> None:
        self.now = START + int(hours * HOUR)

    def __call__(self) -> int:
        return self.now


def cached(source: object, folder: Path, clock: Clock | None = None, **options: object) -> CachedDataProvider:
    return CachedDataProvider(source, folder, clock=clock or Clock(1e6), **options)  # type: ignore[arg-type]  # toys


def opens(frame: pd.DataFrame) -> list[int]:
    return [int((t - at(0)) / pd.Timedelta(hours=1)) for t in frame.index]


def test_the_second_time_nothing_is_asked(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 100))
    provider = cached(source, tmp_path)
    first = provider.bars(BTC, H1, at(0), at(50))
    asked = list(source.asked)
    pd.testing.assert_frame_equal(provider.bars(BTC, H1, at(0), at(50)), first)
    pd.testing.assert_frame_equal(cached(source, tmp_path).bars(BTC, H1, at(10), at(20)), first.iloc[10:20])
    assert source.asked == asked == [(0.0, 50.0)]


def test_it_equals_the_inner_source_over_gaps_and_borders(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 3000, without={7, 8, 743, 744, 745, 2000}))
    provider = cached(source, tmp_path)
    for first, last in ((700, 800), (0, 10), (5, 1500), (1400, 2999)):
        found = provider.bars(BTC, H1, at(first), at(last))
        pd.testing.assert_frame_equal(found, source.bars(BTC, H1, at(first), at(last)), check_freq=False)


def test_a_longer_span_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 100))
    provider = cached(source, tmp_path)
    provider.bars(BTC, H1, at(20), at(40))
    assert opens(provider.bars(BTC, H1, at(10), at(60))) == list(range(10, 60))
    assert source.asked == [(20.0, 40.0), (10.0, 20.0), (40.0, 60.0)]


def test_an_outage_and_the_time_before_the_listing_are_asked_once(tmp_path: Path) -> None:
    source = Recorder(hourly(30, 100, without={50, 51, 52}))
    provider = cached(source, tmp_path)
    provider.bars(BTC, H1, at(0), at(90))
    provider.bars(BTC, H1, at(0), at(90))
    provider.bars(BTC, H1, at(49), at(53))
    assert source.asked == [(0.0, 90.0)]


def test_a_bar_that_has_not_closed_is_neither_asked_nor_kept(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 100))
    provider = cached(source, tmp_path, Clock(10.5))
    assert opens(provider.bars(BTC, H1, at(0), at(20))) == list(range(10))
    assert source.asked == [(0.0, 10.0)]


def test_the_open_end_is_asked_again_after_the_time_to_live(tmp_path: Path) -> None:
    source, clock = Recorder(hourly(0, 10)), Clock(12)
    provider = cached(source, tmp_path, clock, ttl=600)
    provider.bars(BTC, H1, at(0), at(20))
    clock.now += 599_000
    provider.bars(BTC, H1, at(0), at(20))
    assert source.asked == [(0.0, 12.0)]
    source.held = hourly(0, 12)
    clock.now += 1_000
    assert opens(provider.bars(BTC, H1, at(0), at(20))) == list(range(12))
    assert source.asked == [(0.0, 12.0), (10.0, 12.0)]


def test_the_time_to_live_does_not_hide_a_span_that_was_never_asked(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 200, without={9}))
    provider = cached(source, tmp_path, Clock(500), ttl=3600)
    provider.bars(BTC, H1, at(0), at(10))
    assert opens(provider.bars(BTC, H1, at(0), at(100))) == [k for k in range(100) if k != 9]


def test_a_damaged_month_is_fetched_again(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 2000))
    provider = cached(source, tmp_path)
    before = provider.bars(BTC, H1, at(0), at(2000))
    for file in KEY.folder(tmp_path).glob("2024-02*"):
        file.write_bytes(b"damage")
    pd.testing.assert_frame_equal(provider.bars(BTC, H1, at(0), at(2000)), before)
    assert source.asked[1:] == [(31 * 24.0, 60 * 24.0)]
    assert len(list((tmp_path / ".quarantine").rglob("2024-02*"))) == 1


def test_a_damaged_manifest_costs_no_new_question(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 2000))
    provider = cached(source, tmp_path)
    before = provider.bars(BTC, H1, at(0), at(2000))
    (KEY.folder(tmp_path) / "manifest.json").write_bytes(b"damage")
    pd.testing.assert_frame_equal(provider.bars(BTC, H1, at(0), at(2000)), before)
    assert len(source.asked) == 1


def test_a_long_history_is_stored_piece_by_piece(tmp_path: Path) -> None:
    class Fails(Recorder):
        def bars(self, *args: object) -> pd.DataFrame:
            if len(self.asked) == 2:
                raise DataError("the line broke", code="TW-D011")
            return super().bars(*args)  # type: ignore[arg-type]  # passed through

    source = Fails(hourly(0, 160_000))
    with pytest.raises(DataError, match="the line broke"):
        cached(source, tmp_path).bars(BTC, H1, at(0), at(160_000))
    source.asked.clear()
    stored = Recorder(hourly(0, 160_000))
    assert len(cached(stored, tmp_path, name="fails").bars(BTC, H1, at(0), at(160_000))) == 160_000
    assert 100_000 < stored.asked[0][0] < 110_000


def test_without_cache_everything_is_asked_and_nothing_is_stored(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 100))
    provider = cached(source, tmp_path / "cache", no_cache=True)
    provider.bars(BTC, H1, at(0), at(10))
    provider.bars(BTC, H1, at(0), at(10))
    assert source.asked == [(0.0, 10.0)] * 2
    assert not (tmp_path / "cache").exists()


class MyDataProvider(DataProvider):
    """As a user would write it."""

    def get_historical_data(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> pd.DataFrame:
        times = pd.date_range(start, end, freq=timeframe, inclusive="left")
        values = np.arange(len(times)) + 100.0
        return pd.DataFrame(
            {"open": values, "high": values, "low": values, "close": values, "volume": 1.0}, index=times
        )

    def get_live_data(self, symbol: str, timeframe: str, limit: int = 100) -> pd.DataFrame:
        return self.get_historical_data(symbol, timeframe, at(0), at(500)).tail(limit)


def test_a_two_method_provider_works_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    provider = CachedDataProvider(MyDataProvider())
    day = provider.get_historical_data("BTCUSDT", "1h", datetime(2024, 1, 1), datetime(2024, 1, 2))  # noqa: DTZ001
    assert len(day) == 24
    assert str(pd.DatetimeIndex(day.index).tz) == "UTC"
    assert len(provider.get_live_data("BTCUSDT", "1h", limit=7)) == 7
    assert isinstance(provider, BarSource)
    assert isinstance(provider, DataProvider)
    zoned = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
    pd.testing.assert_frame_equal(provider.bars(BTC, H1, *zoned), day)
    assert (tmp_path / "data/cache/mydataprovider/BTCUSDT/1h").is_dir()
    assert provider.instruments() == []


def test_live_data_of_a_bar_source_are_its_newest_closed_bars(tmp_path: Path) -> None:
    provider = cached(Recorder(hourly(0, 100)), tmp_path, Clock(40.25))
    assert opens(provider.get_live_data("BTCUSDT", "1h", limit=5)) == [35, 36, 37, 38, 39]

    class Lists(Recorder):
        def available(self, symbol: str) -> dict[Timeframe, tuple[int, int]]:
            return {H1: (START, START + 100 * HOUR)}

    old = cached(Lists(hourly(0, 100)), tmp_path / "old")
    assert opens(old.get_live_data("BTCUSDT", "1h", limit=2)) == [98, 99]
    assert old.available("BTCUSDT") == {H1: (START, START + 100 * HOUR)}
    assert provider.available("BTCUSDT") == {}


def frames() -> Iterator[tuple[str, object, str]]:
    good = hourly(0, 5).to_frame()
    yield "none", None, "TW-D011"
    yield "list", [1, 2], "TW-D011"
    yield "no times", good.reset_index(drop=True), "TW-D011"
    yield "no close", good.drop(columns="close"), "TW-D003"
    yield "text", good.assign(close="null"), "TW-D004"
    yield "doubled", pd.concat([good, good]), "TW-D005"
    yield "backwards", good.iloc[::-1], "TW-D005"
    yield "off grid", good.set_index(pd.DatetimeIndex(good.index) + pd.Timedelta(minutes=30)), "TW-D006"


@pytest.mark.parametrize(("answer", "code"), [pytest.param(f, c, id=name) for name, f, c in frames()])
def test_an_answer_that_is_no_closed_bars_is_refused_and_not_stored(tmp_path: Path, answer: object, code: str) -> None:
    class Odd(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            return answer  # type: ignore[return-value]  # the point of the test

    with pytest.raises(DataError) as caught:
        cached(Odd(), tmp_path).bars(BTC, H1, at(0), at(5))
    assert caught.value.code == code
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_times_may_stand_in_a_column(tmp_path: Path, unit: str) -> None:
    class Columns(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            frame = hourly(0, 5).to_frame().reset_index(names="timestamp")
            return frame.assign(timestamp=frame["timestamp"].astype("int64") // (1000 if unit == "s" else 1))

    assert opens(cached(Columns(), tmp_path).bars(BTC, H1, at(0), at(5))) == [0, 1, 2, 3, 4]


def test_a_provider_that_raises_is_named() -> None:
    class Broken(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            raise KeyError("price")

    with pytest.raises(DataError, match="Broken raised KeyError: 'price'") as caught:
        ProviderSource(Broken(), ("BTCUSDT",)).bars(BTC, H1, at(0), at(1))
    assert caught.value.code == "TW-D011"
    assert [i.symbol for i in ProviderSource(Broken(), ("BTCUSDT",)).instruments()] == ["BTCUSDT"]


@attrs.frozen
class Demands:
    needed: int


@attrs.frozen
class SeedConfig:
    seed: int = 0


class Seeded(Recorder):
    def __init__(self, config: SeedConfig) -> None:
        super().__init__(hourly(0, 10))
        self.config = config


def test_sources_that_are_set_differently_never_answer_for_each_other() -> None:
    assert source_name(Seeded(SeedConfig())) == "seeded"
    assert source_name(Seeded(SeedConfig(1))) != source_name(Seeded(SeedConfig(2)))
    assert source_name(Seeded(SeedConfig(1))) == source_name(Seeded(SeedConfig(1)))


def test_a_source_may_name_its_own_cache() -> None:
    class Named(Recorder):
        cache_name = "venue-spot"

    class Demanding:
        config = Demands(needed=1)

    assert source_name(Named(hourly(0, 1)), "other") == "venue-spot"
    assert source_name(Recorder(hourly(0, 1)), "other") == "other"
    assert source_name(Demanding()).startswith("demanding-")


def test_a_disk_that_damages_everything_ends_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = cached(Recorder(hourly(0, 10)), tmp_path)
    bars = hourly(0, 0)
    damage = (Damage(key=KEY, file="2024-01", cause="its hash is another"),)
    monkeypatch.setattr(BarCache, "read", lambda *_: (bars, damage))
    with pytest.raises(DataError, match="damaged again right after") as caught:
        provider.bars(BTC, H1, at(0), at(5))
    assert caught.value.code == "TW-D010"


def test_a_providers_own_error_is_passed_on(tmp_path: Path) -> None:
    class Refuses(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            raise DataError("closed on Sundays", code="TW-D001")

    with pytest.raises(DataError, match="closed on Sundays"):
        cached(Refuses(), tmp_path).bars(BTC, H1, at(0), at(5))


def test_no_bars_at_all_is_an_empty_answer(tmp_path: Path) -> None:
    class Nothing(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            return pd.DataFrame()

    assert len(cached(Nothing(), tmp_path).bars(BTC, H1, at(0), at(5))) == 0


def test_times_in_a_column_of_text_are_read(tmp_path: Path) -> None:
    class Text(MyDataProvider):
        def get_historical_data(self, *args: object) -> pd.DataFrame:
            frame = hourly(0, 5).to_frame().reset_index(names="date")
            return frame.assign(date=frame["date"].astype(str))

    assert opens(cached(Text(), tmp_path).bars(BTC, H1, at(0), at(5))) == [0, 1, 2, 3, 4]


def test_an_unknown_symbol_is_the_inner_sources_own_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such pair") as caught:
        cached(Recorder(hourly(0, 10)), tmp_path).bars(Instrument(symbol="NOPE"), H1, at(0), at(5))
    assert caught.value.code == "TW-D001"


def test_the_piece_of_a_day_is_never_more_than_was_asked(tmp_path: Path) -> None:
    source = Recorder(hourly(0, 100))
    assert len(cached(source, tmp_path).bars(BTC, H1, at(0.5), at(3.5))) == 3
    assert source.asked == [(1.0, 4.0)]
    assert cached(source, tmp_path).missing(KEY, (START + DAY, START + DAY)) == ()

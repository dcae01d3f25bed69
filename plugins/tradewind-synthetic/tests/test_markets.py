"""A seeded market is the same however it is asked for, and is what its kind says."""

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.api import Bars, DataError, Instrument, SettingsError, Timeframe, resample
from tradewind_synthetic.settings import SyntheticConfig
from tradewind_synthetic.source import SyntheticSource

BTC = Instrument(symbol="BTCUSDT")
KINDS = ["regimes", "random-walk", "jumps", "gaps", "flat"]
FIELDS = ["open", "high", "low", "close", "volume"]


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def ask(start: str, end: str, timeframe: str = "1h", instrument: Instrument = BTC, **settings: object) -> pd.DataFrame:
    source = SyntheticSource(SyntheticConfig(**settings))  # type: ignore[arg-type]  # settings by name
    return source.bars(instrument, Timeframe(timeframe), at(start), at(end))


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_equals_the_slice_of_a_longer_answer(kind: str) -> None:
    whole = ask("2021-03-01", "2021-08-01", kind=kind)
    for start, end in (
        ("2021-03-01", "2021-03-02"),
        ("2021-04-10T05:00", "2021-04-12T07:00"),
        ("2021-07-31", "2021-08-01"),
    ):
        part = whole[(whole.index >= at(start)) & (whole.index < at(end))]
        pd.testing.assert_frame_equal(ask(start, end, kind=kind), part, check_freq=False)


@pytest.mark.parametrize("kind", ["regimes", "gaps"])
@pytest.mark.parametrize("longer", ["5m", "4h", "1d", "3d", "1w"])
def test_a_longer_bar_is_built_from_its_minutes(kind: str, longer: str) -> None:
    minutes = Bars.from_frame(ask("2021-03-01", "2021-03-29", "1m", kind=kind, gap_rate=0.5), "1m")
    built = resample(minutes, longer)
    found = Bars.from_frame(ask("2021-03-01", "2021-03-29", longer, kind=kind, gap_rate=0.5), longer)
    inside = found.between(int(built.time[1]), int(built.time[-1]) + 1)
    for name in ("time", *FIELDS, "partial"):
        assert np.array_equal(getattr(inside, name), getattr(built, name)[1:])


def test_more_days_and_more_symbols_change_nothing() -> None:
    wide = ask("2021-03-01", "2021-03-05", last="2030-01-01", symbols=("BTCUSDT", "XUSDT"))
    pd.testing.assert_frame_equal(ask("2021-03-01", "2021-03-05"), wide)


def test_another_process_makes_the_same_market() -> None:
    code = (
        "import hashlib, pandas as pd\n"
        "from tradewind.api import Instrument, Timeframe\n"
        "from tradewind_synthetic.source import SyntheticSource\n"
        "span = (pd.Timestamp('2021-03-01', tz='UTC'), pd.Timestamp('2021-03-03', tz='UTC'))\n"
        "frame = SyntheticSource().bars(Instrument(symbol='BTCUSDT'), Timeframe('1m'), *span)\n"
        "print(hashlib.sha256(frame.to_csv().encode()).hexdigest())\n"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = ask("2021-03-01", "2021-03-03", "1m")
    assert other.stdout.strip() == hashlib.sha256(own.to_csv().encode()).hexdigest()


@given(st.integers(0, 2**63 - 1), st.sampled_from(KINDS), st.floats(0.0, 5.0), st.floats(1e-6, 1e6))
def test_every_bar_is_possible(seed: int, kind: str, volatility: float, price: float) -> None:
    frame = ask(
        "2017-01-01",
        "2017-01-03",
        "1m",
        seed=seed,
        kind=kind,
        volatility=volatility,
        start_price=price,
        last="2017-01-10",
    )
    assert not Bars.from_frame(frame, "1m").masked.any()
    assert (frame["volume"] > 0.0).all()


def test_prices_and_volumes_are_on_the_instruments_steps() -> None:
    source = SyntheticSource(SyntheticConfig(symbols=("BTCUSDT", "XRPUSDT", "NEWUSDT")))
    for instrument in source.instruments():
        frame = source.bars(instrument, Timeframe("1m"), at("2021-03-01"), at("2021-03-02"))
        tick, lot = float(instrument.tick_size), float(instrument.lot_step)
        assert np.allclose(frame["close"] / tick, np.rint(frame["close"] / tick), atol=1e-6)
        assert np.allclose(frame["volume"] / lot, np.rint(frame["volume"] / lot), atol=1e-4)


def test_a_minute_opens_where_the_one_before_closed() -> None:
    frame = ask("2021-03-01", "2021-03-04", "1m", kind="jumps", jump_rate=3.0)
    assert (frame["open"].iloc[1:].to_numpy() == frame["close"].iloc[:-1].to_numpy()).all()


def daily_returns(symbol: str = "BTCUSDT", **settings: object) -> np.ndarray:
    frame = ask("2017-01-01", "2026-01-01", "1d", instrument=Instrument(symbol=symbol), **settings)
    return np.diff(np.log(frame["close"].to_numpy()))


def test_volatility_and_correlation_are_those_of_the_settings() -> None:
    btc, eth = (daily_returns(symbol, kind="random-walk", volatility=0.8) for symbol in ("BTCUSDT", "ETHUSDT"))
    assert btc.std() * np.sqrt(365.25) == pytest.approx(0.8, rel=0.06)
    assert np.corrcoef(btc, eth)[0, 1] == pytest.approx(0.6, abs=0.05)


def test_regimes_cluster_volatility_and_a_random_walk_does_not() -> None:
    def spread(returns: np.ndarray) -> float:
        months = returns[: len(returns) // 30 * 30].reshape(-1, 30).std(axis=1)
        return float(months.std() / months.mean())

    assert spread(daily_returns()) > 0.25
    assert spread(daily_returns(kind="random-walk")) < 0.16


def test_outages_leave_bars_out_and_the_price_moves_on() -> None:
    frame = ask("2021-01-01", "2021-12-31", "1h", kind="gaps")
    missing = 364 * 24 - len(frame)
    assert 30 < missing < 500
    assert frame["partial"].sum() > 5
    assert not ask("2021-01-01", "2021-12-31", "1h", kind="random-walk")["partial"].any()


def test_a_flat_market_never_moves() -> None:
    frame = ask("2021-01-01", "2021-02-01", kind="flat")
    assert set(np.unique(frame[FIELDS[:4]].to_numpy())) == {20_000.0}


def test_other_seeds_and_symbols_are_other_markets() -> None:
    first = ask("2021-03-01", "2021-03-02")
    assert not first.equals(ask("2021-03-01", "2021-03-02", seed=2))
    eth = ask("2021-03-01", "2021-03-02", instrument=Instrument(symbol="ETHUSDT"))
    assert abs(np.corrcoef(first["close"], eth["close"])[0, 1]) < 0.999


def test_it_ends_where_the_settings_say_and_tells_so() -> None:
    source = SyntheticSource(SyntheticConfig(last="2021-02-01"))
    frame = source.bars(BTC, Timeframe("1d"), at("2021-01-30"), at("2030-01-01"))
    assert [str(day.date()) for day in frame.index] == ["2021-01-30", "2021-01-31"]
    span = source.available("BTCUSDT")[Timeframe("15m")]
    assert span == (1_483_228_800_000, 1_612_137_600_000)
    assert len(source.bars(BTC, Timeframe("1d"), at("2010-01-01"), at("2016-01-01"))) == 0


def test_an_unknown_pair_is_refused_by_name() -> None:
    for call in (
        lambda s: s.available("NOPE"),
        lambda s: s.bars(Instrument(symbol="NOPE"), Timeframe("1d"), at("2021"), at("2022")),
    ):
        with pytest.raises(DataError, match="no synthetic market 'NOPE'") as caught:
            call(SyntheticSource())
        assert caught.value.code == "TW-D001"


@pytest.mark.parametrize(
    "bad",
    [
        {"seed": -1},
        {"kind": "bull"},
        {"symbols": ()},
        {"volatility": 9.0},
        {"first": "soon"},
        {"first": "2021-01-01", "last": "2021-01-01"},
        {"first": "1900-01-01"},
        {"gap_hours": 0.0},
    ],
)
def test_settings_out_of_range_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as caught:
        SyntheticConfig(**bad)  # type: ignore[arg-type]  # the point of the test
    assert caught.value.code == "TW-S004"

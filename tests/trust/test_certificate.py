"""The certificate finds planted leaks, names them, and passes what is clean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.errors import StrategyError
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.pipeline.certificate import Certificate
from tradewind.pipeline.certify import certify, certify_all
from trust.random_markets import Answer, market, refusals

WARMUP = 120
DAY = 86_400_000


def clean(bars: Bars) -> pd.DataFrame:
    """Return features that look back at most 100 bars."""
    close = pd.Series(bars.close, index=bars.index)
    spread = pd.Series(bars.high - bars.low, index=bars.index)
    return pd.DataFrame(
        {
            "fast": close.rolling(20).mean(),
            "slow": close.rolling(100).mean(),
            "spread": spread.rolling(14).mean(),
            "deviation": close.rolling(40).std(),
        }
    )


def crossing(bars: Bars, features: pd.DataFrame) -> Signals:
    """Return entries and exits where the fast average crosses the slow one."""
    above = (features["fast"] > features["slow"]).to_numpy()
    turned = above & ~np.concatenate(([False], above[:-1]))
    return Signals.from_arrays(
        bars.time,
        enter=turned.astype(np.int8),
        exit_long=~above,
        stop_dist=2.0 * features["spread"].to_numpy(),
        tp_r=(2.0, 3.0),
        tp_frac=(0.3, 0.4),
        bits=above.astype(np.uint32),
        conditions=("above",),
    )


def pure(bars: Bars) -> tuple[pd.DataFrame, Signals]:
    features = clean(bars)
    return features, crossing(bars, features)


def leaking(column: Callable[[Bars], Any]) -> Callable[[Bars], Answer]:
    """Return the clean pipeline with one feature more, called `leak`."""

    def decide(bars: Bars) -> Answer:
        features = clean(bars)
        return features.assign(leak=np.asarray(column(bars), dtype=np.float64)), crossing(bars, features)

    return decide


def closes(bars: Bars) -> pd.Series[float]:
    return pd.Series(bars.close, index=bars.index)


def next_close(bars: Bars) -> Any:
    return closes(bars).shift(-1)


def day_stamped_by_open(bars: Bars) -> Any:
    return closes(bars).groupby(bars.time // DAY).transform("last")


def whole_frame_range(bars: Bars) -> Any:
    return (bars.close - bars.close.min()) / (bars.close.max() - bars.close.min())


def whole_frame_deviation(bars: Bars) -> Any:
    return (bars.close - bars.close.mean()) / bars.close.std()


def centred_window(bars: Bars) -> Any:
    return closes(bars).rolling(21, center=True, min_periods=1).mean()


def faint_future(bars: Bars) -> Any:
    """A millionth of the next return, on top of an honest average."""
    honest = closes(bars).rolling(20).mean()
    return honest * (1.0 + 1e-6 * closes(bars).pct_change().shift(-1).fillna(0.0))


def backward_filled(bars: Bars) -> Any:
    return closes(bars).where(np.arange(len(bars)) % 7 == 0).bfill()


def sentiment_known_at(close_ms: int) -> pd.Series[float]:
    """Return the daily records that are known at a moment: each becomes known when its day is over."""
    day = np.arange(19_000, 21_000, dtype=np.int64) * DAY
    value = np.sin(day / DAY) + np.cos(day / DAY * 7.0)
    known = day + DAY <= close_ms
    return pd.Series(value[known], index=day[known])


def sentiment_of_the_same_day(bars: Bars) -> Any:
    known = sentiment_known_at(int(bars.time[-1]) + bars.timeframe.ms)
    return known.reindex(bars.time // DAY * DAY)


def sentiment_of_the_day_before(bars: Bars) -> Any:
    known = sentiment_known_at(int(bars.time[-1]) + bars.timeframe.ms)
    return known.reindex((bars.time + bars.timeframe.ms) // DAY * DAY - DAY)


LEAKS = [
    next_close,
    day_stamped_by_open,
    whole_frame_range,
    whole_frame_deviation,
    centred_window,
    sentiment_of_the_same_day,
    faint_future,
    backward_filled,
]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_leak_is_found_and_named(leak: Callable[[Bars], Any], seed: int) -> None:
    certificate = certify(leaking(leak), market(seed), warmup=WARMUP, seed=seed, cuts=80)

    assert certificate.status == "failed"
    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("leak", "look-ahead")]
    assert "leak looks ahead" in certificate.words


def test_a_leak_that_only_decisions_show_is_found() -> None:
    def decide(bars: Bars) -> Answer:
        features = clean(bars)
        rising = np.concatenate((np.diff(bars.close) > 0.0, [False]))
        signals = crossing(bars, features)
        return features, signals.replaced(enter=signals.enter * rising)

    certificate = certify(decide, market(4, 1500), warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("decision enter", "look-ahead")]


def averaged_over(length: int) -> Callable[[Bars], Any]:
    return lambda bars: closes(bars).rolling(length).mean()


def exponential(length: int) -> Callable[[Bars], Any]:
    return lambda bars: closes(bars).ewm(span=length, adjust=False).mean()


@pytest.mark.parametrize(
    "feature",
    [
        pytest.param(averaged_over(WARMUP + 2), id="one_bar_too_few"),
        pytest.param(averaged_over(300), id="long_average"),
        pytest.param(exponential(200), id="recursive_average"),
        pytest.param(lambda bars: np.cumsum(bars.volume), id="never_forgets"),
    ],
)
def test_a_warm_up_that_is_too_short_is_found_and_not_called_look_ahead(feature: Callable[[Bars], Any]) -> None:
    certificate = certify(leaking(feature), market(5), warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("leak", "warm-up")]
    assert "more history than the declared warm-up" in certificate.words


def test_the_shortest_warm_up_that_suffices_passes() -> None:
    assert certify(leaking(averaged_over(WARMUP + 1)), market(5), warmup=WARMUP).passed


def test_a_choice_that_remembers_more_than_the_warm_up_is_found_although_all_features_agree() -> None:
    def decide(bars: Bars) -> Answer:
        features = clean(bars)
        signals = crossing(bars, features)
        return features, signals.replaced(regime=(np.cumsum(signals.enter) % 2).astype(np.int8))

    certificate = certify(decide, market(6, 1200), warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("decision regime", "warm-up")]


def test_a_recursive_average_may_keep_a_trace_of_older_bars_and_the_trace_is_told() -> None:
    certificate = certify(leaking(exponential(24)), market(7), warmup=WARMUP)

    assert certificate.passed
    assert list(certificate.memory) == ["leak"]
    assert 1e-9 < certificate.memory["leak"] < 5e-4


Edges = dict[int, float]
"""Thresholds by bar open; where there is none the condition holds."""


def on_thresholds(edges: Edges, seen: list[Bars] | None = None, *, shown: bool = True) -> Callable[[Bars], Answer]:
    """Return a pipeline whose one condition compares a recursive average with a threshold of the bar."""

    def decide(bars: Bars) -> Answer:
        if seen is not None:
            seen.append(bars)
        features, trace = clean(bars), exponential(24)(bars).to_numpy()
        above = trace > np.array([edges.get(int(time), 0.0) for time in bars.time])
        signals = crossing(bars, features).replaced(bits=above.astype(np.uint32))
        return features.assign(trace=trace) if shown else features, signals

    return decide


def thresholds_between_window_and_whole(history: Bars, wanted: int, *, seed: int = 0, cuts: int = 200) -> Edges:
    """Return thresholds that the whole run is above and a window below, in rows that are compared."""
    windows: list[Bars] = []
    certify(on_thresholds({}, windows), history, warmup=WARMUP, seed=seed, cuts=cuts)
    whole = dict(zip(history.time.tolist(), exponential(24)(history).to_numpy(), strict=True))
    edges: Edges = {}
    for window in windows:
        last, value = int(window.time[-1]), float(exponential(24)(window).iloc[-1])
        compared_once = sum(int(other.time[-1]) == last for other in windows) == 1
        if window.time[0] > history.time[0] and len(window) > WARMUP + 1 and compared_once and value < whole[last]:
            edges[last] = 0.5 * (value + whole[last])
        if len(edges) == wanted:
            return edges
    raise AssertionError(f"only {len(edges)} rows lend themselves to a threshold, expected {wanted}")


def test_one_choice_that_stood_on_a_threshold_is_told_and_forgiven() -> None:
    history = market(8, 900)
    edges = thresholds_between_window_and_whole(history, 1)

    certificate = certify(on_thresholds(edges), history, warmup=WARMUP)

    assert certificate.passed
    assert "decision bits stood on a threshold" in certificate.notes[0]
    assert certificate.notes[0] in certificate.words


def test_two_choices_on_thresholds_are_a_warm_up_too_short() -> None:
    history = market(8, 900)
    edges = thresholds_between_window_and_whole(history, 2)

    certificate = certify(on_thresholds(edges), history, warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("decision bits", "warm-up")]
    assert certificate.findings[0].cuts == 2


def test_one_flip_without_a_recursive_feature_in_play_is_no_tie() -> None:
    history = market(8, 900)
    edges = thresholds_between_window_and_whole(history, 1)

    certificate = certify(on_thresholds(edges, shown=False), history, warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("decision bits", "warm-up")]


def test_certificates_of_equal_seeds_are_equal() -> None:
    first, second = (certify(leaking(next_close), market(9), warmup=WARMUP, seed=3, cuts=30) for _ in range(2))

    assert first == second
    assert first != certify(leaking(next_close), market(9), warmup=WARMUP, seed=4, cuts=30)


def test_answers_that_change_from_run_to_run_are_called_unstable() -> None:
    rng = np.random.default_rng(0)

    certificate = certify(leaking(lambda bars: rng.normal(size=len(bars))), market(10), warmup=WARMUP)

    assert ("leak", "unstable") in [(finding.column, finding.kind) for finding in certificate.findings]
    assert "two runs on the same bars" in certificate.words


def test_a_history_without_room_for_the_warm_up_is_unchecked_but_look_ahead_is_still_found() -> None:
    short = market(11, WARMUP)

    assert certify(pure, short, warmup=WARMUP).status == "unchecked"
    assert certify(leaking(next_close), short, warmup=WARMUP).status == "failed"


@pytest.mark.parametrize("rows", [0, 1])
def test_bars_that_cannot_be_cut_are_unchecked(rows: int) -> None:
    certificate = certify(pure, market(12).rows(0, rows), warmup=WARMUP)

    assert certificate.status == "unchecked"
    assert not certificate.passed
    assert f"{rows} bars cannot be cut" in certificate.words


def test_words_and_flags_among_features_are_compared_exactly() -> None:
    def decide(bars: Bars) -> Answer:
        features = clean(bars)
        ahead = np.concatenate((np.diff(bars.close) > 0.0, [False]))
        words = {"mood": np.where(ahead, "glad", "sad"), "flag": ahead}
        return features.assign(**words), crossing(bars, features)

    certificate = certify(decide, market(13), warmup=WARMUP)

    assert sorted(finding.column for finding in certificate.findings) == ["flag", "mood"]


def test_a_plan_is_compared_with_all_its_columns() -> None:
    def decide(bars: Bars) -> Answer:
        features, signals = pure(bars)
        risk = np.clip(bars.close / bars.close.max(), 0.0, 1.0) * 0.02
        return features, Plan.from_signals(signals).replaced(risk=risk)

    certificate = certify(decide, market(14), warmup=WARMUP)

    assert [(finding.column, finding.kind) for finding in certificate.findings] == [("decision risk", "look-ahead")]


def test_columns_that_come_and_go_with_the_number_of_bars_are_refused() -> None:
    def decide(bars: Bars) -> Answer:
        features = clean(bars)
        return features if len(bars) < 300 else features.assign(more=1.0), crossing(bars, features)

    with pytest.raises(StrategyError, match="TW-K003 the columns changed with the number of bars: more"):
        certify(decide, market(15), warmup=WARMUP)


def test_features_and_decisions_of_unequal_length_are_refused() -> None:
    with pytest.raises(StrategyError, match="TW-K003 599 rows of features came with 600 rows of decisions"):
        certify(lambda bars: (clean(bars).iloc[1:], pure(bars)[1]), market(16), warmup=WARMUP)


def test_pure_features_pass_on_a_hundred_random_markets() -> None:
    def decide(bars: Bars) -> Answer:
        features, signals = pure(bars)
        mood = sentiment_of_the_day_before(bars).to_numpy()
        return features.assign(mood=mood, recursive=exponential(12)(bars)), signals

    assert refusals(decide, warmup=WARMUP, cuts=16) == []


def test_a_certificate_survives_json() -> None:
    failed = certify(leaking(centred_window), market(17), warmup=WARMUP, cuts=30)

    assert Certificate.from_dict(failed.to_dict()) == failed


def cheap(bars: Bars) -> Bars:
    """Return the same market at a hundredth of its price."""
    prices = {name: getattr(bars, name) / 100.0 for name in ("open", "high", "low", "close")}
    return attrs.evolve(bars, **prices)


def leaking_where_it_is_cheap(bars: Bars) -> Answer:
    """A feature that is the next close on a cheap symbol, and the last one on a dear symbol."""
    ahead = next_close(bars) if bars.close[0] < 1_000.0 else closes(bars)
    return clean(bars).assign(leak=np.asarray(ahead, dtype=np.float64)), crossing(bars, clean(bars))


@pytest.mark.parametrize("longer", ["BTCUSDT", "XRPUSDT"])
def test_a_leak_on_one_symbol_alone_is_found_and_named_with_the_symbol(longer: str) -> None:
    histories = {"BTCUSDT": market(18), "XRPUSDT": cheap(market(19))}
    histories[longer] = market(20, 900) if longer == "BTCUSDT" else cheap(market(20, 900))

    certificate = certify_all(leaking_where_it_is_cheap, histories, warmup=WARMUP, cuts=80)

    assert certificate.status == "failed"
    assert certificate.symbols == ("BTCUSDT", "XRPUSDT")
    found = [(finding.symbol, finding.column, finding.kind) for finding in certificate.findings]
    assert found == [("XRPUSDT", "leak", "look-ahead")]
    assert "XRPUSDT: leak looks ahead" in certificate.words
    assert "on 2 symbols" in certificate.words
    assert Certificate.from_dict(certificate.to_dict()) == certificate


def runs_of(histories: dict[str, Bars], cuts: int) -> int:
    """Return how often a strategy is run for a certificate."""
    runs: list[int] = []

    def decide(bars: Bars) -> Answer:
        runs.append(len(bars))
        return pure(bars)

    certify_all(decide, histories, warmup=WARMUP, cuts=cuts)
    return len(runs)


def test_symbols_share_the_cuts_so_that_two_cost_about_as_much_as_one() -> None:
    one = runs_of({"A": market(21)}, 200)

    assert runs_of({"A": market(21), "B": market(22)}, 200) <= one + 8


def test_every_one_of_many_symbols_gets_forty_cuts() -> None:
    histories = {f"S{k}": market(k, 300) for k in range(7)}

    assert certify_all(pure, histories, warmup=WARMUP, cuts=200).cuts >= 7 * 40
    assert certify_all(pure, histories, warmup=WARMUP, cuts=10).cuts <= 7 * 11


def test_a_symbol_with_too_little_history_is_told_and_the_others_are_certified() -> None:
    histories = {"BTCUSDT": market(23), "NEWUSDT": market(25, WARMUP)}

    certificate = certify_all(pure, histories, warmup=WARMUP, cuts=80)

    assert certificate.passed
    assert "NEWUSDT: The history has 120 bars" in certificate.words
    assert certify_all(pure, {"NEWUSDT": market(25, WARMUP)}, warmup=WARMUP).status == "unchecked"


def test_many_symbols_may_not_stand_on_thresholds_oftener_than_one() -> None:
    histories = {"BTCUSDT": market(8, 900), "ETHUSDT": market(25, 900)}
    single = {
        name: thresholds_between_window_and_whole(bars, 1, seed=k, cuts=100)
        for k, (name, bars) in enumerate(histories.items())
    }

    forgiven = certify_all(on_thresholds(single["BTCUSDT"]), histories, warmup=WARMUP)
    both = certify_all(by_symbol(histories, single), histories, warmup=WARMUP)

    assert forgiven.passed
    assert forgiven.notes[0].startswith("BTCUSDT: At ")
    assert [(finding.symbol, finding.kind) for finding in both.findings] == [("ETHUSDT", "warm-up")]


def by_symbol(histories: dict[str, Bars], edges: dict[str, Edges]) -> Callable[[Bars], Answer]:
    """Return a pipeline with the thresholds of the symbol whose first bars it sees."""
    names = {float(price): name for name, bars in histories.items() for price in bars.close}

    def decide(bars: Bars) -> Answer:
        return on_thresholds(edges[names[float(bars.close[0])]])(bars)

    return decide


@pytest.mark.parametrize("size", [1e140, 1e200, 1e308])
def test_quantities_beyond_any_market_are_compared_without_overflow(size: float) -> None:
    def enormous(bars: Bars) -> Any:
        return size * (closes(bars) / bars.high.max())

    honest = certify(leaking(lambda bars: np.full(len(bars), size)), market(27), warmup=WARMUP, cuts=40)
    leak = certify(leaking(enormous), market(27), warmup=WARMUP, cuts=40)

    assert honest.passed
    assert [(finding.column, finding.kind) for finding in leak.findings] == [("leak", "look-ahead")]


def test_merging_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no certificate to merge"):
        Certificate.merged({})


def test_a_certificate_stored_before_symbols_were_told_is_still_read() -> None:
    older = certify(pure, market(26), warmup=WARMUP, cuts=20)
    values = {name: value for name, value in older.to_dict().items() if name not in ("symbols", "ties")}

    assert Certificate.from_dict(values) == older

"""Strategies in a process without keys decide what they decide here, and what they break stays theirs."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tradewind.config.schema import LiveSettings, SentimentSettings, Settings
from tradewind.errors import LiveError, PluginError, SettingsError, StrategyError, TradewindError
from tradewind.live.session.rows import hash_of_row
from tradewind.live.session.session import cast
from tradewind.live.worker.launch import FAMILIES, LET_THROUGH
from tradewind.live.worker.remote import Troupe, open_settings
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.decide import Deciding
from tradewind.plugins.catalog import load_catalog

ODD = Path(__file__).with_name("odd_strategies.py")
ODD_ONES = ("Quiet", "Raises", "Hangs", "Dies", "Talks", "Garbles", "Looks", "Leaks")


def walk(rows: int, *, seed: int = 1, timeframe: str = "1h") -> Bars:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, rows)))
    opened = np.concatenate([[100.0], close[:-1]])
    return Bars(
        timeframe=Timeframe(timeframe),
        time=np.arange(rows, dtype=np.int64) * Timeframe(timeframe).ms,
        open=opened,
        high=np.maximum(opened, close) * 1.002,
        low=np.minimum(opened, close) * 0.998,
        close=close,
        volume=rng.uniform(1.0, 9.0, rows),
    )


CANARIES = {
    "TRADEWIND_EXECUTORS__BINANCE__API_KEY": "canary-of-the-environment",
    "DATABASE_URL": "postgresql://me:canary-of-the-database@localhost/x",
    "AWS_SECRET_ACCESS_KEY": "canary-of-another-program",
}


@pytest.fixture(scope="module")
def troupe() -> Iterator[Troupe]:
    """All odd strategies in one process; whoever ends it has it replaced."""
    settings = Settings(risk=(), live=LiveSettings(strategy_seconds=5.0))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CANARIES.items():
            patch.setenv(name, value)
        made = Troupe(settings, [odd(name) for name in ODD_ONES])
        yield made
        made.close()


def of(troupe: Troupe, name: str) -> Deciding:
    return next(player.pipeline for player in troupe.players.players if player.name == name)


def odd(name: str) -> str:
    return f"{ODD}:{name}"


def test_every_shipped_strategy_decides_over_there_what_it_decides_here() -> None:
    names = ("adaptive", "enhanced", "high_risk_high_reward")
    settings = Settings(timeframe="4h")
    troupe = Troupe(settings, names)
    here = cast(names, settings, load_catalog())
    bars = walk(1_400, timeframe="4h")

    assert here.limits == troupe.players.limits
    assert (here.names, here.warmup, here.timeframe) == (
        troupe.players.names, troupe.players.warmup, troupe.players.timeframe,
    )  # fmt: skip
    for rows in (1_001, 1_200, 1_399, 1_400):
        known = bars.rows(0, rows)
        for mine, theirs in zip(here.players, troupe.players.players, strict=True):
            expected, actual = mine.pipeline.newest(known), theirs.pipeline.newest(known)
            assert hash_of_row(expected.plan) == hash_of_row(actual.plan)
            assert expected.plan.conditions == actual.plan.conditions
            assert list(expected.frame.columns) == list(actual.frame.columns)
            last = expected.frame.iloc[-1].to_numpy(dtype=np.float64)
            assert np.array_equal(last, actual.frame.iloc[-1].to_numpy(dtype=np.float64), equal_nan=True)
    pid = troupe.worker.pid
    troupe.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_plugins_of_strategies_alone_are_not_needed_in_the_process_with_keys(troupe: Troupe) -> None:
    kept_out = troupe.kept_out

    assert {"tradewind-adaptive", "tradewind-pandas-ta", "tradewind-risk"} <= set(kept_out)
    assert not {"tradewind-binance", "tradewind-files", "tradewind-sandbox"} & set(kept_out)


def test_the_environment_has_no_keys(troupe: Troupe) -> None:
    seen = of(troupe, "Looks").check(Instrument(symbol="BTCUSDT"), Costs(), walk(30))

    assert any(line.startswith("PATH=") for line in seen)
    assert not [line for line in seen if "canary" in line]
    names = {line.partition("=")[0] for line in seen}
    assert {name for name in names if name not in LET_THROUGH and not name.startswith(FAMILIES)} <= {"LC_CTYPE"}


def test_settings_over_there_have_no_secrets() -> None:
    settings = Settings(
        database_url="postgresql://me:canary@localhost/x",
        executors={"binance": {"api_key": "canary", "recv_window": 5000}},
        services={"alerts": {"urls": ["canary"]}},
        sources={"news": {"api_key": "canary", "language": "EN"}},
    )

    told = open_settings(settings)

    assert "canary" not in repr(told)
    assert told["sources"] == {"news": {"language": "EN"}}


def test_a_source_of_sentiment_takes_its_own_key_along_and_no_other() -> None:
    settings = Settings(
        executor="binance",
        source="ccxt",
        executors={"binance": {"api_key": "canary-venue", "secret": "canary-signs"}},
        services={"alerts": {"token": "canary-alert"}},
        sources={
            "cryptocompare": {"api_key": "its own", "token": "canary-venue", "private": "canary-alert"},
            "binance": {"api_key": "canary-second"},
            "ccxt": {"api_key": "canary-third"},
            "news": {"api_key": "canary-unasked"},
        },
        sentiment=SentimentSettings(sources=("cryptocompare", "binance", "ccxt")),
    )

    told = open_settings(settings)

    assert "canary" not in repr(told)
    assert told["sources"]["cryptocompare"] == {"api_key": "its own"}


def test_what_a_strategy_raises_is_told_here_and_it_is_asked_on(troupe: Troupe) -> None:
    pipeline = of(troupe, "Raises")

    with pytest.raises(StrategyError, match="ZeroDivisionError: an indicator was zero"):
        pipeline.newest(walk(21))
    assert pipeline.newest(walk(22)).plan.enter[0] == 0


def test_a_strategy_that_hangs_is_ended_and_the_others_go_on(troupe: Troupe) -> None:
    hangs, quiet = of(troupe, "Hangs"), of(troupe, "Quiet")
    quiet.newest(walk(22))
    hangs.newest(walk(22))
    before, starts = troupe.worker.pid, troupe.worker.starts

    with pytest.raises(LiveError, match=r"Hangs took longer than 5 s"):
        hangs.newest(walk(21))

    assert quiet.newest(walk(21)).plan.enter[0] == 0
    assert starts + 1 == troupe.worker.starts
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_a_strategy_that_ends_its_process_is_told_of_and_the_others_go_on(troupe: Troupe) -> None:
    dies, quiet = of(troupe, "Dies"), of(troupe, "Quiet")

    with pytest.raises(LiveError) as caught:
        dies.newest(walk(21))

    assert caught.value.code == "TW-L016"
    assert quiet.newest(walk(21)).plan.enter[0] == 0


def test_a_process_killed_from_outside_is_replaced_and_nobody_hears_of_it(troupe: Troupe) -> None:
    pipeline = of(troupe, "Quiet")
    expected = pipeline.newest(walk(22))
    starts = troupe.worker.starts
    os.kill(troupe.worker.pid, signal.SIGKILL)
    actual = pipeline.newest(walk(22))

    assert hash_of_row(expected.plan) == hash_of_row(actual.plan)
    assert starts + 1 == troupe.worker.starts


def test_what_a_strategy_prints_is_logged_and_disturbs_nobody(troupe: Troupe, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = of(troupe, "Talks")
    with caplog.at_level(logging.INFO, logger="tradewind.worker"):
        pipeline.newest(walk(21))
        deadline = time.monotonic() + 10.0
        while len(caplog.messages) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)

    assert caplog.messages == ["a strategy talks", "and writes where answers went"]


def test_a_strategy_that_writes_into_the_pipes_is_refused(troupe: Troupe) -> None:
    pipeline = of(troupe, "Garbles")

    with pytest.raises(TradewindError) as caught:
        pipeline.newest(walk(21))

    assert caught.value.code == "TW-L016"
    assert pipeline.newest(walk(22)).plan.enter[0] == 0


def test_an_unknown_strategy_is_refused_as_it_is_here(troupe: Troupe) -> None:
    with pytest.raises(PluginError) as caught:
        troupe.another("adaptiv")

    assert caught.value.code == "TW-P005"
    assert "'adaptive'" in caught.value.hint


def test_a_table_that_nobody_reads_is_refused_as_it_is_here() -> None:
    with pytest.raises(SettingsError) as caught:
        Troupe(Settings(strategies={"adaptve": {}}, risk=()), ["adaptive"])

    assert caught.value.code == "TW-S002"
    assert "'adaptive'" in str(caught.value)


def test_the_certificate_is_made_over_there(troupe: Troupe) -> None:
    bars = {"BTCUSDT": walk(300), "ETHUSDT": walk(300, seed=2)}

    quiet, leaks = (troupe.certify(odd(name), bars, cuts=40, seed=3) for name in ("Quiet", "Leaks"))

    assert quiet.status == "passed"
    assert leaks.status == "failed"
    assert any(one.kind == "look-ahead" for one in leaks.findings)

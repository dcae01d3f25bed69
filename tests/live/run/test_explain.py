"""`tradewind explain --session`: a session's decisions in the words of a backtest over the same bars."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.terminal import Tradewind
from tradewind.api import Result
from tradewind.backtest.explain import explain
from tradewind.backtest.library import Library
from tradewind.live.board.explaining import explain_session
from tradewind.store.opening import open_store
from tradewind.store.queries import newest_sessions

STATE = Path(".tradewind")


def newest_result() -> Result:
    return Library(STATE).newest()


@pytest.mark.critical
def test_every_bar_of_a_session_is_told_as_in_a_backtest(tradewind: Tradewind) -> None:
    assert tradewind("run", "adaptive", "enhanced", "--days", "20").code == 0
    assert tradewind("run", "adaptive", "--days", "20", "--fresh").code == 0
    assert tradewind("backtest", "adaptive", "--days", "20", "--no-certificate").code == 0
    result = newest_result()
    with open_store(STATE / "tradewind.db", mode="read") as store:
        with store.snapshot() as connection:
            alone, both = newest_sessions(connection)
        bars = range(result.start.value // 1_000_000, result.end.value // 1_000_000, 4 * 3_600_000)
        told = [explain_session(store, alone, "BTCUSDT", bar) for bar in bars]
        assert told == [explain(result, "BTCUSDT", bar) for bar in bars]
        assert len(told) == 120
        pair = explain_session(store, both, "BTCUSDT", bars[50])
    assert [" adaptive: " in pair, " enhanced: " in pair] == [True, True]
    entered = next(text for text in told if "enter long" in text)
    stamp = entered.split()[1]
    said = tradewind("explain", "BTCUSDT", stamp, "--session", "newest")
    assert (said.code, said.out.rstrip("\n")) == (0, entered)


def test_what_a_session_did_not_trade_is_refused_in_words(tradewind: Tradewind) -> None:
    assert tradewind("explain", "BTCUSDT", "2024-12-20", "--session", "newest").code == 3
    assert tradewind("run", "adaptive", "--days", "5").code == 0
    cases = {
        ("BTCUSDT", "2020-01-01", "--session", "newest"): "outside the session",
        ("ETHUSDT", "2024-12-30", "--session", "1"): "TW-U001",
        ("BTCUSDT", "2024-12-30", "--session", "77"): "no session '77'",
        ("BTCUSDT", "2024-12-30", "--session", "x"): "no session 'x'",
        ("BTCUSDT", "2024-12-30", "--session", "1", "--id", "y"): "TW-U008",
    }
    found = {case: tradewind("explain", *case) for case in cases}
    assert {said.code for said in found.values()} == {2}
    assert [words for case, words in cases.items() if words not in found[case].err] == []

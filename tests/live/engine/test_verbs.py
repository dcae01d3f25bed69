"""Pause, resume, flatten, stop: what a person may do between two bars."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from live.market import Busy, Lasting, Silent, Sitting, busy_setting, sitting
from tradewind.backtest.figures import figures
from tradewind.live.engine import Told
from tradewind.metrics.summary import GUIDE_KEYS, performance_summary
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.limits import Limits

BLOCKED = OUTCOME_CODES["blocked:halted_operator"]


def acting(setting: Any, acts: dict[int, Callable[[Sitting], Any]]) -> Sitting:
    """Return a session in which a person acts after these moments."""
    made: list[Sitting] = []

    def watch(told: Told) -> None:
        act = acts.get(len(made[0].told))
        answer = act(made[0]) if act is not None else None
        if asyncio.iscoroutine(answer):
            pending.append(asyncio.ensure_future(answer))

    pending: list[Any] = []
    made.append(sitting(setting, tell=watch))
    return made[0]


@pytest.mark.critical
def test_a_pause_takes_no_entries_and_leaves_what_is_open_to_its_stops() -> None:
    session = acting(busy_setting(hours=900), {40: lambda one: one.engine.pause(), 90: lambda one: one.engine.resume()})
    session.run()
    while_paused = [ask for one in session.told[42:88] for ask in one.step.decided]
    assert {int(ask["outcome"]) for ask in while_paused} == {BLOCKED}
    assert [fill for one in session.told[42:88] for fill in one.step.fills if fill["reason"] == 0] == []
    later = [ask for one in session.told[95:] for ask in one.step.decided]
    assert BLOCKED not in {int(ask["outcome"]) for ask in later}
    assert [event["breaker"] for event in session.events if event["kind"] in ("halted", "resumed")] == [
        "OPERATOR",
        "OPERATOR",
    ]


@pytest.mark.critical
def test_flatten_closes_everything_and_ends_the_session() -> None:
    session = acting(busy_setting(Lasting(), hours=900, symbols=3), {50: lambda one: one.engine.flatten()})
    assert session.run() == "flattened"
    assert len(session.told[49].step.positions) > 0
    assert session.told[-1].step.positions == ()
    assert {int(trade["reason"]) for trade in session.trades} == {6}
    assert len(session.told) <= 52


def test_flatten_of_a_flat_account_ends_the_session_at_once() -> None:
    session = acting(busy_setting(Silent(), hours=900), {5: lambda one: one.engine.flatten()})
    assert session.run() == "flattened"
    assert len(session.told) <= 6


@pytest.mark.critical
def test_stop_leaves_what_is_open_open() -> None:
    session = acting(busy_setting(Lasting(), hours=900), {30: lambda one: one.engine.stop("enough")})
    assert session.run() == "enough"
    assert len(session.told) == 30
    assert len(session.account.positions()) == 1
    assert session.kinds()[-1] == "session_ended"


@pytest.mark.critical
def test_a_drawdown_halts_until_a_person_clears_it() -> None:
    session = acting(
        busy_setting(Busy(), hours=1200),
        {
            20: lambda one: one.account.change(lambda state: state.account.__setitem__("halted_drawdown", 1)),
            100: lambda one: one.engine.resume("DRAWDOWN"),
        },
    )
    session.run()
    halted = {int(ask["outcome"]) for one in session.told[22:98] for ask in one.step.decided}
    assert halted == {OUTCOME_CODES["blocked:halted_drawdown"]}
    assert OUTCOME_CODES["blocked:halted_drawdown"] not in {
        int(ask["outcome"]) for one in session.told[101:] for ask in one.step.decided
    }
    assert "resumed" in session.kinds()


@pytest.mark.critical
def test_a_halt_is_told_once_when_it_sets_in() -> None:
    session = sitting(busy_setting(Busy(), hours=1200, limits=Limits(max_drawdown=0.002)))
    session.run()
    told = [event for event in session.events if event["kind"] == "halted"]
    assert [event["breaker"] for event in told] == ["DRAWDOWN"]
    assert told[0]["drawdown"] >= 0.002
    assert session.account.halts() == ("DRAWDOWN",)


def test_a_breaker_that_does_not_stand_is_not_cleared() -> None:
    answers: list[bool] = []

    async def clear(session: Sitting) -> None:
        answers.append(await session.engine.resume("DRAWDOWN"))

    acting(busy_setting(hours=500), {5: clear}).run()
    assert answers == [False]


def test_the_summary_has_the_six_figures_of_a_backtest() -> None:
    setting = busy_setting(hours=2400)
    session = sitting(setting)
    session.run()
    expected = performance_summary(figures(setting.backtest(), setting.settings.initial_balance, None, {}))
    assert list(session.engine.get_performance_summary()) == list(GUIDE_KEYS)
    for name, value in session.engine.get_performance_summary().items():
        assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-12), name

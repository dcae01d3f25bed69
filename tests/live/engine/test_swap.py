"""Strategies that fail, hang or are exchanged: one slot's affair, never the session's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pandas as pd
import pytest

from live.market import HOUR, START, Busy, Lasting, Leaving, Raising, Silent, Sitting, assembled, busy_setting, sitting
from tradewind.api import Signals
from tradewind.errors import LiveError
from tradewind.live.engine import Told
from tradewind.live.strategy.seat import Handover
from tradewind.model.decisions import EXIT_CODES

FAILS_AT = START + 600 * HOUR


def swapping(setting: Any, after: int, strategy: Any, handover: Handover, *, slot: str = "") -> Sitting:
    """Return a session in which another strategy takes over after a moment."""
    made: list[Sitting] = []
    tasks: list[Any] = []

    async def swap() -> None:
        pipeline = assembled(strategy, "new", setting.settings).pipeline
        await made[0].engine.swap("new", dict.fromkeys(setting.histories, pipeline), handover, slot=slot)

    def watch(told: Told) -> None:
        if len(made[0].told) == after:
            tasks.append(asyncio.ensure_future(swap()))

    made.append(sitting(setting, tell=watch))
    return made[0]


@pytest.mark.critical
def test_a_strategy_that_raises_is_not_asked_again_and_the_others_go_on() -> None:
    setting = busy_setting(Raising(FAILS_AT), Busy(), hours=900)
    session = sitting(setting)
    assert session.run() == "the data ended"
    rows = [one.rows[0] for one in session.told if one.rows[0] is not None]
    degraded = [row.degraded for row in rows]
    assert degraded[0] == ""
    assert "no more" in degraded[-1]
    assert session.kinds().count("strategy_quarantined") == 1
    alone = sitting(busy_setting(Busy(), hours=900))
    alone.run()
    assert len(session.trades) > 10
    assert session.trades["pnl"].tolist() == alone.trades["pnl"].tolist()


@pytest.mark.critical
def test_what_a_failed_strategy_left_open_keeps_its_stop() -> None:
    class Gone(Lasting):
        def signals(self, frame: pd.DataFrame) -> Signals:
            if frame.index[-1].value // 1_000_000 >= FAILS_AT:
                raise RuntimeError("gone")
            return super().signals(frame)

    session = sitting(busy_setting(Gone(), hours=900))
    session.run()
    (position,) = session.account.positions()
    assert position.stop is not None
    assert session.engine.seats[0].quarantine != ""


def test_a_strategy_that_hangs_is_left_behind() -> None:
    released = threading.Event()

    class Hanging(Busy):
        def signals(self, frame: pd.DataFrame) -> Signals:
            if frame.index[-1].value // 1_000_000 == FAILS_AT:
                released.wait(30.0)
            return super().signals(frame)

    setting = busy_setting(Hanging(), Silent(), hours=700)
    session = sitting(setting, budget_s=0.3)
    try:
        assert session.run() == "the data ended"
    finally:
        released.set()
    assert session.engine.seats[0].quarantine.startswith("s0 took longer than 0.3 s")
    assert session.engine.seats[1].quarantine == ""


@pytest.mark.critical
@pytest.mark.parametrize("handover", list(Handover))
def test_a_handover_does_with_the_open_position_what_it_says(handover: Handover) -> None:
    session = swapping(busy_setting(Lasting(), hours=900), 50, Leaving(), handover)
    session.run()
    reasons = [int(trade["reason"]) for trade in session.trades]
    expected = {
        Handover.ADOPT: [EXIT_CODES["signal"]],
        Handover.CLOSE: [EXIT_CODES["halt"]],
        Handover.FREEZE: [],
    }
    assert reasons == expected[handover]
    assert len(session.account.positions()) == (1 if handover is Handover.FREEZE else 0)
    assert {one.seats[0].strategy for one in session.told[-3:]} == {"new"}


def test_the_stop_of_an_adopted_position_stays() -> None:
    session = swapping(busy_setting(Lasting(), hours=900), 50, Silent(), Handover.ADOPT)
    session.run()
    before, after = (session.told[at].step.positions[0].stop for at in (40, -1))
    assert before == after


@pytest.mark.critical
def test_a_new_strategy_that_raises_within_three_rows_is_sent_back() -> None:
    setting = busy_setting(Busy(), hours=900)
    after = 40
    opened = int(sitting(setting).engine.feed.told().__next__().open_ms)  # type: ignore[attr-defined]
    session = swapping(setting, after, Raising(opened + (after + 2) * 4 * HOUR), Handover.ADOPT)
    session.run()
    assert "strategy_sent_back" in session.kinds()
    assert session.engine.seats[0].strategy == "s0"
    assert session.engine.seats[0].quarantine == ""
    assert len([one for one in session.told[60:] if len(one.step.decided)]) > 0


def test_a_strategy_that_fails_on_the_known_bars_does_not_take_over() -> None:
    setting = busy_setting(Busy(), hours=900)
    session = sitting(setting)
    session.run()
    pipeline = assembled(Raising(0), "new", setting.settings).pipeline
    with pytest.raises(LiveError, match=r"TW-L010 .*no more"):
        session.engine.plan_swap("new", {"BTCUSDT": pipeline}, Handover.ADOPT)
    assert session.engine.seats[0].strategy == "s0"


def test_a_strategy_that_needs_more_history_does_not_take_over() -> None:
    class Long(Busy):
        warmup = 5_000

    setting = busy_setting(Busy(), hours=900)
    session = sitting(setting)
    with pytest.raises(LiveError, match="needs 5000 bars"):
        session.engine.plan_swap(
            "new", {"BTCUSDT": assembled(Long(), "new", setting.settings).pipeline}, Handover.ADOPT
        )


def test_the_plan_names_what_would_be_traded_and_trades_nothing() -> None:
    setting = busy_setting(Lasting(), hours=900)
    session = sitting(setting)
    session.run()
    pipeline = assembled(Silent(), "new", setting.settings).pipeline
    (line,) = session.engine.plan_swap("new", {"BTCUSDT": pipeline}, Handover.CLOSE).lines
    quantity = session.account.positions()[0].quantity
    assert line.startswith("BTCUSDT s0: s0 -> new; long")
    assert f"sell {quantity:.8g} at the next open" in line
    assert session.account.state.slots["pending_exit"].tolist() == [0]


def test_an_unknown_slot_is_refused_with_those_there_are() -> None:
    setting = busy_setting(Busy(), Silent(), hours=500)
    pipeline = assembled(Silent(), "new", setting.settings).pipeline
    with pytest.raises(LiveError, match="there are: s0, s1"):
        sitting(setting).engine.plan_swap("new", {"BTCUSDT": pipeline}, Handover.ADOPT, slot="s9")

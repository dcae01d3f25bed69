"""A paper session that was stopped goes on as if it had never been."""

from __future__ import annotations

import functools
from typing import Any

import attrs
import numpy as np
import pytest

from live.market import Setting, Sitting, busy_setting, sitting
from tradewind.errors import LiveError
from tradewind.live.engine import Told
from tradewind.live.feed.feed import Mark
from tradewind.live.paper.checkpoint import SCHEMA, Saved, digest
from tradewind.live.session.session import paper_account


def saved_after(session: Sitting) -> Saved:
    engine = session.engine
    stored = Saved.of(
        session.account,
        mark=Mark(
            anchor_ms=min(window.anchor_ms for window in engine.windows),
            last_ms=session.told[-1].step.moment.open_ms,
        ),
        start_ms=engine.start_ms,
        figures=engine.figures,
        strategies=tuple(seat.strategy for seat in engine.seats),
    )
    content = stored.to_bytes()
    return Saved.from_bytes(content, sha256=digest(content), schema_version=SCHEMA)


def stopped(setting: Setting, after: int) -> Sitting:
    made: list[Sitting] = []

    def watch(told: Told) -> None:
        if len(made[0].told) == after:
            made[0].engine.stop()

    made.append(sitting(setting, tell=watch))
    assert made[0].run() == "stopped"
    return made[0]


def resumed(setting: Setting, saved: Saved) -> Sitting:
    def restored(seats: Any, feed: Any) -> Any:
        account = paper_account(setting.players, feed, seats, setting.settings)
        saved.restore(account)
        return account

    return sitting(
        setting, feed=setting.feed(saved.mark), account=restored, figures=saved.figures, start_ms=saved.start_ms
    )


@functools.cache
def undisturbed() -> tuple[Setting, Sitting]:
    setting = busy_setting(hours=500, symbols=3, fine=True, holes=0.01, bad=0.002)
    whole = sitting(setting)
    whole.run()
    return setting, whole


@pytest.mark.critical
def test_records_that_were_read_back_are_laid_out_as_the_compiled_kernel_takes_them() -> None:
    setting, _ = undisturbed()
    saved = saved_after(stopped(setting, 77))
    # numpy calls both layouts equal, and numba takes what it saw first for either: only a new process would notice
    assert all(saved.arrays[name].dtype.isalignedstruct for name in ("account", "slots", "asks", "ladders"))


@pytest.mark.critical
@pytest.mark.parametrize("after", [1, 2, 77, 201, 299])
def test_a_session_that_was_stopped_anywhere_ends_as_one_that_was_not(after: int) -> None:
    setting, whole = undisturbed()
    first = stopped(setting, after)
    second = resumed(setting, saved_after(first))
    second.run()
    assert len(first.told) + len(second.told) == len(whole.told)
    assert np.concatenate([first.equity, second.equity]).tobytes() == whole.equity.tobytes()
    for name in whole.trades.dtype.names:
        assert np.concatenate([first.trades[name], second.trades[name]]).tobytes() == whole.trades[name].tobytes()
    assert second.engine.get_performance_summary() == whole.engine.get_performance_summary()
    left, right = second.account.state, whole.account.state
    for name in ("cash", "peak", "day_start", "positions", "halted_daily", "halted_drawdown"):
        assert left.account[name] == right.account[name]


def test_halts_and_a_pause_survive() -> None:
    setting = busy_setting(hours=500)
    session = stopped(setting, 20)
    session.account.state.account["halted_drawdown"] = 1
    session.account.state.account["halted_operator"] = 1
    again = resumed(setting, saved_after(session))
    assert again.account.halts() == ("OPERATOR", "DRAWDOWN")


def test_damage_is_found() -> None:
    session = stopped(busy_setting(hours=500), 5)
    content = saved_after(session).to_bytes()
    with pytest.raises(LiveError, match=r"TW-L012 .*hash"):
        Saved.from_bytes(content[:500] + b"?" + content[501:], sha256=digest(content), schema_version=SCHEMA)


def test_another_version_is_refused_in_words() -> None:
    session = stopped(busy_setting(hours=500), 5)
    content = saved_after(session).to_bytes()
    with pytest.raises(LiveError, match=r"TW-L012 .*version") as refused:
        Saved.from_bytes(content, sha256=digest(content), schema_version=SCHEMA + 1)
    assert "--fresh" in refused.value.hint


def test_a_checkpoint_of_other_slots_is_refused() -> None:
    saved = saved_after(stopped(busy_setting(hours=500, symbols=2), 5))
    other = busy_setting(hours=500, symbols=3)
    with pytest.raises(LiveError, match="slots"):
        resumed(other, attrs.evolve(saved))

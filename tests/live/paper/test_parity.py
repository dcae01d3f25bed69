"""The parity alarm: silent on what is right, loud on a single wrong number."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.market import busy_setting, sitting
from tradewind.errors import LiveError
from tradewind.kernel.copies import raw
from tradewind.kernel.rules import rules_of
from tradewind.kernel.state import Rules
from tradewind.live.engine import Told
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.paper.parity import Parity
from tradewind.live.session.session import paper_account, seat_all, windows_of
from tradewind.live.strategy.decide import Decider


@pytest.mark.critical
@pytest.mark.parametrize(
    ("record", "field"), [("account", "cash"), ("account", "peak"), ("slots", "stop"), ("slots", "entry_row")]
)
def test_a_number_changed_behind_its_back_stops_the_session(record: str, field: str) -> None:
    touched: list[int] = []

    def touch(told: Told) -> None:
        state = session.account.state
        if not touched and len(session.told) > 60 and state.slots["side"][0] != 0:
            getattr(state, record)[field] -= 1
            touched.append(len(session.told))

    session = sitting(busy_setting(hours=600), tell=touch)
    with pytest.raises(LiveError, match="TW-L013"):
        session.run()
    assert len(session.told) == touched[0]


@pytest.mark.critical
def test_what_a_person_did_is_no_difference() -> None:
    def act(told: Told) -> None:
        state = session.account
        if len(session.told) % 31 == 5:
            state.change(lambda one: one.account.__setitem__("halted_operator", 1))
        if len(session.told) % 31 == 9:
            state.change(lambda one: one.account.__setitem__("halted_operator", 0))

    session = sitting(busy_setting(hours=900, symbols=2), tell=act)
    session.run()
    assert 12 in {int(code) for code in session.asks()["outcome"]}


@functools.cache
def watched() -> tuple[Parity, PaperAccount, Rules]:
    """Return an account that holds something after many trades, and what watches it from its first bar on."""
    setting = busy_setting(hours=1500, symbols=2)
    feed = setting.feed()
    windows = windows_of(feed, setting.players.warmup)
    seats = seat_all(setting.players, feed, windows)
    account = paper_account(setting.players, feed, seats, setting.settings)
    account.lead([window.bars() for window in windows])
    rules = rules_of(setting.players.limits, setting.settings.costs, feed.instruments, bar_ms=feed.market.ms)
    watch: Parity | None = None
    for moment in feed.told():
        if watch is None:
            account.begin(moment.open_ms)
            watch = Parity(account.state, bars=90)
        for window, row in zip(windows, moment.rows, strict=True):
            if row is not None:
                window.append(row)
        rows = [
            Decider(seat.decider.pipeline, windows[seat.key.at]).row() if moment.rows[seat.key.at] is not None else None
            for seat in seats
        ]
        account.carry_out(moment, rows)
    assert watch is not None
    return watch, account, rules


def compared(name: str, array: Any) -> list[int]:
    """Return the bytes of an array that no damage may come to; the ask that is pending may be out of sight."""
    untold = {"account": ("fills", "trades"), "slots": ("wanted_ask",)}.get(name, ())
    fields: dict[str, Any] = {one: at for one, at in (array.dtype.fields or {}).items() if one not in untold}
    within = [at + byte for dtype, at, *_ in fields.values() for byte in range(dtype.itemsize)] or range(8)
    return [start + at for start in range(0, array.nbytes, array.dtype.itemsize) for at in within]


@pytest.mark.critical
@given(data=st.data())
def test_no_bit_of_an_account_or_of_its_last_decisions_may_be_another(data: st.DataObject) -> None:
    watch, account, rules = watched()
    state, reel = account.state, account.reel
    assert watch.differences(state, reel, rules) == []
    asked = reel.asks[reel.asked_since(reel.length - 90) : reel.asked]
    arrays = {name: getattr(state, name) for name in ("account", "slots", "stops", "profits")} | {"asks": asked}
    name = data.draw(st.sampled_from(sorted(arrays)))
    memory = raw(arrays[name])
    place = data.draw(st.sampled_from(compared(name, arrays[name])))
    bit = 1 << data.draw(st.integers(0, 7))
    memory[place] ^= bit
    found = watch.differences(state, reel, rules)
    memory[place] ^= bit
    assert found != []

"""The parity alarm: silent on what is right, loud on a single wrong number."""

from __future__ import annotations

import pytest

from live.market import busy_setting, sitting
from tradewind.errors import LiveError
from tradewind.live.engine import Told


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

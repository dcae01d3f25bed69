"""What is in doubt when a strategy is asked forbids the entry, and the row says so, whatever changes meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from live.market import Lasting, busy_setting, sitting
from tradewind.model.decisions import OUTCOMES

BLOCKED = "blocked:stale_data"
WORDS = "nothing has been heard of the market"


@pytest.mark.critical
@pytest.mark.parametrize("begins", [True, False], ids=["begins meanwhile", "ends meanwhile"])
def test_a_doubt_that_changes_while_a_strategy_thinks_is_told_as_it_was(begins: bool) -> None:
    setting = busy_setting(Lasting(), hours=400)
    session = sitting(setting)
    (seat,) = session.engine.seats
    asked = seat.decider.row

    def thinking(*, veto: str = "") -> Any:
        row = asked(veto=veto)
        session.engine.doubts = {"market": WORDS} if begins else {}
        return row

    seat.decider.row = thinking  # type: ignore[method-assign]
    session.engine.doubts = {} if begins else {"market": WORDS}
    session.run()
    first = session.told[0]
    assert first.rows[0] is not None
    outcomes = [OUTCOMES[int(ask["outcome"])] for ask in first.step.decided]
    assert (first.rows[0].degraded, outcomes) == (("", ["sent"]) if begins else (WORDS, [BLOCKED]))

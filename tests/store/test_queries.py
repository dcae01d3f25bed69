"""Questions about decisions are answered from an index."""

from __future__ import annotations

import pytest

from store.many import HOUR, fill, plan
from store.samples import BAR
from tradewind.store.opening import open_store
from tradewind.store.queries import executions_at, executions_with, on_bar, with_outcome


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_a_bar_and_an_outcome_are_found_by_index(place: str) -> None:
    with open_store(place) as store:
        session_id = fill(store, 20_000)
        with store.snapshot() as connection:
            bar = BAR + 700 * HOUR
            (found,) = executions_at(connection, "S7", bar)
            assert (found.symbol, found.bar_open_ms, found.session_id) == ("S7", bar, session_id)
            assert executions_at(connection, "S7", bar, session_id=session_id + 1) == ()
            refused = executions_with(connection, 26, limit=3)
            assert [one.bar_open_ms for one in refused] == [BAR + hours * HOUR for hours in (950, 900, 850)]
            assert executions_with(connection, 26, start_ms=BAR, end_ms=BAR + 100 * HOUR)[-1].bar_open_ms == BAR
            at_bar, by_outcome = plan(connection, on_bar("S7", bar)), plan(connection, with_outcome(26, limit=3))
    assert "ix_strategy_executions_symbol_bar_open_ms" in at_bar
    assert "ix_strategy_executions_outcome_bar_open_ms" in by_outcome

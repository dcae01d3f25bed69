"""What the soak measures is what it says: shortened, it runs in every test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.soak.bookwork import decisions_ms, fill_journal, start_s
from live.soak.week import growth, reconnections, week
from tradewind.live.orders.desk_life import DeskLife
from tradewind.store.opening import open_store
from tradewind.store.sql_journal import SqlJournal


@pytest.mark.critical
def test_every_decision_reaches_the_venue_once(tmp_path: Path) -> None:
    took = decisions_ms(tmp_path, decisions=12, symbols=4)
    assert len(took) == 12
    assert min(wall for wall, _ in took) > 0.0


@pytest.mark.critical
def test_a_session_starts_on_a_journal_that_is_full_of_orders_and_waits_for_none_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    in_flight_s = DeskLife._in_flight_s

    def noted(desk: DeskLife) -> float:
        waits.append(in_flight_s(desk))
        return waits[-1]

    monkeypatch.setattr(DeskLife, "_in_flight_s", noted)
    assert start_s(tmp_path, orders=100) > 0.0
    assert waits == [0.0]


def test_the_long_journal_has_as_many_orders_as_were_asked_for(tmp_path: Path) -> None:
    fill_journal(tmp_path / "long.db", 40)
    journal = SqlJournal(open_store(tmp_path / "long.db", mode="read"))
    try:
        (session,) = journal.sessions("soak-account")
        assert len(journal.account_points(session.id)) == 20
        assert journal.next_trade_id("soak-account", "BTCUSDT") == 41
        assert journal.open_chains("soak-account") == ()
    finally:
        journal.close()


def test_a_stream_that_breaks_every_minute_loses_no_bar_and_leaks_nothing() -> None:
    uses, opened, rows = week(days=5 / 24, symbols=2, minutes=1)
    assert rows == 2 * 5
    assert opened >= 5 * 60
    memory, handles = growth(uses)
    assert memory <= 0.1
    assert handles <= 0.0


def test_sockets_that_are_opened_anew_are_closed_first() -> None:
    assert growth(reconnections(60))[1] <= 0.0

"""What of a session people hear of: what lasts is told once when it begins and once when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.live.alert import Severity
from tradewind.live.alert_rules import RULES
from tradewind.live.alerting import Alerting
from tradewind.live.breakers import BREAKERS
from tradewind.live.holding import DeskEventKind

CALM: dict[str, Any] = {"replay": False, "bar_overdue_s": 0.0, "loop_lag_s": [], "feed_time_ms": 0}


def desk(kind: DeskEventKind, **detail: Any) -> tuple[str, dict[str, Any]]:
    told = {name: str(value) for name, value in detail.items()}
    return f"desk_{kind.value}", {"symbol": "BTCUSDT", "slot": "mine", "chain": 7, "detail": told}


@pytest.mark.parametrize("name", sorted(BREAKERS))
def test_every_breaker_is_told_with_what_clears_it(name: str) -> None:
    alert = Alerting().hear(*_at(desk(DeskEventKind.HALTED, breaker=name, scope="account", reason="because"), 5))
    assert alert is not None
    assert name in alert.title
    assert "because" in alert.text
    if BREAKERS[name].clears_itself:
        assert alert.severity is Severity.WARNING
        assert "clears itself" in alert.todo
    elif name == "OPERATOR":
        assert alert.severity is Severity.INFO
    else:
        assert alert.severity is Severity.CRITICAL
        assert f"tradewind resume --breaker {name}" in alert.todo


def _at(event: tuple[str, dict[str, Any]], seconds: float) -> tuple[str, int, dict[str, Any]]:
    return event[0], int(seconds * 1000), event[1]


def test_a_halt_that_desk_and_engine_tell_is_one_alert_and_its_end_another() -> None:
    alerting = Alerting()
    first = alerting.hear(*_at(desk(DeskEventKind.HALTED, breaker="DRAWDOWN", scope="account", reason=""), 1))
    again = alerting.hear("halted", 2_000, {"breaker": "DRAWDOWN", "equity": 1.0, "drawdown": 0.2})
    ended = alerting.hear("resumed", 61_000, {"breaker": "DRAWDOWN"})
    told_again = alerting.hear(*_at(desk(DeskEventKind.RESUMED, breaker="DRAWDOWN", scope="account"), 61))
    assert first is not None
    assert (again, told_again) == (None, None)
    assert ended is not None
    assert (ended.severity, ended.text) == (Severity.INFO, "It took 60 s.")


def test_a_halt_of_one_symbol_is_not_the_accounts() -> None:
    alerting = Alerting()
    one = alerting.hear(*_at(desk(DeskEventKind.HALTED, breaker="FOREIGN_ORDER", scope="BTC", reason="x"), 1))
    other = alerting.hear(*_at(desk(DeskEventKind.HALTED, breaker="FOREIGN_ORDER", scope="ETH", reason="x"), 1))
    assert one is not None
    assert other is not None
    assert one.key != other.key
    assert "on BTC" in one.title


def test_a_position_without_a_stop_is_critical_until_it_is_protected() -> None:
    alerting = Alerting()
    entered = alerting.hear(*_at(desk(DeskEventKind.PROTECTED), 0))
    bare = alerting.hear(*_at(desk(DeskEventKind.BARE), 1))
    still = alerting.hear(*_at(desk(DeskEventKind.BARE), 2))
    protected = alerting.hear(*_at(desk(DeskEventKind.PROTECTED), 4))
    assert (entered, still) == (None, None)
    assert bare is not None
    assert (bare.severity, bare.title) == (Severity.CRITICAL, "BTCUSDT has no stop")
    assert protected is not None
    assert protected.text == "It took 3 s."


def test_a_lost_stream_is_told_once_and_its_return_too() -> None:
    alerting = Alerting()
    heard = [
        alerting.hear(*_at(desk(DeskEventKind.STREAM, live=live, reason="reset"), second))
        for second, live in enumerate([True, False, False, True, True])
    ]
    assert [alert is not None for alert in heard] == [False, True, False, True, False]


def test_bars_that_do_not_come_are_told_and_their_return_too() -> None:
    alerting = Alerting()
    found = [
        [one.title for one in alerting.look(CALM | {"bar_overdue_s": overdue})] for overdue in (0.0, 61.0, 200.0, 0.0)
    ]
    assert found == [[], ["Market data are overdue"], [], ["Market data arrive again"]]


def test_a_replay_is_never_overdue() -> None:
    assert list(Alerting().look(CALM | {"replay": True, "bar_overdue_s": 1e9, "loop_lag_s": [9.0]})) == []


def test_a_strategy_that_is_not_asked_is_told_with_its_reason() -> None:
    alerting = Alerting()
    found = [
        [f"{one.title}: {one.text}" for one in alerting.look_at_rows({"ml on BTCUSDT": reason}, second * 1000)]
        for second, reason in enumerate(["", "no sentiment since 3 h", "no sentiment since 3 h", ""])
    ]
    assert found == [
        [],
        ["ml on BTCUSDT decides nothing: no sentiment since 3 h; stops stay."],
        [],
        ["ml on BTCUSDT decides again: It took 2 s."],
    ]


def test_an_event_that_speaks_for_itself_is_told_as_it_is() -> None:
    alert = Alerting().hear("watchdog", 0, {"severity": "critical", "title": "A", "text": "B", "todo": "C", "key": "d"})
    assert alert is not None
    assert (alert.severity, alert.title, alert.text, alert.todo, alert.key) == (Severity.CRITICAL, "A", "B", "C", "d")
    assert Alerting().hear("some_figure", 0, {"severity": "loud", "text": "B"}) is None
    assert Alerting().hear("some_figure", 0, {"value": 1}) is None


@pytest.mark.parametrize("kind", sorted(set(RULES) - {"halted", "resumed", "desk_halted", "desk_resumed", "feed_note"}))
def test_an_event_that_lacks_a_fact_is_still_put_into_words(kind: str) -> None:
    alerting = Alerting()
    alerting.hear("desk_bare", 0, {"symbol": "BTCUSDT"})
    alert = alerting.hear(kind, 1_000, {"symbol": "BTCUSDT"})
    assert alert is None or alert.text != ""


def test_a_session_that_failed_is_critical_and_one_that_ended_is_not() -> None:
    failed = Alerting().hear("session_ended", 0, {"reason": "failed", "total_pnl": -1.5})
    ended = Alerting().hear("session_ended", 0, {"reason": "stopped", "total_pnl": 12.0})
    assert failed is not None
    assert ended is not None
    assert (failed.severity, ended.severity) == (Severity.CRITICAL, Severity.INFO)
    assert "-1.50" in failed.text

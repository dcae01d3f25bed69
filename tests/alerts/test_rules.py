"""What of a session people hear of: what lasts is told once when it begins and once when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.live.alerts.alert import Severity
from tradewind.live.alerts.alerting import Alerting
from tradewind.live.alerts.rules import RULES
from tradewind.live.breakers import BREAKERS
from tradewind.live.orders.holding import DeskEventKind


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


def test_a_model_that_is_silent_is_told_with_its_reason_and_its_return_too() -> None:
    alerting = Alerting()
    found = [
        alerting.hear_opinion("ml on BTCUSDT", held, second * 1000)
        for second, held in enumerate([{"long"}, {"no_opinion", "expired"}, {"no_opinion"}, set[str]()])
    ]
    said = [f"{alert.title}: {alert.text}" if alert is not None else "" for alert in found]
    assert said == [
        "",
        "The model of ml on BTCUSDT is silent: the model is too old. It enters nothing; stops stay.",
        "",
        "The model of ml on BTCUSDT has an opinion again: It took 2 s.",
    ]


def test_sentiment_that_is_missing_is_told_and_its_return_too() -> None:
    alerting = Alerting()
    states = [("fresh", 1.0), ("stale", 50.0), ("absent", None), ("fresh", 2.0)]
    found = [
        alerting.hear("sentiment_state", second * 1000, {"symbol": "BTCUSDT", "state": state, "age_hours": age})
        for second, (state, age) in enumerate(states)
    ]
    assert [alert.title if alert is not None else "" for alert in found] == [
        "", "Sentiment of BTCUSDT is missing", "", "Sentiment of BTCUSDT is fresh again",
    ]  # fmt: skip
    assert "stale, 50 hours old" in str(found[1])


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

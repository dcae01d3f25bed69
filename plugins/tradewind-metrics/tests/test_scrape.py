"""Figures are what the session said, as Prometheus reads them, and for nobody but who may ask."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from tradewind.api import SettingsError
from tradewind_metrics.service import CROWD, Metrics
from tradewind_metrics.settings import MetricsConfig

PULSE: dict[str, Any] = {
    "kind": "pulse", "time": 1_700_000_005_000, "account": "paper-1", "session_id": 3, "mode": "paper", "replay": False,
    "strategies": ["mine"], "symbols": ["BTCUSDT", "ETHUSDT"], "time_ms": 1_700_000_005_000,
    "started_ms": 1_700_000_000_000, "feed_time_ms": 1_700_000_005_000, "equity": 9_900.5, "cash": 5_000.0,
    "exposure_ratio": 0.5, "drawdown_ratio": 0.01, "open_risk_ratio": 0.02, "positions": {"BTCUSDT": 2}, "pnl": -99.5,
    "fees": 1.25, "bars": 7, "trades": 3, "orders": {"filled": 2, "blocked": 5}, "halts": ["DRAWDOWN"],
    "halts_raised": {"DRAWDOWN": 1}, "quarantined": 1, "last_bar_ms": 0, "bar_age_s": 1.5, "bar_overdue_s": 0.0,
    "reconnects": {"bars": 4, "account": 1}, "unprotected_s": 2.5, "clock_error_s": 0.012, "decision_s": [0.003, 0.2],
    "loop_lag_s": [0.001], "weight_used": 120, "queues": {"services": 0, "desk": 2}, "machine": {},
}  # fmt: skip


def ask(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers["Content-Type"]
    finally:
        connection.close()


def serving(look: Callable[[int], Any], *events: Mapping[str, Any], **settings: Any) -> Any:
    async def life() -> Any:
        service = Metrics(MetricsConfig(port=0, **settings))
        await service.start()
        try:
            for event in events:
                service.notify(event)
            return await asyncio.to_thread(look, service.address()[1])
        finally:
            await service.stop()

    return asyncio.run(life())


def samples(text: str, parse: Any = plain_text) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(text)
        for sample in family.samples
    }


def test_every_figure_is_what_the_session_said() -> None:
    status, text, content_type = serving(ask, PULSE, {"kind": "alert", "severity": "critical"})
    found = samples(text)
    assert status == 200
    assert content_type.startswith("text/plain")
    plain = {name.removeprefix("tradewind_"): value for (name, labels), value in found.items() if not labels}
    expected = {
        "equity_quote": 9_900.5, "cash_quote": 5_000.0, "realized_pnl_quote": -99.5, "drawdown_ratio": 0.01,
        "exposure_ratio": 0.5, "open_risk_ratio": 0.02, "quarantined_strategies": 1.0, "bar_age_seconds": 1.5,
        "bar_overdue_seconds": 0.0, "clock_error_seconds": 0.012, "bars_total": 7.0, "trades_total": 3.0,
        "fees_quote_total": 1.25, "unprotected_seconds_total": 2.5, "api_weight_used": 120.0,
        "session_start_time_seconds": 1_700_000_000.0, "pulse_timestamp_seconds": 1_700_000_005.0,
        "decision_seconds_count": 2.0, "decision_seconds_sum": pytest.approx(0.203), "loop_lag_seconds_count": 1.0,
    }  # fmt: skip
    assert {name: plain[name] for name in expected} == expected
    labelled = {
        ("tradewind_positions", (("symbol", "BTCUSDT"),)): 2.0,
        ("tradewind_positions", (("symbol", "ETHUSDT"),)): 0.0,
        ("tradewind_orders_total", (("outcome", "blocked"),)): 5.0,
        ("tradewind_orders_total", (("outcome", "filled"),)): 2.0,
        ("tradewind_halted", (("breaker", "DRAWDOWN"),)): 1.0,
        ("tradewind_halts_total", (("breaker", "DRAWDOWN"),)): 1.0,
        ("tradewind_reconnects_total", (("stream", "bars"),)): 4.0,
        ("tradewind_reconnects_total", (("stream", "account"),)): 1.0,
        ("tradewind_queue_length", (("queue", "desk"),)): 2.0,
        ("tradewind_alerts_total", (("severity", "critical"),)): 1.0,
        ("tradewind_alerts_total", (("severity", "info"),)): 0.0,
        ("tradewind_decision_seconds_bucket", (("le", "0.005"),)): 1.0,
    }
    assert {key: found[key] for key in labelled} == labelled
    assert any(name.startswith("process_") for name, _ in found)


def test_what_prometheus_prefers_is_answered_and_parses_strictly() -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    _, text, content_type = serving(lambda port: ask(port, **accept), PULSE)
    assert content_type.startswith("application/openmetrics-text")
    assert samples(text, open_metrics)["tradewind_equity_quote", ()] == 9_900.5


def test_counts_of_several_pulses_add_up() -> None:
    _, text, _ = serving(ask, PULSE, PULSE | {"decision_s": [0.5], "equity": 1.0})
    found = samples(text)
    assert found["tradewind_decision_seconds_count", ()] == 3.0
    assert found["tradewind_equity_quote", ()] == 1.0


def test_before_the_first_pulse_there_is_a_page_without_a_session() -> None:
    status, text, _ = serving(ask)
    assert status == 200
    assert "tradewind_equity_quote" not in text


def test_a_page_of_another_site_reads_nothing() -> None:
    for name in ("evil.example.org", "evil.example.org:9464", "localhost.evil.example.org", ""):
        status, text, _ = serving(lambda port, name=name: ask(port, Host=name), PULSE)
        assert (status, "9900" in text) == (403, False)
    for name in ("localhost:1", "127.0.0.1", "[::1]:9464", "tower"):
        status, _, _ = serving(lambda port, name=name: ask(port, Host=name), PULSE, hosts=("tower",))
        assert status == 200


def test_there_is_one_page_and_one_verb() -> None:
    def look(port: int) -> tuple[int, ...]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/metrics", b"x")
        posted = connection.getresponse().status
        connection.close()
        return ask(port, "/")[0], ask(port, "/metrics/../secret")[0], ask(port, "/metrics?x=1")[0], posted

    assert serving(look, PULSE) == (404, 404, 200, 501)


def is_closed(one: socket.socket) -> bool:
    one.settimeout(0.05)
    try:
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_many_silent_clients_cost_a_few_connections() -> None:
    def look(port: int) -> int:
        silent = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(3 * CROWD)]
        time.sleep(0.3)
        closed = sum(is_closed(one) for one in silent)
        for one in silent:
            one.close()
        return closed

    assert serving(look, PULSE) >= 2 * CROWD


def test_an_address_that_others_reach_must_be_asked_for() -> None:
    with pytest.raises(SettingsError) as refused:
        MetricsConfig(host="0.0.0.0")  # noqa: S104  # what is refused
    assert "allow_remote" in refused.value.hint
    assert MetricsConfig(host="10.0.0.5", allow_remote=True).host == "10.0.0.5"
    assert MetricsConfig(host="localhost").host == "localhost"


def test_a_taken_port_is_an_error_that_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = Metrics(MetricsConfig(port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            asyncio.run(service.start())

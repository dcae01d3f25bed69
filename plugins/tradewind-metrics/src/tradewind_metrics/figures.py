"""The figures: what a session says of itself, as Prometheus wants it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

DECISION_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LAG_BUCKETS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)

GAUGES: Final = {
    "equity_quote": ("Equity at the last close, quote units.", "equity"),
    "cash_quote": ("Cash at the last close, quote units.", "cash"),
    "realized_pnl_quote": ("Profit of all closed trades of the session, quote units.", "pnl"),
    "drawdown_ratio": ("Fall from the highest equity, a fraction of it.", "drawdown_ratio"),
    "exposure_ratio": ("Notional of all positions, a fraction of equity.", "exposure_ratio"),
    "open_risk_ratio": ("Loss if every stop were hit where it stands, a fraction of equity.", "open_risk_ratio"),
    "quarantined_strategies": ("Slots whose strategy is not asked any more.", "quarantined"),
    "bar_age_seconds": ("Time since the last bar that was carried out has closed.", "bar_age_s"),
    "bar_overdue_seconds": ("How long the next bar is overdue.", "bar_overdue_s"),
    "clock_error_seconds": ("How far from the venue's time the session's may be.", "clock_error_s"),
}
"""Figures that rise and fall, by name: what they say, and the fact that holds them."""

COUNTERS: Final = {
    "bars": ("Market bars carried out.", "bars"),
    "trades": ("Trades closed.", "trades"),
    "fees_quote": ("Fees paid, quote units.", "fees"),
    "unprotected_seconds": ("Time that positions were without a stop at the venue.", "unprotected_s"),
}
"""Figures that only grow, in the same way."""

LABELLED: Final = {
    "orders": ("Entries by what became of them.", "orders", "outcome"),
    "halts": ("Breakers raised.", "halts_raised", "breaker"),
    "reconnects": ("Streams opened anew.", "reconnects", "stream"),
}
"""Figures that only grow, by label."""


class Figures(Collector):
    """
    The figures of one session, collected from its last pulse.

    Counters count from the start of the process, as the session does.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._pulse: Mapping[str, Any] | None = None
        self._decisions = Histogram(
            "tradewind_decision_seconds",
            "Time to carry out one market bar: strategies, journal and orders.",
            buckets=DECISION_BUCKETS,
            registry=self.registry,
        )
        self._lags = Histogram(
            "tradewind_loop_lag_seconds", "By how much timers came late.", buckets=LAG_BUCKETS, registry=self.registry
        )
        self._alerts = Counter(
            "tradewind_alerts", "Alerts raised, whether delivered or not.", ["severity"], registry=self.registry
        )
        for severity in ("info", "warning", "critical"):
            self._alerts.labels(severity)
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in what a session tells: pulses and alerts; all else is left to others."""
        kind = event.get("kind")
        if kind == "alert":
            severity = event.get("severity")
            if severity in ("info", "warning", "critical"):
                self._alerts.labels(severity).inc()
        elif kind == "pulse":
            for seconds in event["decision_s"]:
                self._decisions.observe(seconds)
            for seconds in event["loop_lag_s"]:
                self._lags.observe(seconds)
            self._pulse = event

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: what there is follows from the session."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of the last pulse; nothing before the first."""
        pulse = self._pulse
        if pulse is None:
            return
        yield _session(pulse)
        yield GaugeMetricFamily(
            "tradewind_session_start_time_seconds", "When the session began.", value=pulse["started_ms"] / 1000
        )
        yield GaugeMetricFamily(
            "tradewind_pulse_timestamp_seconds", "When these figures were taken.", value=pulse["time_ms"] / 1000
        )
        for name, (text, fact) in GAUGES.items():
            yield GaugeMetricFamily(f"tradewind_{name}", text, value=float(pulse[fact]))
        for name, (text, fact) in COUNTERS.items():
            yield CounterMetricFamily(f"tradewind_{name}", text, value=float(pulse[fact]))
        for name, (text, fact, label) in LABELLED.items():
            family = CounterMetricFamily(f"tradewind_{name}", text, labels=[label])
            for value, number in sorted(pulse[fact].items()):
                family.add_metric([str(value)], float(number))
            yield family
        yield from _places(pulse)


def _session(pulse: Mapping[str, Any]) -> Metric:
    family = InfoMetricFamily("tradewind_session", "Which session it is.")
    facts = {
        "account": str(pulse["account"]),
        "session_id": str(pulse["session_id"]),
        "mode": str(pulse["mode"]),
        "replay": "true" if pulse["replay"] else "false",
        "strategies": ",".join(pulse["strategies"]),
        "symbols": ",".join(pulse["symbols"]),
    }
    family.add_metric([], facts)
    return family


def _places(pulse: Mapping[str, Any]) -> Iterator[Metric]:
    positions = GaugeMetricFamily("tradewind_positions", "Open positions.", labels=["symbol"])
    for symbol in pulse["symbols"]:
        positions.add_metric([symbol], float(pulse["positions"].get(symbol, 0)))
    yield positions
    halted = GaugeMetricFamily("tradewind_halted", "1 for each breaker that stops entries now.", labels=["breaker"])
    for breaker in pulse["halts"]:
        halted.add_metric([breaker], 1.0)
    yield halted
    queues = GaugeMetricFamily("tradewind_queue_length", "What waits to be taken in.", labels=["queue"])
    for queue, length in sorted(pulse["queues"].items()):
        queues.add_metric([queue], float(length))
    yield queues
    if pulse["weight_used"] is not None:
        yield GaugeMetricFamily(
            "tradewind_api_weight_used",
            "Request weight that the venue has counted in this minute.",
            value=float(pulse["weight_used"]),
        )

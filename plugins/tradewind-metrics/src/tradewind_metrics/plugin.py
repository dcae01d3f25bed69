"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import ServiceSpec


@hookimpl
def tradewind_services() -> Iterator[ServiceSpec]:
    """Offer figures."""
    yield ServiceSpec(
        name="metrics",
        summary="Figures of a session for Prometheus, on a port of this machine.",
        factory="tradewind_metrics.service:Metrics",
        config="tradewind_metrics.settings:MetricsConfig",
        listens=True,
    )

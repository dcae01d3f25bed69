"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec, HealthCheckSpec, ServiceSpec


@hookimpl
def tradewind_services() -> Iterator[ServiceSpec]:
    """Offer alerts."""
    yield ServiceSpec(
        name="alerts",
        summary="Tell people by Telegram, e-mail, webhook and more what needs them.",
        factory="tradewind_alerts.service:Alerts",
        config="tradewind_alerts.settings:AlertsConfig",
        secrets=("first_url", "second_url"),
    )


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer a test message, and what became of earlier ones."""
    yield CommandSpec(
        name="alerts",
        summary="Send a test message, and show what was delivered.",
        factory="tradewind_alerts.command:alerts",
    )


@hookimpl
def tradewind_health_checks() -> Iterator[HealthCheckSpec]:
    """Offer a look at what was not delivered."""
    yield HealthCheckSpec(
        name="alerts",
        summary="Whether alerts reached somebody.",
        factory="tradewind_alerts.health:delivered",
        config="tradewind_alerts.settings:ReceiptsConfig",
    )

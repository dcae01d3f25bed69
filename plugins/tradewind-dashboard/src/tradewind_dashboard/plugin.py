"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer the dashboard."""
    yield CommandSpec(
        name="dashboard",
        summary="Show running sessions in a browser.",
        factory="tradewind_dashboard.command:dashboard",
        config="tradewind_dashboard.settings:DashboardConfig",
    )

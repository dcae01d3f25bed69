"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer the sandbox."""
    yield CommandSpec(
        name="sandbox",
        summary="Run an exchange on this machine to rehearse on.",
        factory="tradewind_sandbox.command:sandbox",
        config="tradewind_sandbox.settings:SandboxConfig",
    )

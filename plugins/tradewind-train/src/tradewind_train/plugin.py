"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer the training of models."""
    yield CommandSpec(
        name="train",
        summary="Train a model, judge it on unseen history and add it to the registry.",
        factory="tradewind_train.command:train",
        config="tradewind_train.settings:TrainConfig",
    )

"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec, IndicatorSpec


@hookimpl
def tradewind_indicators() -> Iterator[IndicatorSpec]:
    """Offer trained models as an indicator."""
    yield IndicatorSpec(
        name="onnx",
        summary="What a trained model expects: log return, its deviation and the chance that its sign is right.",
        factory="tradewind_onnx.indicator:OnnxIndicator",
        config="tradewind_onnx.settings:OnnxConfig",
        inputs=("open", "high", "low", "close", "volume"),
        outputs=("mu", "sigma", "confidence", "state"),
        category="model",
        abstains=True,
    )


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer the registry of models."""
    yield CommandSpec(
        name="models",
        summary="List, validate, promote and roll back trained models.",
        factory="tradewind_onnx.command:models",
    )

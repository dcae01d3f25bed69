"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer the index."""
    yield DataSourceSpec(
        name="fear-greed",
        summary="Crypto Fear & Greed index: one number a day for the whole market, without a key.",
        factory="tradewind_fear_greed.source:FearGreedSource",
        config="tradewind_fear_greed.settings:FearGreedConfig",
        provides=("series",),
        columns=("mean",),
        needs_network=True,
    )

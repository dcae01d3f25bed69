"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer the daily sentiment of bitcoin."""
    yield DataSourceSpec(
        name="senticrypt",
        summary="SentiCrypt: daily sentiment of bitcoin, without a key.",
        factory="tradewind_senticrypt.source:SentiCryptSource",
        config="tradewind_senticrypt.settings:SentiCryptConfig",
        provides=("series",),
        columns=("mean", "score1", "score2", "score3"),
        needs_network=True,
    )

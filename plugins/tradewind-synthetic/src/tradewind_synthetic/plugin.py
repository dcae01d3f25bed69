"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer seeded markets."""
    yield DataSourceSpec(
        name="synthetic",
        summary="Seeded made-up markets: random walk, regimes, jumps, gaps, flat.",
        factory="tradewind_synthetic.source:SyntheticSource",
        config="tradewind_synthetic.settings:SyntheticConfig",
    )

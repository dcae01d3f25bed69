"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer scored news."""
    yield DataSourceSpec(
        name="cryptocompare",
        summary="Crypto news of CryptoCompare, scored on this machine; needs a paid key.",
        factory="tradewind_cryptocompare.source:CryptoCompareSource",
        config="tradewind_cryptocompare.settings:CryptoCompareConfig",
        provides=("series",),
        columns=("mean",),
        needs_network=True,
        secrets=("api_key",),
    )

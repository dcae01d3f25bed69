"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec, ExecutorSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer bars of the venues that ccxt knows."""
    yield DataSourceSpec(
        name="ccxt",
        summary="Bars of any venue that ccxt knows.",
        factory="tradewind_ccxt.source:CcxtSource",
        config="tradewind_ccxt.settings:CcxtConfig",
        streams=True,
        needs_network=True,
    )


@hookimpl
def tradewind_executors() -> Iterator[ExecutorSpec]:
    """Offer orders on the venues that ccxt knows."""
    yield ExecutorSpec(
        name="ccxt",
        summary="Any venue that ccxt knows (beta): the stop follows the entry.",
        factory="tradewind_ccxt.executor:CcxtExecutor",
        config="tradewind_ccxt.settings:CcxtConfig",
        order_types=("limit", "market", "stop"),
        guarantee="C",
        secrets=("api_key", "api_secret", "api_password"),
    )

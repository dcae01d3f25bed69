"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import CommandSpec, DataSourceSpec, ExecutorSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer history and closed bars of Binance Spot."""
    yield DataSourceSpec(
        name="binance",
        summary="Binance Spot: history by REST, bars as they close by stream.",
        factory="tradewind_binance.source:BinanceSource",
        config="tradewind_binance.settings:BinanceConfig",
        timeframes=("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w"),
        streams=True,
        needs_network=True,
    )


@hookimpl
def tradewind_executors() -> Iterator[ExecutorSpec]:
    """Offer orders on Binance Spot."""
    yield ExecutorSpec(
        name="binance",
        summary="Binance Spot: entry and stop in one request, every change a swap.",
        factory="tradewind_binance.executor:BinanceExecutor",
        config="tradewind_binance.settings:BinanceConfig",
        order_types=("limit", "market", "stop", "stop_limit"),
        guarantee="A",
        secrets=("api_key", "api_secret", "private_key", "private_key_pass"),
    )


@hookimpl
def tradewind_commands() -> Iterator[CommandSpec]:
    """Offer the way out when the engine cannot start."""
    yield CommandSpec(
        name="panic",
        summary="Leave every position on Binance with keys and REST alone.",
        factory="tradewind_binance.panic.command:panic",
    )

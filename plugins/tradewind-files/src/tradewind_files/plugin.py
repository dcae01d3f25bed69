"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer price history in files."""
    yield DataSourceSpec(
        name="files",
        summary="Price history in CSV and Parquet files.",
        factory="tradewind_files.source:FilesSource",
        config="tradewind_files.settings:FilesConfig",
    )

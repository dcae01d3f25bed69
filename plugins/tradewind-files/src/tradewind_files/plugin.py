"""What this distribution offers."""

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import DataSourceSpec


@hookimpl
def tradewind_data_sources() -> Iterator[DataSourceSpec]:
    """Offer price history and recorded sentiment in files."""
    yield DataSourceSpec(
        name="files",
        summary="Price history in CSV and Parquet files.",
        factory="tradewind_files.source:FilesSource",
        config="tradewind_files.settings:FilesConfig",
    )
    yield DataSourceSpec(
        name="senticrypt-files",
        summary="Recorded SentiCrypt scores of bitcoin, from a CSV or Parquet file.",
        factory="tradewind_files.sentiment:RecordedSentiment.senticrypt",
        config="tradewind_files.settings:SentimentFilesConfig",
        provides=("series",),
        columns=("mean", "score1", "score2", "score3"),
    )
    yield DataSourceSpec(
        name="fear-greed-files",
        summary="The recorded Fear & Greed index, from a CSV or Parquet file.",
        factory="tradewind_files.sentiment:RecordedSentiment.fear_greed",
        config="tradewind_files.settings:SentimentFilesConfig",
        provides=("series",),
        columns=("mean",),
    )

"""The sources `senticrypt-files` and `fear-greed-files`: what others said of the market, as it was recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pandas import DataFrame, Timestamp

from tradewind.api import DailyAnswer, DataError, Instrument, asked_days, check_symbol
from tradewind_files.folder import usual_places
from tradewind_files.origin import Origin
from tradewind_files.settings import SentimentFilesConfig
from tradewind_files.times import from_column

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000
_SCORES: Final = ("mean", "score1", "score2", "score3")

Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class _Recorded:
    """
    What a file of a source looks like.

    Args:
        name: Who said it.
        files: What its files are called.
        read: The columns that are read.
        columns: The columns of the series.
        score: Maps what is read to [-1, 1].
        days_late: So many days before its date is the day that a value is of.
        coin: The one coin it is about; empty for the whole market.
    """

    name: str
    files: tuple[str, ...]
    read: tuple[str, ...]
    columns: tuple[str, ...]
    score: Callable[[Floats], Floats]
    days_late: int
    coin: str = ""


_SENTICRYPT: Final = _Recorded(
    name="the recorded SentiCrypt",
    files=("senticrypt-daily.parquet", "senticrypt-daily.csv", "senticrypt_sentiment_data.csv"),
    read=_SCORES,
    columns=_SCORES,
    score=lambda values: values,
    days_late=0,
    coin="BTC",
)
_FEAR_GREED: Final = _Recorded(
    name="the recorded Fear & Greed index",
    files=("fear-greed-daily.parquet", "fear-greed-daily.csv"),
    read=("value",),
    columns=("mean",),
    score=lambda values: (values - 50.0) / 50.0,
    days_late=1,
)


@attrs.define(eq=False)
class RecordedSentiment:
    """
    Daily values from one file, each known its lag after its day is over.

    Args:
        config: The settings.
        recorded: What the file looks like.
        environment: Environment variables.
        working_folder: What paths are relative to; None for the process's own.
    """

    config: SentimentFilesConfig
    recorded: _Recorded
    environment: Mapping[str, str] = attrs.field(factory=lambda: os.environ)
    working_folder: Path | None = None

    @classmethod
    def senticrypt(cls, config: SentimentFilesConfig | None = None) -> RecordedSentiment:
        """Return the source of recorded SentiCrypt scores."""
        return cls(config or SentimentFilesConfig(), _SENTICRYPT)

    @classmethod
    def fear_greed(cls, config: SentimentFilesConfig | None = None) -> RecordedSentiment:
        """Return the source of the recorded Fear & Greed index, which says at midnight what the day before was like."""
        return cls(config or SentimentFilesConfig(), _FEAR_GREED)

    def series(self, symbol: str, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return the days that begin in [start, end), with `known_at`; a day without a value has no row.

        Raises:
            DataError: TW-D001 when there is no file, or it is about another coin; TW-D003, TW-D004, TW-D007,
                TW-D009, TW-D012 or TW-D015 for a file that cannot be used.
            UsageError: TW-U001 for a malformed symbol.
        """
        if self.recorded.coin and Instrument(symbol=check_symbol(symbol)).base != self.recorded.coin:
            raise DataError(
                f"{self.recorded.name} is about {self.recorded.coin} only, not {symbol}.",
                code="TW-D001",
                hint="Name another source of sentiment for it.",
                symbol=symbol,
            )
        answer = DailyAnswer(
            name=self.recorded.name,
            columns=self.recorded.columns,
            days=asked_days(start, end),
            publish_lag_ms=int(self.config.publish_lag_hours * _HOUR_MS),
        )
        path = self._file()
        origin = Origin(name=path.name)
        days, values = self._read(path, origin)
        if bool(np.any(np.diff(days) <= 0)):
            row = int(np.flatnonzero(np.diff(days) <= 0)[0]) + 1
            raise origin.fault("its days are doubled or out of order.", "TW-D005", row=row)
        for at, day in enumerate((days - self.recorded.days_late).tolist()):
            if answer.plausible(day):
                answer.take(day, {name: float(column[at]) for name, column in values.items()})
        return answer.frame()

    def _file(self) -> Path:
        here = self.working_folder if self.working_folder is not None else Path()
        places = [here / path for path in self.config.paths] or usual_places(self.environment, here)
        for place in places:
            for path in _below(place, self.config.max_files):
                if path.name in self.recorded.files:
                    return path
        raise DataError(
            f"there is no file of {self.recorded.name.removeprefix('the ')}; it is called "
            f"{' or '.join(self.recorded.files)}.",
            code="TW-D001",
            hint="Put it into the folder of price history, or name its folder with `path`.",
        )

    def _read(self, path: Path, origin: Origin) -> tuple[npt.NDArray[np.int64], dict[str, Floats]]:
        if path.stat().st_size > self.config.max_file_bytes:
            raise origin.fault(
                f"it has {path.stat().st_size:,} bytes, expected at most {self.config.max_file_bytes:,}.", "TW-D012"
            )
        try:
            table = pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            words = str(error).splitlines()[0].replace(str(path), origin.name)[:200] if str(error) else "unknown"
            raise origin.fault(f"it is damaged or cut off: {words}.", "TW-D007", "Fetch it again.") from error
        missing = [name for name in ("date", *self.recorded.read) if name not in table.column_names]
        if missing:
            raise origin.fault(
                f"it lacks {', '.join(missing)}; found {', '.join(table.column_names)}.",
                "TW-D003",
                f"Its columns are date, {', '.join(self.recorded.read)}.",
            )
        if not table.num_rows:
            raise origin.fault("it has no days.", "TW-D007", "Remove the file, or fetch it again.")
        times = from_column(table.column("date"), origin)
        off = np.flatnonzero(times % _DAY_MS)
        if off.size:
            raise origin.fault("a date is no start of a day in UTC.", "TW-D006", row=int(off[0]))
        read = [self.recorded.score(_numbers(table.column(name), name, origin)) for name in self.recorded.read]
        return times // _DAY_MS, dict(zip(self.recorded.columns, read, strict=True))


def _numbers(column: Any, name: str, origin: Origin) -> Floats:
    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise origin.fault(f"column {name!r} holds {kind}, expected numbers.", "TW-D003")
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _below(place: Path, max_files: int) -> Iterator[Path]:
    """Yield a file, or the files of a folder and those below it, in order; hidden folders are passed over."""
    if place.is_file():
        yield place
        return
    seen = 0
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            seen += 1
            if seen > max_files:
                return
            yield Path(folder, name)

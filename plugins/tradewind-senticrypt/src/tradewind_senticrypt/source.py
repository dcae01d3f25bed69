"""The source `senticrypt`: what SentiCrypt's API v2 says of bitcoin, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
from pandas import DataFrame, Timestamp

from tradewind.api import DailyAnswer, DataError, Instrument, Web, archive_name, asked_days, check_symbol, day_number
from tradewind_senticrypt.settings import SentiCryptConfig

_COLUMNS: Final = ("mean", "score1", "score2", "score3")
_NAME: Final = "SentiCrypt"
_HOUR_MS: Final = 3_600_000


@attrs.define(eq=False)
class SentiCryptSource:
    """
    Daily scores of bitcoin's mood, each in [-1, 1].

    A day's record has `date`, `mean`, `score1` to `score3` and more; price and volume in it are stuck for
    months and are not read. Its day must be over before it counts: the scores go with the price of
    their own day, and with nothing after it.

    Args:
        config: The settings.
        web: The way to the host; None for that of the settings.
    """

    config: SentiCryptConfig = attrs.field(factory=SentiCryptConfig)
    web: Web = attrs.field(init=False)

    @web.default
    def _way(self) -> Web:
        config = self.config
        return Web(
            url=config.url, name=_NAME, timeout=config.timeout, tries=config.tries,
            max_bytes=config.max_bytes, per_minute=config.per_minute,
        )  # fmt: skip

    @property
    def cache_name(self) -> str:
        """What its values are archived under."""
        return archive_name("senticrypt", self.config, ("url", "publish_lag_hours"))

    @property
    def origin(self) -> str:
        """Where the values come from."""
        return f"{self.config.url}/v2"

    def series(self, symbol: str, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return the days that begin in [start, end), with `known_at`; a day without a value has no row.

        Raises:
            DataError: TW-D001 for another coin than bitcoin, TW-D014 when the host does not answer,
                TW-D015 when it answers with something that cannot be used.
            UsageError: TW-U001 for a malformed symbol.
        """
        if Instrument(symbol=check_symbol(symbol)).base != "BTC":
            raise DataError(
                f"{_NAME} knows bitcoin only, not {symbol}.",
                code="TW-D001",
                hint="Name another source of sentiment for it.",
                symbol=symbol,
            )
        answer = DailyAnswer(
            name=_NAME,
            columns=_COLUMNS,
            days=asked_days(start, end),
            publish_lag_ms=int(self.config.publish_lag_hours * _HOUR_MS),
        )
        wanted = range(*answer.days)
        for record in self._by_day(wanted) if len(wanted) <= self.config.by_day else self._all():
            day = self._day(record)
            # the host has one answer for every long question: what lies outside this one came along
            if len(wanted) <= self.config.by_day or answer.plausible(day):
                answer.take(day, record)
        return answer.frame()

    def _by_day(self, wanted: range) -> Iterable[Mapping[str, Any]]:
        for day in wanted:
            date = str(Timestamp(day * 24 * _HOUR_MS, unit="ms").date())
            found = self.web.json(f"v2/history/{date}.json", missing=[])
            yield from self._records(found if isinstance(found, list) else [found])

    def _all(self) -> Iterable[Mapping[str, Any]]:
        return self._records(self.web.json("v2/all.json"))

    def _records(self, answer: Any) -> list[Mapping[str, Any]]:
        if not isinstance(answer, list) or not all(isinstance(record, dict) for record in answer):
            self.web.refuse("answered with something else than a list of days")
        return answer

    def _day(self, record: Mapping[str, Any]) -> int:
        day = day_number(record.get("date"))
        if day is None:
            self.web.refuse(f"sent a day dated {str(record.get('date'))[:40]!r}")
        return day

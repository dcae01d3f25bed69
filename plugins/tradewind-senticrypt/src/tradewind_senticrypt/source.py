"""The source `senticrypt`: what SentiCrypt's API v2 says of bitcoin, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs
from pandas import DataFrame, Timestamp

from tradewind.api import DailyWebSource, DataError, Instrument, check_symbol, day_number
from tradewind_senticrypt.settings import SentiCryptConfig

_NAME: Final = "SentiCrypt"
_DAY_MS: Final = 86_400_000


@attrs.define(eq=False, slots=False)
class SentiCryptSource(DailyWebSource):
    """
    Daily scores of bitcoin's mood, each in [-1, 1].

    A day's record has `date`, `mean`, `score1` to `score3` and more; price and volume in it are stuck for
    months and are not read. Its day must be over before it counts: the scores go with the price of
    their own day, and with nothing after it.

    Args:
        config: The settings.
    """

    title = _NAME
    catalogue_name = "senticrypt"
    path = "v2"
    columns = ("mean", "score1", "score2", "score3")
    config: SentiCryptConfig = attrs.field(factory=SentiCryptConfig)

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
        answer = self.answer(start, end)
        wanted = range(*answer.days)
        for record in self._by_day(wanted) if len(wanted) <= self.config.by_day else self._all():
            day = self._day(record)
            # the host has one answer for every long question: what lies outside this one came along
            if len(wanted) <= self.config.by_day or answer.plausible(day):
                answer.take(day, record)
        return answer.frame()

    def _by_day(self, wanted: range) -> Iterable[Mapping[str, Any]]:
        for day in wanted:
            date = str(Timestamp(day * _DAY_MS, unit="ms").date())
            found = self.web.json(f"v2/history/{date}.json", missing=[])
            yield from self.days_of(found if isinstance(found, list) else [found])

    def _all(self) -> Iterable[Mapping[str, Any]]:
        return self.days_of(self.web.json("v2/all.json"))

    def _day(self, record: Mapping[str, Any]) -> int:
        day = day_number(record.get("date"))
        if day is None:
            self.web.refuse(f"sent a day dated {str(record.get('date'))[:40]!r}")
        return day

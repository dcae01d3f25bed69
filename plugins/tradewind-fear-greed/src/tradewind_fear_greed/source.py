"""The source `fear-greed`: the Crypto Fear & Greed index of alternative.me, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
from pandas import DataFrame, Timestamp

from tradewind.api import DailyWebSource, check_symbol
from tradewind_fear_greed.settings import FearGreedConfig

_DAY_S: Final = 86_400


@attrs.define(eq=False, slots=False)
class FearGreedSource(DailyWebSource):
    """
    The index, from 0 (fear) to 100 (greed), mapped to [-1, 1]: 50 is 0.

    What is published at the start of a day is worked out of the days before: it is filed as the
    value of the day before, and known soon after that day is over. (Its change of a date goes with
    the price of the day before that date, not with the date's own.)

    Args:
        config: The settings.
    """

    title = "Fear & Greed"
    catalogue_name = "fear-greed"
    path = "fng"
    config: FearGreedConfig = attrs.field(factory=FearGreedConfig)

    def series(self, symbol: str, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return the days that begin in [start, end), with `known_at`; a day without a value has no row.

        It is of the market as a whole and answers the same for every symbol.

        Raises:
            DataError: TW-D014 when the host does not answer, TW-D015 when it answers with something
                that cannot be used.
            UsageError: TW-U001 for a malformed symbol.
        """
        check_symbol(symbol)
        answer = self.answer(start, end)
        if answer.days[0] < answer.days[1]:
            for day, value in self._index(answer.days[0]):
                if answer.plausible(day):
                    answer.take(day, {"mean": value})
        return answer.frame()

    def _index(self, first: int) -> list[tuple[int, float | None]]:
        """Return the index by the day that it is of, back to a day at least when it is there."""
        newest = self._asked(self.config.newest)
        return newest if newest and min(day for day, _ in newest) <= first else self._asked(0)

    def _asked(self, limit: int) -> list[tuple[int, float | None]]:
        answer = self.web.json("fng/", {"limit": limit, "format": "json"})
        records = self.days_of(answer.get("data") if isinstance(answer, dict) else None)
        return [(self._day(record), _mapped(record.get("value"))) for record in records]

    def _day(self, record: Mapping[str, Any]) -> int:
        stamp = str(record.get("timestamp"))
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 11:
            self.web.refuse(f"sent a day stamped {stamp[:40]!r}")
        return int(stamp) // _DAY_S - 1


def _mapped(value: Any) -> float | None:
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 101
    return (number - 50) / 50 if number <= 100 else None

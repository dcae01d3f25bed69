"""The source `cryptocompare`: the news of each day, scored on this machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import attrs
from pandas import DataFrame, Timestamp

from tradewind.api import (
    DailyWebSource,
    DataError,
    Instrument,
    Secret,
    SettingsError,
    check_symbol,
)
from tradewind_cryptocompare.settings import CryptoCompareConfig

_NAME: Final = "CryptoCompare"
_DAY_S: Final = 86_400

Scorer = Callable[[str, str], float]
"""From title and body of an article to a number in [-1, 1]."""


@attrs.define(eq=False, slots=False)
class CryptoCompareSource(DailyWebSource):
    """
    The mean score of each day's articles on a coin.

    Args:
        config: The settings.
        secrets: `api_key`, when it was found.
    """

    title = _NAME
    catalogue_name = "cryptocompare"
    path = "data/v2/news"
    changing = ("url", "language", "feeds", "scorer", "least_articles", "publish_lag_hours")
    config: CryptoCompareConfig = attrs.field(factory=CryptoCompareConfig)
    secrets: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)
    score: Scorer = attrs.field(init=False)

    def headers(self) -> Mapping[str, str]:
        """Return the key, where there is one."""
        key = self.secrets.get("api_key")
        return {"Authorization": f"Apikey {key.reveal()}"} if key else {}

    @score.default
    def _scorer(self) -> Scorer:
        module, _, name = self.config.scorer.partition(":")
        try:
            found = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise SettingsError(
                f"sources.cryptocompare.scorer was {self.config.scorer!r}, which cannot be imported: {error}.",
                code="TW-S004",
                hint="Write module:function, such as 'my_words:score'; it takes title and body.",
            ) from error
        return found  # type: ignore[no-any-return]  # what the settings name

    @property
    def origin(self) -> str:
        """Where the values come from."""
        return f"{super().origin} scored by {self.config.scorer}"

    def series(self, symbol: str, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return the days that begin in [start, end), with `known_at`; a day with too few articles has no row.

        Raises:
            DataError: TW-D016 without a key or when it is refused, TW-D014 when the host does not answer,
                TW-D015 when it answers with something that cannot be used, TW-D012 when there are more
                pages than the settings allow.
            UsageError: TW-U001 for a malformed symbol.
        """
        coin = Instrument(symbol=check_symbol(symbol)).base
        if not self.secrets.get("api_key"):
            raise DataError(
                f"{_NAME} needs a paid key and none was given.",
                code="TW-D016",
                hint="Name the file that holds it with sources.cryptocompare.api_key_file, or leave this source out.",
                source="cryptocompare",
            )
        answer = self.answer(start, end)
        first, last = answer.days
        scores: dict[int, list[float]] = {}
        for article in self._articles(coin, max(first, last - self.config.history_days), last):
            scores.setdefault(article.day, []).append(self._scored(article))
        for day, found in sorted(scores.items()):
            if len(found) >= self.config.least_articles:
                answer.take(day, {"mean": math.fsum(found) / len(found)})
        return answer.frame()

    def _scored(self, article: _Article) -> float:
        try:
            value = float(self.score(article.title, article.body))
        except Exception as error:
            raise _scorer_fault(self.config.scorer, f"raised {type(error).__name__}: {error}") from error
        if not -1.0 <= value <= 1.0:
            raise _scorer_fault(self.config.scorer, f"answered with {value}, expected a number in [-1, 1]")
        return value

    def _articles(self, coin: str, first: int, last: int) -> Iterator[_Article]:
        """Yield every article of the days once, the newest first, page by page back in time."""
        before, seen = last * _DAY_S, set[str]()
        for _ in range(self.config.max_pages):
            page = self._page(coin, before) if first < last else []
            fresh = [one for one in page if one.id not in seen]
            seen.update(one.id for one in fresh)
            yield from (one for one in fresh if first <= one.day < last)
            oldest = min((one.published for one in page), default=0)
            if oldest < first * _DAY_S:
                return
            # articles of one second may be parted by the end of a page: that second is asked for again
            before = min(oldest + 1, before - 1)
        raise DataError(
            f"{_NAME} has more than {self.config.max_pages} pages of articles on {coin} in this range.",
            code="TW-D012",
            hint="Raise sources.cryptocompare.max_pages, or lower history_days.",
            source="cryptocompare",
        )

    def _page(self, coin: str, before: int) -> list[_Article]:
        query: dict[str, str | int] = {
            "lang": self.config.language,
            "lTs": before,
            "categories": coin,
            "sortOrder": "latest",
        }
        if self.config.feeds:
            query["feeds"] = ",".join(self.config.feeds)
        answer = self.web.json("data/v2/news/", query)
        if isinstance(answer, dict) and answer.get("Response") == "Error":
            words = str(answer.get("Message"))[:120]
            code = "TW-D016" if "key" in words.lower() else "TW-D014"
            self.web.refuse(f"refused: {words}", code, "Check the key and its quota.")
        records = answer.get("Data") if isinstance(answer, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            self.web.refuse("answered with something else than a list of articles")
        return [self._article(record, before) for record in records]

    def _article(self, record: Mapping[str, Any], before: int) -> _Article:
        published = record.get("published_on")
        if type(published) is not int or not 0 < published <= before:
            self.web.refuse(f"sent an article of {str(published)[:20]!r}, which was not asked for")
        name = str(record.get("id") or record.get("guid") or "")
        if not name:
            self.web.refuse("sent an article without an id")
        return _Article(
            id=name[:200],
            published=published,
            title=str(record.get("title") or ""),
            body=str(record.get("body") or ""),
        )


@attrs.frozen(kw_only=True)
class _Article:
    """An article: id, when it was published (seconds since 1970), and its text."""

    id: str
    published: int
    title: str
    body: str

    @property
    def day(self) -> int:
        """The day since 1970."""
        return self.published // _DAY_S


def _scorer_fault(scorer: str, what: str) -> DataError:
    return DataError(
        f"the scorer {scorer} {what}.",
        code="TW-K007",
        hint="It takes title and body of an article and answers with a number in [-1, 1].",
    )

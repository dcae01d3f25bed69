"""Settings of the source `cryptocompare`."""

from __future__ import annotations

import attrs

from tradewind.api import DailyWebConfig, check_url, whole


@attrs.frozen(kw_only=True)
class CryptoCompareConfig(DailyWebConfig):
    """
    Settings of `cryptocompare`.

    Args:
        api_key_file: File that holds the key, readable by you alone; without a key nothing is asked.
        language: Language of the articles.
        feeds: Feeds to read, such as `["coindesk"]`; empty for all.
        scorer: What scores an article, as `module:function`: from title and body to a number in [-1, 1].
        least_articles: A day with fewer articles has no value.
        history_days: Articles older than this before the end of a question are not read: pages cost quota.
        max_pages: Most pages for one question.
        per_minute: Most questions a minute: the quota of the key.
    """

    api_key_file: str = ""
    url: str = attrs.field(default="https://min-api.cryptocompare.com", validator=check_url)
    language: str = "EN"
    feeds: tuple[str, ...] = ()
    scorer: str = "tradewind_cryptocompare.words:score"
    least_articles: int = attrs.field(default=5, validator=whole(1, 1000))
    history_days: int = attrs.field(default=30, validator=whole(1, 4000))
    max_pages: int = attrs.field(default=400, validator=whole(1, 100_000))

"""Settings of the source `cryptocompare`."""

from __future__ import annotations

import attrs

from tradewind.api import check_url, whole, within


@attrs.frozen(kw_only=True)
class CryptoCompareConfig:
    """
    Settings of `cryptocompare`.

    Args:
        api_key_file: File that holds the key, readable by you alone; without a key nothing is asked.
        url: Where it answers.
        language: Language of the articles.
        feeds: Feeds to read, such as `["coindesk"]`; empty for all.
        scorer: What scores an article, as `module:function`: from title and body to a number in [-1, 1].
        least_articles: A day with fewer articles has no value.
        history_days: Articles older than this before the end of a question are not read: pages cost quota.
        max_pages: Most pages for one question.
        publish_lag_hours: Hours after the end of a day from which its value may be used.
        timeout: Longest wait for one whole answer, seconds.
        tries: How often one question is put at most.
        per_minute: Most questions a minute: the quota of the key.
        max_bytes: Longest answer.
    """

    api_key_file: str = ""
    url: str = attrs.field(default="https://min-api.cryptocompare.com", validator=check_url)
    language: str = "EN"
    feeds: tuple[str, ...] = ()
    scorer: str = "tradewind_cryptocompare.words:score"
    least_articles: int = attrs.field(default=5, validator=whole(1, 1000))
    history_days: int = attrs.field(default=30, validator=whole(1, 4000))
    max_pages: int = attrs.field(default=400, validator=whole(1, 100_000))
    publish_lag_hours: float = attrs.field(default=2.0, converter=float, validator=within(0.0, 48.0))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    tries: int = attrs.field(default=3, validator=whole(1, 10))
    per_minute: float = attrs.field(default=30.0, converter=float, validator=within(0.1, 6000.0))
    max_bytes: int = attrs.field(default=8_000_000, validator=whole(1_000, 100_000_000))

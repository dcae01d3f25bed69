"""Every article counts once, on its own day; without a key nothing is asked."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest

from sentiment.hosts import Answer, Host, Say, always, articles, hosting, news
from tradewind.api import DataError, Secret, SettingsError
from tradewind_cryptocompare.settings import CryptoCompareConfig
from tradewind_cryptocompare.source import CryptoCompareSource
from tradewind_cryptocompare.words import score

KEY = "k-1234567890"


def utc(date: str) -> pd.Timestamp:
    return pd.Timestamp(date, tz="UTC")


def at(host: Host, **changes: Any) -> CryptoCompareSource:
    config = CryptoCompareConfig(**{"url": host.url, "per_minute": 6000, "timeout": 0.5, "tries": 1, **changes})
    return CryptoCompareSource(config, {"api_key": Secret(KEY)})


def asked(answer: Answer, start: str, end: str, **changes: Any) -> pd.DataFrame:
    with hosting(answer) as host:
        return at(host, **changes).series("BTCUSDT", utc(start), utc(end))


@pytest.mark.parametrize("page", [7, 50, 1000])
def test_every_article_counts_once_whatever_the_pages_are(page: int) -> None:
    told = articles("2024-01-01", 12)
    by_day: dict[str, list[float]] = defaultdict(list)
    for one in told:
        by_day[str(pd.Timestamp(one["published_on"], unit="s").date())].append(score(one["title"], one["body"]))
    found = asked(news(told, page), "2024-01-01", "2024-01-13")
    assert [str(day.date()) for day in found.index] == sorted(by_day)
    assert found["mean"].tolist() == [math.fsum(by_day[day]) / len(by_day[day]) for day in sorted(by_day)]


def test_the_coin_is_asked_for_and_the_key_goes_in_a_header() -> None:
    with hosting(news(articles("2024-01-01", 3))) as host:
        source = at(host, feeds=("one", "two"))
        source.series("ETHUSDT", utc("2024-01-01"), utc("2024-01-04"))
        assert "categories=ETH" in host.asked[0]
        assert "feeds=one%2Ctwo" in host.asked[0]
        assert not any(KEY in question for question in host.asked)
        assert host.headers[0]["Authorization"] == f"Apikey {KEY}"
    assert KEY not in repr(source)


def test_without_a_key_nothing_is_asked_and_the_remedy_is_told() -> None:
    with hosting(always(Say({}))) as host:
        source = CryptoCompareSource(CryptoCompareConfig(url=host.url))
        with pytest.raises(DataError, match="needs a paid key") as caught:
            source.series("BTCUSDT", utc("2024-01-01"), utc("2024-01-04"))
        assert host.asked == []
    assert caught.value.code == "TW-D016"
    assert "api_key_file" in caught.value.hint


def test_a_day_with_too_few_articles_has_no_value() -> None:
    told = [one for one in articles("2024-01-01", 6) if not one["id"].startswith("2-") or one["id"] in ("2-0", "2-1")]
    found = asked(news(told), "2024-01-01", "2024-01-07")
    assert [day.day for day in found.index] == [1, 2, 4, 5, 6]


def test_history_beyond_what_the_quota_allows_is_not_read() -> None:
    found = asked(news(articles("2024-01-01", 20)), "2024-01-01", "2024-01-21", history_days=5)
    assert [day.day for day in found.index] == [16, 17, 18, 19, 20]
    with pytest.raises(DataError) as caught:
        asked(news(articles("2024-01-01", 20)), "2024-01-01", "2024-01-21", max_pages=2)
    assert caught.value.code == "TW-D012"


def test_another_scorer_takes_the_place_of_ours() -> None:
    found = asked(news(articles("2024-01-01", 3)), "2024-01-01", "2024-01-04", scorer="operator:lt")
    assert set(found["mean"].round(6)) <= {round(count / 20, 6) for count in range(21)}
    with pytest.raises(SettingsError):
        CryptoCompareSource(CryptoCompareConfig(scorer="no.such:thing"))
    with pytest.raises(DataError, match="operator:concat") as caught:
        asked(news(articles("2024-01-01", 3)), "2024-01-01", "2024-01-04", scorer="operator:concat")
    assert caught.value.code == "TW-K007"


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (Say("<html></html>"), "TW-D015"),
        (Say({"Data": 3}), "TW-D015"),
        (Say({"Data": ["text"]}), "TW-D015"),
        (Say({"Data": [{"id": "1", "published_on": 99999999999, "title": "", "body": ""}]}), "TW-D015"),
        (Say({"Data": [{"id": "1", "published_on": "now", "title": "", "body": ""}]}), "TW-D015"),
        (Say({"Data": [{"published_on": 1704067300, "title": "", "body": ""}]}), "TW-D015"),
        (Say({"Response": "Error", "Message": "You need a valid auth key or api key"}), "TW-D016"),
        (Say({"Response": "Error", "Message": "You are over your rate limit"}), "TW-D014"),
        (Say("", status=401), "TW-D016"),
        (Say("", status=429), "TW-D014"),
    ],
)
def test_an_answer_that_cannot_be_is_told_by_its_code(say: Say, code: str) -> None:
    with pytest.raises(DataError) as caught:
        asked(always(say), "2024-01-01", "2024-01-04")
    assert caught.value.code == code


def test_a_day_without_news_has_no_value() -> None:
    assert len(asked(news([]), "2024-01-01", "2024-01-04")) == 0


@pytest.mark.parametrize(
    ("title", "body", "sign"),
    [
        ("Bitcoin rallies to record high", "", 1),
        ("Exchange hacked, coins stolen", "", -1),
        ("No gains in sight", "", -1),
        ("Weather report", "Nothing of note.", 0),
        ("", "", 0),
        ("SURGE", "crash", 1),
    ],
)
def test_words_of_gain_and_loss_are_weighed(title: str, body: str, sign: int) -> None:
    found = score(title, body)
    assert (found > 0) - (found < 0) == sign
    assert -1.0 < found < 1.0

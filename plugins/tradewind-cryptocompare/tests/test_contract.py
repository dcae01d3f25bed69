"""The contract of `cryptocompare`, on a host on this machine and with a made-up key."""

from typing import ClassVar

from sentiment.contract import HostedSeriesContract
from sentiment.hosts import Answer, articles, news


class TestCryptoCompare(HostedSeriesContract):
    spec = "cryptocompare"
    start = "2024-01-01"
    end = "2024-01-21"
    secrets: ClassVar[dict[str, str]] = {"api_key": "made-up"}

    @classmethod
    def answers(cls) -> Answer:
        return news(articles("2023-12-20", 40), page=200)

"""The contract of `senticrypt`, on a host on this machine."""

from sentiment.contract import HostedSeriesContract
from sentiment.hosts import Answer, scores, senticrypt


class TestSentiCrypt(HostedSeriesContract):
    spec = "senticrypt"
    missing = ("2021-01-20",)

    @classmethod
    def answers(cls) -> Answer:
        return senticrypt([one for one in scores("2020-12-01", 120) if one["date"] not in cls.missing])

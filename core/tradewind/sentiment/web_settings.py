"""The settings that every source of daily values on the web has."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from tradewind.model.bounds import whole, within
from tradewind.sentiment.web import Web, check_url


@attrs.frozen(kw_only=True)
class DailyWebConfig:
    """
    Settings of a source that asks one host for daily values; a source's own are a class derived from it.

    Args:
        url: Where it answers.
        publish_lag_hours: Hours after the end of a day from which its value may be used.
        timeout: Longest wait for one whole answer, seconds.
        tries: How often one question is put at most.
        per_minute: Most questions a minute.
        max_bytes: Longest answer.
    """

    url: str = attrs.field(validator=check_url)
    publish_lag_hours: float = attrs.field(default=2.0, converter=float, validator=within(0.0, 48.0))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    tries: int = attrs.field(default=3, validator=whole(1, 10))
    per_minute: float = attrs.field(default=30.0, converter=float, validator=within(0.1, 6000.0))
    max_bytes: int = attrs.field(default=8_000_000, validator=whole(1_000, 100_000_000))

    @property
    def publish_lag_ms(self) -> int:
        """`publish_lag_hours` in milliseconds."""
        return int(self.publish_lag_hours * 3_600_000)

    def web(self, name: str, headers: Mapping[str, str] | None = None) -> Web:
        """
        Return the way to the host.

        Args:
            name: The source's name, for messages.
            headers: Sent with every question, such as a key.
        """
        return Web(
            url=self.url,
            name=name,
            timeout=self.timeout,
            tries=self.tries,
            max_bytes=self.max_bytes,
            per_minute=self.per_minute,
            headers=headers or {},
        )

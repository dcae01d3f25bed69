"""Settings of the source `fear-greed`."""

from __future__ import annotations

import attrs

from tradewind.api import check_url, whole, within


@attrs.frozen(kw_only=True)
class FearGreedConfig:
    """
    Settings of `fear-greed`.

    Args:
        url: Where it answers.
        publish_lag_hours: Hours after midnight from which the new index may be used.
        newest: Days asked for at first; when they do not reach back far enough, all are asked for.
        timeout: Longest wait for one whole answer, seconds.
        tries: How often one question is put at most.
        per_minute: Most questions a minute.
        max_bytes: Longest answer.
    """

    url: str = attrs.field(default="https://api.alternative.me", validator=check_url)
    publish_lag_hours: float = attrs.field(default=2.0, converter=float, validator=within(0.0, 48.0))
    newest: int = attrs.field(default=10, validator=whole(1, 1000))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    tries: int = attrs.field(default=3, validator=whole(1, 10))
    per_minute: float = attrs.field(default=30.0, converter=float, validator=within(0.1, 6000.0))
    max_bytes: int = attrs.field(default=8_000_000, validator=whole(1_000, 100_000_000))

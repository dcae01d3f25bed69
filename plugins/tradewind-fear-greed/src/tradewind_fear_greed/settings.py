"""Settings of the source `fear-greed`."""

from __future__ import annotations

import attrs

from tradewind.api import DailyWebConfig, check_url, whole


@attrs.frozen(kw_only=True)
class FearGreedConfig(DailyWebConfig):
    """
    Settings of `fear-greed`.

    Args:
        publish_lag_hours: Hours after midnight from which the new index may be used.
        newest: Days asked for at first; when they do not reach back far enough, all are asked for.
    """

    url: str = attrs.field(default="https://api.alternative.me", validator=check_url)
    newest: int = attrs.field(default=10, validator=whole(1, 1000))

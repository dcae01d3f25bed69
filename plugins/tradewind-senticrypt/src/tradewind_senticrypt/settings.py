"""Settings of the source `senticrypt`."""

from __future__ import annotations

import attrs

from tradewind.api import DailyWebConfig, check_url, whole


@attrs.frozen(kw_only=True)
class SentiCryptConfig(DailyWebConfig):
    """
    Settings of `senticrypt`.

    Args:
        publish_lag_hours: Hours after the end of a day from which its value may be used; the host states none.
        by_day: A question of at most so many days asks for each of them; a longer one for all there are.
    """

    url: str = attrs.field(default="https://api.senticrypt.com", validator=check_url)
    by_day: int = attrs.field(default=5, validator=whole(0, 30))

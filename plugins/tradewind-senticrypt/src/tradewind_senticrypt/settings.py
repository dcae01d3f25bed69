"""Settings of the source `senticrypt`."""

from __future__ import annotations

import attrs

from tradewind.api import check_url, whole, within


@attrs.frozen(kw_only=True)
class SentiCryptConfig:
    """
    Settings of `senticrypt`.

    Args:
        url: Where it answers.
        publish_lag_hours: Hours after the end of a day from which its value may be used; the host states none.
        by_day: A question of at most so many days asks for each of them; a longer one for all there are.
        timeout: Longest wait for one whole answer, seconds.
        tries: How often one question is put at most.
        per_minute: Most questions a minute.
        max_bytes: Longest answer.
    """

    url: str = attrs.field(default="https://api.senticrypt.com", validator=check_url)
    publish_lag_hours: float = attrs.field(default=2.0, converter=float, validator=within(0.0, 48.0))
    by_day: int = attrs.field(default=5, validator=whole(0, 30))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    tries: int = attrs.field(default=3, validator=whole(1, 10))
    per_minute: float = attrs.field(default=30.0, converter=float, validator=within(0.1, 6000.0))
    max_bytes: int = attrs.field(default=8_000_000, validator=whole(1_000, 100_000_000))

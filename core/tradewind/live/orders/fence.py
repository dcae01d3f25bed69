"""
The fence of a request: the moment from which nothing more can come of it.

A venue acts on a request only until its timestamp plus its receive window, by the venue's clock
(rest-api.md, Timing security: checked at the gateway, before forwarding, and once more just before the
matching engine). A copy that some network delivers later is refused. So whatever the answer was, and
even when it was a refusal, the outcome is final from then on and not before.
"""

from __future__ import annotations

from tradewind.live.clock import Clock
from tradewind.model.venue import Capabilities

UNFENCED_MS = 60_000
"""How long a request may be on its way to a venue that does not refuse late ones."""


def fence_of(timestamp_ms: int, recv_window_ms: int, margin_ms: int, caps: Capabilities, rate: float = 1.0) -> int:
    """
    Return the fence of a request, venue time, UTC milliseconds.

    A window is of the network's time: where the venue's runs faster, as at a sandbox, it is longer there.
    """
    window = recv_window_ms if caps.request_fence else max(recv_window_ms, UNFENCED_MS)
    return timestamp_ms + int((window + margin_ms) * rate)


def has_passed(fence_ms: int, clock: Clock) -> bool:
    """Tell whether the venue's clock is past a fence, even if ours is as wrong as it can be."""
    return clock.now_ms() - clock.error_ms() > fence_ms


def seconds_until(fence_ms: int, clock: Clock) -> float:
    """Return how many seconds to wait until a fence has passed, 0 when it has."""
    return max(0, fence_ms + clock.error_ms() - clock.now_ms() + 1) / 1_000 / clock.rate

"""How alerts are delivered."""

from __future__ import annotations

import attrs

from tradewind.api import one_of, whole, within

LEVELS = ("info", "warning", "critical")
"""How urgent an alert can be, the least first."""
RECEIPTS = ".tradewind/alerts.jsonl"


@attrs.frozen(kw_only=True)
class AlertsConfig:
    """
    How alerts are delivered.

    Where they go is a secret: the settings `first_url` and `second_url`, addresses as apprise knows them, belong in
    `.secrets.toml`, in a file of their own, or in the environment.

    Args:
        level: The least urgent that is sent: `info`, `warning` or `critical`.
        both: From this urgency on both channels are told at once; the second hears of others when the first fails.
        first_url_file: File that holds nothing but the first channel's address; readable by its owner alone.
        second_url_file: The same of the second channel.
        attempts: How often a message is tried on a channel before it counts as failed there.
        wait_seconds: Pause after the first failure; it doubles with each further one.
        longest_wait_seconds: The longest pause.
        attempt_seconds: How long one attempt may take.
        per_minute: Most messages a minute on a channel; what comes faster is gathered into one message.
        repeat_minutes: The same alert is told again after so long at the earliest, with how often it came.
        waiting: Most alerts that wait on a channel; of more, the least urgent are only counted.
        drain_seconds: How long the end of a session waits for deliveries.
        receipts: File of what was delivered, when, and on which attempt.
        receipts_bytes: Size at which that file is put aside; one old file is kept.
        replays: Also tell of what happens in a replay of history.
    """

    level: str = attrs.field(default="warning", validator=one_of(*LEVELS))
    both: str = attrs.field(default="critical", validator=one_of(*LEVELS))
    first_url_file: str = ""
    second_url_file: str = ""
    attempts: int = attrs.field(default=4, validator=whole(1, 20))
    wait_seconds: float = attrs.field(default=2.0, validator=within(0.01, 600.0))
    longest_wait_seconds: float = attrs.field(default=60.0, validator=within(0.01, 3600.0))
    attempt_seconds: float = attrs.field(default=10.0, validator=within(0.1, 120.0))
    per_minute: int = attrs.field(default=10, validator=whole(1, 600))
    repeat_minutes: float = attrs.field(default=10.0, validator=within(0.0, 1440.0))
    waiting: int = attrs.field(default=500, validator=whole(10, 10_000))
    drain_seconds: float = attrs.field(default=4.0, validator=within(0.0, 60.0))
    receipts: str = RECEIPTS
    receipts_bytes: int = attrs.field(default=5_000_000, validator=whole(10_000, 1_000_000_000))
    replays: bool = False


@attrs.frozen(kw_only=True)
class ReceiptsConfig:
    """
    Where the health check looks.

    Args:
        receipts: The file of receipts, as under `[services.alerts]`.
    """

    receipts: str = RECEIPTS

"""What goes wrong, how often, and how often it did."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

KINDS: Final = {
    "request_lost": "F01",
    "response_lost": "F02",
    "error_before": "F03",
    "error_after": "F04",
    "duplicate": "F05",
    "stale_reads": "F06",
    "event_duplicated": "F07",
    "event_reordered": "F08",
    "event_lost": "F09",
    "thin_book": "F10",
    "half_done": "F11",
    "rate_limited": "F12",
    "banned": "F13",
    "stream_stalled": "F14",
    "stream_broken": "F15",
    "fee_coin_runs_out": "F18",
    "price_garbled": "F19",
    "clock_skewed": "F20",
    "suspended": "F21",
    "maintenance": "F22",
    "symbol_halted": "F23",
    "manual_deposit": "F24a",
    "manual_withdrawal": "F24b",
    "manual_sale": "F24c",
    "manual_cancel": "F24d",
    "external_lock": "F24e",
    "commit_failed": "F25",
    "disk_failed": "F26",
    "zone_changed": "F28",
    "two_starts": "F29",
    "killed": "F30",
    "zombie": "F31",
    "terminated": "F32",
    "power_cut": "F33",
    "stopped_out_while_down": "F34",
    "second_bot": "F35",
    "journal_edited": "F36",
    "rules_changed": "F37",
    "key_revoked": "F38",
    "out_of_cash": "F39",
    "fees_changed": "F40",
    "loop_blocked": "F41",
    "no_connection": "F45",
    "command_storm": "F46",
    "crash": "price",
    "request_delayed": "F05d",
}
"""Every kind of fault that concerns the order path, with its number in the design's list."""


class Weather:
    """
    The faults of one seed.

    Args:
        random: Where chance comes from.
        intensity: Chance of each fault of the network, for one message.
        only: Limit to these kinds; None for all.
    """

    def __init__(self, random: Random, intensity: float, only: frozenset[str] | None = None) -> None:
        self.random = random
        self.intensity = intensity
        self.only = only
        self.quiet = False
        self.counts: Counter[str] = Counter()
        self.until: dict[str, float] = {}

    def allows(self, kind: str) -> bool:
        """Tell whether a kind happens in this seed at all."""
        return not self.quiet and (self.only is None or kind in self.only)

    def strikes(self, kind: str, chance: float | None = None) -> bool:
        """Draw whether a fault happens now; count it when it does."""
        drawn = self.random.random()
        if not self.allows(kind) or drawn >= (self.intensity if chance is None else chance):
            return False
        self.counts[kind] += 1
        return True

    def note(self, kind: str) -> None:
        """Count a fault that happened otherwise."""
        self.counts[kind] += 1

    def delay(self) -> float:
        """Draw how long a message takes, seconds."""
        return 0.004 + self.random.random() * 0.04

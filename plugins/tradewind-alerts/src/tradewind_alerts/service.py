"""The service: takes alerts from a session, and brings them to people."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tradewind.api import LiveError, Secret
from tradewind_alerts.channel import Channel
from tradewind_alerts.clock import now_ms
from tradewind_alerts.courier import Courier
from tradewind_alerts.hold import Hold
from tradewind_alerts.post import Post, post_of
from tradewind_alerts.receipts import Receipts, read_receipts, undelivered
from tradewind_alerts.settings import LEVELS, AlertsConfig

_LOG: Final = logging.getLogger(__name__)

NAMES: Final = ("first", "second")
TEST_TITLE: Final = "Tradewind test"
TEST_BODY: Final = "Alerts arrive here. Nothing has happened, and there is nothing to do."
_FRESH_MS: Final = 60_000
"""What was queued later than this ago may still be on its way from another session."""


class Alerts:
    """
    Alerts by whatever apprise can reach.

    `notify` puts an alert into queues and returns; threads of its own deliver it, try again, and turn to the second
    channel when the first fails. Nothing they do can delay a decision.

    Args:
        config: The settings.
        secrets: The addresses, `first_url` and `second_url`.
    """

    def __init__(self, config: AlertsConfig, secrets: Mapping[str, Secret] | None = None) -> None:
        self.config = config
        found = secrets or {}
        self.channels = [
            Channel(name, found[f"{name}_url"], config.attempt_seconds) for name in NAMES if f"{name}_url" in found
        ]
        self._receipts = Receipts(Path(config.receipts), config.receipts_bytes)
        self._hold = Hold(config.repeat_minutes * 60.0, time.monotonic)
        self._couriers: list[Courier] = []
        for channel in reversed(self.channels):
            pass_on = self._escalate if self._couriers else None
            self._couriers.insert(0, Courier(channel, config, self._receipts, pass_on))
        self._numbers = itertools.count(1)
        self._begun_ms = now_ms()
        self._stopped = False

    # the life of a service

    async def start(self) -> None:
        """
        Check the addresses and begin to deliver.

        Raises:
            SettingsError: TW-S004 when an address cannot be used.
        """
        if not self.channels:
            _LOG.warning("alerts have no address: set services.alerts.first_url in .secrets.toml")
            return
        await asyncio.to_thread(self._open)
        self._receipts.open()
        for courier in self._couriers:
            courier.start()
        try:
            self._tell_of_earlier(await asyncio.to_thread(read_receipts, self._receipts.path))
        except OSError as error:
            _LOG.warning("receipts of earlier alerts cannot be read: %s", error)

    def _open(self) -> None:
        for channel in self.channels:
            channel.open()

    async def stop(self) -> None:
        """Deliver what waits, for as long as the settings allow, and end."""
        if self._stopped:
            return
        self._stopped = True
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        share_s = self.config.drain_seconds / max(1, len(self._couriers))
        for courier in self._couriers:
            # One after the other: the first may pass on to the second while it ends.
            courier.stop()
            if not courier.join(share_s):
                _LOG.warning("alerts: the %s channel still tries; the next start tells", courier.channel.name)
        self._receipts.close(2.0)

    # alerts

    def notify(self, event: Mapping[str, Any]) -> None:
        """Take an alert and return at once."""
        if self._stopped or not self._couriers or event.get("kind") != "alert":
            return
        if event.get("replay") is True and not self.config.replays:
            return
        post = post_of(event, f"{self._begun_ms}-{next(self._numbers)}")
        if post is None or post.urgency < LEVELS.index(self.config.level):
            return
        if not self._hold.passes(post):
            self._couriers[0].count(post.title)
            return
        self._take(post)

    def _take(self, post: Post) -> None:
        self._receipts.queued(post)
        self._couriers[0].put([post])
        if post.urgency >= LEVELS.index(self.config.both):
            for courier in self._couriers[1:]:
                courier.put([post])

    def _escalate(self, posts: Sequence[Post], counted: Counter[str], reason: str) -> None:
        """Give the second channel what the first did not take; it has the most urgent ones already."""
        both = LEVELS.index(self.config.both)
        ids = [post.id for post in posts]
        self._receipts.note("escalated", ids=ids, why=reason)
        rest = [post for post in posts if post.urgency < both]
        self._couriers[1].put(rest, counted=counted, note=f"The first channel does not work: {reason}")

    def _tell_of_earlier(self, lines: list[Mapping[str, Any]]) -> None:
        missed = [
            line for line in undelivered(lines) if int(line.get("time_ms") or 0) < self._begun_ms - _FRESH_MS
        ]  # fmt: skip
        if not missed:
            return
        titles = Counter(str(line.get("title", "?")) for line in missed)
        said = ", ".join(f"{number} × {title}" for title, number in titles.most_common(10))
        worst = max((str(line.get("severity")) for line in missed if line.get("severity") in LEVELS), key=LEVELS.index)
        self._take(
            Post(
                id=f"{self._begun_ms}-0", time_ms=self._begun_ms, severity=worst, key="earlier",
                title=f"{len(missed)} alerts of an earlier session reached nobody", text=f"{said}.",
                todo="`tradewind alerts receipts` shows them.",
            )
        )  # fmt: skip
        self._receipts.note("told of", ids=[line.get("id") for line in missed])

    def waiting(self) -> int:
        """Return how many alerts wait to be delivered."""
        return sum(courier.depth() for courier in self._couriers)

    # a test

    async def test_alert(self) -> Sequence[str]:
        """
        Send a test message on every channel; return what is to be said of those that did not take it.

        Raises:
            LiveError: TW-L005 when no channel took it.
            SettingsError: TW-S004 when an address cannot be used.
        """
        if not self.channels:
            raise LiveError(
                "alerts have no address.", code="TW-L005", hint="Set services.alerts.first_url in .secrets.toml."
            )
        failed = {name: why for name, why in (await self.try_channels()).items() if why}
        words = [f"the {name} channel of alerts did not take a test message: {why}" for name, why in failed.items()]
        if len(failed) == len(self.channels):
            raise LiveError(f"{'; '.join(words)}.", code="TW-L005", hint="Mend it, then try: tradewind alerts test.")
        return words

    async def try_channels(self) -> dict[str, str]:
        """
        Send a test message on every channel, and return why each did not take it; empty when it did.

        Raises:
            SettingsError: TW-S004 when an address cannot be used.
        """
        await asyncio.to_thread(self._open)
        self._receipts.open()
        try:
            answers = await asyncio.gather(*(asyncio.to_thread(self._try, courier) for courier in self._couriers))
        finally:
            await asyncio.to_thread(self._receipts.close, 2.0)
        return dict(zip((channel.name for channel in self.channels), answers, strict=True))

    def _try(self, courier: Courier) -> str:
        reason = courier.attempt(TEST_TITLE, TEST_BODY, "info")
        self._receipts.note("test", channel=courier.channel.name, why=reason)
        return reason

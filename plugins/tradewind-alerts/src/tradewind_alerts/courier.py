"""Brings messages to one channel: as fast as allowed, again when they fail, and gathered when they are many."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tradewind_alerts.channel import Channel
from tradewind_alerts.post import Post, body_of, subject_of
from tradewind_alerts.receipts import Receipts
from tradewind_alerts.settings import LEVELS, AlertsConfig

_LOG: Final = logging.getLogger(__name__)
_MOST_HANGING: Final = 3
"""Attempts that never came back, at once; no further one is begun meanwhile."""
_GAP_S: Final = 1.0
"""Between two messages, however urgent."""

PassOn = Callable[[Sequence[Post], "Counter[str]", str], None]
"""Gives what a channel did not take to another one, with the reason."""


class Courier:
    """
    One channel's queue and the thread that empties it.

    Nothing is lost by waiting: what comes faster than messages may be sent goes into one message together, and what
    finds no room in the queue is counted by its title.

    Args:
        channel: Where to.
        config: How often, how long, how many.
        receipts: Where it is put down.
        pass_on: Takes what this channel did not; None keeps it here until it does.
    """

    def __init__(
        self, channel: Channel, config: AlertsConfig, receipts: Receipts, pass_on: PassOn | None = None
    ) -> None:
        self.channel = channel
        self._config = config
        self._receipts = receipts
        self._pass_on = pass_on
        self._news = threading.Condition()
        self._waiting: tuple[deque[Post], ...] = tuple(deque() for _ in LEVELS)
        self._counted: Counter[str] = Counter()
        self._counted_at = 0.0
        self._notes: list[str] = []
        self._tokens = float(config.per_minute)
        self._filled_at = time.monotonic()
        self._sent_at = self._filled_at - _GAP_S
        self._healthy = True
        self._pause_until = 0.0
        self._stopping = False
        self._hanging: list[threading.Thread] = []
        self._thread: threading.Thread | None = None

    # from the session's side: nothing here waits

    def put(self, posts: Iterable[Post], *, counted: Counter[str] | None = None, note: str = "") -> None:
        """Take alerts; when the queue is full the oldest of the least urgent are only counted."""
        with self._news:
            for post in posts:
                self._waiting[post.urgency].append(post)
                if self.depth() > self._config.waiting:
                    least = next(one for one in self._waiting if one).popleft()
                    self._count(Counter({least.title: 1}))
                    self._receipts.note("counted", ids=[least.id])
            if counted:
                self._count(counted)
            if note and note not in self._notes:
                self._notes.append(note)
            self._news.notify_all()

    def count(self, title: str) -> None:
        """Count an alert that was held back; the next message tells of it."""
        with self._news:
            self._count(Counter({title: 1}))
            self._news.notify_all()

    def _count(self, more: Counter[str]) -> None:
        if not self._counted:
            self._counted_at = time.monotonic()
        self._counted.update(more)

    def depth(self) -> int:
        """Return how many alerts wait."""
        return sum(map(len, self._waiting))

    def start(self) -> None:
        """Begin to bring."""
        self._thread = threading.Thread(target=self._run, name=f"tradewind-alerts-{self.channel.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Bring what waits without any further pause, each once, then end."""
        with self._news:
            self._stopping = True
            self._news.notify_all()

    def join(self, wait_s: float) -> bool:
        """Wait for the end, for at most so long; tell whether it has come."""
        if self._thread is None:
            return True
        self._thread.join(max(0.0, wait_s))
        ended = not self._thread.is_alive()
        if ended:
            self._thread = None
        return ended

    # the courier's own thread

    def _run(self) -> None:
        while True:
            with self._news:
                while (wait_s := self._wait_s()) != 0.0:
                    if self._stopping:
                        return
                    self._news.wait(wait_s)
                posts = [post for one in self._waiting for post in one]
                counted, notes = self._counted, self._notes
                for one in self._waiting:
                    one.clear()
                self._counted, self._notes = Counter(), []
            self._tokens, self._sent_at = max(-1.0, self._tokens - 1.0), time.monotonic()
            try:
                reason = self._bring(posts, counted, notes)
            except Exception:  # noqa: BLE001  # whatever went wrong, later alerts are still brought
                _LOG.exception("a message could not be brought")
                continue
            if reason:
                self._not_taken(posts, counted, reason)
                if self._stopping:
                    return

    def _wait_s(self) -> float | None:
        """Return how long until a message is due: 0 for now, None until something comes."""
        now = time.monotonic()
        if not self.depth() and not self._counted:
            return None
        if self._stopping:
            return 0.0
        if now < self._pause_until:
            return self._pause_until - now
        limit = self._config.per_minute
        self._tokens = min(float(limit), self._tokens + (now - self._filled_at) * limit / 60.0)
        self._filled_at = now
        if not self.depth():
            due_s = self._counted_at + max(1.0, self._config.repeat_minutes * 60.0) - now
            return max(0.0, due_s)
        short_s = max(0.0, (1.0 - self._tokens) * 60.0 / limit)
        if short_s and self._waiting[-1]:
            # What is critical does not wait for its turn; a flood of it still becomes one message a second.
            return max(0.0, self._sent_at + _GAP_S - now)
        return short_s

    def _bring(self, posts: Sequence[Post], counted: Counter[str], notes: Sequence[str]) -> str:
        """Try a message as often as it takes; return why it was not taken, empty when it was."""
        title = subject_of(posts) if posts else "Tradewind: alerts that were held back"
        severity = max(posts, key=lambda post: post.urgency).severity if posts else "info"
        tries = self._config.attempts if self._healthy else 1
        pause_s, reason = self._config.wait_seconds, ""
        for attempt in range(1, tries + 1):
            begun = time.monotonic()
            reason = self.attempt(title, body_of(posts, counted, notes), severity)
            facts = {
                "channel": self.channel.name, "ids": [post.id for post in posts], "attempt": attempt,
                "took_s": round(time.monotonic() - begun, 3),
            }  # fmt: skip
            if not reason:
                self._healthy = True
                self._receipts.note("delivered", **facts)
                return ""
            self._receipts.note("failed", **facts, why=reason)
            if attempt == tries or not self._rest(pause_s):
                break
            pause_s = min(2.0 * pause_s, self._config.longest_wait_seconds)
        self._healthy = False
        _LOG.warning("alerts: the %s channel did not take %d alerts: %s", self.channel.name, len(posts), reason)
        return reason

    def _rest(self, seconds: float) -> bool:
        """Wait; return False when it is time to end."""
        with self._news:
            self._news.wait_for(lambda: self._stopping, seconds)
            return not self._stopping

    def attempt(self, title: str, body: str, severity: str) -> str:
        """Send in a thread of its own, which is left behind when the receiver never answers."""
        self._hanging = [one for one in self._hanging if one.is_alive()]
        if len(self._hanging) >= _MOST_HANGING:
            return f"{len(self._hanging)} earlier attempts still hang"
        answer: list[str] = []
        work = threading.Thread(
            target=lambda: answer.append(self.channel.send(title, body, severity)),
            name=f"tradewind-alert-{self.channel.name}",
            daemon=True,
        )
        work.start()
        # As long to connect as to be answered.
        work.join(2.0 * self._config.attempt_seconds)
        if work.is_alive():
            self._hanging.append(work)
            return f"no answer within {2.0 * self._config.attempt_seconds:g} s"
        return answer[0] if answer else "the attempt broke off"

    def _not_taken(self, posts: Sequence[Post], counted: Counter[str], reason: str) -> None:
        if self._pass_on is not None:
            self._pass_on(posts, counted, reason)
            return
        with self._news:
            for post in reversed(posts):
                self._waiting[post.urgency].appendleft(post)
            self._count(counted)
            self._pause_until = time.monotonic() + self._config.longest_wait_seconds

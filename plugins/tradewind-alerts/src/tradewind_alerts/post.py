"""One alert on its way to people, and the message that several of them make together."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from tradewind_alerts.settings import LEVELS

LONGEST: Final = 3_500
"""Characters of a message: what every service takes in one piece."""
_LONGEST_LINE: Final = 600


@attrs.frozen(kw_only=True)
class Post:
    """
    One alert on its way.

    Args:
        id: Its name in the receipts.
        time_ms: When what it tells of happened, UTC milliseconds.
        severity: How urgent it is.
        title: What happened, a few words.
        text: The facts.
        todo: What to do; empty for nothing.
        session: Whose it is.
        key: What it is about.
    """

    id: str
    time_ms: int
    severity: str
    title: str
    text: str = ""
    todo: str = ""
    session: str = ""
    key: str = ""

    @property
    def urgency(self) -> int:
        """Return the place of its severity, the least urgent 0."""
        return LEVELS.index(self.severity)

    def line(self) -> str:
        """Return it as one line of a message."""
        words = f"{self.title}. {self.text}" + (f" What to do: {self.todo}" if self.todo else "")
        return f"{_clock(self.time_ms)} {self.severity.upper()} {words}"[:_LONGEST_LINE]


def post_of(event: Mapping[str, Any], name: str) -> Post | None:
    """Return the post that an event asks for; None when it is no alert, or none that can be read."""
    severity, title, time_ms = event.get("severity"), event.get("title"), event.get("time")
    if event.get("kind") != "alert" or severity not in LEVELS or not isinstance(title, str):
        return None
    return Post(
        id=name,
        time_ms=time_ms if isinstance(time_ms, int) else 0,
        severity=str(severity),
        title=title[:200],
        text=str(event.get("text", ""))[:2_000],
        todo=str(event.get("todo", ""))[:500],
        session=str(event.get("session", ""))[:200],
        key=str(event.get("key", ""))[:200],
    )


def _clock(time_ms: int) -> str:
    try:
        return dt.datetime.fromtimestamp(time_ms / 1000, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"


def subject_of(posts: Sequence[Post]) -> str:
    """Return the title of a message: its most urgent alert, and how many others there are."""
    first = max(posts, key=lambda post: post.urgency)
    more = f" (and {len(posts) - 1} more)" if len(posts) > 1 else ""
    return f"Tradewind {first.severity}: {first.title}{more}"


def body_of(posts: Sequence[Post], counted: Mapping[str, int], notes: Iterable[str] = ()) -> str:
    """
    Return the text of a message.

    Every alert has its line, the most urgent first, as far as there is room; what has none is counted by title, and
    so is what was held back before.

    Args:
        posts: The alerts.
        counted: How many alerts were held back, by title.
        notes: Lines that come first.
    """
    lines = [*notes]
    sessions = list(dict.fromkeys(post.session for post in posts if post.session))
    ordered = sorted(posts, key=lambda post: (-post.urgency, post.time_ms))
    rest = Counter(dict(counted))
    used = sum(map(len, lines)) + 600  # for what is counted, and whose it is
    for place, post in enumerate(ordered):
        line = post.line()
        if used + len(line) > LONGEST:
            rest.update(other.title for other in ordered[place:])
            break
        lines.append(line)
        used += len(line) + 1
    if rest:
        lines.append("Held back: " + ", ".join(f"{number} × {title}" for title, number in rest.most_common(10)))
        others = len(rest) - 10
        lines += [f"and {others} other kinds."] if others > 0 else []
    lines += [f"Session: {'; '.join(sessions)}"[:400]] if sessions else []
    return "\n".join(lines)[: LONGEST + 500]

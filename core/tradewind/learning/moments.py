"""Moments as cards and logs write them: ISO 8601 in UTC, and as stamps in folder names."""

from __future__ import annotations

from datetime import UTC, datetime

_STAMP = "%Y%m%dT%H%M%SZ"


def ms_of(text: str) -> int:
    """
    Return a moment as milliseconds UTC.

    Raises:
        ValueError: When it is no moment, or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return round(moment.timestamp() * 1000)


def iso(time_ms: int) -> str:
    """Return milliseconds UTC as ISO 8601."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()


def stamp(time_ms: int) -> str:
    """Return milliseconds UTC as a folder's name, such as `20250630T000000Z`."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime(_STAMP)


def is_stamp(name: str) -> bool:
    """Whether a folder's name is a stamp."""
    try:
        datetime.strptime(name, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    return True

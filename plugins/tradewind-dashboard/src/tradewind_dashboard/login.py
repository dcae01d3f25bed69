"""Who may look: a token made once, shown once as a link, and a cookie for each browser that had it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tradewind.api import SettingsError

COOKIE: Final = "tradewind_dashboard"
TRIES: Final = 5
"""Failed logins in a minute, after which none is heard until the minute is over."""
BROWSERS: Final = 64
"""Browsers that are logged in at once; the one that was silent longest is forgotten."""


def token_of(folder: Path) -> tuple[str, bool]:
    """
    Return the token of a state folder, and whether it was made now.

    Raises:
        SettingsError: TW-S007 when others can read the file.
    """
    path = folder / "dashboard.token"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        if path.is_symlink() or path.stat().st_mode & 0o077:
            raise SettingsError(
                f"{path} is a link, or can be read by others.",
                code="TW-S007",
                hint=f"Delete it; a new one is made: rm {path}",
            ) from None
        return path.read_text(encoding="utf-8").strip(), False
    token = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(token + "\n")
    return token, True


class Logins:
    """
    The browsers that may look.

    Args:
        token: What a browser must show once.
        idle_s: How long one may be silent, seconds.
        ticks: A monotonic clock, seconds.
    """

    def __init__(self, token: str, *, idle_s: float, ticks: Callable[[], float]) -> None:
        self._token = hashlib.sha256(token.encode()).digest()
        self._idle_s = idle_s
        self._ticks = ticks
        self._seen: dict[str, float] = {}
        self._failed: deque[float] = deque(maxlen=TRIES)

    def crowded(self) -> bool:
        """Tell whether too many logins failed lately."""
        return len(self._failed) == TRIES and self._ticks() - self._failed[0] < 60.0

    def login(self, token: str) -> str | None:
        """Return the cookie of a browser that showed the token; None when it was another."""
        if self.crowded():
            return None
        if not hmac.compare_digest(hashlib.sha256(token.encode()).digest(), self._token):
            self._failed.append(self._ticks())
            return None
        cookie = secrets.token_urlsafe(32)
        while len(self._seen) >= BROWSERS:
            del self._seen[min(self._seen, key=lambda one: self._seen[one])]
        self._seen[_name(cookie)] = self._ticks()
        return cookie

    def known(self, cookie: str) -> bool:
        """Tell whether a browser is logged in, and take note that it asked."""
        name, now = _name(cookie), self._ticks()
        seen = self._seen.get(name)
        if seen is None or now - seen > self._idle_s:
            self._seen.pop(name, None)
            return False
        self._seen[name] = now
        return True

    def short(self, cookie: str) -> str:
        """Return a short name of a browser, from which its cookie cannot be found."""
        return _name(cookie)[:8]

    def logout(self, cookie: str) -> None:
        """Forget a browser."""
        self._seen.pop(_name(cookie), None)


def _name(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()

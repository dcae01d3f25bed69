"""Who may talk to the sandbox: this machine, and on the control port who knows its token."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Callable
from typing import Final

import attrs
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

LOOPBACK: Final = "127.0.0.1"
"""The one address that the sandbox listens on."""

_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SPAN_S: Final = 300.0


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """
    Refuse requests that were made for another host's name.

    A page in a browser can have its own name point to 127.0.0.1; the name in `Host` gives it away.
    """
    host = request.headers.get("Host", "").rpartition(":")[0] or request.headers.get("Host", "")
    if host not in _NAMES:
        return web.Response(status=403, text="the sandbox answers to localhost and 127.0.0.1 only")
    return await handler(request)


@attrs.frozen(kw_only=True)
class TokenGuard:
    """
    Lets in who knows the token, and no browser.

    Args:
        token: What the header `Authorization: Bearer …` must carry.
    """

    token: str = attrs.field(repr=False)

    def middleware(self) -> Middleware:
        """Return the check as aiohttp takes it."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none":
                return web.json_response({"error": "the control port is not for browsers"}, status=403)
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self.token.encode()):
                return web.json_response({"error": "the token is missing or wrong"}, status=401)
            if request.method != "GET" and request.can_read_body and request.content_type != "application/json":
                return web.json_response({"error": "the body must be application/json"}, status=415)
            return await handler(request)

        return check


@attrs.define(kw_only=True, eq=False)
class AttemptGuard:
    """
    Counts connection attempts of each address.

    Args:
        most: How many are let in within five minutes.
        monotonic: A clock, seconds.
    """

    most: int
    monotonic: Callable[[], float]
    _seen: dict[str, deque[float]] = attrs.field(factory=dict, init=False)

    def lets_in(self, address: str) -> bool:
        """Note an attempt and tell whether it is let in."""
        now, seen = self.monotonic(), self._seen.setdefault(address, deque())
        while seen and seen[0] <= now - _SPAN_S:
            seen.popleft()
        seen.append(now)
        return len(seen) <= self.most

"""What every request must be before anything else looks at it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradewind_dashboard.answers import refused

OWN_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")
HEADER: Final = "x-tradewind"
"""A header that no form and no other site's page can send without being asked first."""
PAGE_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LONGEST_URL: Final = 2_048


class Guard:
    """
    Refuses what no browser of this page would send, and says to browsers what this page may do.

    Args:
        app: What answers the rest.
        names: Hosts under which it may be asked, without port.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # there is no WebSocket here, whoever asks for one
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _dress(MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if _name(headers.get("host", "")) not in self._names:
            return refused(403, "this name is not one of those that may be asked: see commands.dashboard.hosts")
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_URL:
            return refused(414, "the address is too long")
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return refused(405, "nothing is done here by this method")
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin, headers["host"]):
            return refused(403, "another site asked")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return refused(403, "another site asked")
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json" or HEADER not in headers:
            return refused(403, "a form asked, or another site's page")
        return None

    def _is_own(self, origin: str, host: str) -> bool:
        """Tell whether a page of this dashboard asked: of the same name, and port; a proxy may have taken the port."""
        scheme, _, place = origin.partition("://")
        if scheme not in ("http", "https"):
            return False
        return place == host or (place == _name(place) and place in self._names - set(OWN_NAMES))


def _name(host: str) -> str:
    host = host.strip().lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _dress(headers: MutableHeaders) -> None:
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")

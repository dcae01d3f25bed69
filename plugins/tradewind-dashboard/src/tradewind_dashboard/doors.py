"""Who comes in: a token is shown once, a cookie is given for it, and without one nothing is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tradewind_dashboard.answers import body_of, refused
from tradewind_dashboard.login import COOKIE, Logins

Endpoint = Callable[[Request], Awaitable[Response]]


class Doors:
    """
    The ways in and out.

    Args:
        logins: Who is logged in.
        secure: Browsers keep the cookie for encrypted connections.
    """

    def __init__(self, logins: Logins, *, secure: bool) -> None:
        self._logins = logins
        self._secure = secure

    def member(self, answer: Endpoint) -> Endpoint:
        """Return what answers those who are logged in, and refuses others."""

        async def checked(request: Request) -> Response:
            if not self._logins.known(request.cookies.get(COOKIE, "")):
                return refused(401, "log in with the link that the terminal shows: tradewind dashboard")
            return await answer(request)

        return checked

    async def login(self, request: Request) -> Response:
        """Take the token, give a cookie."""
        if self._logins.crowded():
            return refused(429, "too many logins failed; wait a minute")
        body = await body_of(request)
        token = body.get("token") if isinstance(body, Mapping) else None
        cookie = self._logins.login(token) if isinstance(token, str) else None
        if cookie is None:
            return refused(401, "the token is another one")
        answer = JSONResponse({"ok": True})
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", secure=self._secure, path="/")
        return answer

    async def logout(self, request: Request) -> Response:
        """Forget a browser."""
        self._logins.logout(request.cookies.get(COOKIE, ""))
        answer = JSONResponse({"ok": True})
        answer.delete_cookie(COOKIE, path="/")
        return answer

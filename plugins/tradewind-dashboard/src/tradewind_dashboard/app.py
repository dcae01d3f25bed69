"""The pages and the JSON API under `/api/v1`: what may be asked, and what answers it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tradewind.api import Board, TradewindError, page_asset, redact
from tradewind_dashboard.guard import OWN_NAMES, Guard, refused
from tradewind_dashboard.login import COOKIE, Logins
from tradewind_dashboard.openapi import openapi
from tradewind_dashboard.settings import DashboardConfig
from tradewind_dashboard.watch import CROWD, Watch

LONGEST_BODY: Final = 64 * 1024
BODY_S: Final = 5.0
"""How long a body may take to come."""
STATIC: Final = {"app.js": "text/javascript", "app.css": "text/css", "lightweight-charts.js": "text/javascript"}
"""The files there are; no path leads to another."""

Ask = Callable[[Board, Request], Any]


def application(board: Board, config: DashboardConfig, logins: Logins) -> Guard:
    """
    Return the application.

    Args:
        board: What is shown.
        config: Who may ask, and under which names.
        logins: Who is logged in.
    """
    watch = Watch(lambda session_id: _look(board, session_id))

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        await watch.close()

    def member(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            if not logins.known(request.cookies.get(COOKIE, "")):
                return refused(401, "log in with the link that the terminal shows: tradewind dashboard")
            return await answer(request)

        return checked

    async def events(request: Request) -> Response:
        if watch.watching >= CROWD:
            return refused(503, "too many browsers watch")
        session_id = int(request.path_params["session_id"])
        try:
            await asyncio.to_thread(_look, board, session_id)
        except TradewindError as error:
            return _told(error)
        return StreamingResponse(watch.events(session_id), media_type="text/event-stream")

    async def login(request: Request) -> Response:
        if logins.crowded():
            return refused(429, "too many logins failed; wait a minute")
        body = await _body(request)
        token = body.get("token") if isinstance(body, Mapping) else None
        cookie = logins.login(token) if isinstance(token, str) else None
        if cookie is None:
            return refused(401, "the token is another one")
        answer = JSONResponse({"ok": True})
        secure = config.behind_proxy
        answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", secure=secure, path="/")
        return answer

    async def logout(request: Request) -> Response:
        logins.logout(request.cookies.get(COOKIE, ""))
        answer = JSONResponse({"ok": True})
        answer.delete_cookie(COOKIE, path="/")
        return answer

    def api(ask: Ask) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return JSONResponse(await asyncio.to_thread(ask, board, request))
            except TradewindError as error:
                return _told(error)
            except ValueError:
                return refused(400, "a value of the question is no number")

        return member(answer)

    routes = [
        Route("/", _page),
        Route("/login", _page),
        Route("/favicon.ico", _no_icon),
        Route("/static/{name}", _static),
        Route("/api/v1/login", login, methods=["POST"]),
        Route("/api/v1/logout", logout, methods=["POST"]),
        Route("/api/v1/openapi.json", _openapi),
        Route("/api/v1/sessions/{session_id:int}/events", member(events)),
        *(Route(path, api(ask)) for path, ask in QUESTIONS.items()),
    ]
    names = (*OWN_NAMES, config.host, *config.hosts)
    return Guard(Starlette(routes=routes, lifespan=life), [name.lower() for name in names])


def _number(request: Request, name: str, otherwise: int, most: int) -> int:
    return max(-1, min(most, int(request.query_params.get(name, otherwise))))


def _id(request: Request) -> int:
    return int(request.path_params["session_id"])


def _decisions(board: Board, request: Request) -> Any:
    before = request.query_params.get("before")
    return board.decisions(
        _id(request),
        outcome=request.query_params.get("outcome", ""),
        before_id=int(before) if before else None,
        limit=_number(request, "limit", 100, 500),
    )


QUESTIONS: Final[dict[str, Ask]] = {
    "/api/v1/sessions": lambda board, _: board.sessions(),
    "/api/v1/sessions/{session_id:int}": lambda board, request: board.session(_id(request)),
    "/api/v1/sessions/{session_id:int}/equity": lambda board, request: board.equity(
        _id(request), after_ms=_number(request, "after_ms", -1, 2**53)
    ),
    "/api/v1/sessions/{session_id:int}/trades": lambda board, request: board.trades(
        _id(request), limit=_number(request, "limit", 200, 500)
    ),
    "/api/v1/sessions/{session_id:int}/decisions": _decisions,
    "/api/v1/sessions/{session_id:int}/explain": lambda board, request: {
        "text": board.explain(
            _id(request), request.query_params.get("symbol", ""), _number(request, "time_ms", 0, 2**53)
        )
    },
    "/api/v1/backtests": lambda board, _: board.backtests(),
    "/api/v1/log": lambda board, _: {"text": board.log()},
}
"""What may be asked of the board, by path."""


def _look(board: Board, session_id: int) -> dict[str, Any]:
    found = board.session(session_id)
    points = board.equity(session_id)
    return {**found, "point": points[-1] if points else None}


def _told(error: TradewindError) -> Response:
    words = {"error": redact(error.message), "code": error.code, "hint": redact(error.hint)}
    return JSONResponse(words, status_code=404 if error.code == "TW-U008" else 409)


async def _body(request: Request) -> Any:
    """Return a short body as JSON; None when it is longer, later or something else."""
    taken = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                taken += piece
                if len(taken) > LONGEST_BODY:
                    return None
        return json.loads(taken)
    except (TimeoutError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=8)
def _file(name: str) -> bytes | None:
    if name == "lightweight-charts.js":
        library = page_asset(name)
        return None if library is None else library.encode()
    return files("tradewind_dashboard").joinpath("static", name).read_bytes()


async def _page(_: Request) -> Response:
    return Response(_file("index.html"), media_type="text/html")


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)  # browsers ask for one unasked


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    content = _file(name) if name in STATIC else None
    if content is None:
        return refused(404, "there is no such file")
    return Response(content, media_type=STATIC[name], headers={"Cache-Control": "no-cache"})


async def _openapi(_: Request) -> Response:
    return JSONResponse(openapi())

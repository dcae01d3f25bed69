"""The application: which address leads where, and who may ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tradewind.api import TradewindError
from tradewind_dashboard.answers import in_words, refused
from tradewind_dashboard.controls import Controls
from tradewind_dashboard.doors import Doors
from tradewind_dashboard.guard import OWN_NAMES, Guard
from tradewind_dashboard.login import Logins
from tradewind_dashboard.openapi import described
from tradewind_dashboard.pages import FILES, Reports
from tradewind_dashboard.questions import QUESTIONS, Ask
from tradewind_dashboard.settings import DashboardConfig
from tradewind_dashboard.sight import Sight
from tradewind_dashboard.watch import CROWD, Watch

Endpoint = Callable[[Request], Awaitable[Response]]


def application(sight: Sight, config: DashboardConfig, logins: Logins) -> Guard:
    """
    Return the application.

    Args:
        sight: What is shown.
        config: Who may ask, under which names, and whether anything may be done.
        logins: Who is logged in.
    """
    watch = Watch(sight.board.session)
    doors = Doors(logins, secure=config.behind_proxy)
    controls = Controls(sight, logins, allowed=config.controls)
    reports = Reports(sight.outlook)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        yield
        await watch.close()

    member = doors.member
    session = "/api/v1/sessions/{session_id:int}"
    routes = [
        *FILES,
        Route("/health", _level(sight)),
        Route("/backtests/compare", member(reports.comparison)),
        Route("/backtests/{result_id}", member(reports.report)),
        Route("/api/v1/login", doors.login, methods=["POST"]),
        Route("/api/v1/logout", doors.logout, methods=["POST"]),
        Route("/api/v1/openapi.json", described),
        Route(f"{session}/events", member(_events(sight, watch))),
        Route(f"{session}/commands", member(controls.command), methods=["POST"]),
        Route(f"{session}/swap-plan", member(controls.plan), methods=["POST"]),
        Route("/api/v1/controls", member(controls.told)),
        *(Route(path, member(_answer(sight, ask))) for path, ask in QUESTIONS.items()),
    ]
    names = (*OWN_NAMES, config.host, *config.hosts)
    return Guard(Starlette(routes=routes, lifespan=life), [name.lower() for name in names])


def _answer(sight: Sight, ask: Ask) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await asyncio.to_thread(ask, sight, request))
        except TradewindError as error:
            return in_words(error)
        except ValueError:
            return refused(400, "a value of the question is no number")

    return answer


def _events(sight: Sight, watch: Watch) -> Endpoint:
    async def events(request: Request) -> Response:
        if watch.watching >= CROWD:
            return refused(503, "too many browsers watch")
        session_id = int(request.path_params["session_id"])
        try:
            await asyncio.to_thread(sight.board.session, session_id)
        except TradewindError as error:
            return in_words(error)
        return StreamingResponse(watch.events(session_id), media_type="text/event-stream")

    return events


def _level(sight: Sight) -> Endpoint:
    """Return what answers programs that only want to know whether all is well; it says nothing else."""

    async def level(_: Request) -> Response:
        found = (await asyncio.to_thread(sight.outlook.health))["level"]
        return JSONResponse({"level": found}, status_code=503 if found == "error" else 200)

    return level

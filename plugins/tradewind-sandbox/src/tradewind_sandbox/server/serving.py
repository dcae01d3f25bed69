"""The sandbox as a server: its ports, its connections, its beginning and its end."""

from __future__ import annotations

import asyncio
from typing import Final

import attrs
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tradewind.api import UsageError
from tradewind_sandbox.server.control import Control
from tradewind_sandbox.server.guard import LOOPBACK, AttemptGuard, TokenGuard, only_this_machine
from tradewind_sandbox.server.rest import Rest
from tradewind_sandbox.server.rules import SocketRules
from tradewind_sandbox.server.streams import StreamHub
from tradewind_sandbox.server.ticking import Ticking
from tradewind_sandbox.server.wsapi import WebSocketApi

_LARGEST: Final = 65_536
"""A request may have this many bytes."""


@attrs.define(kw_only=True, eq=False)
class SandboxServer:
    """
    Serves a sandbox on two ports of this machine.

    Args:
        ticking: The sandbox and its pace.
        rules: Limits of connections.
        token: What the control port asks for.
        port: The exchange's port; 0 for any that is free.
        control_port: The control port; 0 for any that is free.
    """

    ticking: Ticking
    token: str = attrs.field(repr=False)
    rules: SocketRules = attrs.field(factory=SocketRules)
    port: int = 0
    control_port: int = 0
    _hub: StreamHub = attrs.field(init=False)
    _api: WebSocketApi = attrs.field(init=False)
    _attempts: AttemptGuard = attrs.field(init=False)
    _runners: list[web.AppRunner] = attrs.field(factory=list, init=False)
    _task: asyncio.Task[None] | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        ticking = self.ticking
        ticking.sandbox.wire.sleep = ticking.sleep
        self._hub = StreamHub(sandbox=ticking.sandbox, rules=self.rules, catch_up=ticking.catch_up)
        self._api = WebSocketApi(sandbox=ticking.sandbox, rules=self.rules, catch_up=ticking.catch_up)
        self._attempts = AttemptGuard(most=self.rules.attempts, monotonic=ticking.pace.monotonic)

    @property
    def base_url(self) -> str:
        """Where REST is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def stream_url(self) -> str:
        """Where the market streams are."""
        return f"ws://{LOOPBACK}:{self.port}"

    @property
    def ws_api_url(self) -> str:
        """Where the WebSocket API is."""
        return f"ws://{LOOPBACK}:{self.port}/ws-api/v3"

    @property
    def control_url(self) -> str:
        """Where the control port is."""
        return f"http://{LOOPBACK}:{self.control_port}"

    async def start(self) -> None:
        """
        Open both ports and let the market go on.

        Raises:
            UsageError: TW-U008 when a port is taken.
        """
        try:
            self.port = await self._open(self._exchange_app(), self.port)
            self.control_port = await self._open(self._control_app(), self.control_port)
        except OSError as error:
            await self.stop()
            raise UsageError(
                f"a port of the sandbox cannot be opened: {error.strerror or error}.",
                code="TW-U008",
                hint="Another sandbox may run. Name other ports with --port and --control-port; 0 takes any free one.",
            ) from error
        self._task = asyncio.get_running_loop().create_task(self.ticking.run())

    async def stop(self) -> None:
        """Tell every connection, close them and both ports; does nothing when there is nothing to stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.shut_down(0.0)
        for _ in range(100):
            if not self._hub.sessions and not self._api.sessions:
                break
            await asyncio.sleep(0.01)
        runners, self._runners = self._runners, []
        for runner in runners:
            await runner.cleanup()

    def shut_down(self, after_ms: float) -> None:
        """Announce `serverShutdown` on every connection and close it after milliseconds."""
        for stream in tuple(self._hub.sessions.values()):
            stream.shut_down(after_ms / 1000)
        for api in tuple(self._api.sessions.values()):
            api.shut_down(after_ms / 1000)

    def failed(self) -> BaseException | None:
        """Return what the market failed with, None while it goes on."""
        task = self._task
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    async def _open(self, app: web.Application, port: int) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, LOOPBACK, port).start()
        found: int = runner.addresses[0][1]
        return found

    def _exchange_app(self) -> web.Application:
        app = web.Application(middlewares=[only_this_machine, self._in_time()], client_max_size=_LARGEST)
        rest = Rest(wire=self.ticking.sandbox.wire, rules=self.rules)
        app.router.add_get("/ws-api/v3", self._counted(self._api.serve))
        app.router.add_get("/ws", self._counted(self._hub.serve))
        app.router.add_get("/ws/{streams:.*}", self._counted(self._hub.serve))
        app.router.add_get("/stream", self._counted(self._hub.serve))
        app.router.add_route("*", "/{path:.*}", rest.serve)
        return app

    def _control_app(self) -> web.Application:
        guard = TokenGuard(token=self.token)
        app = web.Application(middlewares=[only_this_machine, guard.middleware()], client_max_size=16 * _LARGEST)
        app.add_routes(Control(ticking=self.ticking, shut_down=self.shut_down).routes())
        return app

    def _in_time(self) -> Middleware:
        """Bring the market up to now before anything is answered."""
        ticking = self.ticking

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            ticking.catch_up()
            return await handler(request)

        return check

    def _counted(self, serve: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            if not self._attempts.lets_in(request.remote or ""):
                return web.Response(status=429, headers={"Retry-After": "300"}, text="too many connections")
            return await serve(request)

        return checked

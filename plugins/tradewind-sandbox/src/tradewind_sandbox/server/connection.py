"""One WebSocket: its queue, its pings, its age, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
from aiohttp import WSMsgType, web

from tradewind_sandbox.server.rules import SocketRules

_POLICY: Final = 1008
_AWAY: Final = 1001
_CUT: Final = 1006
_DRAIN: Final = 100
"""Waits of 5 ms for what is still queued before a close."""


@attrs.define(kw_only=True, eq=False)
class Connection:
    """
    One WebSocket connection.

    Args:
        request: The handshake.
        rules: Limits.
        received: Called with each text message.
        inbound_per_s: How many messages a second are taken; 0 for any number.
    """

    request: web.Request
    rules: SocketRules
    received: Callable[[str], Awaitable[None]]
    inbound_per_s: int = 0
    socket: web.WebSocketResponse = attrs.field(init=False)
    _outbox: asyncio.Queue[str] = attrs.field(init=False)
    _tasks: list[asyncio.Task[None]] = attrs.field(factory=list, init=False)
    _ending: asyncio.Task[None] | None = attrs.field(default=None, init=False)
    _closing: bool = attrs.field(default=False, init=False)
    _inbound: deque[float] = attrs.field(factory=deque, init=False)
    _pong_at: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        # The library answers pings by itself only together with swallowing pongs, which are counted here.
        self.socket = web.WebSocketResponse(autoping=False, max_msg_size=65_536, compress=False)
        self._outbox = asyncio.Queue(self.rules.backlog)

    async def run(self, opened: Callable[[], None] = lambda: None) -> web.WebSocketResponse:
        """Serve the connection until it ends; `opened` is called after the handshake."""
        await self.socket.prepare(self.request)
        loop = asyncio.get_running_loop()
        self._pong_at = loop.time()
        self._tasks = [loop.create_task(self._write()), loop.create_task(self._keep())]
        try:
            opened()
            await self._read()
        finally:
            await self._finish()
        return self.socket

    def send(self, payload: Any) -> None:
        """Queue a message; a reader that lets too many wait is cut off."""
        self.send_text(json.dumps(payload, separators=(",", ":"), ensure_ascii=False))

    def send_text(self, text: str) -> None:
        """Queue a message as it stands; a reader that lets too many wait is cut off."""
        try:
            self._outbox.put_nowait(text)
        except asyncio.QueueFull:
            self.close(_POLICY, "too slow")

    def close(self, code: int, reason: str = "", *, after_s: float = 0.0) -> None:
        """Close the connection, after a while if wished; 1006 cuts it without a closing frame."""
        if self._ending is None and not self.socket.closed:
            self._ending = asyncio.get_running_loop().create_task(self._end(code, reason, after_s))

    async def _end(self, code: int, reason: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._closing = True
        if code == _CUT:
            cut(self.request)
            return
        for _ in range(_DRAIN):
            if self._outbox.empty():
                break
            await asyncio.sleep(0.005)
        await self.socket.close(code=code, message=reason.encode())

    async def _finish(self) -> None:
        tasks = list(self._tasks)
        if self._ending is not None:
            if self._closing:
                # The closing handshake is still on its way; cancelling it would turn the code into 1006.
                await asyncio.wait([self._ending], timeout=2.0)
            tasks.append(self._ending)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if message.type is WSMsgType.TEXT:
                if not self._may_send():
                    self.close(_POLICY, "Too many requests")
                    continue
                await self.received(message.data)
            elif message.type is WSMsgType.PING:
                await self.socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._pong_at = asyncio.get_running_loop().time()
            elif message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return

    def _may_send(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._inbound.append(now)
        while self._inbound and self._inbound[0] <= now - 1.0:
            self._inbound.popleft()
        return not self.inbound_per_s or len(self._inbound) <= self.inbound_per_s

    async def _write(self) -> None:
        while True:
            text = await self._outbox.get()
            try:
                await self.socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        born, pinged = loop.time(), loop.time()
        step = min(self.rules.ping_s, self.rules.pong_s, self.rules.life_s) / 4
        while True:
            await asyncio.sleep(step)
            now = loop.time()
            if now - born >= self.rules.life_s:
                self.close(_AWAY, "the connection is 24 hours old")
            elif now - self._pong_at > self.rules.pong_s:
                self.close(_POLICY, "no pong")
            elif now - pinged >= self.rules.ping_s:
                pinged = now
                try:
                    await self.socket.ping(str(int(now * 1000)).encode())
                except (ConnectionError, RuntimeError):
                    return


def cut(request: web.Request) -> None:
    """Cut a connection without a word, as a broken network does."""
    if request.transport is not None:
        request.transport.abort()

"""The WebSocket API: requests as frames, and the user data stream on the same connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import attrs
from aiohttp import web

from tradewind_sandbox.exchange.sessions import Connection as Link
from tradewind_sandbox.faults.channel import Channel, Ending, Message
from tradewind_sandbox.faults.delivery import Delivery, plain_json
from tradewind_sandbox.faults.script import Fault
from tradewind_sandbox.faults.wire import Struck
from tradewind_sandbox.sandbox import Sandbox
from tradewind_sandbox.server.connection import Connection, cut
from tradewind_sandbox.server.rules import SocketRules
from tradewind_sandbox.server.streams import after_ms


@attrs.define(kw_only=True, eq=False)
class ApiSession:
    """
    One connection to `/ws-api/v3`.

    Args:
        desk: Where connections come from.
    """

    desk: WebSocketApi
    connection: Connection = attrs.field(init=False)
    link: Link | None = attrs.field(default=None, init=False)
    channel: Channel = attrs.field(init=False)
    _subscription: int = attrs.field(default=0, init=False)

    def open(self, address: str) -> None:
        """Begin: connect to the exchange, with its user events going through the script."""
        sandbox = self.desk.sandbox
        self.channel = Channel(
            script=sandbox.script,
            now_ms=sandbox.now_ms,
            later=after_ms,
            deliver=self.connection.send,
            end=self._ended,
        )
        self.link = sandbox.exchange.connect(deliver=self._told, ip=address)

    def shut_down(self, after_s: float) -> None:
        """Announce the end of the connection and end it after a while."""
        self.connection.send({"event": {"e": "serverShutdown", "E": self.desk.sandbox.now_ms()}})
        self.connection.close(1001, "server shutdown", after_s=after_s)

    async def received(self, text: str) -> None:
        """Serve one frame."""
        self.desk.catch_up()
        try:
            frame = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict):
            self.connection.send(_refusal(None, 400, {"code": -1135, "msg": "JSON Request was invalid."}))
            return
        given = frame.get("params")
        symbol = str(given.get("symbol", "")) if isinstance(given, dict) else ""

        async def serve(faults: Struck) -> Delivery:
            return await self._served(frame, symbol, faults)

        method = str(frame.get("method", ""))
        delivery = await self.desk.sandbox.wire.through(f"WS {method}", symbol, serve)
        if method.startswith("userDataStream.subscribe") and delivery.genuine and delivery.status == 200:
            self.channel.lost = False
        self._answer(delivery, frame.get("id"))

    async def _served(self, frame: dict[str, Any], symbol: str, faults: Struck) -> Delivery:
        exchange, wire = self.desk.sandbox.exchange, self.desk.sandbox.wire
        if self.link is None:
            return Delivery.lost("reset", executed=False)
        arrived = exchange.ws_arrive(self.link, frame)
        if isinstance(arrived, dict):
            return _delivered(arrived)
        await wire.wait(faults.get("hold-request"))
        with wire.altered(faults, arrived.path, symbol):
            return _delivered(exchange.ws_execute(self.link, frame, arrived))

    def _answer(self, delivery: Delivery, number: Any) -> None:
        if delivery.ending == "silence":
            return
        if delivery.ending == "reset" or delivery.content_type == "text/html":
            cut(self.connection.request)
        elif delivery.genuine:
            self.connection.send(delivery.json())
        elif delivery.status >= 400:
            self.connection.send(_refusal(number, delivery.status, delivery.json()))
        else:
            self.connection.send_text(delivery.body.decode())

    def _told(self, payload: dict[str, Any]) -> None:
        event = payload.get("event", payload)
        self._subscription = payload.get("subscriptionId", 0)
        self.channel.send(attrs.evolve(Message.of("user", event), payload=payload))

    def _ended(self, ending: Ending, fault: Fault) -> None:
        if ending == "close":
            self.connection.close(fault["code"])
        elif ending == "shutdown":
            self.shut_down(fault["after"] / 1000)
        else:
            if ending == "ended":
                event = {"e": "eventStreamTerminated", "E": self.desk.sandbox.now_ms()}
                self.connection.send({"subscriptionId": self._subscription, "event": event})
            # What the exchange itself would say of it is no longer heard; session.subscriptions shows the loss.
            asyncio.get_running_loop().call_soon(self._unsubscribe, self._subscription)

    def _unsubscribe(self, number: int) -> None:
        if self.link is not None:
            params = {"subscriptionId": number}
            self.desk.sandbox.exchange.ws_request(
                self.link, {"id": None, "method": "userDataStream.unsubscribe", "params": params}
            )


@attrs.define(kw_only=True, eq=False)
class WebSocketApi:
    """
    Serves `/ws-api/v3`.

    Args:
        sandbox: The exchange and its markets.
        rules: Limits of connections.
        catch_up: Brings the market up to now.
    """

    sandbox: Sandbox
    rules: SocketRules
    catch_up: Callable[[], object]
    sessions: dict[int, ApiSession] = attrs.field(factory=dict, init=False)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        session = ApiSession(desk=self)
        session.connection = Connection(request=request, rules=self.rules, received=session.received)
        self.sessions[id(session)] = session
        address = request.remote or "127.0.0.1"
        try:
            return await session.connection.run(lambda: session.open(address))
        finally:
            if session.link is not None:
                self.sandbox.exchange.disconnect(session.link)
            del self.sessions[id(session)]


def _delivered(reply: dict[str, Any]) -> Delivery:
    return Delivery(status=reply.get("status", 200), body=plain_json(reply), genuine=True)


def _refusal(number: Any, status: int, error: Any) -> dict[str, Any]:
    return {"id": number, "status": status, "error": error}

"""Market streams: `/ws/<stream>`, `/stream?streams=`, and subscribing while connected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

import attrs
from aiohttp import web

from tradewind_sandbox.exchange.messages import MarketEvent
from tradewind_sandbox.faults.channel import Channel, Ending, Message
from tradewind_sandbox.faults.script import Fault
from tradewind_sandbox.sandbox import Sandbox
from tradewind_sandbox.server.connection import Connection
from tradewind_sandbox.server.rules import SocketRules
from tradewind_sandbox.server.tickers import INTERVAL, mini_ticker

_MINI: Final = "miniTicker"
_TICK_S: Final = 1.0


@attrs.define(kw_only=True, eq=False)
class StreamSession:
    """
    One connection to the market streams.

    Args:
        hub: Where events come from.
        combined: Whether messages are wrapped as `{"stream", "data"}`.
    """

    hub: StreamHub
    combined: bool
    connection: Connection = attrs.field(init=False)
    channels: dict[str, Channel] = attrs.field(factory=dict, init=False)

    def open(self, names: list[str]) -> None:
        """Subscribe to streams; unknown ones are taken and stay silent, as on the venue."""
        for name in names:
            if name not in self.channels:
                self.channels[name] = self._channel(name)
                self.hub.join(name, self)

    def leave(self, names: list[str]) -> None:
        """Unsubscribe from streams."""
        for name in names:
            if self.channels.pop(name, None) is not None:
                self.hub.part(name, self)

    def shut_down(self, after_s: float) -> None:
        """Announce the end of the connection and end it after a while."""
        event = {"e": "serverShutdown", "E": self.hub.sandbox.now_ms()}
        self.connection.send({"stream": "!serverShutdown", "data": event} if self.combined else event)
        self.connection.close(1001, "server shutdown", after_s=after_s)

    async def received(self, text: str) -> None:
        """Carry out one command of the subscription protocol."""
        self.connection.send(self._answer(text))

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            command = json.loads(text)
        except ValueError as error:
            return _refusal(3, f"Invalid JSON: {error}", None)
        if not isinstance(command, dict):
            return _refusal(2, "Invalid request: request must be an object", None)
        asked, given, number = command.get("method"), command.get("params", []), command.get("id")
        if not isinstance(given, list):
            return _refusal(2, "Invalid request: params must be a list", number)
        if asked in {"SUBSCRIBE", "UNSUBSCRIBE"}:
            return self._change(asked, given, number)
        if asked == "LIST_SUBSCRIPTIONS":
            return {"result": list(self.channels), "id": number}
        if asked in {"SET_PROPERTY", "GET_PROPERTY"}:
            return self._property(asked, given, number)
        return _refusal(2, f"Invalid request: unknown method {asked!r}", number)

    def _change(self, asked: str, names: list[Any], number: Any) -> dict[str, Any]:
        if not names or not all(isinstance(name, str) and name for name in names):
            return _refusal(2, "Invalid request: params must be a list of stream names", number)
        if asked == "UNSUBSCRIBE":
            self.leave(names)
        elif len({*self.channels, *names}) > self.hub.rules.streams:
            return _refusal(2, f"Invalid request: more than {self.hub.rules.streams} streams", number)
        else:
            self.open(names)
        return {"result": None, "id": number}

    def _property(self, asked: str, given: list[Any], number: Any) -> dict[str, Any]:
        if not given or given[0] != "combined":
            return _refusal(0, "Unknown property", number)
        if asked == "GET_PROPERTY":
            return {"result": self.combined, "id": number}
        if len(given) != 2 or not isinstance(given[1], bool):
            return _refusal(1, "Invalid value type: expected Boolean", number)
        self.combined = given[1]
        return {"result": None, "id": number}

    def _channel(self, name: str) -> Channel:
        sandbox = self.hub.sandbox
        return Channel(
            script=sandbox.script,
            now_ms=sandbox.now_ms,
            later=after_ms,
            deliver=lambda payload: self.connection.send(
                {"stream": name, "data": payload} if self.combined else payload
            ),
            end=self._ended,
        )

    def _ended(self, ending: Ending, fault: Fault) -> None:
        if ending == "close":
            self.connection.close(fault["code"])
        elif ending == "shutdown":
            self.shut_down(fault["after"] / 1000)


@attrs.define(kw_only=True, eq=False)
class StreamHub:
    """
    Hands the exchange's market events to whoever subscribed.

    Args:
        sandbox: The exchange and its markets.
        rules: Limits of connections.
        catch_up: Brings the market up to now.
    """

    sandbox: Sandbox
    rules: SocketRules
    catch_up: Callable[[], object]
    sessions: dict[int, StreamSession] = attrs.field(factory=dict, init=False)
    _readers: dict[str, dict[int, StreamSession]] = attrs.field(factory=dict, init=False)
    _stop: Callable[[], None] | None = attrs.field(default=None, init=False)
    _ticked: dict[str, float] = attrs.field(factory=dict, init=False)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection to `/ws`, `/ws/<streams>` or `/stream`."""
        combined = request.path.startswith("/stream")
        named = request.query.get("streams", "") if combined else request.match_info.get("streams", "")
        names = [name for name in named.split("/") if name]
        if len(set(names)) > self.rules.streams:
            return web.Response(status=400, text=f"more than {self.rules.streams} streams")
        session = StreamSession(hub=self, combined=combined)
        session.connection = Connection(
            request=request, rules=self.rules, received=session.received, inbound_per_s=self.rules.inbound_per_s
        )
        self.sessions[id(session)] = session
        try:
            return await session.connection.run(lambda: session.open(names))
        finally:
            session.leave(list(session.channels))
            del self.sessions[id(session)]

    def join(self, name: str, session: StreamSession) -> None:
        """Let a session have a stream's events, and let the market make them."""
        self.catch_up()
        self._readers.setdefault(name, {})[id(session)] = session
        symbol, _, kind = name.partition("@")
        if kind.startswith("kline_"):
            self.sandbox.want(symbol.upper(), kind.removeprefix("kline_"))
        elif kind == _MINI:
            self.sandbox.want(symbol.upper(), INTERVAL)
        if self._stop is None:
            self._stop = self.sandbox.exchange.subscribe_market(self._told)

    def part(self, name: str, session: StreamSession) -> None:
        """Take a stream from a session."""
        readers = self._readers.get(name, {})
        readers.pop(id(session), None)
        if not readers:
            self._readers.pop(name, None)
        if not self._readers and self._stop is not None:
            self._stop()
            self._stop = None

    def _told(self, event: MarketEvent) -> None:
        lower = event.symbol.lower()
        self._spread(f"{lower}@{event.kind}", event.payload)
        if event.kind == "aggTrade" and f"{lower}@{_MINI}" in self._readers:
            now = asyncio.get_running_loop().time()
            if now - self._ticked.get(event.symbol, -_TICK_S) >= _TICK_S:
                self._ticked[event.symbol] = now
                asyncio.get_running_loop().call_soon(self._tick, event.symbol)

    def _tick(self, symbol: str) -> None:
        payload = mini_ticker(self.sandbox.exchange, symbol, self.sandbox.now_ms())
        if payload is not None:
            self._spread(f"{symbol.lower()}@{_MINI}", payload)

    def _spread(self, name: str, payload: dict[str, Any]) -> None:
        for session in list(self._readers.get(name, {}).values()):
            channel = session.channels.get(name)
            if channel is not None:
                channel.send(Message.of(name, payload))


def after_ms(delay_ms: float, act: Callable[[], None]) -> object:
    """Do something after milliseconds of the network's time."""
    return asyncio.get_running_loop().call_later(delay_ms / 1000, act)


def _refusal(code: int, words: str, number: Any) -> dict[str, Any]:
    return {"error": {"code": code, "msg": words}, "id": number}

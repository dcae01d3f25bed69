"""
Between a caller and the exchange: carries each call out with what the script lets go wrong.

One implementation for the server and for callers inside the process; they differ in how time
passes while a call is held, which is handed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs

import attrs

from tradewind_sandbox.exchange.exchange import Exchange
from tradewind_sandbox.exchange.messages import Call, Request, Response
from tradewind_sandbox.faults.delivery import Delivery, Ending, corrupted, plain_json
from tradewind_sandbox.faults.script import Fault, FaultScript

Sleep = Callable[[float], Awaitable[None]]
"""Lets milliseconds of the network's time pass."""

Struck = Mapping[str, Fault]
"""The faults that strike one call, by kind."""

_MESSAGES: Final = {
    -1000: "An unknown error occurred while processing the request.",
    -1001: "Internal error; unable to process your request. Please try again.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    -1008: "Server is currently overloaded with other requests. Please try again in a few minutes.",
    -1016: "This service is no longer available.",
}
"""Words of errors.md for the codes that say nothing about execution."""

_AHEAD: Final = "Timestamp for this request is outside of the recvWindow."
_UNKNOWN: Final = "Order does not exist."


@attrs.define(kw_only=True, eq=False)
class Wire:
    """
    Carries calls.

    Args:
        exchange: Who serves them.
        script: What goes wrong.
        sleep: Lets time of the network pass, milliseconds.
        now_ms: The exchange's time, milliseconds UTC.
        before: Called before the exchange is reached: brings its markets up to date.
    """

    exchange: Exchange
    script: FaultScript
    sleep: Sleep
    now_ms: Callable[[], int]
    before: Callable[[Request | Call], None] = lambda _: None
    _gate: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    """The status that every call is answered with, and until when (milliseconds UTC)."""

    async def carry(self, request: Request | Call) -> Delivery:
        """Carry one call out and return how it ended."""

        async def serve(faults: Struck) -> Delivery:
            return Delivery.of(await self._served(request, faults))

        return await self.through(f"{request.method} {request.path}", symbol_of(request), serve)

    async def through(self, endpoint: str, symbol: str, serve: Callable[[Struck], Awaitable[Delivery]]) -> Delivery:
        """
        Carry anything out that is asked of the exchange.

        Args:
            endpoint: What the script calls it: `POST /api/v3/order`, `WS order.place`.
            symbol: The pair it is about; empty when it is about none.
            serve: Asks the exchange.
        """
        now_ms = self.now_ms()
        faults = {fault.kind: fault for fault in self.script.on_call(endpoint, symbol=symbol, now_ms=now_ms)}
        if now_ms < self._gate[1]:
            return self._gated(now_ms)
        if not faults:
            return await serve(faults)
        refused = self._refused(faults, now_ms)
        if refused is not None:
            return refused
        await self.wait(faults.get("delay-request"))
        delivery = await serve(faults)
        repeated = faults.get("duplicate-request")
        if repeated is not None:
            await self.wait(repeated, "after")
            second = await serve(faults)
            delivery = second if repeated["answer"] == "second" else delivery
        await self.wait(faults.get("delay-response"))
        return _spoilt(delivery, faults)

    async def wait(self, fault: Fault | None, value: str = "by") -> None:
        """Let the time pass that a fault asks for, none without a fault."""
        if fault is not None and fault[value] > 0:
            await self.sleep(fault[value])

    def _refused(self, faults: Struck, now_ms: int) -> Delivery | None:
        """Return the end of a call that the exchange never sees, None for one that it does."""
        if "lose-request" in faults:
            return Delivery.lost(faults["lose-request"]["ending"], executed=False)
        for kind, status in (("rate-limit", 429), ("ban", 418)):
            if kind in faults:
                self._gate = (status, now_ms + faults[kind]["retry"])
                return self._gated(now_ms)
        if "fail-before" in faults:
            return _failed(faults["fail-before"], executed=False)
        if "bad-timestamp" in faults:
            return Delivery.error(400, -1021, _AHEAD, executed=False)
        if "unknown-order" in faults:
            return Delivery.error(400, -2013, _UNKNOWN, executed=False)
        for kind in ("html", "truncated", "empty"):
            if kind in faults and not faults[kind]["executed"]:
                return _broken(Delivery(status=200, body=b'{"symbol":"', executed=False), kind, faults[kind])
        return None

    def _gated(self, now_ms: int) -> Delivery:
        status, until_ms = self._gate
        seconds = -(-(until_ms - now_ms) // 1000)
        words = "Too much request weight used; please use WebSocket Streams for live updates to avoid polling the API."
        if status == 418:
            words = f"Way too much request weight used; IP banned until {until_ms}."
        return Delivery.error(status, -1003, words, executed=False, headers={"Retry-After": str(seconds)})

    async def _served(self, request: Request | Call, faults: Struck) -> Response:
        self.before(request)
        arrival = self.exchange.arrive(request)
        held = faults.get("hold-request")
        if held is not None:
            await self.wait(held)
            self.before(request)
        if not faults:
            return self.exchange.execute(arrival)
        with self.altered(faults, request.path, symbol_of(request)):
            return self.exchange.execute(arrival)

    @contextmanager
    def altered(self, faults: Struck, path: str, symbol: str) -> Iterator[None]:
        """
        Let the exchange be as the faults say while one call is carried out.

        A stale read sees the account as it was; a cancel-replace that ends half done meets a pair that
        takes cancels only.

        Args:
            faults: What strikes the call.
            path: The REST path of what is asked.
            symbol: The pair it is about.
        """
        operator = self.exchange.operator
        stale, half = faults.get("stale-read"), "half-done" in faults and path.endswith("/cancelReplace")
        if stale is not None:
            operator.set_read_lag(path, stale["lag"])
        if half:
            operator.set_status(symbol, "CANCEL_ONLY")
        try:
            yield
        finally:
            if stale is not None:
                operator.set_read_lag(path, 0)
            if half:
                operator.set_status(symbol, "TRADING")


def _failed(fault: Fault, *, executed: bool) -> Delivery:
    code = fault["code"]
    words = fault["message"] or _MESSAGES.get(code, _MESSAGES[-1000])
    return Delivery.error(fault["status"], code, words, executed=executed)


def _spoilt(delivery: Delivery, faults: Struck) -> Delivery:
    """Return what is left of an answer on its way back."""
    if "lose-response" in faults:
        ending: Ending = faults["lose-response"]["ending"]
        return Delivery.lost(ending, executed=True)
    if "fail-after" in faults:
        return _failed(faults["fail-after"], executed=True)
    for kind in ("html", "truncated", "empty"):
        if kind in faults:
            return _broken(delivery, kind, faults[kind])
    if "corrupt-answer" in faults:
        changed = corrupted(delivery.json(), faults["corrupt-answer"]["field"], faults["corrupt-answer"]["value"])
        return attrs.evolve(delivery, body=plain_json(changed))
    return delivery


def _broken(delivery: Delivery, kind: str, fault: Fault) -> Delivery:
    if kind == "html":
        return Delivery.page(fault["status"], executed=delivery.executed)
    return attrs.evolve(
        delivery, genuine=False, body=b"" if kind == "empty" else delivery.body[: len(delivery.body) // 2 or 1]
    )


def symbol_of(request: Request | Call) -> str:
    """Return the pair that a call is about; empty when it is about none."""
    if isinstance(request, Call):
        return str(request.params.get("symbol", ""))
    return param_of(request, "symbol")


def param_of(request: Request, name: str) -> str:
    """Return a parameter of a request as sent, the query's before the body's; empty when it is not there."""
    for text in (request.query, request.body):
        if name in text:
            found: list[Any] = parse_qs(text).get(name, [])
            if found:
                return str(found[0])
    return ""

"""An executor that speaks to the sandbox's exchange inside the process, through a network with weather."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.errors import VenueError
from tradewind.model.instrument import Instrument
from tradewind.model.orders import FillReport, OrderKind, OrderReport, OrderRequest, Reply, ReplyKind, Side, Verb
from tradewind.model.venue import (
    NO_PERMISSIONS,
    AccountSnapshot,
    BalanceEvent,
    Capabilities,
    Permissions,
    Probe,
    StreamEvent,
    TransferEvent,
    VenueEvent,
)
from tradewind_binance.answers import Answer, fault_of, parsed
from tradewind_binance.replies import reply_of
from tradewind_binance.reports import balances_of, event_of, order_of, trade_of
from tradewind_binance.requests import call_of, text
from tradewind_binance.rules import capabilities_of, instrument_of
from tradewind_sandbox.exchange import Call, UserEvent

if TYPE_CHECKING:
    from simulation.process import Process

KEY = "bot-key"
ACCOUNT = "main"
_BROKEN = object()


class Carrier:
    """The executor of one simulated process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.world = process.world
        self.caps: dict[str, Capabilities] = {}
        self.queue: asyncio.Queue[Any] | None = None
        self.gate_until = -1.0

    # the wire

    async def _send(
        self, method: str, path: str, params: Mapping[str, Any], *, mutating: bool, conditional: bool = True
    ) -> Answer:
        """Send one request through the weather; a lost one or a lost answer never returns."""
        world, weather = self.world, self.world.weather
        world.truth.sent(self.process, path, gate_until=self.gate_until)
        call = Call(method=method.upper(), path="/api/v3/" + path, params=params, key=KEY)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if weather.strikes("no_connection"):
            raise ConnectionError("no connection")
        if not weather.strikes("request_lost"):
            delay = weather.delay()
            if weather.strikes("request_delayed"):
                delay += weather.random.random() * 2.5
            world.loop.later(delay, self._arrive, call, answer, mutating)
            copies = conditional or not mutating
            if copies and weather.strikes("duplicate"):
                late = delay + weather.random.random() * 3.0
                world.loop.later(late, self._arrive, call, None, mutating)
        return await answer

    def _arrive(self, call: Call, answer: asyncio.Future[Answer] | None, mutating: bool) -> None:
        weather, world = self.world.weather, self.world
        if mutating and weather.strikes("error_before", weather.intensity * 2):
            self._back(answer, 503, {"code": -1007, "msg": "Timeout waiting for response from backend server."})
            return
        rest = weather.until.get("rate_limited", -1.0) - world.loop.time()
        if rest > 0:
            refusal = {"code": -1003, "msg": "Too many requests."}
            self._back(answer, 429, refusal, {"Retry-After": str(int(rest) + 1)})
            return
        arrival = world.exchange.arrive(call)
        hold = weather.random.random() * 0.003
        world.loop.later(hold, self._execute, arrival, answer, mutating)

    def _execute(self, arrival: Any, answer: asyncio.Future[Answer] | None, mutating: bool) -> None:
        weather, world = self.world.weather, self.world
        if world.loop.time() < weather.until.get("maintenance", -1.0):
            self._back(answer, 502, None)
            return
        world.interfere(arrival)
        response = world.exchange.execute(arrival)
        world.truth.look()
        if mutating and weather.strikes("error_after", weather.intensity * 2):
            self._back(answer, 504, None)
            return
        self._back(answer, response.status, response.body, response.headers)

    def _back(
        self,
        answer: asyncio.Future[Answer] | None,
        status: int,
        body: Any,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let an answer travel back."""
        if answer is None or self.world.weather.strikes("response_lost"):
            return
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        words = "<html>bad gateway</html>" if body is None else json.dumps(body)
        told = Answer(status=status, headers=lower, text=words)
        self.world.loop.later(self.world.weather.delay(), self._tell, answer, told)

    @staticmethod
    def _tell(answer: asyncio.Future[Answer], told: Answer) -> None:
        if not answer.done():
            answer.set_result(told)

    def _note_gate(self, answer: Answer) -> None:
        if answer.status in {418, 429}:
            retry = answer.number("retry-after")
            self.gate_until = self.world.loop.time() + (retry or 1)

    async def _read(self, path: str, params: Mapping[str, Any], *, signed: bool = True) -> Any:
        """Read; None for an order that is not found."""
        if signed:
            params = {**params, "timestamp": self.process.clock.now_ms(), "recvWindow": 5000}
        try:
            answer = await self._send("get", path, params, mutating=False)
        except ConnectionError as error:
            raise VenueError(f"{error}", code="TW-V001") from None
        self._note_gate(answer)
        if answer.status < 300:
            return parsed(answer.text)
        code, words = fault_of(answer)
        if code == -2013:
            return None
        if answer.status in {418, 429}:
            retry = (answer.number("retry-after") or 1) * 1000
            raise VenueError(f"{code} {words}", code="TW-V003", retry_after_ms=retry)
        raise VenueError(f"{path}: {answer.status} {code} {words}", code="TW-V001")

    # the executor

    async def open(self) -> None:
        await self.snapshot()

    async def close(self) -> None:
        self.disconnect()

    async def server_time(self) -> int:
        return int((await self._read("time", {}, signed=False))["serverTime"])

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        rows = (await self._read("exchangeInfo", {}, signed=False))["symbols"]
        found = {}
        for row in rows:
            if row["symbol"] in symbols:
                self.caps[row["symbol"]] = capabilities_of(row)
                found[row["symbol"]] = instrument_of(row)
        return found

    def capabilities(self, symbol: str) -> Capabilities:
        return self.caps[symbol]

    async def permissions(self) -> Permissions:
        return NO_PERMISSIONS

    async def snapshot(self) -> AccountSnapshot:
        row = await self._read("account", {"omitZeroBalances": True})
        balances = balances_of(row["balances"], asset="asset", free="free", locked="locked")
        return AccountSnapshot(balances=balances, can_trade=row["canTrade"], time_ms=int(row["updateTime"]))

    async def submit(self, request: OrderRequest) -> Reply:
        self.process.step("send")
        self.world.truth.asked(request)
        call = call_of(request)
        params = {**call.parameters, "timestamp": request.timestamp_ms, "recvWindow": request.recv_window_ms}
        # What is promised without conditional requests does not cover copies that the network makes of them.
        sale = self.world.level == "no-swap" and request.kind is OrderKind.MARKET
        once = request.verb is Verb.PLACE and (request.side is Side.BUY or sale)
        try:
            answer = await self._send(call.method, call.path, params, mutating=True, conditional=not once)
        except ConnectionError as error:
            return Reply(kind=ReplyKind.UNKNOWN, message=str(error))
        self.process.step("receive")
        self._note_gate(answer)
        return reply_of(request, answer)

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        name = {"orderId": order_id} if order_id else {"origClientOrderId": client_id}
        row = await self._read("order", {"symbol": symbol, **name})
        return None if row is None else order_of(row)

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        return [order_of(row) for row in await self._read("openOrders", {"symbol": symbol})]

    async def fills(self, symbol: str, from_id: int) -> Sequence[FillReport]:
        return [trade_of(row) for row in await self._read("myTrades", {"symbol": symbol, "fromId": from_id})]

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        params = {
            "symbol": symbol,
            "origClientOrderId": client_id,
            "newQty": text(quantity),
            "timestamp": self.process.clock.now_ms(),
            "recvWindow": 5000,
        }
        try:
            answer = await self._send("put", "order/amend/keepPriority", params, mutating=False)
        except ConnectionError as error:
            raise VenueError(f"{error}", code="TW-V001") from None
        self._note_gate(answer)
        if answer.status in {418, 429}:
            raise VenueError("wait", code="TW-V003", retry_after_ms=(answer.number("retry-after") or 1) * 1000)
        code, words = fault_of(answer)
        if code in {-2011, -2013} or "Unknown order" in words:
            return Probe.ABSENT
        return Probe.RESTS if code == -2038 else Probe.UNKNOWN

    # reports

    async def events(self) -> AsyncIterator[VenueEvent]:
        await asyncio.sleep(self.world.weather.delay())
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.queue = queue
        yield StreamEvent(live=True)
        while True:
            payload = await queue.get()
            if payload is _BROKEN:
                yield StreamEvent(live=False, reason="broken")
                raise VenueError("the stream broke", code="TW-V001")
            event = self._event(payload)
            if event is not None:
                yield event

    @staticmethod
    def _event(row: Mapping[str, Any]) -> VenueEvent | None:
        match row["e"]:
            case "executionReport":
                return event_of(row)
            case "balanceUpdate":
                return TransferEvent(asset=row["a"], delta=Decimal(row["d"]), time_ms=row["T"])
            case "outboundAccountPosition":
                return BalanceEvent(balances=balances_of(row["B"], asset="a", free="f", locked="l"))
        return None

    def hear(self, event: UserEvent) -> None:
        """Carry one event of the exchange to the process."""
        queue, weather = self.queue, self.world.weather
        if queue is None or self.world.loop.time() < weather.until.get("stream_stalled", -1.0):
            return
        if weather.strikes("event_lost"):
            return
        delay = weather.delay()
        if weather.strikes("event_reordered"):
            delay += weather.random.random()
        self.world.loop.later(delay, queue.put_nowait, event.payload)
        if weather.strikes("event_duplicated"):
            self.world.loop.later(delay + weather.random.random() * 20, queue.put_nowait, event.payload)

    def disconnect(self) -> None:
        """Break the stream; nothing is replayed."""
        queue, self.queue = self.queue, None
        if queue is not None:
            queue.put_nowait(_BROKEN)

"""
What the contract cases are written against.

A case sends requests through `client` (method, path, parameters → answer) and moves the world
through `world`. Here both stand on the engine in this process, every request signed and spelled
out as over HTTP; a run over a socket implements the same two.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import pytest

from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    BookInput,
    Commission,
    Connection,
    Exchange,
    LimitRules,
    Request,
    Response,
    SymbolRules,
    TradeInput,
    UserEvent,
    funds,
    units,
)
from tradewind_sandbox.exchange.signing import hmac_hex, payload_of

KEY = "contract-key"
SECRET = "contract-secret"  # noqa: S105  # a key of this test alone
START_US = 1_790_000_000_000_000 // 60_000_000 * 60_000_000


class Client(Protocol):
    """How a case reaches the venue."""

    def call(self, method: str, path: str, params: Mapping[str, Any] | None = None, **changes: Any) -> Response:
        """Send one request, signed unless `signed=False`, and return the answer."""


def spelled(params: Mapping[str, Any]) -> str:
    """Return parameters as a percent-encoded query string."""
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())


class World:
    """A venue with one market at 50,000 and one account, on a clock that only moves when told."""

    def __init__(self, *, limits: LimitRules | None = None, symbol: Mapping[str, Any] | None = None) -> None:
        self.now_us = START_US
        self.price = "50000"
        self.exchange = Exchange(
            [
                SymbolRules(symbol="BTCUSDT", base="BTC", quote="USDT", **(symbol or {})),
                SymbolRules(symbol="BNBUSDT", base="BNB", quote="USDT"),
            ],
            accounts=[
                AccountRules(
                    name="main", balances=funds(USDT="10000", BTC="1"), keys=(ApiKey(key=KEY, secret=SECRET),)
                ),
                AccountRules(
                    name="other",
                    balances=funds(USDT="1000000", BTC="100"),
                    keys=(ApiKey(key="other-key", secret="other-secret"),),  # noqa: S106  # a key of this test alone
                ),
            ],
            clock=lambda: self.now_us,
            seed=1,
            limits=limits,
        )
        self.events: list[dict[str, Any]] = []
        self.exchange.subscribe_user("main", self._hear)
        self.move("50000")
        self.trade("500", symbol="BNBUSDT")

    def _hear(self, event: UserEvent) -> None:
        self.events.append(event.payload)

    # the market

    def book(self, bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]], symbol: str = "BTCUSDT") -> None:
        """Set the market's own book."""
        self.exchange.feed(
            BookInput(
                symbol=symbol,
                bids=tuple((units(price), units(quantity)) for price, quantity in bids),
                asks=tuple((units(price), units(quantity)) for price, quantity in asks),
            )
        )

    def trade(self, price: str, quantity: str = "0.1", *, sold: bool = False, symbol: str = "BTCUSDT") -> None:
        """Let others trade."""
        self.exchange.feed(TradeInput(symbol=symbol, price=units(price), quantity=units(quantity), buyer_is_maker=sold))

    def move(self, price: str) -> None:
        """Move the market: five levels of 0.2 on both sides, one apart, and a trade in the middle."""
        middle = int(price)
        self.book(
            [(str(middle - one), "0.2") for one in range(1, 6)], [(str(middle + one), "0.2") for one in range(1, 6)]
        )
        self.trade(price)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_us += round(seconds * 1_000_000)

    # requests

    @property
    def now_ms(self) -> int:
        """The venue's time."""
        return self.now_us // 1000

    def spell(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        signed: bool = True,
        key: str = KEY,
        secret: str = SECRET,
        headers: Mapping[str, str] | None = None,
        ip: str = "127.0.0.1",
    ) -> Request:
        """Return a request as it goes over the wire."""
        given = dict(params or {})
        if signed:
            given.setdefault("timestamp", self.now_ms)
        query = spelled(given)
        if signed:
            query += "&signature=" + hmac_hex(secret, payload_of(query, ""))
        sent = {"X-MBX-APIKEY": key, **(headers or {})} if signed else dict(headers or {})
        return Request(method=method, path=path, query=query, headers=sent, ip=ip)

    def send(self, request: Request) -> Response:
        """Let the venue answer a request as it goes over the wire: the one place that knows the transport."""
        return self.exchange.request(request)

    def call(self, method: str, path: str, params: Mapping[str, Any] | None = None, **changes: Any) -> Response:
        """Send one request and return the answer."""
        return self.send(self.spell(method, path, params, **changes))

    def order(self, side: str, order_type: str, **params: Any) -> Response:
        """Place an order on BTCUSDT."""
        return self.call("POST", "/api/v3/order", {"symbol": "BTCUSDT", "side": side, "type": order_type, **params})

    def query(self, **params: Any) -> Response:
        """Query one order of BTCUSDT."""
        return self.call("GET", "/api/v3/order", {"symbol": "BTCUSDT", **params})

    def open_orders(self) -> list[dict[str, Any]]:
        """Return the open orders of BTCUSDT."""
        found: list[dict[str, Any]] = self.call("GET", "/api/v3/openOrders", {"symbol": "BTCUSDT"}).body
        return found

    def balance(self, asset: str) -> tuple[str, str]:
        """Return (free, locked) as `account` shows them."""
        for row in self.call("GET", "/api/v3/account").body["balances"]:
            if row["asset"] == asset:
                return row["free"], row["locked"]
        return "0.00000000", "0.00000000"

    def opo(self, **changes: Any) -> Response:
        """Place the list of case C100: buy at once, stop below."""
        params = {
            "symbol": "BTCUSDT",
            "listClientOrderId": "list-1",
            "workingType": "LIMIT",
            "workingSide": "BUY",
            "workingTimeInForce": "FOK",
            "workingPrice": "50100",
            "workingQuantity": "0.01",
            "workingClientOrderId": "entry-1",
            "pendingType": "STOP_LOSS",
            "pendingSide": "SELL",
            "pendingStopPrice": "49000",
            "pendingClientOrderId": "stop-1",
        }
        kept = {name: value for name, value in {**params, **changes}.items() if value is not None}
        return self.call("POST", "/api/v3/orderList/opo", kept)

    def replace(self, order_type: str, **params: Any) -> Response:
        """Cancel an order and place a sell instead."""
        given = {"symbol": "BTCUSDT", "side": "SELL", "type": order_type, "cancelReplaceMode": "STOP_ON_FAILURE"}
        return self.call("POST", "/api/v3/order/cancelReplace", {**given, **params})

    def reports(self, execution: str = "") -> list[dict[str, Any]]:
        """Return the execution reports so far, of one kind or all."""
        return [event for event in self.events if event["e"] == "executionReport" and execution in {"", event["x"]}]

    def discount(self, bnb: str) -> None:
        """Turn the BNB discount on and give the account some BNB."""
        self.exchange.operator.deposit("main", "BNB", units(bnb))
        self.exchange.operator.set_commission("main", Commission(discount_on=True))

    # the WebSocket API

    def connect(self) -> tuple[Connection, list[dict[str, Any]]]:
        """Open a WebSocket API connection; returns it and what it delivers."""
        delivered: list[dict[str, Any]] = []
        return self.exchange.connect(delivered.append), delivered

    def ws(
        self, link: Connection, method: str, params: Mapping[str, Any] | None = None, *, signed: bool = True
    ) -> dict[str, Any]:
        """Send one WebSocket API message and return the reply."""
        given = dict(params or {})
        if signed:
            given = {"apiKey": KEY, "timestamp": self.now_ms, **given}
            written = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
            payload = "&".join(f"{name}={written[name]}" for name in sorted(written))
            given["signature"] = hmac_hex(SECRET, payload)
        return self.exchange.ws_request(link, {"id": method, "method": method, "params": given})


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture
def world(make_world: type[World]) -> World:
    return make_world()


@pytest.fixture
def client(world: World) -> Client:
    return world


@pytest.fixture
def refused() -> Any:
    """Return an answer's (status, code, message)."""

    def read(answer: Response) -> tuple[int, int, str]:
        return answer.status, answer.body["code"], answer.body["msg"]

    return read

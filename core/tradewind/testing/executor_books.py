"""The books of a made-up venue: one pair, one account, orders and what they traded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import attrs

BASE: Final = "COIN"
QUOTE: Final = "CASH"
SYMBOL: Final = BASE + QUOTE
TICK: Final = Decimal("0.01")
LOT: Final = Decimal("0.001")
LEAST_VALUE: Final = Decimal(5)
FEE: Final = Decimal("0.001")
_PARTS: Final = 3
_ENDED: Final = frozenset({"filled", "canceled", "expired"})


class RefusedError(Exception):
    """The venue refuses, by a code and in words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@attrs.define(kw_only=True)
class Order:
    """
    One order.

    Args:
        number: The venue's id.
        name: The client's id.
        side: `buy` or `sell`.
        kind: `market`, `limit` or `stop`.
        quantity: Base units.
        price: Limit price; 0 for none.
        trigger: Of a stop; 0 for none.
        status: `open`, `held`, `filled`, `canceled` or `expired`.
        executed: Base units traded.
        value: Quote units traded.
        time: When it last changed, milliseconds UTC.
    """

    number: int
    name: str
    side: str
    kind: str
    quantity: Decimal
    price: Decimal = Decimal(0)
    trigger: Decimal = Decimal(0)
    status: str = "open"
    executed: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    time: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it can still trade."""
        return self.status not in _ENDED


@attrs.define(kw_only=True, eq=False)
class Books:
    """
    What a made-up venue keeps.

    Args:
        now: The venue's clock, milliseconds UTC.
        tell: Called with every order that changed, and its trade when it traded.
    """

    now: Callable[[], int]
    tell: Callable[[Order, Mapping[str, Any] | None], None]
    price: Decimal = Decimal(100)
    thin: bool = False
    totals: dict[str, Decimal] = attrs.field(factory=lambda: {QUOTE: Decimal(100_000), BASE: Decimal(2)})
    orders: list[Order] = attrs.field(factory=list)
    trades: list[dict[str, Any]] = attrs.field(factory=list)

    def locked(self, asset: str) -> Decimal:
        """Return what open orders reserve of an asset."""
        live = [one for one in self.orders if one.status == "open"]
        if asset == BASE:
            return sum((one.quantity - one.executed for one in live if one.side == "sell"), Decimal(0))
        return sum(((one.quantity - one.executed) * one.price for one in live if one.side == "buy"), Decimal(0))

    def find(self, name: str = "", number: int = 0) -> Order | None:
        """Return the newest order of an id."""
        return next((one for one in reversed(self.orders) if one.number == number or (name and one.name == name)), None)

    def place(self, words: Mapping[str, Any]) -> Order:
        """Take an order in; raises RefusedError."""
        order = self._checked(words)
        self._take(order)
        return order

    def enter(self, words: Mapping[str, Any]) -> list[Order]:
        """Buy at once or not at all, and let a stop rest for what was received; raises RefusedError."""
        entry = self._checked({**words, "kind": "limit"})
        stop = {"name": words["stop_name"], "side": "sell", "kind": "stop", "trigger": words["trigger"]}
        self._unused(str(stop["name"]))
        fits = entry.price >= self.price
        if not fits:
            entry.status = "expired"
        self._take(entry)
        if not fits:
            return [entry]
        received = (entry.executed * (1 - FEE)).quantize(LOT, ROUND_DOWN)
        held = self._checked({**stop, "quantity": str(received)})
        self._take(held)
        return [entry, held]

    def cancel(self, name: str) -> Order:
        """Take a resting order away; raises RefusedError."""
        order = self.find(name)
        if order is None or not order.is_live:
            raise RefusedError("unknown_order", f"no open order is called {name}")
        self._change(order, "canceled")
        return order

    def swap(self, words: Mapping[str, Any]) -> list[Order]:
        """Take one resting order away and another in, or do nothing; raises RefusedError."""
        old = self.find(str(words["consumes"]))
        if old is None or old.status != "open" or old.executed:
            raise RefusedError("unknown_order", f"no untouched order is called {words['consumes']}")
        old.status = "canceled"
        try:
            new = self._checked(words)
        except RefusedError:
            old.status = "open"
            raise
        self._change(old, "canceled")
        self._take(new)
        return [old, new]

    def move(self, factor: Decimal) -> None:
        """Multiply the price, and let trade what is due."""
        self.price = (self.price * factor).quantize(TICK)
        for order in [one for one in self.orders if one.status == "open"]:
            if (order.kind == "stop" and self.price <= order.trigger) or (
                order.kind == "limit" and self._crosses(order)
            ):
                self._trade(order)

    def _checked(self, words: Mapping[str, Any]) -> Order:
        order = Order(
            number=0,
            name=str(words["name"]),
            side=str(words["side"]),
            kind=str(words["kind"]),
            quantity=Decimal(words["quantity"]),
            price=Decimal(words.get("price") or 0),
            trigger=Decimal(words.get("trigger") or 0),
        )
        self._unused(order.name)
        if order.quantity <= 0 or order.quantity % LOT or order.price % TICK or order.trigger % TICK:
            raise RefusedError("rules", f"steps are {LOT} and {TICK}")
        if order.quantity * (order.price or order.trigger or self.price) < LEAST_VALUE:
            raise RefusedError("rules", f"an order is worth at least {LEAST_VALUE}")
        if order.kind == "stop" and order.trigger >= self.price:
            raise RefusedError("rules", "the stop would trigger at once")
        asset = BASE if order.side == "sell" else QUOTE
        needed = order.quantity * (1 if asset == BASE else order.price or self.price)
        if needed > self.totals[asset] - self.locked(asset):
            raise RefusedError("funds", f"not enough {asset}")
        return order

    def _unused(self, name: str) -> None:
        if any(one.name == name and one.is_live for one in self.orders):
            raise RefusedError("duplicate", f"an open order is called {name}")

    def _take(self, order: Order) -> None:
        order.number = len(self.orders) + 1
        self.orders.append(order)
        self._change(order, order.status)
        if order.status == "open" and (order.kind == "market" or (order.kind == "limit" and self._crosses(order))):
            self._trade(order)

    def _crosses(self, order: Order) -> bool:
        return order.price >= self.price if order.side == "buy" else order.price <= self.price

    def _trade(self, order: Order) -> None:
        parts = _PARTS if self.thin else 1
        part = (order.quantity / parts).quantize(LOT, ROUND_DOWN)
        for number in range(parts):
            quantity = order.quantity - order.executed if number == parts - 1 else part
            price = self.price + TICK * number
            buys = order.side == "buy"
            fee = quantity * FEE if buys else quantity * price * FEE
            self.totals[BASE] += quantity - fee if buys else -quantity
            self.totals[QUOTE] += -quantity * price if buys else quantity * price - fee
            order.executed += quantity
            order.value += quantity * price
            trade = {
                "number": len(self.trades) + 1,
                "order": order.number,
                "name": order.name,
                "side": order.side,
                "price": price,
                "quantity": quantity,
                "fee": fee,
                "fee_asset": BASE if buys else QUOTE,
                "time": self.now(),
            }
            self.trades.append(trade)
            order.time = self.now()
            if order.executed == order.quantity:
                order.status = "filled"
            self.tell(order, trade)

    def _change(self, order: Order, status: str) -> None:
        order.status, order.time = status, self.now()
        self.tell(order, None)

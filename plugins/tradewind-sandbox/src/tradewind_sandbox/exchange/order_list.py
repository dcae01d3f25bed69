"""Orders that depend on each other."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from tradewind_sandbox.exchange.orders import Order

if TYPE_CHECKING:
    from tradewind_sandbox.exchange.accounts import Account
    from tradewind_sandbox.exchange.market import Market


class OrderList:
    """
    One list: a pair of which only one trades (`OCO`), or a working order and what follows it (`OTO`).

    `pays` tells OPO from OTO, `pair` holds the two legs that exclude each other, `received` is what
    an OPO's working order has bought and the list holds locked, in units.
    """

    __slots__ = (
        "account",
        "client_id",
        "contingency",
        "created_us",
        "list_id",
        "market",
        "order_status",
        "orders",
        "pair",
        "pays",
        "pending",
        "received",
        "status_type",
        "updated_us",
        "versions",
        "working",
    )

    def __init__(self, market: Market, account: Account, list_id: int, client_id: str, time_us: int) -> None:
        self.market = market
        self.account = account
        self.list_id = list_id
        self.client_id = client_id
        self.created_us = time_us
        self.updated_us = time_us
        self.contingency = "OCO"
        self.pays = False
        self.status_type = "EXEC_STARTED"
        self.order_status = "EXECUTING"
        self.orders: list[Order] = []
        self.working: Order | None = None
        self.pending: list[Order] = []
        self.pair: list[Order] = []
        self.received = 0
        self.versions: list[tuple[int, str, str]] = []

    def keep_version(self) -> None:
        """Remember the present state for reads that lag behind."""
        self.versions.append((self.updated_us, self.status_type, self.order_status))

    def as_of(self, time_us: int) -> OrderList | None:
        """Return the state at a time, None when the list was not there yet."""
        found = None
        for past in self.versions:
            if past[0] > time_us:
                break
            found = past
        if found is None:
            return None
        then = copy.copy(self)
        then.updated_us, then.status_type, then.order_status = found
        return then

    @property
    def is_open(self) -> bool:
        """Whether any of its orders is."""
        return self.order_status == "EXECUTING"

    def other(self, order: Order) -> Order | None:
        """Return the other leg of a pair that an order belongs to."""
        for leg in self.pair:
            if leg is not order and order in self.pair:
                return leg
        return None

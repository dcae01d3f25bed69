"""An order and a trade, as the matching engine keeps them."""

from __future__ import annotations

import copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from tradewind_sandbox.exchange.accounts import Account
    from tradewind_sandbox.exchange.market import Market
    from tradewind_sandbox.exchange.order_list import OrderList

ALGO: Final = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
PRICED: Final = frozenset({"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED", "PENDING_NEW"})

_CHANGING: Final = (
    "updated_us",
    "client_id",
    "status",
    "quantity",
    "executed",
    "quote",
    "working_us",
    "trailing_us",
    "expiry_reason",
    "prevented",
    "prevented_match",
)
_changing: Final = attrgetter(*_CHANGING)


class Trade(NamedTuple):
    """One execution as one account sees it; amounts in units, time in microseconds UTC."""

    symbol: str
    trade_id: int
    order_id: int
    list_id: int
    price: int
    quantity: int
    quote: int
    commission: int
    commission_asset: str
    time_us: int
    is_buyer: bool
    is_maker: bool


class Order:
    """
    One order; amounts in units, times in microseconds UTC, -1 where there is none.

    `locked` is what it holds of the account's locked balance. A `PENDING_NEW` order and the
    second leg of a pair hold nothing.
    """

    __slots__ = (
        "account",
        "amends",
        "client_id",
        "created_us",
        "executed",
        "expiry_reason",
        "fills",
        "iceberg",
        "list",
        "locked",
        "market",
        "order_id",
        "order_type",
        "prevented",
        "prevented_match",
        "price",
        "priority",
        "quantity",
        "queue",
        "quote",
        "quote_budget",
        "side",
        "status",
        "stop_price",
        "stp",
        "strategy_id",
        "strategy_type",
        "tif",
        "trail_best",
        "trailing_delta",
        "trailing_us",
        "updated_us",
        "versions",
        "working_us",
    )

    def __init__(
        self, market: Market, account: Account, side: str, order_type: str, client_id: str, created_us: int
    ) -> None:
        self.market = market
        self.account = account
        self.side = side
        self.order_type = order_type
        self.client_id = client_id
        self.created_us = created_us
        self.updated_us = created_us
        self.order_id = 0
        self.tif = "GTC"
        self.price = 0
        self.stop_price = 0
        self.trailing_delta = 0
        self.trailing_us = -1
        self.trail_best = 0
        self.quantity = 0
        self.quote_budget = 0
        self.iceberg = 0
        self.executed = 0
        self.quote = 0
        self.status = "NEW"
        self.working_us = -1
        self.list: OrderList | None = None
        self.locked = 0
        self.stp = "NONE"
        self.strategy_id: int | None = None
        self.strategy_type: int | None = None
        self.expiry_reason = ""
        self.prevented = 0
        self.prevented_match = -1
        self.priority = 0
        self.queue = 0
        self.amends = 0
        self.fills: list[Trade] = []
        self.versions: list[tuple[Any, ...]] = []

    @property
    def is_open(self) -> bool:
        """Whether it can still trade or be canceled."""
        return self.status in OPEN

    @property
    def is_buy(self) -> bool:
        """Whether it buys the base asset."""
        return self.side == "BUY"

    @property
    def remaining(self) -> int:
        """The base quantity that can still trade."""
        return self.quantity - self.executed - self.prevented

    @property
    def list_id(self) -> int:
        """The id of its list, -1 for a single order."""
        return -1 if self.list is None else self.list.list_id

    @property
    def is_waiting(self) -> bool:
        """Whether it is a contingent order that has not been triggered."""
        return self.working_us < 0 and self.order_type in ALGO and self.status == "NEW"

    @property
    def lock_asset(self) -> str:
        """The asset that it holds."""
        return self.market.rules.quote if self.side == "BUY" else self.market.rules.base

    def keep_version(self) -> None:
        """Remember the present state for reads that lag behind."""
        self.versions.append(_changing(self))

    def as_of(self, time_us: int) -> Order | None:
        """Return the state at a time, None when the order was not there yet."""
        found = None
        for past in self.versions:
            if past[0] > time_us:
                break
            found = past
        if found is None:
            return None
        then = copy.copy(self)
        for name, value in zip(_CHANGING, found, strict=True):
            setattr(then, name, value)
        return then

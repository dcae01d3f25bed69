"""
The exchange engine: one object, synchronous, deterministic.

```python
exchange = Exchange(
    [SymbolRules(symbol="BTCUSDT", base="BTC", quote="USDT")],
    accounts=[AccountRules(name="main", balances=funds(USDT="10000"), keys=(ApiKey(key=KEY, secret=SECRET),))],
    clock=lambda: now_us,          # microseconds UTC
    seed=7,
)
exchange.feed(BookInput(symbol="BTCUSDT", bids=..., asks=...))
exchange.feed(TradeInput(symbol="BTCUSDT", price=units("50000"), quantity=units("0.1")))

response = exchange.request(Request(method="POST", path="/api/v3/order", query="...", headers={...}))
response = exchange.request(Call(method="POST", path="/api/v3/order", params={...}, key=KEY))   # no text, no HMAC

arrival = exchange.arrive(request)       # gateway: limits, key, signature, timing, parameters, order count
response = exchange.execute(arrival)     # engine: timing once more, then the order itself

stop = exchange.subscribe_user("main", lambda event: ...)      # UserEvent, in order
stop = exchange.subscribe_market(lambda event: ...)            # MarketEvent, in order
link = exchange.connect(deliver=lambda payload: ...)           # a WebSocket API connection
reply = exchange.ws_request(link, {"id": 1, "method": "order.place", "params": {...}})

exchange.operator.deposit("main", "USDT", units("100"))        # and the rest of a bad day
exchange.truth()                                               # ledger and exact balances
```

An arrival may be executed later, twice or never: that is how a driver delays, duplicates, drops
and reorders requests. An arrival that the gateway refused carries its answer in `response`;
executing it returns that answer.
"""

from tradewind_sandbox.exchange.arrival import Arrival
from tradewind_sandbox.exchange.exchange import Exchange, Truth
from tradewind_sandbox.exchange.messages import (
    BookInput,
    Call,
    KlineInput,
    LedgerEntry,
    MarketEvent,
    MarketInput,
    ReferencePriceInput,
    Request,
    Response,
    StatusInput,
    TradeInput,
    UserEvent,
)
from tradewind_sandbox.exchange.money import UNIT, decimal, text, units
from tradewind_sandbox.exchange.orders import Trade
from tradewind_sandbox.exchange.rules import (
    AccountRules,
    ApiKey,
    Commission,
    LimitRules,
    PriceRange,
    Rates,
    SymbolRules,
    default_filters,
    funds,
    symbols_from_exchange_info,
)
from tradewind_sandbox.exchange.sessions import Connection

__all__ = [
    "UNIT",
    "AccountRules",
    "ApiKey",
    "Arrival",
    "BookInput",
    "Call",
    "Commission",
    "Connection",
    "Exchange",
    "KlineInput",
    "LedgerEntry",
    "LimitRules",
    "MarketEvent",
    "MarketInput",
    "PriceRange",
    "Rates",
    "ReferencePriceInput",
    "Request",
    "Response",
    "StatusInput",
    "SymbolRules",
    "Trade",
    "TradeInput",
    "Truth",
    "UserEvent",
    "decimal",
    "default_filters",
    "funds",
    "symbols_from_exchange_info",
    "text",
    "units",
]

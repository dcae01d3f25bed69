"""What the exchange is set up with: symbols, accounts, keys, commissions and limits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import attrs

from tradewind_sandbox.exchange.money import units

ORDER_TYPES: Final = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)
STATUSES: Final = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")
STP_MODES: Final = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER")


def default_filters() -> tuple[Mapping[str, Any], ...]:
    """Return the filter set of a large USDT pair, in the shape of exchangeInfo (filters.md)."""
    return (
        {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
        {"filterType": "ICEBERG_PARTS", "limit": 100},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "119.27356195", "stepSize": "0.00000000"},
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 10,
            "maxTrailingBelowDelta": 2000,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": 5,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
    )


@attrs.frozen(kw_only=True)
class PriceRange:
    """
    The price-range execution rule (faqs/price_range_execution_rules.md), multipliers in units of 10^-8.

    A taker trades only between reference price × down and reference price × up of its side.
    """

    bid_up: int
    bid_down: int
    ask_up: int
    ask_down: int


@attrs.frozen(kw_only=True)
class SymbolRules:
    """
    One symbol of exchangeInfo.

    Args:
        symbol: E.g. `BTCUSDT`.
        base: Asset whose quantity is traded.
        quote: Asset in which prices are.
        filters: As exchangeInfo shows them.
        flags: Overrides of the yes/no fields of exchangeInfo, e.g. `{"opoAllowed": False}`.
        order_types: What `orderTypes` shows and placement accepts.
        status: One of `STATUSES`.
        stp_modes: Allowed self-trade prevention modes.
        default_stp: Mode of an order that names none.
        price_range: The execution rule, if any.
        has_reference: Whether the symbol has a reference price at all.
    """

    symbol: str
    base: str
    quote: str
    filters: tuple[Mapping[str, Any], ...] = attrs.field(factory=default_filters)
    flags: Mapping[str, bool] = attrs.field(factory=dict)
    order_types: tuple[str, ...] = ORDER_TYPES
    status: str = "TRADING"
    stp_modes: tuple[str, ...] = STP_MODES
    default_stp: str = "EXPIRE_MAKER"
    price_range: PriceRange | None = None
    has_reference: bool = False

    @classmethod
    def from_exchange_info(cls, row: Mapping[str, Any]) -> Self:
        """Build from one element of `exchangeInfo.symbols`."""
        return cls(
            symbol=row["symbol"],
            base=row["baseAsset"],
            quote=row["quoteAsset"],
            filters=tuple(dict(one) for one in row["filters"]),
            flags={name: value for name, value in row.items() if isinstance(value, bool)},
            order_types=tuple(row["orderTypes"]),
            status=row["status"],
            stp_modes=tuple(row["allowedSelfTradePreventionModes"]),
            default_stp=row["defaultSelfTradePreventionMode"],
        )

    def allows(self, flag: str) -> bool:
        """Whether a yes/no field of exchangeInfo is on; all are unless overridden."""
        return self.flags.get(flag, True)


@attrs.frozen(kw_only=True)
class ApiKey:
    """
    One API key.

    Args:
        key: The public part, sent as `X-MBX-APIKEY`.
        kind: `HMAC`, `ED25519` or `RSA`.
        secret: The shared secret of an HMAC key.
        public_pem: The public key of an Ed25519 or RSA key, PEM.
        trade: Whether it may place and cancel orders.
        ips: The addresses it may be used from; empty for any.
    """

    key: str
    kind: str = "HMAC"
    secret: str = attrs.field(default="", repr=False)
    public_pem: str = ""
    trade: bool = True
    ips: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Rates:
    """Commission rates in units of 10^-8 (0.1 % is 100,000), added up by role and side (faqs/commission_faq.md)."""

    maker: int = 0
    taker: int = 0
    buyer: int = 0
    seller: int = 0


@attrs.frozen(kw_only=True)
class Commission:
    """
    What an account pays.

    Args:
        standard: The part that the discount applies to.
        tax: Never discounted.
        special: Never discounted.
        discount_on: Pay in `discount_asset` when there is enough of it.
        discount_asset: BNB.
        discount: What is left of the standard part, in units (0.75 is 75,000,000).
    """

    standard: Rates = Rates(maker=100_000, taker=100_000)
    tax: Rates = Rates()
    special: Rates = Rates()
    discount_on: bool = False
    discount_asset: str = "BNB"
    discount: int = 75_000_000


@attrs.frozen(kw_only=True)
class AccountRules:
    """
    One account.

    Args:
        name: How the operator and the ledger call it.
        balances: Asset to amount in units; use `funds(USDT="10000")`.
        keys: Its API keys.
        commission: What it pays.
        can_trade: What `account` shows and placement obeys.
        asset_limits: MAX_ASSET filters, asset to the most of it in one order, in units.
    """

    name: str
    balances: Mapping[str, int] = attrs.field(factory=dict)
    keys: tuple[ApiKey, ...] = ()
    commission: Commission = Commission()
    can_trade: bool = True
    asset_limits: Mapping[str, int] = attrs.field(factory=dict)


def funds(**amounts: str) -> dict[str, int]:
    """Return balances in units: `funds(USDT="10000", BTC="1")`."""
    return {asset: units(amount) for asset, amount in amounts.items()}


@attrs.frozen(kw_only=True)
class LimitRules:
    """
    Rate limits, windows aligned to the clock (rest-api.md, Limits).

    Args:
        weight_per_minute: REQUEST_WEIGHT of one address.
        raw_per_five_minutes: RAW_REQUESTS of one address.
        orders_per_ten_seconds: ORDERS of one account.
        orders_per_day: ORDERS of one account, by UTC day.
        maker_credit: Orders given back by a first fill as maker (faqs/order_count_decrement.md).
        calls_until_ban: Requests after a 429 that end in a ban.
        ban_seconds: The first ban; doubled with each further one.
        longest_ban_seconds: Three days.
    """

    weight_per_minute: int = 6000
    raw_per_five_minutes: int = 300_000
    orders_per_ten_seconds: int = 50
    orders_per_day: int = 160_000
    maker_credit: int = 5
    calls_until_ban: int = 10
    ban_seconds: int = 120
    longest_ban_seconds: int = 259_200


def symbols_from_exchange_info(body: Mapping[str, Any]) -> Sequence[SymbolRules]:
    """Return the rules of every symbol of an exchangeInfo answer."""
    return tuple(SymbolRules.from_exchange_info(row) for row in body["symbols"])

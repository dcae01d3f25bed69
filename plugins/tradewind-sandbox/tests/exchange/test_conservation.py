"""Random operations and market moves: money is conserved to the last 10^-8."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    BookInput,
    Call,
    Commission,
    Exchange,
    LimitRules,
    PriceRange,
    Rates,
    ReferencePriceInput,
    Response,
    SymbolRules,
    TradeInput,
    default_filters,
    funds,
    text,
    units,
)
from tradewind_sandbox.exchange.settlement import lock_needed

TERMINAL = {"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"}
PRICES = st.integers(min_value=9_500, max_value=10_500).map(lambda ticks: units(f"{ticks / 100:.2f}"))
QUANTITIES = st.integers(min_value=1, max_value=3_000).map(lambda steps: steps * 100_000)
SIDES = st.sampled_from(["BUY", "SELL"])
NAMES = st.sampled_from(["one", "two"])
STP = st.sampled_from(["NONE", "EXPIRE_MAKER", "EXPIRE_TAKER", "EXPIRE_BOTH", "DECREMENT"])
TYPES = st.sampled_from(
    ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
)


def roomy_filters() -> tuple[dict[str, Any], ...]:
    """Return filters that let many orders rest."""
    wide = {"MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": 50}, "LOT_SIZE": {"minQty": "0.001", "stepSize": "0.001"}}
    return tuple({**row, **wide.get(row["filterType"], {})} for row in default_filters())


class Books(RuleBasedStateMachine):
    """Two accounts, one market, every kind of order; the ledger is read after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 1_790_000_000_000_000
        rates = Rates(maker=75_000, taker=100_000, seller=1_300)
        accounts = [
            AccountRules(
                name=name,
                balances=funds(USDT="20000", COIN="200", BNB="0.002"),
                keys=(ApiKey(key=name),),
                commission=Commission(standard=rates, tax=Rates(buyer=777), discount_on=name == "one"),
            )
            for name in ("one", "two")
        ]
        span = PriceRange(bid_up=units("1.04"), bid_down=units("0.96"), ask_up=units("1.04"), ask_down=units("0.96"))
        self.exchange = Exchange(
            [
                SymbolRules(
                    symbol="COINUSDT",
                    base="COIN",
                    quote="USDT",
                    filters=roomy_filters(),
                    price_range=span,
                    has_reference=True,
                ),
                SymbolRules(symbol="BNBUSDT", base="BNB", quote="USDT"),
            ],
            accounts=accounts,
            clock=lambda: self.now_us,
            limits=LimitRules(orders_per_ten_seconds=1_000_000, weight_per_minute=1_000_000),
        )
        self.read = 0
        self.last: dict[tuple[str, int], tuple[str, int]] = {}
        self.execution = 0

    @initialize()
    def open_market(self) -> None:
        self.feed_book(units("100"))
        self.exchange.feed(TradeInput(symbol="COINUSDT", price=units("100"), quantity=units("1")))
        self.exchange.feed(TradeInput(symbol="BNBUSDT", price=units("500"), quantity=units("1")))

    def feed_book(self, middle: int, depth: str = "3.5") -> None:
        tick = units("0.01")
        levels = range(1, 6)
        self.exchange.feed(
            BookInput(
                symbol="COINUSDT",
                bids=tuple((middle - tick * 7 * one, units(depth)) for one in levels),
                asks=tuple((middle + tick * 7 * one, units(depth)) for one in levels),
            )
        )

    def call(self, account: str, method: str, path: str, **params: Any) -> Response:
        self.now_us += 1_000
        sent = {"symbol": "COINUSDT", **params}
        answer = self.exchange.request(Call(method=method, path=f"/api/v3/{path}", params=sent, key=account))
        assert answer.status in {200, 400, 409}
        return answer

    # the market

    @rule(middle=PRICES, depth=st.sampled_from(["3.5", "3.5", "100"]))
    def move_book(self, middle: int, depth: str) -> None:
        self.feed_book(middle, depth)

    @rule(price=PRICES, quantity=QUANTITIES, sold=st.booleans())
    def others_trade(self, price: int, quantity: int, sold: bool) -> None:
        self.exchange.feed(TradeInput(symbol="COINUSDT", price=price, quantity=quantity, buyer_is_maker=sold))

    @rule(price=st.none() | PRICES)
    def move_reference(self, price: int | None) -> None:
        self.exchange.feed(ReferencePriceInput(symbol="COINUSDT", price=price))

    # orders

    @rule(
        account=NAMES,
        side=SIDES,
        kind=TYPES,
        price=PRICES,
        stop=PRICES,
        quantity=QUANTITIES,
        tif=st.sampled_from(["GTC", "IOC", "FOK"]),
        stp=STP,
        trailing=st.booleans(),
    )
    def place(
        self,
        account: str,
        side: str,
        kind: str,
        price: int,
        stop: int,
        quantity: int,
        tif: str,
        stp: str,
        trailing: bool,
    ) -> None:
        params: dict[str, Any] = {"quantity": text(quantity), "selfTradePreventionMode": stp}
        if "LIMIT" in kind:
            params["price"] = text(price)
        if kind in {"LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"}:
            params["timeInForce"] = tif
        if kind.startswith(("STOP", "TAKE")):
            params |= {"trailingDelta": 150} if trailing else {"stopPrice": text(stop)}
        self.call(account, "POST", "order", side=side, type=kind, **params)

    @rule(account=NAMES, side=SIDES, budget=st.integers(min_value=5, max_value=40_000), stp=STP)
    def place_by_quote(self, account: str, side: str, budget: int, stp: str) -> None:
        params = {"quoteOrderQty": str(budget), "selfTradePreventionMode": stp}
        self.call(account, "POST", "order", side=side, type="MARKET", **params)

    @rule(account=NAMES, price=PRICES, quantity=QUANTITIES, stop=PRICES, tif=st.sampled_from(["GTC", "IOC", "FOK"]))
    def place_opo(self, account: str, price: int, quantity: int, stop: int, tif: str) -> None:
        self.call(
            account,
            "POST",
            "orderList/opo",
            workingType="LIMIT",
            workingSide="BUY",
            workingTimeInForce=tif,
            workingPrice=text(price),
            workingQuantity=text(quantity),
            pendingType="STOP_LOSS",
            pendingSide="SELL",
            pendingStopPrice=text(stop),
        )

    @rule(
        account=NAMES,
        side=SIDES,
        after=SIDES,
        price=PRICES,
        quantity=QUANTITIES,
        then=QUANTITIES,
        kind=st.sampled_from(["MARKET", "STOP_LOSS"]),
        stop=PRICES,
    )
    def place_oto(
        self, account: str, side: str, after: str, price: int, quantity: int, then: int, kind: str, stop: int
    ) -> None:
        self.call(
            account,
            "POST",
            "orderList/oto",
            workingType="LIMIT",
            workingSide=side,
            workingTimeInForce="GTC",
            workingPrice=text(price),
            workingQuantity=text(quantity),
            pendingSide=after,
            pendingType=kind,
            pendingQuantity=text(then * 100),
            **({"pendingStopPrice": text(stop)} if kind == "STOP_LOSS" else {}),
        )

    @rule(account=NAMES, price=PRICES, quantity=QUANTITIES, above=PRICES, below=PRICES, pays=st.booleans())
    def place_triple(self, account: str, price: int, quantity: int, above: int, below: int, pays: bool) -> None:
        self.call(
            account,
            "POST",
            "orderList/opoco" if pays else "orderList/otoco",
            workingType="LIMIT",
            workingSide="BUY",
            workingTimeInForce="GTC",
            workingPrice=text(price),
            workingQuantity=text(quantity),
            pendingSide="SELL",
            pendingAboveType="LIMIT_MAKER",
            pendingAbovePrice=text(above),
            pendingBelowType="STOP_LOSS_LIMIT",
            pendingBelowStopPrice=text(below),
            pendingBelowPrice=text(below),
            pendingBelowTimeInForce="GTC",
            **({} if pays else {"pendingQuantity": text(quantity)}),
        )

    @rule(account=NAMES, side=SIDES, quantity=QUANTITIES, limit=PRICES, stop=PRICES)
    def place_oco(self, account: str, side: str, quantity: int, limit: int, stop: int) -> None:
        maker, contingent = ("above", "below") if side == "SELL" else ("below", "above")
        params = {
            f"{maker}Type": "LIMIT_MAKER",
            f"{maker}Price": text(limit),
            f"{contingent}Type": "STOP_LOSS",
            f"{contingent}StopPrice": text(stop),
        }
        self.call(account, "POST", "orderList/oco", side=side, quantity=text(quantity), **params)

    def open_id(self, account: str, pick: int) -> int | None:
        rows = self.call(account, "GET", "openOrders").body
        return rows[pick % len(rows)]["orderId"] if rows else None

    @rule(account=NAMES, pick=st.integers(min_value=0, max_value=20))
    def cancel(self, account: str, pick: int) -> None:
        order_id = self.open_id(account, pick)
        if order_id is not None:
            assert self.call(account, "DELETE", "order", orderId=order_id).status == 200

    @rule(account=NAMES, pick=st.integers(min_value=0, max_value=20), quantity=QUANTITIES, stop=PRICES)
    def replace(self, account: str, pick: int, quantity: int, stop: int) -> None:
        order_id = self.open_id(account, pick)
        if order_id is not None:
            params = {"quantity": text(quantity), "stopPrice": text(stop), "cancelReplaceMode": "STOP_ON_FAILURE"}
            self.call(
                account,
                "POST",
                "order/cancelReplace",
                side="SELL",
                type="STOP_LOSS",
                cancelOrderId=order_id,
                **params,
            )

    @rule(account=NAMES, pick=st.integers(min_value=0, max_value=20), quantity=QUANTITIES)
    def amend(self, account: str, pick: int, quantity: int) -> None:
        order_id = self.open_id(account, pick)
        if order_id is not None:
            self.call(account, "PUT", "order/amend/keepPriority", orderId=order_id, newQty=text(quantity))

    @rule(account=NAMES, amount=st.integers(min_value=-(10**9), max_value=10**9))
    def lock_from_outside(self, account: str, amount: int) -> None:
        free, _ = self.exchange.truth(1 << 40).balances[account]["USDT"]
        held = self.external.get(account, 0)
        delta = max(-held, min(amount, free))
        self.exchange.operator.external_lock(account, "USDT", delta)
        self.external[account] = held + delta

    @property
    def external(self) -> dict[str, int]:
        return self.__dict__.setdefault("_external", {})

    @precondition(lambda self: self.read > 50)
    @rule()
    def halt_for_a_moment(self) -> None:
        self.exchange.operator.set_status("COINUSDT", "HALT")
        self.feed_book(units("99"))
        self.exchange.operator.set_status("COINUSDT", "TRADING")

    # what must hold

    @invariant()
    def money_is_conserved(self) -> None:
        truth = self.exchange.truth(1 << 40)
        for asset in ("USDT", "COIN", "BNB"):
            held = sum(sum(rows.get(asset, (0, 0))) for rows in truth.balances.values())
            everything = held + truth.fees.get(asset, 0) + truth.house.get(asset, 0)
            assert everything == truth.transfers.get(asset, 0)

    @invariant()
    def nothing_is_negative_and_locks_belong_to_orders(self) -> None:
        for name, account in self.exchange._core.venue.accounts.items():
            locked = {"USDT": self.external.get(name, 0)}
            for order in account.open.values():
                assert order.locked >= 0
                locked[order.lock_asset] = locked.get(order.lock_asset, 0) + order.locked
            for listed in account.open_lists.values():
                base = listed.market.rules.base
                locked[base] = locked.get(base, 0) + listed.received
            for asset, amount in account.locked.items():
                assert amount == locked.get(asset, 0)
                assert account.free[asset] >= 0

    @invariant()
    def open_orders_hold_what_they_need(self) -> None:
        for account in self.exchange._core.venue.accounts.values():
            for order in account.open.values():
                if order.status == "PENDING_NEW" or order.trailing_delta:
                    continue
                other = order.list.other(order) if order.list is not None else None
                legs = [order] if other is None or not other.is_open else [order, other]
                assert sum(leg.locked for leg in legs) == max(lock_needed(leg) for leg in legs)

    @invariant()
    def orders_only_move_forward(self) -> None:
        for entry in self.exchange.truth(self.read).entries:
            self.read += 1
            if entry.kind not in {"ORDER", "TRADE"} or entry.data["order_id"] == 0:
                continue
            assert entry.data["execution_id"] > self.execution
            self.execution = entry.data["execution_id"]
            name = (entry.account, entry.data["order_id"])
            status, executed = self.last.get(name, ("", 0))
            assert status not in TERMINAL
            assert entry.data["executed"] >= executed
            self.last[name] = (entry.data["status"], entry.data["executed"])

    @invariant()
    def ended_lists_hold_nothing_and_open_ones_have_an_open_order(self) -> None:
        for account in self.exchange._core.venue.accounts.values():
            for listed in account.lists.values():
                alive = any(order.is_open for order in listed.orders)
                assert alive == listed.is_open
                assert listed.is_open or listed.received == 0


TestConservation = pytest.mark.critical(Books.TestCase)
TestConservation.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)

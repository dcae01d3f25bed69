"""The matching engine: takers, resting orders and what the market does to them."""

from __future__ import annotations

from typing import Final

from tradewind_sandbox.exchange.lifecycle import Lifecycle
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.messages import BookInput, TradeInput
from tradewind_sandbox.exchange.money import UNIT, floor_to, product
from tradewind_sandbox.exchange.orders import Order
from tradewind_sandbox.exchange.self_trade import prevent
from tradewind_sandbox.exchange.settlement import set_lock, settle, settle_house
from tradewind_sandbox.exchange.tape import publish_print
from tradewind_sandbox.exchange.venue import Venue

_FAR: Final = 1 << 62
_UNFILLED: Final = {"IOC": "UNFILLED_IOC_QUANTITY_EXPIRED", "FOK": "UNFILLED_FOK_ORDER_EXPIRED"}


class Matching:
    """Price–time matching of accounts' orders with each other and with the market's own book."""

    def __init__(self, venue: Venue, lifecycle: Lifecycle) -> None:
        self._venue = venue
        self._life = lifecycle

    # takers

    def work(self, order: Order) -> None:
        """Let an accepted order work: take what it may take, then rest or end."""
        if order.order_type in {"STOP_LOSS", "TAKE_PROFIT"} and order.is_buy:
            set_lock(order, 0)
        if order.order_type == "LIMIT_MAKER":
            order.market.rest(order)
            return
        if order.tif == "FOK" and self._reachable(order) < order.remaining:
            self._life.end(order, "EXPIRED", _UNFILLED["FOK"])
            return
        reason = self._take(order)
        if not order.is_open:
            return
        if reason:
            self._life.end(order, "EXPIRED", reason)
        elif order.order_type in {"MARKET", "STOP_LOSS", "TAKE_PROFIT"}:
            self._life.end(order, "EXPIRED", "INSUFFICIENT_LIQUIDITY")
        elif order.tif in _UNFILLED:
            self._life.end(order, "EXPIRED", _UNFILLED[order.tif])
        else:
            order.market.rest(order)

    def _limit_of(self, order: Order) -> int:
        if order.order_type in {"MARKET", "STOP_LOSS", "TAKE_PROFIT"}:
            return _FAR if order.is_buy else 0
        return order.price

    def _range_of(self, order: Order) -> tuple[int, int]:
        """Return the prices between which a taker may trade (faqs/price_range_execution_rules.md)."""
        rule, reference = order.market.rules.price_range, order.market.reference_price
        if rule is None or reference is None:
            return 0, _FAR
        down, up = (rule.bid_down, rule.bid_up) if order.is_buy else (rule.ask_down, rule.ask_up)
        return reference * down // UNIT, reference * up // UNIT

    def _reachable(self, order: Order) -> int:
        """Return the quantity of others within an order's limit and the price range."""
        limit = self._limit_of(order)
        low, high = self._range_of(order)

        def within(price: int) -> bool:
            return (price <= limit if order.is_buy else price >= limit) and low <= price <= high

        side = "SELL" if order.is_buy else "BUY"
        levels = order.market.levels(side, 1 << 20)
        total = sum(quantity for price, quantity in levels if within(price))
        if order.stp != "NONE":
            resting = order.market.resting_asks if order.is_buy else order.market.resting_bids
            own = [one for one in resting if one.account is order.account]
            total -= sum(one.remaining for one in own if within(one.price))
        return total

    def _take(self, order: Order) -> str:
        """Trade until done, out of reach or out of rule; returns the expiry reason, if any."""
        market = order.market
        limit = self._limit_of(order)
        low, high = self._range_of(order)
        while order.is_open:
            own = market.asks if order.is_buy else market.bids
            resting = market.resting_asks if order.is_buy else market.resting_bids
            maker = resting[0] if resting else None
            if own and (maker is None or (own[0][0] <= maker.price if order.is_buy else own[0][0] >= maker.price)):
                maker, price, there = None, own[0][0], own[0][1]
            elif maker is not None:
                price, there = maker.price, maker.remaining
            else:
                return ""
            if price > limit if order.is_buy else price < limit:
                return ""
            if not low <= price <= high:
                return "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"
            if maker is not None and maker.account is order.account and order.stp != "NONE":
                prevent(self._life, order, maker)
                continue
            quantity = min(there, self._wanted(order, price))
            if quantity <= 0:
                return self._out_of_money(order)
            self._trade(order, maker, price, quantity)
        return ""

    def _wanted(self, order: Order, price: int) -> int:
        """Return how much an order still wants, and can pay, at a price."""
        step = order.market.filters.market_step()
        wanted = order.remaining
        if order.quote_budget:
            wanted = floor_to((order.quote_budget - order.quote) * UNIT // price, step)
        if order.locked:
            return wanted
        rules, account = order.market.rules, order.account
        payable = account.available(rules.quote) * UNIT // price if order.is_buy else account.available(rules.base)
        return wanted if wanted <= payable else floor_to(payable, step)

    def _out_of_money(self, order: Order) -> str:
        """Return why an order ends whose money does not buy one more step."""
        return "INSUFFICIENT_LIQUIDITY" if order.quote_budget else "EXCHANGE_CANCELED"

    def _trade(self, order: Order, maker: Order | None, price: int, quantity: int) -> None:
        market, venue = order.market, self._venue
        trade_id = market.take_trade_id()
        if maker is None:
            own = market.asks if order.is_buy else market.bids
            own[0][1] -= quantity
            if own[0][1] <= 0:
                del own[0]
            settle_house(venue, order, price, quantity)
        if order.quote_budget:
            order.quantity = order.executed + quantity
        trade = settle(venue, order, price, quantity, trade_id, is_maker=False)
        publish_print(venue, market, price, quantity, trade_id, trade_id, buyer_is_maker=not order.is_buy)
        done = self._wanted(order, price) <= 0 if order.quote_budget else order.remaining == 0
        self._life.traded(order, trade, done=done)
        if maker is not None:
            self._fill_maker(maker, price, quantity, trade_id)

    def _fill_maker(self, maker: Order, price: int, quantity: int, trade_id: int) -> None:
        self._life.lead(maker)
        trade = settle(self._venue, maker, price, quantity, trade_id, is_maker=True)
        self._life.traded(maker, trade, done=maker.remaining == 0)

    # what the market does

    def on_book(self, market: Market, book: BookInput) -> None:
        """Take a new book in; it fills the resting orders that it crosses."""
        market.bids = [[price, quantity] for price, quantity in book.bids if quantity > 0]
        market.asks = [[price, quantity] for price, quantity in book.asks if quantity > 0]
        market.update_id += 1
        if market.is_trading and (market.resting_bids or market.resting_asks):
            self.cross(market)

    def cross(self, market: Market) -> None:
        """Fill resting orders against market levels that reach them, each at its own price."""
        for own, resting in ((market.asks, market.resting_bids), (market.bids, market.resting_asks)):
            while own and resting:
                order = resting[0]
                level = own[0]
                if level[0] > order.price if order.is_buy else level[0] < order.price:
                    break
                quantity = min(level[1], order.remaining)
                level[1] -= quantity
                if level[1] <= 0:
                    del own[0]
                trade_id = market.take_trade_id()
                settle_house(self._venue, order, order.price, quantity)
                publish_print(
                    self._venue, market, order.price, quantity, trade_id, trade_id, buyer_is_maker=order.is_buy
                )
                self._fill_maker(order, order.price, quantity, trade_id)

    def on_trade(self, market: Market, trade: TradeInput) -> None:
        """
        Take a trade of the market's own participants in.

        Resting orders that it trades through, or whose turn at its price has come, fill first, up
        to its quantity.
        """
        first = market.next_trade_id
        left = trade.quantity
        if market.is_trading and (market.resting_bids or market.resting_asks):
            left = self._fill_from_print(market, trade)
        last = market.take_trade_id() if left or market.next_trade_id == first else market.next_trade_id - 1
        publish_print(
            self._venue, market, trade.price, trade.quantity, first, last, buyer_is_maker=trade.buyer_is_maker
        )

    def _fill_from_print(self, market: Market, trade: TradeInput) -> int:
        left = trade.quantity
        for order in [*market.resting_bids, *market.resting_asks]:
            if left <= 0:
                break
            if not order.is_open:
                continue
            through = trade.price < order.price if order.is_buy else trade.price > order.price
            available = left
            if not through:
                if trade.price != order.price or trade.buyer_is_maker != order.is_buy:
                    continue
                available = max(0, left - order.queue)
                order.queue = max(0, order.queue - left)
            quantity = min(available, order.remaining)
            if quantity > 0:
                settle_house(self._venue, order, order.price, quantity)
                self._fill_maker(order, order.price, quantity, market.take_trade_id())
                left -= quantity
        return left

    def spending(self, order: Order) -> int:
        """Return what a market order would spend on the present book: quote when it buys, base when it sells."""
        if order.is_buy and order.quote_budget:
            return order.quote_budget
        if not order.is_buy and not order.quote_budget:
            return order.quantity
        spent, wanted = 0, order.quantity or order.quote_budget
        for price, there in order.market.levels("SELL" if order.is_buy else "BUY", 1 << 20):
            if order.is_buy:
                taken = min(wanted, there)
                spent += product(price, taken)
                wanted -= taken
            else:
                taken = min(wanted * UNIT // price, there)
                spent += taken
                wanted -= product(price, taken)
                if taken < there:
                    break
            if wanted <= 0:
                break
        return spent

"""
How many order operations a second the exchange carries out inside the process.

Run it with `python plugins/tradewind-sandbox/tests/exchange/bench_orders.py`. Maxima over rounds, in
seconds of this process; nothing is asserted.
"""

import sys
import time

from tradewind_sandbox.exchange import (
    AccountRules,
    ApiKey,
    BookInput,
    Call,
    Exchange,
    SymbolRules,
    TradeInput,
    UserEvent,
    funds,
    units,
)

ROUNDS = 5
TURNS = 2000
MIDDLE = units("50000")


class Desk:
    """One account with a listener on its events, and a clock that goes on a second a turn."""

    def __init__(self) -> None:
        self.now_us = 1_790_000_000_000_000
        self.events = 0
        rules = AccountRules(name="main", balances=funds(USDT="1000000", BTC="100"), keys=(ApiKey(key="key"),))
        self.exchange = Exchange(
            [SymbolRules(symbol="BTCUSDT", base="BTC", quote="USDT")], accounts=[rules], clock=lambda: self.now_us
        )
        self.exchange.subscribe_user("main", self._hear)
        steps = range(1, 6)
        self.book = BookInput(
            symbol="BTCUSDT",
            bids=tuple((MIDDLE - units(step), units("5000")) for step in steps),
            asks=tuple((MIDDLE + units(step), units("5000")) for step in steps),
        )
        self.exchange.feed(self.book)
        self.exchange.feed(TradeInput(symbol="BTCUSDT", price=MIDDLE, quantity=units(1)))

    def _hear(self, event: UserEvent) -> None:
        self.events += bool(event.payload)

    def call(self, method: str, path: str, **params: object) -> None:
        """Send one call with a timestamp."""
        sent = {"symbol": "BTCUSDT", "timestamp": self.now_us // 1000, **params}
        answer = self.exchange.request(Call(method=method, path=path, params=sent, key="key"))
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.body}")

    def turn(self, number: int) -> int:
        """Place a stop, swap it, cancel it, trade at market; returns the operations: a swap is two."""
        self.now_us += 1_000_000
        stop = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "49000"}
        swap = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrigClientOrderId": f"a{number}"}
        self.call("POST", "/api/v3/order", **stop, newClientOrderId=f"a{number}")
        self.call("POST", "/api/v3/order/cancelReplace", **stop, **swap, newClientOrderId=f"b{number}")
        self.call("DELETE", "/api/v3/order", origClientOrderId=f"b{number}")
        self.call("POST", "/api/v3/order", side="BUY" if number % 2 else "SELL", type="MARKET", quantity="0.01")
        return 5


def main() -> None:
    """Measure and print."""
    best = prints = 0.0
    for _ in range(ROUNDS):
        desk = Desk()
        began = time.process_time()
        done = sum(desk.turn(number) for number in range(TURNS))
        best = max(best, done / (time.process_time() - began))
        trade = TradeInput(symbol="BTCUSDT", price=MIDDLE, quantity=units(1))
        began = time.process_time()
        for _ in range(TURNS * 5):
            desk.exchange.feed(trade)
        prints = max(prints, TURNS * 5 / (time.process_time() - began))
    sys.stdout.write(f"order operations {best:,.0f}/s, market prints {prints:,.0f}/s\n")


if __name__ == "__main__":
    main()

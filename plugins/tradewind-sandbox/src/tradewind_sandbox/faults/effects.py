"""What happens to the exchange, an account or the clock at a moment of the script, and how it ends again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

import attrs

from tradewind_sandbox.clock import SandboxClock
from tradewind_sandbox.exchange.exchange import Exchange
from tradewind_sandbox.exchange.messages import Call, KlineInput
from tradewind_sandbox.exchange.money import PLACES, units
from tradewind_sandbox.exchange.rules import AccountRules, Commission, Rates
from tradewind_sandbox.faults.script import Fault, FaultScript
from tradewind_sandbox.market.driver import MarketDriver, Scheduled

_ADDRESS: Final = "the sandbox itself"

Undo = Callable[[], None]


def _nothing() -> None:
    """There is nothing to undo."""


def _all(undos: Iterable[Undo]) -> Undo:
    """Return what undoes all of these."""
    every = tuple(undos)

    def undo() -> None:
        for one in every:
            one()

    return undo


@attrs.define(kw_only=True, eq=False)
class Effects:
    """
    Carries out what a script lets happen.

    Args:
        exchange: What it happens to.
        driver: Feeds the markets, and lets things happen at their moments.
        clock: The exchange's clock.
        script: Where it is noted what happened.
        accounts: The accounts, the first being meant where a script names none.
    """

    exchange: Exchange
    driver: MarketDriver
    clock: SandboxClock
    script: FaultScript
    accounts: tuple[AccountRules, ...]
    _commissions: dict[str, Commission] = attrs.field(factory=dict, init=False)
    _symbols: tuple[str, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._symbols = tuple(self.driver.feeds)

    def plan(self, faults: list[Fault]) -> None:
        """Let these faults happen at their moments."""
        self.driver.schedule(
            Scheduled(at_ms=fault.at_ms, order=fault.number, act=self._beginning(fault)) for fault in faults
        )

    def begin(self, fault: Fault) -> Undo:
        """Let one fault happen now; returns what ends it."""
        self.script.happened(fault)
        act = getattr(self, "_" + fault.kind.replace("-", "_"))
        undone: Undo | None = act(fault)
        return undone or _nothing

    def _beginning(self, fault: Fault) -> Callable[[], None]:
        def act() -> None:
            undo = self.begin(fault)
            if fault.lasts_ms and fault.about.ends:
                self.driver.schedule([Scheduled(at_ms=fault.until_ms, order=fault.number, act=undo)])

        return act

    # pairs

    def _on(self, fault: Fault) -> Iterator[str]:
        listed = {row["symbol"] for row in self._info({})["symbols"]}
        return (one for one in self._symbols if one in listed and fnmatchcase(one, fault.symbol))

    def _info(self, params: dict[str, Any]) -> Any:
        return self.exchange.request(Call(method="GET", path="/api/v3/exchangeInfo", params=params, ip=_ADDRESS)).body

    def _row(self, symbol: str) -> Any:
        return self._info({"symbol": symbol})["symbols"][0]

    def _status(self, fault: Fault) -> Undo:
        before = {symbol: str(self._row(symbol)["status"]) for symbol in self._on(fault)}
        for symbol in before:
            self._set_status(symbol, fault["value"])
        return _all(partial(self._set_status, symbol, status) for symbol, status in before.items())

    def _set_status(self, symbol: str, status: str) -> None:
        self.exchange.operator.set_status(symbol, status)
        self.driver.halt(symbol, on=status != "TRADING")

    def _delist(self, fault: Fault) -> None:
        gone_ms = self.clock.market_ms + fault["after"]
        for symbol in self._on(fault):
            self.exchange.operator.announce_delisting(symbol, gone_ms)
        self.driver.schedule([Scheduled(at_ms=gone_ms, order=fault.number, act=lambda: self._remove_symbol(fault))])

    def _remove_symbol(self, fault: Fault) -> None:
        for symbol in tuple(self._on(fault)):
            self.driver.remove(symbol)
            self.exchange.operator.remove_symbol(symbol)

    def _change_filters(self, fault: Fault) -> Undo:
        before = {symbol: tuple(self._row(symbol)["filters"]) for symbol in self._on(fault)}
        for symbol in before:
            for row in fault["filters"]:
                values = {name: value for name, value in row.items() if name != "filterType"}
                self.exchange.operator.change_filter(symbol, row["filterType"], **values)
        operator = self.exchange.operator
        return _all(partial(operator.change_rules, symbol, filters=rows) for symbol, rows in before.items())

    def _change_rules(self, fault: Fault) -> Undo:
        before = {symbol: self._row(symbol) for symbol in self._on(fault)}
        for symbol, row in before.items():
            flags = _flags(row) | dict(fault["flags"])
            types = fault["order_types"] or row["orderTypes"]
            self.exchange.operator.change_rules(symbol, flags=flags, order_types=tuple(types))
        operator = self.exchange.operator
        return _all(
            partial(operator.change_rules, symbol, flags=_flags(row), order_types=tuple(row["orderTypes"]))
            for symbol, row in before.items()
        )

    def _maintenance(self, fault: Fault) -> Undo:  # noqa: ARG002  # every happening is called alike
        self.exchange.operator.set_maintenance(on=True)
        return lambda: self.exchange.operator.set_maintenance(on=False)

    def _revise_kline(self, fault: Fault) -> None:
        for symbol in self._on(fault):
            self.driver.want(symbol, fault["interval"])
            params = {"symbol": symbol, "interval": fault["interval"], "limit": fault["back"] + 1}
            call = Call(method="GET", path="/api/v3/klines", params=params, ip=_ADDRESS)
            rows = self.exchange.request(call).body
            if isinstance(rows, list) and len(rows) > fault["back"]:
                self.exchange.feed(_revised(symbol, fault["interval"], rows[0], fault["factor"]))

    # accounts

    def _account(self, fault: Fault) -> AccountRules:
        return next((one for one in self.accounts if one.name == fault["account"]), self.accounts[0])

    def _deposit(self, fault: Fault) -> None:
        self.exchange.operator.deposit(self._account(fault).name, fault["asset"], units(fault["amount"]))

    def _withdraw(self, fault: Fault) -> None:
        taken = self._at_most(fault)
        self.exchange.operator.withdraw(self._account(fault).name, fault["asset"], taken)

    def _lock(self, fault: Fault) -> Undo:
        name, asset, taken = self._account(fault).name, fault["asset"], self._at_most(fault)
        self.exchange.operator.external_lock(name, asset, taken)
        return lambda: self.exchange.operator.external_lock(name, asset, -taken)

    def _at_most(self, fault: Fault) -> int:
        """Return the amount asked for, or all that is free when that is less."""
        balances = self.exchange.truth(since=2**62).balances[self._account(fault).name]
        return min(units(fault["amount"]), balances.get(fault["asset"], (0, 0))[0])

    def _manual_order(self, fault: Fault) -> None:
        for symbol in self._on(fault):
            params: dict[str, Any] = {"symbol": symbol, "side": fault["side"], "quantity": fault["quantity"]}
            params |= {"type": "MARKET"} if fault["price"] is None else _limit(fault["price"])
            self.exchange.operator.manual_order(self._account(fault).name, "POST", "/api/v3/order", params)

    def _manual_cancel(self, fault: Fault) -> None:
        for symbol in self._on(fault):
            self.exchange.operator.manual_order(
                self._account(fault).name, "DELETE", "/api/v3/openOrders", {"symbol": symbol}
            )

    def _commission(self, fault: Fault) -> Undo:
        owner = self._account(fault)
        before = self._commissions.get(owner.name, owner.commission)
        rates = Rates(maker=units(fault["maker"]), taker=units(fault["taker"]))
        self._pay(owner.name, attrs.evolve(before, standard=rates))
        return lambda: self._pay(owner.name, before)

    def _discount(self, fault: Fault) -> None:
        owner = self._account(fault)
        self._pay(
            owner.name, attrs.evolve(self._commissions.get(owner.name, owner.commission), discount_on=fault["on"])
        )

    def _pay(self, name: str, commission: Commission) -> None:
        self._commissions[name] = commission
        self.exchange.operator.set_commission(name, commission)

    def _no_trading(self, fault: Fault) -> Undo:
        name = self._account(fault).name
        self.exchange.operator.set_can_trade(name, on=False)
        return lambda: self.exchange.operator.set_can_trade(name, on=True)

    def _keys(self, fault: Fault) -> list[str]:
        every = [one.key for owner in self.accounts for one in owner.keys]
        return [one for one in every if fault["key"] in {"", one}]

    def _revoke_key(self, fault: Fault) -> None:
        for key in self._keys(fault):
            self.exchange.operator.revoke_key(key)

    def _key_permission(self, fault: Fault) -> Undo:
        return self._changed_keys(fault, {"trade": False}, {"trade": True})

    def _key_address(self, fault: Fault) -> Undo:
        return self._changed_keys(fault, {"ips": tuple(fault["ips"])}, {"ips": ()})

    def _changed_keys(self, fault: Fault, during: dict[str, Any], after: dict[str, Any]) -> Undo:
        keys = self._keys(fault)
        for key in keys:
            self.exchange.operator.change_key(key, **during)
        return _all(partial(self.exchange.operator.change_key, key, **after) for key in keys)

    # the clock

    def _clock_jump(self, fault: Fault) -> Undo:
        self.clock.shift(self.clock.offset_us + fault["by"] * 1000)
        return lambda: self.clock.shift(self.clock.offset_us - fault["by"] * 1000)

    def _clock_drift(self, fault: Fault) -> Undo:
        self.clock.drift(fault["ppm"])
        return lambda: self.clock.drift(0.0)


def _flags(row: dict[str, Any]) -> dict[str, bool]:
    return {name: value for name, value in row.items() if isinstance(value, bool)}


def _limit(price: Decimal) -> dict[str, Any]:
    return {"type": "LIMIT", "timeInForce": "GTC", "price": price}


def _revised(symbol: str, interval: str, row: list[Any], factor: Decimal) -> KlineInput:
    """Return a kline with its prices changed, high and low still around open and close."""
    step = Decimal(1).scaleb(-PLACES)
    opened, high, low, closed = (units((Decimal(row[place]) * factor).quantize(step)) for place in (1, 2, 3, 4))
    return KlineInput(
        symbol=symbol,
        interval=interval,
        open_ms=row[0],
        close_ms=row[6],
        open=opened,
        high=high,
        low=low,
        close=closed,
        volume=units(row[5]),
        quote_volume=units(row[7]),
        trades=row[8],
        taker_base=units(row[9]),
        taker_quote=units(row[10]),
        silent=True,
    )

"""
The whole sandbox as one object: exchange, markets, script and wire, on a clock that its owner moves.

```python
sandbox = open_sandbox(histories, SandboxRules(balances={"USDT": "10000"}), seed=7)
sandbox.advance(sandbox.clock.market_ms + 60_000)
delivery = await sandbox.wire.carry(Call(method="GET", path="/api/v3/account", key=sandbox.credentials.key))
```
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from tradewind_sandbox.clock import SandboxClock
from tradewind_sandbox.credentials import Credentials
from tradewind_sandbox.exchange.exchange import Exchange
from tradewind_sandbox.exchange.messages import Call, Request
from tradewind_sandbox.exchange.money import units
from tradewind_sandbox.exchange.rules import AccountRules, Commission, LimitRules, Rates
from tradewind_sandbox.faults.effects import Effects
from tradewind_sandbox.faults.kinds import Point
from tradewind_sandbox.faults.script import Fault, FaultScript
from tradewind_sandbox.faults.wire import Sleep, Wire, param_of, symbol_of
from tradewind_sandbox.market.driver import MarketDriver, MarketRules
from tradewind_sandbox.market.history import History
from tradewind_sandbox.market.symbols import listed

ACCOUNT: Final = "main"
"""The name of the one account."""


@attrs.frozen(kw_only=True)
class SandboxRules:
    """
    What a sandbox is set up with.

    Args:
        market: How history becomes a market.
        balances: What the account holds at the start, by asset, as exact text.
        maker_fee: The fee of resting orders as a fraction, exact text.
        taker_fee: The fee of taking orders as a fraction, exact text.
        bnb_discount: Fees are paid in BNB, at three quarters, while there is enough of it.
        limits: Rate limits.
    """

    market: MarketRules = attrs.field(factory=MarketRules)
    balances: Mapping[str, str] = attrs.field(factory=lambda: {"USDT": "10000"})
    maker_fee: str = "0.001"
    taker_fee: str = "0.001"
    bnb_discount: bool = False
    limits: LimitRules = attrs.field(factory=LimitRules)

    def account(self, credentials: Credentials) -> AccountRules:
        """Return the account."""
        return AccountRules(
            name=ACCOUNT,
            balances={asset: units(amount) for asset, amount in self.balances.items()},
            keys=credentials.api_keys(),
            commission=Commission(
                standard=Rates(maker=units(self.maker_fee), taker=units(self.taker_fee)), discount_on=self.bnb_discount
            ),
        )


@attrs.define(kw_only=True, eq=False)
class Sandbox:
    """
    An exchange whose markets move and on which things go wrong.

    Args:
        exchange: The exchange.
        clock: Its clock.
        driver: Feeds its markets.
        script: What goes wrong.
        wire: What carries calls to it.
        effects: What carries out happenings.
        credentials: What a client signs with.
    """

    exchange: Exchange
    clock: SandboxClock
    driver: MarketDriver
    script: FaultScript
    wire: Wire
    effects: Effects
    credentials: Credentials

    def now_ms(self) -> int:
        """Return the exchange's time, milliseconds UTC."""
        return self.clock() // 1000

    def advance(self, until_ms: int, *, most: int = 2**62) -> int:
        """Let the market go on to a moment of its time; see `MarketDriver.advance`."""
        return self.driver.advance(until_ms, most=most)

    def want(self, symbol: str, interval: str, from_ms: int | None = None) -> None:
        """Let klines be there; see `MarketDriver.want`."""
        self.driver.want(symbol, interval, from_ms)

    def add_faults(self, rows: Iterable[Mapping[str, Any]]) -> tuple[Fault, ...]:
        """
        Let more go wrong; a happening without a moment happens now. Returns what was added.

        Raises:
            UsageError: TW-U007 for what cannot be meant; then none of them is taken.
        """
        now_ms = self.clock.market_ms
        faults = self.script.add(rows, now_ms)
        self.effects.plan([fault for fault in faults if fault.about.point is Point.HAPPENING])
        self.advance(now_ms)
        return faults


def open_sandbox(
    histories: Sequence[History],
    rules: SandboxRules | None = None,
    *,
    script: FaultScript | None = None,
    seed: int = 0,
    credentials: Credentials | None = None,
    sleep: Sleep | None = None,
) -> Sandbox:
    """
    Return a sandbox at the start of its histories.

    Args:
        histories: One for each pair.
        rules: Balances, fees, limits, and how history becomes a market.
        script: What goes wrong; None for a good day.
        seed: Seed of everything drawn.
        credentials: The keys; None for those that the seed makes.
        sleep: Lets time of the network pass, milliseconds; None lets the market go on for as long.
    """
    chosen, faults = rules or SandboxRules(), script or FaultScript(seed=seed)
    keys = credentials or Credentials.made_of(f"seed {seed}".encode())
    account = chosen.account(keys)
    clock = SandboxClock(market_us=min(one.start_ms for one in histories) * 1000)
    symbols = [listed(one) for one in histories]
    exchange = Exchange(symbols, clock=clock, accounts=(account,), seed=seed, limits=chosen.limits)
    driver = MarketDriver(
        exchange=exchange, clock=clock, histories=histories, rules=chosen.market, distort=faults.distortion
    )

    async def pass_time(milliseconds: float) -> None:
        driver.advance(clock.market_ms + int(milliseconds))

    def prepare(request: Request | Call) -> None:
        _want_klines(driver, request)

    wire = Wire(
        exchange=exchange,
        script=faults,
        sleep=sleep or pass_time,
        now_ms=lambda: clock() // 1000,
        before=prepare,
    )
    effects = Effects(exchange=exchange, driver=driver, clock=clock, script=faults, accounts=(account,))
    effects.plan(faults.happenings())
    driver.advance(clock.market_ms)
    return Sandbox(
        exchange=exchange, clock=clock, driver=driver, script=faults, wire=wire, effects=effects, credentials=keys
    )


def _want_klines(driver: MarketDriver, request: Request | Call) -> None:
    if not request.path.endswith("/klines"):
        return
    if isinstance(request, Call):
        interval, start = str(request.params.get("interval", "")), str(request.params.get("startTime", ""))
    else:
        interval, start = param_of(request, "interval"), param_of(request, "startTime")
    driver.want(symbol_of(request), interval, int(start) if start.isdigit() else None)

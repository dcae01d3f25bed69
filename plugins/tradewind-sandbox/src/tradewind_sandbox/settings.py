"""Settings of `tradewind sandbox`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import attrs

from tradewind.api import SettingsError, whole, within
from tradewind_sandbox.market.driver import MarketRules
from tradewind_sandbox.sandbox import SandboxRules
from tradewind_sandbox.server.rules import SocketRules


def _amount(name: str, value: object) -> None:
    try:
        good = isinstance(value, str) and Decimal(value).is_finite() and Decimal(value) >= 0
    except InvalidOperation:
        good = False
    if not good:
        raise SettingsError(
            f"{name} was {value!r}, expected an amount of at least 0 as text, such as '0.001'.",
            code="TW-S004",
            setting=name,
        )


def _exact(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    _amount(attribute.name, value)


def _amounts(_: object, attribute: attrs.Attribute[dict[str, str]], value: dict[str, str]) -> None:
    for asset, amount in value.items():
        _amount(f"{attribute.name}.{asset}", amount)


@attrs.frozen(kw_only=True)
class SandboxConfig:
    """
    Settings of the sandbox.

    Args:
        source: Data source that is replayed; empty for the settings' own.
        symbols: Pairs that are listed; empty for the settings' own.
        timeframe: Bars that are replayed; empty for the finest that the source has at the start.
        start: First moment, ISO 8601, UTC; empty for thirty days before the end of the data.
        speed: Market seconds in a second; 0 to let the market go on by request only.
        seed: Seed of everything drawn.
        steps: Prints in a bar; 0 to choose by its length.
        push_ms: How often a growing kline is told, milliseconds of the market; 0 for when it closes only.
        history_bars: Klines of the time before the start, for each interval.
        spread_bps: Distance of best bid and best ask, hundredths of a percent.
        level_bps: Distance of neighbouring levels of the book, hundredths of a percent.
        depth: Quantity on a level as a part of what is traded in a bar.
        balances: What the account holds at the start, by asset, as text.
        maker_fee: Fee of resting orders, a fraction as text.
        taker_fee: Fee of taking orders, a fraction as text.
        bnb_discount: Pay fees in BNB while there is enough of it.
        port: Port of the exchange; 0 for any that is free.
        control_port: Port of control and truth; 0 for any that is free.
        faults: Fault script, TOML or JSON; empty for none.
        ping_s: Seconds between pings.
        pong_s: Seconds without a pong after which a connection is closed.
        life_s: Seconds that a connection lives at most.
        inbound_per_s: Messages that a stream connection may send in a second.
    """

    source: str = ""
    symbols: tuple[str, ...] = ()
    timeframe: str = ""
    start: str = ""
    speed: float = attrs.field(default=1.0, validator=within(0, 1_000_000))
    seed: int = attrs.field(default=0, validator=whole(0, 2**62))
    steps: int = attrs.field(default=0, validator=whole(0, 10_000))
    push_ms: int = attrs.field(default=2000, validator=whole(0, 86_400_000))
    history_bars: int = attrs.field(default=1500, validator=whole(0, 100_000))
    spread_bps: float = attrs.field(default=1.0, validator=within(0, 1000))
    level_bps: float = attrs.field(default=1.0, validator=within(0, 1000))
    depth: float = attrs.field(default=0.05, validator=within(0, 100))
    balances: dict[str, str] = attrs.field(factory=lambda: {"USDT": "10000"}, validator=_amounts)
    maker_fee: str = attrs.field(default="0.001", validator=_exact)
    taker_fee: str = attrs.field(default="0.001", validator=_exact)
    bnb_discount: bool = False
    port: int = attrs.field(default=8390, validator=whole(0, 65_535))
    control_port: int = attrs.field(default=8391, validator=whole(0, 65_535))
    faults: str = ""
    ping_s: float = attrs.field(default=20.0, validator=within(0.01, 86_400))
    pong_s: float = attrs.field(default=60.0, validator=within(0.01, 86_400))
    life_s: float = attrs.field(default=86_400.0, validator=within(0.01, 864_000))
    inbound_per_s: int = attrs.field(default=5, validator=whole(0, 10_000))

    @property
    def sandbox(self) -> SandboxRules:
        """What the sandbox is set up with."""
        market = {field.name: getattr(self, field.name) for field in attrs.fields(MarketRules)}
        return SandboxRules(
            market=MarketRules(**market),
            balances=self.balances,
            maker_fee=self.maker_fee,
            taker_fee=self.taker_fee,
            bnb_discount=self.bnb_discount,
        )

    @property
    def sockets(self) -> SocketRules:
        """How connections behave."""
        return SocketRules(ping_s=self.ping_s, pong_s=self.pong_s, life_s=self.life_s, inbound_per_s=self.inbound_per_s)


def config_from(values: Mapping[str, Any]) -> SandboxConfig:
    """
    Return the settings of plain values.

    Raises:
        SettingsError: TW-S002 for an unknown setting, TW-S003 or TW-S004 for one that cannot be meant.
    """
    known = {field.name for field in attrs.fields(SandboxConfig)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(
            f"commands.sandbox has no setting {', '.join(unknown)}.",
            code="TW-S002",
            hint=f"There is: {', '.join(sorted(known))}.",
        )
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    try:
        return SandboxConfig(**{**values, **lists})
    except (TypeError, AttributeError) as error:
        raise SettingsError(f"a setting of commands.sandbox has the wrong type: {error}.", code="TW-S003") from error

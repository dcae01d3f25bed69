"""
What an exchange's own ledger says of a session: every chain followed line by line, against what was promised.

The ledger is that of the sandbox (`GET /_truth`): append-only lines, amounts in whole units of 10⁻⁸. An order's
chain can be read from its id alone, so that nothing of what the session believes flows into the judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.live.orders.ids import is_ours
from tradewind.store.records import ZERO

STOPS: Final = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT"})
OPEN: Final = frozenset({"NEW", "PARTIALLY_FILLED"})
LOT: Final = 1_000
"""Less than this is no position (10⁻⁵ units of the base asset, the step of the sandbox's pairs)."""
BARE_S: Final = 5.0
"""A position may be without a stop this long, in the network's time (invariant I5)."""


@attrs.define(kw_only=True)
class ChainSeen:
    """
    One chain as the exchange knows it, amounts in units of 10⁻⁸.

    Args:
        name: What its orders' ids begin with.
        symbol: The pair.
    """

    name: str
    symbol: str
    bought: int = 0
    sold: int = 0
    fees: int = 0
    entries: set[int] = attrs.field(factory=set)
    resting: set[int] = attrs.field(factory=set)
    since_us: int = 0
    told: set[str] = attrs.field(factory=set)

    @property
    def held(self) -> int:
        """What it holds."""
        return self.bought - self.fees - self.sold


class Judge:
    """
    Follows the exchange's ledger.

    Args:
        pace: Market seconds in a second: what the network's time is counted by.
    """

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self.chains: dict[str, ChainSeen] = {}
        self.protected_s = 0.0
        self.bare_s = 0.0
        self.longest_bare_s = 0.0
        self.foreign = 0
        self.violations: list[str] = []
        self._now_us = 0
        self._bare_since: dict[str, int] = {}
        self._waiting: list[Mapping[str, Any]] = []

    @property
    def entries(self) -> int:
        """Chains of which something was bought."""
        return sum(1 for chain in self.chains.values() if chain.bought)

    @property
    def open_now(self) -> int:
        """Chains that hold something."""
        return sum(1 for chain in self.chains.values() if chain.held >= LOT)

    def take(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take the next lines; those of one microsecond are one act, and what it leaves is what counts."""
        for line in lines:
            if self._waiting and self._waiting[-1]["time_us"] != line["time_us"]:
                self._act()
            self._waiting.append(line)

    def finish(self, now_us: int) -> None:
        """Take note that nothing more comes; the market's time is this."""
        if self._waiting:
            self._act()
        self._count(now_us)
        for name in list(self._bare_since):
            self._end_bare(name, now_us)

    def _act(self) -> None:
        lines, self._waiting = self._waiting, []
        now_us = int(lines[0]["time_us"])
        self._count(now_us)
        for line in lines:
            if line["kind"] in {"ORDER", "TRADE"}:
                self._order(line)
        for name, chain in self.chains.items():
            bare = chain.held >= LOT and not chain.resting
            if bare and name not in self._bare_since:
                self._bare_since[name] = now_us
            elif not bare and name in self._bare_since:
                self._end_bare(name, now_us)

    def _count(self, now_us: int) -> None:
        seconds = max(0, now_us - self._now_us) / 1e6 if self._now_us else 0.0
        held = [chain for chain in self.chains.values() if chain.held >= LOT]
        self.protected_s += seconds * sum(1 for chain in held if chain.resting)
        self._now_us = max(self._now_us, now_us)

    def _end_bare(self, name: str, now_us: int) -> None:
        begun = self._bare_since.pop(name)
        seconds = (now_us - begun) / 1e6 / self._pace
        self.bare_s += seconds
        self.longest_bare_s = max(self.longest_bare_s, seconds)
        if seconds > BARE_S:
            self._violation(self.chains[name], f"was without a stop for {seconds:.1f} s of the network's time")

    def _order(self, line: Mapping[str, Any]) -> None:
        data = line["data"]
        if not is_ours(str(data["client_id"])):
            self.foreign += 1
            return
        # slot, bar and symbol name the chain; role and count come after them
        name = "-".join(data["client_id"].split("-")[:4])
        chain = self.chains.setdefault(name, ChainSeen(name=name, symbol=line["symbol"]))
        trade = data["trade"]
        if trade is not None and data["side"] == "BUY":
            chain.bought += int(trade["quantity"])
            chain.fees += int(trade["commission"]) if chain.symbol.startswith(trade["commission_asset"]) else 0
            chain.entries.add(data["order_id"])
        elif trade is not None:
            chain.sold += int(trade["quantity"])
        if data["side"] == "SELL" and data["type"] in STOPS and data["status"] in OPEN:
            chain.resting.add(data["order_id"])
        else:
            chain.resting.discard(data["order_id"])
        if chain.sold > chain.bought:
            self._violation(chain, "sold more than it bought")
        if len(chain.entries) > 1:
            self._violation(chain, "was entered more than once")

    def _violation(self, chain: ChainSeen, text: str) -> None:
        if text not in chain.told:
            chain.told.add(text)
            self.violations.append(f"{chain.symbol} {chain.name}: {text}")


def book_differences(kept: Mapping[str, Decimal], shown: Mapping[str, tuple[int, int]]) -> list[str]:
    """
    Compare a session's ledger with the exchange's balances, to the last unit.

    Args:
        kept: The exact sum of the ledger, by asset.
        shown: Free and locked, units of 10⁻⁸, by asset.
    """
    balances = {asset: Decimal(free + locked).scaleb(-8) for asset, (free, locked) in shown.items()}
    return [
        f"the ledger holds {kept.get(asset, ZERO):f} {asset}, the exchange {balances.get(asset, ZERO):f}"
        for asset in sorted({*kept, *balances})
        if kept.get(asset, ZERO) != balances.get(asset, ZERO)
    ]

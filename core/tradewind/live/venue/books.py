"""What the ledger says was bought, sold and earned, as the records of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel.layout import FILL, TRADE
from tradewind.live.orders.holding import DeskEvent, DeskEventKind
from tradewind.live.position.account import SlotKey
from tradewind.model.decisions import EXIT_CODES
from tradewind.model.orders import Side

Array = npt.NDArray[Any]

_REASONS: Final = {"operator": EXIT_CODES["halt"]} | EXIT_CODES
_BESIDE: Final = ("r_multiple", "mae", "mfe", "bars_held", "ambiguous")
"""What the kernel knows of a position and the ledger does not."""


class VenueBooks:
    """
    Executions and closed chains, as the desk tells of them.

    There is one truth about money: the venue's executions. A fill is one of them, a trade is a chain that
    was closed; what the kernel reckons itself is told nowhere.

    Args:
        keys: The slots.
    """

    def __init__(self, keys: Sequence[SlotKey]) -> None:
        self._slots = {(key.name, key.symbol): k for k, key in enumerate(keys)}
        self._places: dict[int, int] = {}
        self._beside: dict[int, Any] = {}
        self._fills: list[Any] = []
        self._trades: list[tuple[int, Any]] = []
        self._bought: list[set[int]] = [set() for _ in keys]
        self._ended: list[list[Any]] = [[] for _ in keys]
        self._sold: dict[int, float] = {}
        self._why: dict[int, str] = {}

    def hear(self, events: Sequence[DeskEvent]) -> None:
        """Take in what happened at the desk."""
        for event in events:
            k = self._slots.get((event.slot, event.symbol))
            if k is None:
                continue
            if event.kind is DeskEventKind.FILLED:
                self._fill(k, event)
            elif event.kind is DeskEventKind.CLOSED:
                self._close(k, event)

    def _fill(self, k: int, event: DeskEvent) -> None:
        told = event.detail
        bought = str(told["side"]) == Side.BUY
        if bought:
            self._bought[k].add(event.chain_id)
        else:
            self._sold[event.chain_id] = float(told["price"])
        reason = 0 if bought else EXIT_CODES["stop"]
        record = np.zeros((), dtype=FILL)
        record["time"] = told.get("time_ms", event.time_ms)
        record["position"] = self._places.get(event.chain_id, 0)
        record["price"], record["quantity"] = float(told["price"]), float(told["quantity"])
        record["fee"] = float(told.get("fee", 0))
        record["slot"], record["side"], record["reason"] = k, 1 if bought else -1, reason
        self._fills.append(record)

    def _close(self, k: int, event: DeskEvent) -> None:
        told = event.detail
        self._why[event.chain_id] = str(told.get("reason", ""))
        if "entry_price" not in told:
            return
        record = np.zeros((), dtype=TRADE)
        record["slot"], record["side"] = k, 1
        record["reason"] = self.reason_of(event.chain_id, "stop")
        for name in ("entry_time", "exit_time"):
            record[name] = int(told[name])
        for name in ("quantity", "entry_price", "exit_price", "fees", "pnl"):
            record[name] = float(told[name])
        record["pnl_pct"] = record["pnl"] / (record["entry_price"] * record["quantity"])
        self._trades.append((event.chain_id, record))
        self._ended[k].append(record)

    def _told(self, chain_id: int, record: Any) -> Any:
        """Return a trade with what the kernel knows of how it went, beside what the ledger says it came to."""
        record["position"] = self._places.pop(chain_id, 0)
        beside = self._beside.pop(chain_id, None)
        if beside is not None:
            for name in _BESIDE:
                record[name] = beside[name]
            if self._why.get(chain_id, "") not in _REASONS:
                record["reason"] = beside["reason"]
        self._why.pop(chain_id, None)
        self._sold.pop(chain_id, None)
        return record

    def place(self, chain_id: int, position: int, k: int) -> None:
        """Take note of which position a chain is part of: of those that are told at once, too."""
        self._places[chain_id] = position
        for record in self._fills:
            if record["position"] == 0 and record["slot"] == k:
                record["position"] = position

    def left(self, chain_id: int, record: Any) -> None:
        """Take note of what the kernel knows of a position that was sold (`TRADE`): how it went meanwhile."""
        self._beside[chain_id] = record.copy()

    def reason_of(self, chain_id: int, otherwise: str) -> int:
        """Return why a chain was closed; `otherwise` while the desk has not said so."""
        return _REASONS.get(self._why.get(chain_id, ""), EXIT_CODES[otherwise])

    def price_of(self, chain_id: int) -> float | None:
        """Return what a chain was sold at last; None when that is not known."""
        return self._sold.get(chain_id)

    def passed_by(self, k: int) -> Any:
        """Return the newest trade of a slot's chains that ended since the last look; None for none."""
        return self._ended[k][-1] if self._ended[k] else None

    def has_bought(self, k: int) -> bool:
        """Tell whether anything was bought for a slot since its last entry was settled."""
        return bool(self._bought[k])

    def settled(self, k: int) -> None:
        """Take note that a slot's entry was settled."""
        self._bought[k].clear()

    def drained(self) -> tuple[Array, Array]:
        """Return fills (those of an entry's parts as one) and trades since the last look, and forget them."""
        fills = np.array(list(_merged(self._fills)), dtype=FILL)
        trades = np.array([self._told(*one) for one in self._trades], dtype=TRADE)
        self._fills.clear()
        self._trades.clear()
        for ended in self._ended:
            ended.clear()
        return fills, trades


def _merged(fills: Sequence[Any]) -> list[Any]:
    """Return fills with the purchases of one slot made one: first moment, average price, sum of fees."""
    found: list[Any] = []
    bought: dict[int, Any] = {}
    for fill in fills:
        first: Mapping[str, Any] | None = bought.get(int(fill["slot"])) if fill["side"] > 0 else None
        if first is None:
            found.append(fill)
            if fill["side"] > 0:
                bought[int(fill["slot"])] = fill
            continue
        quantity = first["quantity"] + fill["quantity"]
        total = first["price"] * first["quantity"] + fill["price"] * fill["quantity"]
        first["price"], first["quantity"] = total / quantity, quantity  # type: ignore[index]
        first["fee"] += fill["fee"]  # type: ignore[index]
    return found

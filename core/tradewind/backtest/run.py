"""What a run left behind, as tables that are built when they are looked at."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.kernel.state import Market, State, Table
from tradewind.model.decisions import BINDINGS, EXIT_REASONS, OUTCOMES

Array = npt.NDArray[Any]

SIDES: Final = {-1: "short", 0: "", 1: "long"}
DIRECTIONS: Final = {-1: "sell", 1: "buy"}
FILL_REASONS: Final = {0: "entry"} | EXIT_REASONS
_UTC: Final = pd.DatetimeTZDtype("ms", "UTC")


def _times(ms: Array, name: str | None = None) -> pd.DatetimeIndex:
    # Whole numbers are taken as UTC; naive times would be searched for hours that a zone skips.
    times = pd.array(np.ascontiguousarray(ms, dtype=np.int64), dtype=_UTC, copy=False)
    return pd.DatetimeIndex(times, name=name, copy=False)


def _words(codes: Array, words: dict[int, str]) -> Any:
    """Return one word per code as a column of text."""
    least = min(words)
    table = pd.array([words.get(code, "") for code in range(least, max(words) + 1)], dtype="str")
    return table.take(codes.astype(np.intp) - least)


@attrs.frozen(kw_only=True, eq=False)
class Run:
    """
    The raw outcome of a simulation: the kernel's records and tables made of them.

    Args:
        slots: (strategy, symbol) per slot.
        conditions: Names of the bits of the plans' `bits`, lowest first.
        plan_times: Row opens of each slot's plan, ms UTC.
        initial_balance: Cash at the start, quote units.
        state: The account after the last bar, with its records.
        market: The market bars.
        table: The plans, with the answers in the ledger.
    """

    slots: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]
    plan_times: tuple[Array, ...]
    initial_balance: float
    state: State
    market: Market
    table: Table

    @property
    def trade_records(self) -> Array:
        """Closed tranches as `TRADE` records."""
        return self.state.records.trades[: self.state.account["trades"][0]]

    @property
    def fill_records(self) -> Array:
        """Orders carried out as `FILL` records."""
        return self.state.records.fills[: self.state.account["fills"][0]]

    @cached_property
    def flow(self) -> npt.NDArray[np.float64]:
        """Deposits and withdrawals per market bar, quote units."""
        flow = np.zeros(len(self.market.time))
        flow[self.market.flow_bars] = self.market.flows
        return flow

    @cached_property
    def equity(self) -> pd.DataFrame:
        """Equity, cash, exposure, drawdown and flow by market bar open (UTC), quote units and fractions."""
        records = self.state.records
        columns = {
            "equity": records.equity,
            "cash": records.cash,
            "exposure": records.exposure,
            "drawdown": records.drawdown,
            "flow": self.flow,
        }
        return pd.DataFrame(columns, index=_times(self.market.time, "open_time"), copy=False)

    def _named(self, slot: Array) -> dict[str, Any]:
        return {
            "symbol": _words(slot, dict(enumerate(symbol for _, symbol in self.slots))),
            "strategy": _words(slot, dict(enumerate(strategy for strategy, _ in self.slots))),
        }

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Closed trades in order of exit, one row per tranche; times are opens of market bars (UTC)."""
        trades = self.trade_records
        return pd.DataFrame(
            {
                **self._named(trades["slot"]),
                "side": _words(trades["side"], SIDES),
                "entry_time": _times(trades["entry_time"]),
                "entry_price": trades["entry_price"],
                "exit_time": _times(trades["exit_time"]),
                "exit_price": trades["exit_price"],
                "quantity": trades["quantity"],
                "fees": trades["fees"],
                "pnl": trades["pnl"],
                "pnl_pct": trades["pnl_pct"],
                "r_multiple": trades["r_multiple"],
                "exit_reason": _words(trades["reason"], EXIT_REASONS),
                "bars_held": trades["bars_held"],
                "mae": trades["mae"],
                "mfe": trades["mfe"],
                "ambiguous": trades["ambiguous"].astype(np.bool_),
                "position": trades["position"],
            }
        )

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Orders carried out, in order; times are opens of market bars (UTC)."""
        fills = self.fill_records
        return pd.DataFrame(
            {
                "time": _times(fills["time"]),
                **self._named(fills["slot"]),
                "side": _words(fills["side"], DIRECTIONS),
                "price": fills["price"],
                "quantity": fills["quantity"],
                "fee": fills["fee"],
                "reason": _words(fills["reason"], FILL_REASONS),
                "position": fills["position"],
            }
        )

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """The rows that asked for an entry, in order of decision; `time` is the row's open (UTC)."""
        asks = self.table.asks
        time = np.empty(len(asks), dtype=np.int64)
        for k, opens in enumerate(self.plan_times):
            own = asks["slot"] == k
            time[own] = opens[asks["row"][own]]
        frame = pd.DataFrame(
            {
                "time": _times(time),
                **self._named(asks["slot"]),
                "enter": asks["enter"].astype(np.int64),
                "outcome": _words(asks["outcome"], OUTCOMES),
                "requested_risk": asks["requested_risk"],
                "effective_risk": asks["effective_risk"],
                "quantity": asks["quantity"],
                "distance": asks["distance"],
                "price": asks["price"],
                "binding": _words(asks["binding"], BINDINGS),
                "bits": asks["bits"].astype(np.int64),
            }
        )
        if len(self.table.ask_bars) < len(asks):
            frame = frame.sort_values("time", kind="stable", ignore_index=True)
        return frame

    @cached_property
    def positions(self) -> pd.DataFrame:
        """Positions still open: marked at the last good close, profit before fees; the stop is NaN for none."""
        slots = self.state.slots
        held = np.flatnonzero(slots["side"])
        own = slots[held]
        return pd.DataFrame(
            {
                **self._named(held),
                "side": _words(own["side"], SIDES),
                "entry_time": _times(own["entry_time"]),
                "entry_price": own["entry_price"],
                "quantity": own["quantity"],
                "stop": np.where(np.isfinite(own["stop"]), own["stop"], np.nan),
                "mark": own["mark"],
                "unrealised_pnl": own["side"] * (own["mark"] - own["entry_price"]) * own["quantity"],
            }
        )

    def outcomes(self, slot: int = 0) -> npt.NDArray[np.uint8]:
        """Return the outcome code of every plan row of a slot (`tradewind.model.decisions.OUTCOMES`)."""
        codes = np.zeros(len(self.plan_times[slot]), dtype=np.uint8)
        asks = self.table.asks
        own = asks["slot"] == slot
        codes[asks["row"][own]] = asks["outcome"][own]
        return codes

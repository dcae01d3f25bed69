"""
Strategies written bar by bar, and the adapter that turns one into columns.

A bar strategy answers questions about one bar at a time: enter here, leave here, how much. The
kernel takes whole columns that depend on prices alone, never on what was traded before. All but
one of the questions fit that; `check_exit_conditions` is asked with the price of an entry, so
`BarStrategyAdapter` has to know which entry a bar would be looking back on. `Replay` states how.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS, StrategyError, TradewindError
from tradewind.model.signals import Signals
from tradewind.pipeline.replay import Replay
from tradewind.plugins.protocols import Need

REFERENCE_BALANCE: Final = 10_000.0
"""The balance, in quote units, with which position sizes are asked."""


class BaseStrategy(ABC):
    """
    A strategy that is asked about one bar at a time.

    Every question comes with a frame that ends at the bar in question, so a condition cannot see
    the future; what `calculate_indicators` adds is held to the same by the look-ahead certificate.
    The answers must depend on the arguments alone: the same bar may be asked about again.

    Args:
        name: What the strategy is called in reports.

    Attributes:
        trading_pair: The symbol it was written for.
        stop_loss_pct: Stop distance as a fraction of the price; None leaves it to the kernel, 2 ATR.
        take_profit_pct: Target distance as a fraction of the price; None for no target.
        timeframe: The bar length it was written for.
        warmup: Bars of history that must lie before the first question.
    """

    trading_pair: str = "BTCUSDT"
    stop_loss_pct: float | None = None
    take_profit_pct: float | None = None
    timeframe: str = "4h"
    warmup: int = 200

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def calculate_indicators(self, df: pd.DataFrame) -> pd.DataFrame:
        """
        Return the bars with the strategy's own columns, one row per row given.

        Args:
            df: A copy of open, high, low, close and volume, indexed by bar open (UTC).
        """

    @abstractmethod
    def check_entry_conditions(self, df: pd.DataFrame, index: int) -> bool:
        """
        Tell whether to buy at the next open.

        Args:
            df: The bars with indicators, up to and with the bar asked about.
            index: The position of that bar, which is the last.
        """

    @abstractmethod
    def check_exit_conditions(self, df: pd.DataFrame, index: int, entry_price: float) -> bool:
        """
        Tell whether to sell at the next open.

        Args:
            df: The bars with indicators, up to and with the bar asked about.
            index: The position of that bar, which is the last.
            entry_price: What was paid, quote units.
        """

    @abstractmethod
    def calculate_position_size(self, df: pd.DataFrame, index: int, balance: float) -> float:
        """
        Return the value of a new position, quote units; the account's caps hold all the same.

        Args:
            df: The bars with indicators, up to and with the bar asked about.
            index: The position of that bar, which is the last.
            balance: The account's balance, quote units.
        """


@attrs.frozen
class BarStrategyAdapter:
    """
    Make a bar strategy one of ours: whole columns for backtest, paper and live alike.

    What carries over exactly: an entry that holds asks for a long position at the next open,
    whatever was traded before; `stop_loss_pct` is a stop that distance below the fill and
    `take_profit_pct` a target for all of it. Three things are approximated:

    - *Entry price.* `check_exit_conditions` is asked with the price of `Replay`'s entry, not with
      that of the kernel's fill, which has slippage and may not exist: limits, cooldowns or a lack of
      cash can keep the kernel out, and it then enters later, at another price. An exit that does
      not look at `entry_price` is exact.
    - *Balance.* Sizes are asked with 10,000 quote units and taken as a fraction of equity, so a
      size that is not proportional to the balance is that of an account of 10,000.
    - *Stop and target* are distances from the close of the deciding bar, laid from the fill. Where
      the kernel widens a stop that is too close for the costs, the target moves out with it.

    All of it is causal: the replay of a bar uses the bars up to it, and its open prices are used
    from their own bar on. A position open at the start of the bars given is unknown to the replay.

    Args:
        strategy: The bar strategy.

    Raises:
        StrategyError: TW-K003 for a stop or target that is not a usable fraction.
    """

    strategy: BaseStrategy

    def __attrs_post_init__(self) -> None:
        stop, target = self.strategy.stop_loss_pct, self.strategy.take_profit_pct
        if stop is not None and not 0.0 < stop < 1.0:
            raise self._refused(f"stop_loss_pct was {stop!r}, expected a fraction above 0 and below 1 (0.02 is 2%)")
        if target is not None and not 0.0 < target < np.inf:
            raise self._refused(f"take_profit_pct was {target!r}, expected a fraction above 0 (0.04 is 4%)")
        if target is not None and stop is None:
            raise self._refused(
                "take_profit_pct was set without stop_loss_pct, which it is measured in; expected both or none"
            )

    @property
    def timeframe(self) -> str:
        """The bar length that the strategy was written for."""
        return self.strategy.timeframe

    @property
    def warmup(self) -> int:
        """Bars of history before the first question."""
        return self.strategy.warmup

    def needs(self) -> list[Need]:
        """Return nothing: a bar strategy computes its own indicators."""
        return []

    def signals(self, frame: pd.DataFrame) -> Signals:
        """
        Ask about every bar after the warm-up, once.

        Raises:
            StrategyError: TW-K003 when an answer is unusable, TW-K007 when the strategy raises.
        """
        strategy, bars = self.strategy, self._indicators(frame)
        rows = len(bars)
        enter, leave = np.zeros(rows, dtype=np.int8), np.zeros(rows, dtype=np.bool_)
        opens, highs, lows, closes = (
            frame[name].to_numpy(dtype=np.float64) for name in ("open", "high", "low", "close")
        )
        replay = Replay(stop_loss_pct=strategy.stop_loss_pct, take_profit_pct=strategy.take_profit_pct)
        for index in range(max(0, strategy.warmup), rows):
            replay.trade(opens[index], highs[index], lows[index])
            seen = bars.iloc[: index + 1]
            wanted = self._flag("check_entry_conditions", seen, index)
            price = replay.entry_price_for(closes[index], wanted=wanted)
            done = self._flag("check_exit_conditions", seen, index, price)
            replay.decide(wanted=wanted, done=done)
            enter[index], leave[index] = wanted, done
        return Signals.from_arrays(
            frame.index,
            conditions=("entry", "exit"),
            enter=enter,
            exit_long=leave,
            bits=enter.astype(np.uint32) | (leave.astype(np.uint32) << np.uint32(1)),
            **self._protection(closes),
        )

    def plan_columns(self, frame: pd.DataFrame, signals: Signals) -> dict[str, npt.NDArray[np.float64]]:
        """
        Return `qty_fraction`: the strategy's own sizes as fractions of equity, NaN where no entry is asked.

        Raises:
            StrategyError: TW-K003 when a size is not a number of at least 0, TW-K007 when the strategy raises.
        """
        bars = self._indicators(frame)
        fraction = np.full(len(bars), np.nan)
        for index in np.flatnonzero(signals.enter).tolist():
            seen = bars.iloc[: index + 1]
            size = self._ask("calculate_position_size", seen, index, REFERENCE_BALANCE)
            if not _is_amount(size):
                raise self._refused(f"calculate_position_size answered {size!r} on {_when(seen)}, expected at least 0")
            fraction[index] = float(size) / REFERENCE_BALANCE
        return {"qty_fraction": fraction}

    def _protection(self, closes: npt.NDArray[np.float64]) -> dict[str, Any]:
        stop, target = self.strategy.stop_loss_pct, self.strategy.take_profit_pct
        columns: dict[str, Any] = {}
        if stop is not None:
            columns["stop_dist"] = np.where(np.isfinite(closes) & (closes > 0.0), stop * closes, np.nan)
            if target is not None:
                columns |= {"tp_r": (target / stop,), "tp_frac": (1.0,)}
        return columns

    def _indicators(self, frame: pd.DataFrame) -> pd.DataFrame:
        bars = self._call("calculate_indicators", self.strategy.calculate_indicators, frame.copy())
        if not isinstance(bars, pd.DataFrame) or not bars.index.equals(frame.index):
            was = f"{len(bars)} rows" if isinstance(bars, pd.DataFrame) else type(bars).__name__
            raise self._refused(
                f"calculate_indicators answered with {was}, expected the {len(frame)} rows it was given",
                "Return the frame, and keep rows whose indicators are not there yet: no dropna().",
            )
        return bars

    def _flag(self, method: str, seen: pd.DataFrame, index: int, *more: float) -> bool:
        answer = self._ask(method, seen, index, *more)
        if isinstance(answer, (bool, np.bool_)):
            return bool(answer)
        if answer is pd.NA:
            return False
        raise self._refused(
            f"{method} answered {answer!r} on {_when(seen)}, expected True or False",
            "Return a comparison of numbers, on every path.",
        )

    def _ask(self, method: str, seen: pd.DataFrame, index: int, *more: float) -> Any:
        return self._call(f"{method} on {_when(seen)}", getattr(self.strategy, method), seen, index, *more)

    def _call(self, what: str, method: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return method(*arguments)
        except TradewindError:
            raise
        except PLUGIN_FAULTS as error:
            hint = "Run again with --debug for the traceback."
            if isinstance(error, IndexError):
                hint = "The frame ends at the bar asked about, and `warmup` says how many bars lie before the first."
            raise StrategyError(
                f"strategy {self.strategy.name!r}: {what} raised {type(error).__name__}: {error}.",
                code="TW-K007",
                hint=hint,
                strategy=self.strategy.name,
            ) from error

    def _refused(self, message: str, hint: str = "") -> StrategyError:
        name = self.strategy.name
        return StrategyError(f"strategy {name!r}: {message}.", code="TW-K003", hint=hint, strategy=name)


def _is_amount(size: Any) -> bool:
    number = isinstance(size, (int, float, np.integer, np.floating)) and not isinstance(size, bool)
    return number and 0.0 <= size < np.inf


def _when(seen: pd.DataFrame) -> str:
    return str(seen.index[-1])

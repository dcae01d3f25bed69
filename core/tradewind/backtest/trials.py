"""
The trial ledger: how often each window of data has been looked at.

The more variants are tried on the same bars, the better the best of them looks without being any
better. The ledger is one file of JSON lines; runs in other processes may append at any time.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from tradewind.backtest.inputs import ID_LENGTH, Inputs, sha256_of
from tradewind.backtest.result import Result
from tradewind.backtest.tables import iso_time
from tradewind.cache.atomic import private_folder
from tradewind.metrics.significance import expected_best_sharpe, sharpe_probability

FILE: Final = "trials.jsonl"


@attrs.frozen(kw_only=True)
class Trial:
    """
    One look at a window of data.

    Args:
        window: The hash of symbols, timeframe, start, end and data.
        trial: The result's id: a run that is repeated is no further trial.
        strategy: The strategy's name.
        symbols: The symbols.
        timeframe: The timeframe.
        start: Open of the first bar, ISO 8601 UTC.
        end: Close of the last bar, ISO 8601 UTC.
        sharpe: Sharpe ratio per period (not annualised); None when not defined.
        at: When it was entered, ISO 8601 UTC.
    """

    window: str
    trial: str
    strategy: str
    symbols: tuple[str, ...]
    timeframe: str
    start: str
    end: str
    sharpe: float | None
    at: str

    def overlaps(self, other: Trial) -> bool:
        """Whether a symbol and a part of the time are the same."""
        return bool(set(self.symbols) & set(other.symbols)) and self.start < other.end and other.start < self.end


@attrs.frozen(kw_only=True)
class Standing:
    """
    What a result is worth after so many looks at its window.

    Args:
        window: The window's hash.
        trials: Distinct trials on this very window, this one included.
        overlapping: Distinct trials on other windows that share a symbol and a part of the time.
        sharpe_to_beat: The Sharpe ratio that the best of so many trials without skill would be
            expected to show, annualised.
        deflated_sharpe_ratio: The probability that the true Sharpe ratio is above 0 after so many trials,
            None when not defined.
    """

    window: str
    trials: int
    overlapping: int
    sharpe_to_beat: float
    deflated_sharpe_ratio: float | None


@attrs.frozen(kw_only=True)
class Span:
    """
    What was looked at.

    Args:
        symbols: The symbols.
        timeframe: The timeframe.
        start_ms: Open of the first bar, UTC milliseconds.
        end_ms: Close of the last bar, UTC milliseconds.
    """

    symbols: tuple[str, ...]
    timeframe: str
    start_ms: int
    end_ms: int


def trial_of(result: Result, *, now_ms: int) -> Trial:
    """Return the entry of a result."""
    span = Span(
        symbols=result.symbols,
        timeframe=result.timeframe,
        start_ms=result.start.value // 1_000_000,
        end_ms=result.end.value // 1_000_000,
    )
    return trial_from(result.inputs, span, sharpe=_per_period(result.metrics), now_ms=now_ms)


def trial_from(inputs: Inputs, span: Span, *, sharpe: float | None, now_ms: int) -> Trial:
    """
    Return the entry of a run; plans are settings of a trial, not data of its window.

    Args:
        inputs: What the run depended on.
        span: What was looked at.
        sharpe: Its Sharpe ratio per period (not annualised); None when not defined.
        now_ms: The wall clock, UTC milliseconds.
    """
    start, end = iso_time(span.start_ms), iso_time(span.end_ms)
    data = {name: value for name, value in inputs.data.items() if not name.startswith("plan ")}
    return Trial(
        window=sha256_of([sorted(span.symbols), span.timeframe, start, end, data])[:ID_LENGTH],
        trial=inputs.id,
        strategy=inputs.strategy,
        symbols=span.symbols,
        timeframe=span.timeframe,
        start=start,
        end=end,
        sharpe=sharpe,
        at=iso_time(now_ms),
    )


class TrialLedger:
    """
    The ledger file of a state folder.

    Args:
        folder: The state folder, such as `.tradewind`; it is made when something is entered.
    """

    def __init__(self, folder: Path | str) -> None:
        self.path = Path(folder) / FILE

    def enter(self, trial: Trial) -> None:
        """Append a trial; it is on disk when this returns."""
        self.enter_all([trial])

    def enter_all(self, trials: Iterable[Trial]) -> None:
        """Append trials; they are on disk when this returns."""
        private_folder(self.path.parent)
        lines = b"".join(json.dumps(attrs.asdict(trial), allow_nan=False).encode() + b"\n" for trial in trials)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with _locked(handle):
            size = os.fstat(handle).st_size
            # A run that was killed may have left half a line: it must not swallow this one.
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            whole = memoryview(b"\n" + lines if torn else lines)
            while whole:
                whole = whole[os.write(handle, whole) :]
            os.fsync(handle)

    def trials(self) -> list[Trial]:
        """Return all entries in order; lines that are torn or of another kind are passed over."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [trial for line in lines if (trial := _parsed(line)) is not None]

    def standing(self, trial: Trial, metrics: Mapping[str, Any]) -> Standing:
        """
        Return what a result is worth after the trials that are entered.

        The variance of Sharpe ratios is that of the window's distinct trials; with fewer than two
        of them there is nothing to deflate.

        Args:
            trial: The result's entry.
            metrics: The result's figures.
        """
        entered = [*self.trials(), trial]
        same = {other.trial: other.sharpe for other in entered if other.window == trial.window}
        others = {other.trial for other in entered if other.window != trial.window and other.overlaps(trial)}
        known = [sharpe for sharpe in same.values() if sharpe is not None and math.isfinite(sharpe)]
        variance = float(np.var(known, ddof=1)) if len(known) > 1 else 0.0
        best = expected_best_sharpe(len(same), variance)
        return Standing(
            window=trial.window,
            trials=len(same),
            overlapping=len(others - set(same)),
            sharpe_to_beat=best * math.sqrt(metrics["periods_per_year"]),
            deflated_sharpe_ratio=sharpe_probability(
                trial.sharpe, metrics["skewness"], metrics["kurtosis"], metrics["periods"], best
            ),
        )


def count_trial(folder: Path | str, result: Result, *, now_ms: int) -> dict[str, Any]:
    """
    Enter a result in the ledger of a state folder and return its standing as plain values.

    Args:
        folder: The state folder.
        result: The result.
        now_ms: The wall clock, UTC milliseconds.
    """
    ledger, trial = TrialLedger(folder), trial_of(result, now_ms=now_ms)
    ledger.enter(trial)
    return attrs.asdict(ledger.standing(trial, result.metrics))


def _per_period(metrics: Mapping[str, Any]) -> float | None:
    ratio = metrics["sharpe_ratio"]
    return None if ratio is None else float(ratio) / math.sqrt(metrics["periods_per_year"])


def _parsed(line: bytes) -> Trial | None:
    try:
        values = json.loads(line)
        trial = Trial(**(values | {"symbols": tuple(values["symbols"])}))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    words = (trial.window, trial.trial, trial.start, trial.end, *trial.symbols)
    good = all(isinstance(word, str) for word in words) and isinstance(trial.sharpe, float | int | None)
    return trial if good else None


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Closing gives the lock back.
        os.close(handle)

"""Load the bars of a run: the strategy's own, what lies before for warm-up, and finer ones for fills."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.source import asked_of, find_instrument
from tradewind.config.schema import Settings
from tradewind.errors import DataError, UsageError
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample


@attrs.frozen(kw_only=True)
class Window:
    """
    The time that a run covers.

    Args:
        start_ms: First bar open of the run, UTC milliseconds; None for the start of the data.
        end_ms: The run ends before this bar open; None for the end of the data.
        days: Length in days before the end, in place of a start.
    """

    start_ms: int | None = None
    end_ms: int | None = None
    days: float | None = None


@attrs.frozen(kw_only=True, eq=False)
class History:
    """
    The bars of one symbol for one run.

    Args:
        instrument: The pair.
        bars: Bars of the strategy's timeframe, warm-up included.
        start_ms: Open of the first bar of the run itself, UTC milliseconds.
        fine: Finer bars of the run itself, for fills; None when there are none.
        key: What tells the data of `bars` from others (`data_key`), where it is known; see `known_data`.
    """

    instrument: Instrument
    bars: Bars
    start_ms: int
    fine: Bars | None = None
    key: Hashable | None = None

    @property
    def first_row(self) -> int:
        """The row of `bars` at which the run itself begins."""
        return int(self.bars.time.searchsorted(self.start_ms))

    @property
    def run_bars(self) -> Bars:
        """The bars of the run itself."""
        # the same object where nothing lies before: what was worked out of it is kept with it
        return self.bars.rows(self.first_row, len(self.bars)) if self.first_row else self.bars

    @property
    def market_bars(self) -> Bars:
        """The bars of the run itself on which fills are evaluated."""
        return self.run_bars if self.fine is None else self.fine


def load_histories(
    source: Any, symbols: tuple[str, ...], timeframe: Timeframe, window: Window, warmup: int, settings: Settings
) -> dict[str, History]:
    """
    Load every symbol's bars over one common window.

    Args:
        source: The bar source.
        symbols: The pairs.
        timeframe: The strategy's timeframe.
        window: The time that the run covers.
        warmup: Bars wanted before the start.
        settings: The settings in force.

    Raises:
        DataError: TW-D001 for an unknown symbol, TW-D002 without bars in the window, TW-D008
            when the timeframe cannot be built from what there is.
        UsageError: TW-U003 when the end is not after the start, TW-U005 when the window holds
            more bars than `max_rows`.
    """
    asked = {
        symbol: _asked(
            source, find_instrument(source, symbol, settings.instruments), timeframe, window, warmup, settings
        )
        for symbol in symbols
    }
    # All symbols share one grid of market bars: the finest that every one of them has.
    base = max(one.base for one in asked.values())
    return {symbol: _loaded(source, attrs.evolve(one, base=base), timeframe) for symbol, one in asked.items()}


@attrs.frozen(kw_only=True)
class _Asked:
    """
    What is asked of the source for one symbol.

    Args:
        instrument: The pair.
        start_ms: Open of the first bar of the run, UTC milliseconds.
        end_ms: End of the run.
        first_ms: Open of the first bar wanted, warm-up included.
        warmup: Bars wanted before the start.
        base: The timeframe asked for.
        available: What the source says it has.
        max_rows: Most bars that may be loaded.
    """

    instrument: Instrument
    start_ms: int
    end_ms: int
    first_ms: int
    warmup: int
    base: Timeframe
    available: Mapping[Timeframe, tuple[int, int]]
    max_rows: int


def _asked(
    source: Any, instrument: Instrument, timeframe: Timeframe, window: Window, warmup: int, settings: Settings
) -> _Asked:
    available = _met(source, instrument.symbol, timeframe, window, _available(source, instrument.symbol))
    start_ms, end_ms = _bounds(window, timeframe, available, instrument.symbol)
    warm_from = start_ms - warmup * timeframe.ms
    finest = _base_timeframe(available, timeframe, warm_from, start_ms, end_ms) if settings.use_finer_bars else None
    return _Asked(
        instrument=instrument,
        start_ms=start_ms,
        end_ms=end_ms,
        # More than the warm-up is asked for: bars may be missing in it.
        first_ms=warm_from - (warmup // 4 + 8) * timeframe.ms,
        warmup=warmup,
        base=finest or timeframe,
        available=available,
        max_rows=settings.max_rows,
    )


def _loaded(source: Any, asked: _Asked, timeframe: Timeframe) -> History:
    base, symbol = asked.base, asked.instrument.symbol
    rows = (asked.end_ms - asked.first_ms) // base.ms
    if rows > asked.max_rows:
        raise UsageError(
            f"the run asks for {rows:,} bars of {base}, expected at most {asked.max_rows:,}.",
            code="TW-U005",
            hint="Shorten the run, take a longer timeframe, or raise the setting max_rows.",
        )
    first, end = (pd.Timestamp(moment, unit="ms", tz="UTC") for moment in (asked.first_ms, asked.end_ms))
    finest = _closed(asked_of(source, source.bars, asked.instrument, base, first, end), base, symbol)
    bars = resample(finest, timeframe) if base != timeframe else finest
    if not len(bars) or int(bars.time[-1]) < asked.start_ms:
        raise _nothing(symbol, timeframe, asked.start_ms, asked.end_ms, asked.available)
    before = int(bars.time.searchsorted(asked.start_ms))
    bars = bars.rows(max(0, before - asked.warmup), len(bars))
    fine = finest.between(max(asked.start_ms, int(bars.time[0])), int(bars.time[-1]) + timeframe.ms)
    return History(
        instrument=asked.instrument,
        bars=bars,
        start_ms=asked.start_ms,
        fine=fine if base != timeframe else None,
    )


def _available(source: Any, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
    tell = getattr(source, "available", None)
    return {} if tell is None else asked_of(source, tell, symbol)


def _met(
    source: Any, symbol: str, timeframe: Timeframe, window: Window, available: Mapping[Timeframe, tuple[int, int]]
) -> Mapping[Timeframe, tuple[int, int]]:
    """Return what there is; where the one date that was given lies beyond it, the piece beyond the hole."""
    pieces, start_ms, end_ms = getattr(source, "pieces", None), window.start_ms, window.end_ms
    if pieces is None or window.days is not None or (start_ms is None) == (end_ms is None):
        return available

    def meets(span: tuple[int, int]) -> bool:
        return (start_ms is None or start_ms < span[1]) and (end_ms is None or span[0] < end_ms)

    if any(meets(span) for length, span in available.items() if length.nests_in(timeframe)):
        return available
    told = asked_of(source, pieces, symbol)
    fitting = {
        length: [span for span in spans if meets(span)] for length, spans in told.items() if length.nests_in(timeframe)
    }
    return {
        length: max(spans, key=lambda span: span[1] - span[0]) for length, spans in fitting.items() if spans
    } or available


def _bounds(
    window: Window, timeframe: Timeframe, available: Mapping[Timeframe, tuple[int, int]], symbol: str
) -> tuple[int, int]:
    usable = [span for length, span in available.items() if length.nests_in(timeframe)]
    if available and not usable:
        raise DataError(
            f"{symbol}: bars of {timeframe} cannot be built from {', '.join(str(t) for t in sorted(available))}.",
            code="TW-D008",
            hint="Take a timeframe that the existing ones fill without remainder.",
        )
    end_ms = window.end_ms
    if end_ms is None:
        if not usable:
            raise UsageError("this data source needs an --end.", code="TW-U008", hint="For example --end 2025-06-30.")
        end_ms = timeframe.floor(max(end for _, end in usable))
    if window.days is not None:
        start_ms = end_ms - int(window.days * 86_400_000)
    elif window.start_ms is not None:
        start_ms = window.start_ms
    elif usable:
        start_ms = min(start for start, _ in usable)
    else:
        raise UsageError("this data source needs a --start or --days.", code="TW-U008")
    if end_ms <= start_ms:
        raise UsageError(
            f"the end {_iso(end_ms)} is not after the start {_iso(start_ms)}.",
            code="TW-U003",
            hint="--end must be later than --start; without them the data's own range is used.",
        )
    return timeframe.ceil(start_ms), end_ms


def _base_timeframe(
    available: Mapping[Timeframe, tuple[int, int]], timeframe: Timeframe, first_ms: int, start_ms: int, end_ms: int
) -> Timeframe | None:
    """Return the finest timeframe that covers the run, and its warm-up as far as any does."""
    usable = {length: span for length, span in available.items() if length.nests_in(timeframe)}
    if not usable:
        return None
    earliest = min(start for start, _ in usable.values())
    latest = max(end for _, end in usable.values())
    for need_from in (max(first_ms, earliest), max(start_ms, earliest)):
        covering = [
            length
            for length, (start, end) in usable.items()
            if start <= need_from + timeframe.ms and end >= min(end_ms, latest) - timeframe.ms
        ]
        if covering:
            return min(covering)
    return max(usable, key=lambda length: (usable[length][1] - usable[length][0], -length.ms))


def left_out(source: Any, histories: Mapping[str, History], window: Window) -> tuple[str, ...]:
    """Return in words which bars lie beyond a hole and were not loaded because no dates were given."""
    pieces = getattr(source, "pieces", None)
    if pieces is None or (window.start_ms is not None and window.end_ms is not None):
        return ()
    lines = []
    for symbol, history in histories.items():
        step, told = history.bars.timeframe, asked_of(source, pieces, symbol)
        spans = [span for length, parts in told.items() if length.nests_in(step) for span in parts]
        older = min((start for start, _ in spans), default=history.start_ms)
        newer = max((end for _, end in spans), default=0)
        if window.start_ms is None and window.days is None and older <= history.start_ms - step.ms:
            lines.append(f"{symbol}: bars from {_iso(older)} on lie before a hole; --start takes them in.")
        if window.end_ms is None and newer >= int(history.bars.time[-1]) + 2 * step.ms:
            lines.append(f"{symbol}: bars up to {_iso(newer)} lie beyond a hole; --end takes them in.")
    return tuple(lines)


def _closed(frame: Any, timeframe: Timeframe, symbol: str) -> Bars:
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"{symbol}: the data source answered with {type(frame).__name__}, expected a DataFrame.", code="TW-D011"
        )
    return Bars.from_frame(frame, timeframe)


def _nothing(
    symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, available: Mapping[Timeframe, tuple[int, int]]
) -> DataError:
    spans = "; ".join(f"{t}: {_iso(start)} to {_iso(end)}" for t, (start, end) in sorted(available.items()))
    return DataError(
        f"{symbol}: there are no bars of {timeframe} from {_iso(start_ms)} to {_iso(end_ms)}.",
        code="TW-D002",
        hint=f"There are: {spans}." if spans else "Ask for another range.",
    )


def _iso(time_ms: int) -> str:
    return pd.Timestamp(time_ms, unit="ms", tz="UTC").strftime("%Y-%m-%dT%H:%MZ")

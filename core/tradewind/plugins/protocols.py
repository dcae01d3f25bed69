"""What implementations look like: attrs settings in, arrays out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    from decimal import Decimal

    from pandas import DataFrame, Timestamp

    from tradewind.model.costs import Costs
    from tradewind.model.instrument import Instrument
    from tradewind.model.limits import Limits
    from tradewind.model.orders import FillReport, OrderReport, OrderRequest, Reply
    from tradewind.model.plan import Plan
    from tradewind.model.signals import Signals
    from tradewind.model.timeframe import Timeframe
    from tradewind.model.venue import AccountSnapshot, Capabilities, Permissions, Probe, VenueEvent


@attrs.frozen
class Need:
    """
    One feature that a strategy or a policy asks the core for.

    Args:
        name: Catalogue name of an indicator (`rsi`) or of a series (`fear-greed`).
        params: The indicator's settings, such as `{"length": 14}`.
        columns: What its outputs are called in the frame, by output name; an output that is
            not named keeps its own name. For one output a plain string will do.
        timeframe: Evaluate on this higher timeframe and join as-of its close; empty for the
            strategy's own.
        kind: `indicator` or `series`.
        optional: Go on without it, as columns of NaN, when it is not there.
        series: A series whose columns the indicator reads beside the bars, joined as of each close.
    """

    name: str
    params: Mapping[str, Any] = attrs.field(factory=dict)
    columns: str | Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    timeframe: str = attrs.field(default="", kw_only=True)
    kind: str = attrs.field(default="indicator", kw_only=True)
    optional: bool = attrs.field(default=False, kw_only=True)
    series: str = attrs.field(default="", kw_only=True)


@runtime_checkable
class BarSource(Protocol):
    """A source of closed bars."""

    def instruments(self) -> Sequence[Instrument]:
        """Return the pairs that are there."""
        ...

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC), strictly increasing.

        The columns are open, high, low, close, volume (float64). Missing bars stay missing.
        An unknown symbol raises DataError TW-D001; an empty range answers with no rows.
        """
        ...


@runtime_checkable
class ListsTimeframes(Protocol):
    """A source of bars that can say what it has, so that fills are evaluated on the finest bars there are."""

    def available(self, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
        """
        Return [start, end) in UTC milliseconds for every timeframe that is held for itself.

        A span has no long hole: a timeframe whose bars lie in pieces is told by its longest one.
        An unknown symbol raises DataError TW-D001.
        """
        ...


@runtime_checkable
class StreamingBarSource(BarSource, Protocol):
    """A source that also delivers bars as they close."""

    def stream(self, instruments: Sequence[Instrument], timeframe: Timeframe) -> AsyncIterator[Any]:
        """Yield each closed bar once, in order, as (symbol, bar); a bar is a `ClosedBar`, or has its attributes."""
        ...


@runtime_checkable
class SeriesSource(Protocol):
    """A source of timed values other than bars."""

    def series(self, symbol: str, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return values of [start, end) indexed by event time (UTC), with a column `known_at`.

        `known_at` is when the value could first have been used; it is never before the event.
        """
        ...


@runtime_checkable
class Indicator(Protocol):
    """A causal function of bars: row t uses bars up to t."""

    def warmup(self) -> int:
        """Return how many leading rows are NaN; from that row on every value is finite."""
        ...

    def compute(self, bars: DataFrame) -> DataFrame:
        """Return the declared outputs as float64 columns over the same index, leaving `bars` unchanged."""
        ...


@runtime_checkable
class ArrayIndicator(Indicator, Protocol):
    """An indicator that can also do without frames, which a call on few bars spends most of its time on."""

    def arrays(self, bars: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Return what `compute` would, by output name in order, as float64 arrays.

        `bars` holds open, high, low, close and volume (float64) and time (bar opens, int64
        milliseconds UTC), all read-only and of one length.
        """
        ...


@runtime_checkable
class Strategy(Protocol):
    """A pure function from features to signals."""

    def needs(self) -> Sequence[Need]:
        """Return the features that the frame must have, beside the bars themselves."""
        ...

    def signals(self, frame: DataFrame) -> Signals:
        """
        Return one row of signals per row of the frame.

        The frame holds open, high, low, close, volume and the columns of `needs()`. Row t may
        use rows up to t. The frame must not be changed and nothing may be kept between calls.

        A strategy may also have `check(instrument, costs, frame) -> Sequence[str]`: it is
        called once before a run, answers with warnings to show, and raises StrategyError
        TW-K006 to refuse the market, and `plan_columns` when it sizes positions itself: see
        `SizesPositions`.
        """
        ...


@runtime_checkable
class RiskPolicy(Protocol):
    """
    A tightening of plans.

    It may also have `limits(limits: Limits) -> Limits`, which answers with limits that are at
    least as tight, and `needs()` like a strategy.
    """

    def plan(self, frame: DataFrame, signals: Signals, plan: Plan) -> Plan:
        """Return the plan with risk lowered, stops tightened or entries forbidden; never the reverse."""
        ...


@runtime_checkable
class TightensLimits(Protocol):
    """A risk policy that sets account limits."""

    def limits(self, limits: Limits) -> Limits:
        """Return limits that are at least as tight as these."""
        ...


@runtime_checkable
class ChecksMarket(Protocol):
    """A strategy that looks at instrument and costs before a run."""

    def check(self, instrument: Instrument, costs: Costs, frame: DataFrame) -> Sequence[str]:
        """Return warnings to show; raise StrategyError TW-K006 to refuse."""
        ...


@runtime_checkable
class SizesPositions(Protocol):
    """A strategy that says itself how large its positions are."""

    def plan_columns(self, frame: DataFrame, signals: Signals) -> Mapping[str, Any]:
        """
        Return `qty_fraction`, the fraction of equity to hold per bar, NaN to size by risk.

        Asked once after `signals`, with the same frame. It sizes below the risk budget and the
        caps of the account, never above: the kernel takes the smallest.
        """
        ...


@runtime_checkable
class Executor(Protocol):
    """
    A carrier of requests to one account at one venue.

    It translates and carries, it decides nothing: it never repeats a mutating request, never makes up an id and
    keeps no state that a restart would lose. Whoever drives it has written every request down before.

    It may also have `used_weight() -> int`, the request weight that the venue has counted in this minute, for whoever
    watches.
    """

    async def open(self) -> None:
        """
        Connect, and read what the venue can do.

        Raises:
            VenueError: When the venue cannot be reached or refuses the key.
        """
        ...

    async def close(self) -> None:
        """Leave; resting orders stay where they are."""
        ...

    async def server_time(self) -> int:
        """Return the venue's clock, UTC milliseconds."""
        ...

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        """Return the venue's rules of these symbols, read anew; one that is not traded there is left out."""
        ...

    def capabilities(self, symbol: str) -> Capabilities:
        """Return what the venue can do for a symbol, as read at `open` or by `instruments`."""
        ...

    async def permissions(self) -> Permissions:
        """Return what the key may do."""
        ...

    async def snapshot(self) -> AccountSnapshot:
        """Return the account's balances."""
        ...

    async def submit(self, request: OrderRequest) -> Reply:
        """
        Send one mutating request, once, and return what the answer says.

        Never raises for what the venue or the network does: an answer that is missing or cannot be read
        is `ReplyKind.UNKNOWN`, never a refusal.
        """
        ...

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        """
        Return an order by our id (the newest of that id) or by the venue's; None when it is not found.

        Not found proves nothing: look-ups can lag.

        Raises:
            VenueError: TW-V001 when the venue did not answer; TW-V003 while it must not be asked.
        """
        ...

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        """Return the orders that rest or are held, of one symbol or of all; raises like `order`."""
        ...

    async def fills(self, symbol: str, from_id: int) -> Sequence[FillReport]:
        """Return executions with a trade id of `from_id` or above, ascending, a page of them; raises like `order`."""
        ...

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        """
        Ask the matching engine whether an order rests, changing nothing; raises like `order`.

        `quantity` is the order's own, which some venues must be told to answer.
        """
        ...

    def events(self) -> AsyncIterator[VenueEvent]:
        """
        Yield what the venue reports, from now on.

        A `StreamEvent` with `live=True` comes first, and again after every break: between the two anything
        may have been missed.
        """
        ...

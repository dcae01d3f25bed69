"""
The oracle: a slow, plain reading of docs/explanation/kernel.md in exact decimals.

It is written from that page and shares no code with the kernel, so that where the two agree on
random markets, both do what the page says.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

import attrs

from oracle.account import Account
from oracle.bar import MarketBar
from oracle.decide import record, take_rows
from oracle.fills import Floor
from oracle.ledger import Ledger
from oracle.market import Candle, History, exact, histories, timeline
from oracle.records import OracleRun
from oracle.refusals import count_stops
from oracle.rows import Row, rows_of
from oracle.scales import ZERO, Scales
from oracle.slot import Slot
from oracle.terms import Terms
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

DIGITS = 40


@attrs.define(kw_only=True)
class Oracle:
    """
    One run.

    Args:
        limits: Caps of the account.
        slots: In slot order.
        markets: The market bars of every symbol: finer ones where there are any.
        flows: Deposits and withdrawals by the open of the market bar they are booked at.
        funding: Rates by symbol and open of the market bar.
        optimistic: Targets before stops.
        ledger: Money and records.
    """

    limits: Limits
    slots: list[Slot]
    markets: Mapping[str, History]
    flows: Mapping[int, Decimal]
    funding: Mapping[str, Mapping[int, Decimal]]
    optimistic: bool
    ledger: Ledger

    def run(self, *, close_at_end: bool) -> None:
        """Go through the timeline, bar by bar."""
        times = timeline(self.markets)
        length = next(iter(self.markets.values())).length_ms
        completed = self._completions(times)
        for moment, time in enumerate(times):
            bar = self._market_bar(moment, time)
            self._trade(bar, time)
            rows = completed.get(moment, [])
            self._close(bar, rows)
            self.ledger.mark_to_market(self.slots)
            self.ledger.close_bar(time + length, exact(self.limits.max_drawdown), exact(self.limits.max_daily_risk))
            self._halt()
            take_rows(Account(ledger=self.ledger, limits=self.limits, slots=self.slots, moment=moment), rows)
            if close_at_end and moment == len(times) - 1:
                self._end(bar)
            self.ledger.draw(time, self.slots, self.flows.get(time, ZERO))

    def _market_bar(self, moment: int, time: int) -> MarketBar:
        candles: dict[str, Candle] = {}
        gaps = set()
        for symbol, history in self.markets.items():
            index = history.holding(time)
            candle = history.candles[index] if index >= 0 and history.times[index] == time else None
            if candle is not None:
                candles[symbol] = candle
                if history.follows_gap(index):
                    gaps.add(symbol)
        floor = Floor(ledger=self.ledger, market_bar=moment, time=time)
        return MarketBar(floor=floor, candles=candles, gaps=frozenset(gaps), optimistic=self.optimistic)

    def _completions(self, times: list[int]) -> dict[int, list[tuple[Slot, Row]]]:
        """Return which rows the market bars complete: each its last one inside (rule T1)."""
        answer: dict[int, list[tuple[Slot, Row]]] = {}
        account = Account(ledger=self.ledger, limits=self.limits, slots=self.slots, moment=-1)
        for slot in self.slots:
            for row in slot.rows:
                inside = [i for i, time in enumerate(times) if row.time <= time < row.time + slot.history.length_ms]
                if inside:
                    answer.setdefault(inside[-1], []).append((slot, row))
                elif row.enter:
                    record(account, slot, row, "blocked:stale_data", None)
        return answer

    def _trade(self, bar: MarketBar, time: int) -> None:
        """Book flows and funding and carry out orders (O0 to I6); count the stops that happened."""
        stops = {slot.number: len(slot.stops) for slot in self.slots}
        self.ledger.book_flow(self.flows.get(time, ZERO))
        rates = {symbol: by_time[time] for symbol, by_time in self.funding.items() if time in by_time}
        bar.fund(self.slots, rates)
        bar.open(self.slots)
        bar.inside(self.slots)
        account = Account(ledger=self.ledger, limits=self.limits, slots=self.slots, moment=bar.floor.market_bar)
        for slot in self.slots:
            count_stops(account, slot, stops[slot.number])

    def _close(self, bar: MarketBar, rows: list[tuple[Slot, Row]]) -> None:
        """Set marks and extremes, then trail the stops of slots whose plan row is complete (rule C1)."""
        for slot in self.slots:
            candle = bar.candles.get(slot.symbol)
            if candle is not None:
                slot.mark = candle.close
                if slot.position is not None:
                    slot.position.lived_through(candle, bar.floor.market_bar)
        for slot, row in rows:
            if slot.position is not None:
                slot.position.trail(row.atr, slot.terms, self.ledger.scales)

    def _halt(self) -> None:
        """Let a halt end what is on its way, and flatten when that is asked for (rules C3 and C4)."""
        if self.ledger.halted_drawdown or self.ledger.halted_daily:
            for slot in self.slots:
                slot.expire_entry()
        if self.ledger.halted_drawdown and self.limits.flatten_on_drawdown:
            for slot in self.slots:
                if slot.position is not None and slot.leaving is None:
                    slot.leaving = "halt"

    def _end(self, bar: MarketBar) -> None:
        """Close what is open at the last close (rule R4)."""
        for slot in self.slots:
            if slot.position is not None:
                assert slot.mark is not None
                price = slot.terms.market_price(slot.mark, -slot.position.side)
                bar.floor.leave(slot, price, slot.terms.taker, "end")
        self.ledger.mark_to_market(self.slots)
        self.ledger.peak = max(self.ledger.peak_before, self.ledger.equity)


def booked(amounts: Mapping[int, float], times: list[int]) -> dict[int, Decimal]:
    """Return the amounts by the first market bar that opens at or after their moment (rule C5)."""
    answer: dict[int, Decimal] = {}
    for moment, amount in amounts.items():
        at = next((time for time in times if time >= moment), None)
        if at is not None:
            answer[at] = answer.get(at, ZERO) + exact(amount)
    return answer


def simulate_oracle(
    bars: Mapping[str, Bars],
    plan: Mapping[tuple[str, str], Plan],
    *,
    limits: Limits,
    costs: Costs,
    instrument: Mapping[str, Instrument],
    initial_balance: float,
    fine: Mapping[str, Bars] | None = None,
    flows: Mapping[int, float] | None = None,
    funding: Mapping[str, Mapping[int, float]] | None = None,
    clusters: Mapping[int, Mapping[str, int]] | None = None,
    priorities: Mapping[str, int] | None = None,
    order: str = "pessimistic",
    close_at_end: bool = False,
) -> OracleRun:
    """
    Simulate in exact decimals.

    Args:
        bars: Bars of the plans' timeframe by symbol.
        plan: Plans by (strategy, symbol), in slot order.
        limits: Caps of the account.
        costs: Costs of every symbol.
        instrument: Venue rules by symbol.
        initial_balance: Quote units.
        fine: Finer bars by symbol, on which fills are evaluated.
        flows: Deposits and withdrawals, quote units, by their moment in UTC milliseconds.
        funding: Funding rates by symbol and moment.
        clusters: Cluster by symbol, by the UTC day (since the epoch) from which it holds; −1 stands alone.
        priorities: Priority by strategy, lower first.
        order: `pessimistic` or `optimistic`.
        close_at_end: Close what is open at the last close.
    """
    with localcontext() as context:
        context.prec = DIGITS
        coarse = histories(bars)
        markets = histories(fine) if fine is not None else coarse
        slots = [
            Slot(
                number=number,
                strategy=strategy,
                symbol=symbol,
                priority=(priorities or {}).get(strategy, 0),
                clusters={day: ids[symbol] for day, ids in (clusters or {}).items() if symbol in ids},
                terms=Terms.of(costs, instrument[symbol], limits.min_notional_factor),
                history=coarse[symbol],
                rows=rows_of(each, coarse[symbol]),
            )
            for number, ((strategy, symbol), each) in enumerate(plan.items())
        ]
        scales, times = Scales(), timeline(markets)
        oracle = Oracle(
            limits=limits,
            slots=slots,
            markets=markets,
            flows=booked(flows or {}, times),
            funding={symbol: booked(rates, times) for symbol, rates in (funding or {}).items()},
            optimistic=order == "optimistic",
            ledger=Ledger.opened(exact(initial_balance), times[0], scales),
        )
        oracle.run(close_at_end=close_at_end)
    ledger = oracle.ledger
    return OracleRun(
        trades=ledger.trades,
        fills=ledger.fills,
        equity=ledger.curve,
        decisions=ledger.decisions,
        positions=[held for slot in slots for held in slot.holding()],
        near_ties=scales.notes,
    )

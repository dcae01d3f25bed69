"""What happens within one market bar: its open and its inside, step by step (part 2 of the page)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from oracle.fills import Floor
from oracle.market import Candle
from oracle.position import Position
from oracle.scales import Scales
from oracle.slot import Slot


@attrs.frozen(kw_only=True)
class MarketBar:
    """
    One moment of the timeline.

    Args:
        floor: Carries out the orders.
        candles: The symbols' bars; a symbol that is masked or has none is left out.
        gaps: Symbols whose bar is after a gap.
        optimistic: Targets before stops.
    """

    floor: Floor
    candles: Mapping[str, Candle]
    gaps: frozenset[str]
    optimistic: bool

    @property
    def _scales(self) -> Scales:
        return self.floor.ledger.scales

    def fund(self, slots: list[Slot], rates: Mapping[str, Decimal]) -> None:
        """Pay or receive the funding of linear positions (rule O0)."""
        for slot in slots:
            held, candle = slot.position, self.candles.get(slot.symbol)
            rate = rates.get(slot.symbol)
            if held is None or candle is None or rate is None or not slot.terms.linear:
                continue
            for tranche in held.tranches:
                amount = -held.side * tranche.quantity * candle.open * rate
                tranche.funding += amount
                self.floor.ledger.cash += amount

    def open(self, slots: list[Slot]) -> None:
        """Carry out what the open decides: exits, gaps, entries (rules O1 to O5)."""
        for slot in slots:
            candle = self.candles.get(slot.symbol)
            if candle is not None and slot.position is not None:
                self._open_exits(slot, slot.position, candle)
        pending = [slot for slot in slots if slot.entry is not None and slot.symbol in self.candles]
        for slot in pending:
            if slot.symbol in self.gaps or slot.position is not None:
                slot.expire_entry()
        market = [slot for slot in pending if slot.entry is not None and slot.entry.limit is None]
        for slot in sorted(market, key=lambda each: each.entry.rank):  # type: ignore[union-attr]
            assert slot.entry is not None
            price = slot.terms.market_price(self.candles[slot.symbol].open, slot.entry.row.enter)
            self.floor.enter(slot, price, slot.terms.taker, inside=False)
        for slot in pending:
            if slot.entry is not None and slot.entry.limit is not None:
                self._limit_at_open(slot, slot.entry.limit, slot.entry.row.enter)

    def _open_exits(self, slot: Slot, held: Position, candle: Candle) -> None:
        terms, leaving = slot.terms, slot.leaving
        if held.hit("gap to liquidation", held.liquidation, candle.open, self._scales, for_us=False):
            self.floor.liquidate(slot)
            return
        if leaving is None and slot.timed_out(slot.plan_bar(candle.time)):
            leaving = "time"
        if leaving is not None:
            self.floor.leave(slot, terms.market_price(candle.open, -held.side), terms.taker, leaving)
        elif held.hit("gap to stop", held.stop, candle.open, self._scales, for_us=False):
            price = terms.market_price(candle.open, -held.side, slot.stop_slip(candle))
            self.floor.leave(slot, price, terms.taker, held.stop_reason)
        else:
            for tranche in list(held.tranches):
                if held.hit("gap to target", tranche.target, candle.open, self._scales, for_us=True):
                    fee = candle.open * tranche.quantity * terms.maker
                    self.floor.close(slot, tranche, candle.open, fee, "take_profit")

    def _limit_at_open(self, slot: Slot, limit: Decimal, side: int) -> None:
        candle, terms = self.candles[slot.symbol], slot.terms
        if self._scales.at_least("limit at open", side * limit, side * candle.open):
            price = terms.market_price(candle.open, side)
            price = min(price, limit) if side > 0 else max(price, limit)
            self.floor.enter(slot, price, terms.taker, inside=False)

    def inside(self, slots: list[Slot]) -> None:
        """Carry out what the bar's extremes decide: limit entries, liquidations, stops, targets (rules I1 to I6)."""
        for slot in slots:
            candle = self.candles.get(slot.symbol)
            if candle is None:
                continue
            if slot.entry is not None and slot.entry.limit is not None:
                self._limit_inside(slot, slot.entry.limit, slot.entry.row.enter, candle)
        for slot in slots:
            candle = self.candles.get(slot.symbol)
            if candle is not None and slot.position is not None:
                self._inside_exits(slot, slot.position, candle)

    def _limit_inside(self, slot: Slot, limit: Decimal, side: int, candle: Candle) -> None:
        through = Decimal(0) if self.optimistic else slot.terms.tick
        extreme = candle.low if side > 0 else candle.high
        if self._scales.at_least("limit inside", side * limit - through, side * extreme, size=limit):
            self.floor.enter(slot, limit, slot.terms.maker, inside=True)

    def _inside_exits(self, slot: Slot, held: Position, candle: Candle) -> None:
        against, favourable = (candle.low, candle.high) if held.side > 0 else (candle.high, candle.low)
        liquidated = held.hit("liquidation", held.liquidation, against, self._scales, for_us=False)
        stopped = held.hit("stop", held.stop, against, self._scales, for_us=False)
        if liquidated and held.liquidation is not None:
            nearer = held.stop is not None and held.side * held.stop >= held.side * held.liquidation
            if not nearer:
                self.floor.liquidate(slot)
                return
        reached = [held.hit("target", each.target, favourable, self._scales, for_us=True) for each in held.tranches]
        entered_inside = held.inside_bar == self.floor.market_bar
        for tranche, hit in zip(held.tranches, reached, strict=True):
            tranche.ambiguous = tranche.ambiguous or (hit and entered_inside)
        self._stops_and_targets(slot, held, stopped, reached, candle, targets=self.optimistic or not entered_inside)

    def _stops_and_targets(
        self, slot: Slot, held: Position, stopped: bool, reached: list[bool], candle: Candle, *, targets: bool
    ) -> None:
        """Close tranches in the run's order; `targets` tells whether they count in this bar at all (rules I3 to I6)."""
        terms, tranches = slot.terms, list(zip(held.tranches, reached, strict=True))
        at_target = [tranche for tranche, hit in tranches if hit and targets and (self.optimistic or not stopped)]
        for tranche in at_target:
            assert tranche.target is not None
            fee = tranche.target * tranche.quantity * terms.maker
            self.floor.close(slot, tranche, tranche.target, fee, "take_profit", ambiguous=stopped)
        at_stop = [(tranche, hit) for tranche, hit in tranches if stopped and tranche not in at_target]
        for tranche, hit in at_stop:
            assert held.stop is not None
            price = terms.market_price(held.stop, -held.side, slot.stop_slip(candle))
            self.floor.close(
                slot, tranche, price, price * tranche.quantity * terms.taker, held.stop_reason, ambiguous=hit
            )

"""
The intake: every order, execution and transfer that is heard of finds its chain, or is known as foreign.

An order of ours that turns up after its chain was closed breaks an assumption: its facts are taken in, its
chain is opened again so that it is protected, and entries stop until a person has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import attrs

from tradewind.live.orders.bench import Bench
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.facts import fill_of, first_fact, merge
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.ids import OrderName
from tradewind.live.orders.ledger import post_fill, post_transfer
from tradewind.model.orders import FillReport, OrderReport
from tradewind.model.venue import OrderEvent, StatusEvent, StreamEvent, TransferEvent, VenueEvent
from tradewind.plugins.protocols import Executor
from tradewind.store.records import Chain, ChainState, ForeignOrder, ForeignTransfer


class Intake:
    """
    Where news arrive.

    Args:
        bench: The desk's tools.
        adopt: Opens a closed chain again and drives it; returns its driver, None when its place is taken.
        audit: Called when reports may have been missed.
    """

    def __init__(self, bench: Bench, *, adopt: Callable[[Chain], Driver | None], audit: Callable[[], None]) -> None:
        self._bench = bench
        self._adopt = adopt
        self._audit = audit
        self._foreign: dict[tuple[str, int], tuple[object, ...]] = {}
        self.unknown_events = 0

    def event(self, event: VenueEvent) -> None:
        """Take in what the venue reported; a kind that is not known is counted."""
        match event:
            case OrderEvent():
                self.order(event.order, event.fill, source="event", exec_id=event.execution_id)
            case TransferEvent():
                self._transfer(event)
            case StreamEvent():
                self._bench.stream_live = event.live
                self._bench.emit(DeskEventKind.STREAM, live=event.live, reason=event.reason)
                self._audit()
            case StatusEvent():
                self._status(event)
            case _:
                self.unknown_events += 1

    def _status(self, event: StatusEvent) -> None:
        if event.status == "trading":
            self._bench.breakers.clear("VENUE_DOWN", scope=event.symbol, by="engine")
        else:
            self._bench.trip("VENUE_DOWN", scope=event.symbol, detail=f"{event.symbol} is {event.status}")

    def order(self, report: OrderReport, fill: FillReport | None = None, *, source: str, exec_id: int = 0) -> None:
        """Take in an order, and the execution that came with it."""
        name = self._bench.names.read(report.client_id)
        if name is None:
            self._foreign_order(report, fill, source=source)
            return
        driver = self._bench.driver_of(name)
        fills = (fill,) if fill is not None else ()
        if driver is None:
            self._late(name, report, fills, source=source)
        elif driver.take((report,), fills, source=source, exec_id=exec_id):
            driver.wake.set()

    # ours, but closed

    def _late(self, name: OrderName, report: OrderReport, fills: Sequence[FillReport], *, source: str) -> None:
        bench = self._bench
        entry_id = bench.names.write(attrs.evolve(name, role="E", k=0))
        rows = bench.journal.attempts_of(entry_id)
        if not rows:
            bench.trip("LATE_ORDER", detail=f"{report.client_id} is ours and was never written down")
            self._foreign_order(report, fills[0] if fills else None, source=source)
            return
        chain = bench.journal.chain(rows[0].chain_id)
        known = bench.journal.fact(bench.account, report.symbol, report.order_id)
        if chain is None or chain.state is not ChainState.CLOSED:
            return
        first = first_fact(report, account=bench.account, chain_id=chain.id, role=name.role, source=source)
        fact = merge(known, report, first)
        booked = {row.trade_id for row in bench.journal.fills(chain.id)}
        new_fills = [one for one in fills if one.trade_id not in booked]
        if fact is None and not new_fills:
            return
        if report.executed == 0 and not new_fills and (known is not None or report.status.is_terminal):
            return
        if report.executed == 0 and not new_fills and source == "event":
            self._audit()
            return
        bench.trip("LATE_ORDER", detail=f"{report.client_id} of closed chain {chain.id} is {report.status}")
        driver = self._adopt(chain)
        if driver is not None:
            driver.take((report,), new_fills, source=source)
            return
        with bench.unit() as unit:
            if fact is not None:
                unit.save_fact(fact)
            for one in new_fills:
                row = fill_of(one, account=bench.account, chain_id=chain.id, client_id=report.client_id, source=source)
                post_fill(unit, row, bench.instruments[report.symbol])

    # not ours

    def _foreign_order(self, report: OrderReport, fill: FillReport | None, *, source: str) -> None:
        bench = self._bench
        state = (report.status, report.executed)
        seen = self._foreign.get((report.symbol, report.order_id))
        traded = fill is not None and report.symbol in bench.instruments
        if seen == state and not traded:
            return
        now = bench.clock.now_ms()
        with bench.unit() as unit:
            unit.save_foreign_order(
                ForeignOrder(
                    account_fp=bench.account,
                    symbol=report.symbol,
                    order_id=report.order_id,
                    client_id=report.client_id,
                    side=report.side,
                    status=report.status,
                    qty=report.quantity,
                    executed_qty=report.executed,
                    first_seen_ms=now,
                    updated_ms=now,
                )
            )
            if fill is not None and traded:
                row = fill_of(fill, account=bench.account, chain_id=None, client_id=report.client_id, source=source)
                post_fill(unit, row, bench.instruments[report.symbol])
        self._foreign[report.symbol, report.order_id] = state
        if seen is None:
            bench.emit(DeskEventKind.FOREIGN, symbol=report.symbol, order=report.order_id, id=report.client_id)
            if report.symbol in bench.instruments:
                bench.trip("FOREIGN_ORDER", scope=report.symbol, detail=f"order {report.order_id} is not ours")

    def _transfer(self, event: TransferEvent) -> None:
        bench = self._bench
        transfer = ForeignTransfer(
            account_fp=bench.account,
            transfer_id=f"{event.asset}:{event.time_ms}:{event.delta}",
            asset=event.asset,
            delta=event.delta,
            time_ms=event.time_ms,
            detail="reported",
        )
        with bench.unit() as unit:
            new = post_transfer(unit, transfer)
        if new:
            bench.flow(event.asset, event.delta)
            bench.emit(DeskEventKind.FOREIGN, asset=event.asset, delta=event.delta)

    # executions

    async def trades(self, symbol: str) -> None:
        """
        Read the symbol's executions that were not read before, in order, each with its order.

        Raises:
            VenueError: The venue did not answer; the next reading goes on where this one ended.
        """
        bench = self._bench
        while True:
            start = bench.trades_read[symbol]
            page = await bench.line.ask(partial(_fills, symbol=symbol, from_id=start))
            for fill in page:
                if not await self._trade(fill):
                    return
                bench.trades_read[symbol] = max(bench.trades_read[symbol], fill.trade_id + 1)
            if not page:
                return

    async def _trade(self, fill: FillReport) -> bool:
        """Take one execution in; return False when its order cannot be found yet."""
        bench = self._bench
        for driver in list(bench.drivers.values()):
            if fill.symbol == driver.dossier.chain.symbol and driver.knows(fill.order_id):
                if driver.take((), (fill,), source="trades"):
                    driver.wake.set()
                return True
        known = bench.journal.fact(bench.account, fill.symbol, fill.order_id)
        if known is not None and known.chain_id is not None:
            booked = {row.trade_id for row in bench.journal.fills(known.chain_id)}
            if fill.trade_id in booked:
                return True
        report = await bench.line.ask(partial(_order, symbol=fill.symbol, order_id=fill.order_id))
        if report is None:
            return False
        self.order(report, fill, source="trades")
        return True


async def _fills(venue: Executor, *, symbol: str, from_id: int) -> Sequence[FillReport]:
    return await venue.fills(symbol, from_id)


async def _order(venue: Executor, *, symbol: str, order_id: int) -> OrderReport | None:
    return await venue.order(symbol, order_id=order_id)

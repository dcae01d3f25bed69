"""
What is known of an order, from whatever was heard of it and in whatever order that came.

Reports are lost, repeated, late and out of order, and look-ups lag. Each of them was true once, so they
are merged into what is furthest along: executed quantity never decreases, nothing follows a terminal
status, and news that say less than what is known say nothing.
"""

from __future__ import annotations

from typing import Final

import attrs

from tradewind.config.redaction import redact
from tradewind.errors import LiveError
from tradewind.model.orders import FillReport, OrderReport, OrderStatus
from tradewind.store.records import Fill, OrderFact

_RANK: Final = {
    OrderStatus.NEW: 0,
    OrderStatus.SUBMITTED: 1,
    OrderStatus.IN_DOUBT: 1,
    OrderStatus.HELD: 2,
    OrderStatus.ACCEPTED: 3,
    OrderStatus.PARTIALLY_FILLED: 4,
}
RESTING: Final = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
"""Statuses of an order that can trade now or when its trigger is reached."""


def merge(known: OrderFact | None, report: OrderReport, fact: OrderFact) -> OrderFact | None:
    """
    Return what is known after a report, None when it says nothing new.

    Args:
        known: What was known before.
        report: What was heard.
        fact: The report as a first fact of its order: account, chain, role and source are taken from it.

    Raises:
        LiveError: TW-L009 when two terminal records of one order differ; such a record never changes.
    """
    if known is None:
        return fact
    if known.terminal:
        if report.status.is_terminal and (report.status, report.executed) != (known.status, known.executed_qty):
            raise LiveError(
                f"order {known.order_id} of {known.symbol} ended as {known.status} with {known.executed_qty} "
                f"executed and was now reported as {report.status} with {report.executed}.",
                code="TW-L009",
                hint="A venue's terminal record never changes; look at the order at the venue.",
                order_id=known.order_id,
            )
        return None
    later = report.status.is_terminal or (_RANK[report.status], report.executed) > (
        _RANK[known.status],
        known.executed_qty,
    )
    if not later or report.executed < known.executed_qty:
        return None
    return attrs.evolve(
        known,
        status=report.status,
        executed_qty=report.executed,
        cum_quote=max(report.quote, known.cum_quote),
        terminal=report.status.is_terminal,
        expiry_reason=redact(report.reason) if report.reason else known.expiry_reason,
        exec_id=max(fact.exec_id, known.exec_id),
        updated_ms=max(report.time_ms, known.updated_ms),
    )


def first_fact(
    report: OrderReport, *, account: str, chain_id: int | None, role: str, source: str, exec_id: int = 0
) -> OrderFact:
    """Return a report as the first fact of its order."""
    return OrderFact(
        account_fp=account,
        symbol=report.symbol,
        order_id=report.order_id,
        client_id=report.client_id,
        chain_id=chain_id,
        role=role,
        status=report.status,
        executed_qty=report.executed,
        cum_quote=report.quote,
        terminal=report.status.is_terminal,
        expiry_reason=redact(report.reason),
        first_source=source,
        exec_id=exec_id,
        updated_ms=report.time_ms,
    )


def fill_of(report: FillReport, *, account: str, chain_id: int | None, client_id: str, source: str) -> Fill:
    """Return an execution as a row of the journal."""
    return Fill(
        account_fp=account,
        symbol=report.symbol,
        trade_id=report.trade_id,
        order_id=report.order_id,
        client_id=report.client_id or client_id,
        chain_id=chain_id,
        side=report.side,
        price=report.price,
        qty=report.quantity,
        quote_qty=report.quote,
        commission=report.commission,
        commission_asset=report.commission_asset,
        maker=report.maker,
        time_ms=report.time_ms,
        source=source,
    )

"""What the engine asks of the order desk, and the rules the desk holds it to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from tradewind.store.accounts import Execution
from tradewind.store.records import BarDecision


def _positive(_: object, attribute: attrs.Attribute[Any], value: Decimal) -> None:
    if type(value) is not Decimal or not value.is_finite() or value <= 0:
        raise TypeError(f"{attribute.name} was {value!r}, expected a finite Decimal above zero")


def _all_positive(instance: object, attribute: attrs.Attribute[Any], value: tuple[Decimal, ...]) -> None:
    if not value:
        raise TypeError(f"{attribute.name} was empty, expected at least one quantity")
    for one in value:
        _positive(instance, attribute, one)


@attrs.frozen(kw_only=True)
class Decided:
    """
    The rows that say how a bar was decided; they become durable together with what was decided.

    Args:
        bar: The decision: one for each bar of a slot, held by the journal.
        execution: The same for people: the decision ledger.
    """

    bar: BarDecision
    execution: Execution | None = None


@attrs.frozen(kw_only=True)
class EntryIntent:
    """
    One entry: as many chains as it has tranches, each with its own protective stop.

    Quantities and prices are rounded by the caller to lot and tick.

    Args:
        slot: The strategy's place.
        symbol: The venue's name of the pair.
        bar_open_ms: The bar that decided it, UTC milliseconds.
        limit_price: The most that is paid for a unit, quote units: best ask and slippage cap.
        stop_price: Trigger of the protective stop.
        tranches: Base units of each part.
        decided: The bar's decision.
    """

    slot: str
    symbol: str
    bar_open_ms: int
    limit_price: Decimal = attrs.field(validator=_positive)
    stop_price: Decimal = attrs.field(validator=_positive)
    tranches: tuple[Decimal, ...] = attrs.field(validator=_all_positive)
    decided: Decided


@attrs.frozen(kw_only=True)
class DeskRules:
    """
    How the desk works.

    Args:
        recv_window_ms: How long after signing the venue may act on a request.
        entry_window_ms: The same for an entry: a copy that comes after its stop has filled would buy again.
        urgent_window_ms: The most for an order that is placed only to be swapped for a sale, unless one was refused;
            half of it where the venue is near.
        fence_margin_ms: How much later than that its outcome counts as final.
        answer_s: How long an answer is waited for; then its outcome is unknown.
        urgent_s: The same while a position may be without its stop; what is asked then can be asked again.
        look_s: Seconds between two looks at something unknown.
        probe_s: Seconds between two probes of a token while reports arrive.
        blind_probe_s: The same while none arrive.
        audit_s: Seconds between two looks at open orders and executions.
        account_s: Seconds between two looks at balances.
        clock_s: Seconds between two measurements of the venue's clock.
        lease_s: Seconds between two signs of life in the lease.
        absent_looks: How often an entry must not be found before it counts as never arrived.
        absent_s: Over how many seconds those looks are spread.
        absent_refused_s: The same when the venue had refused it.
        bare_exit_s: Seconds without protection after which the position is sold.
        bare_halt_s: Seconds without protection after which the breaker is raised.
        stop_gap: How far below its trigger the limit of a stop lies where stops must be limit orders, a fraction.
        fee_guess: Fee taken from what is bought where the venue does not size the stop, a fraction.
        max_symbol_exposure: Largest notional in one symbol, a fraction of equity.
        max_total_exposure: Largest notional of all together, a fraction of equity.
        max_daily_loss: Loss since 00:00 UTC that stops entries, a fraction of the day's first equity.
        max_drawdown: Fall from the peak that stops entries, a fraction.
        max_slippage: Fraction beyond the decided price that an execution may cost.
        orders_a_minute: Own cap of requests that create orders, for each symbol.
        allow_unprotected: Trade symbols whose venue keeps no stops.
    """

    recv_window_ms: int = 2_000
    entry_window_ms: int = 1_000
    urgent_window_ms: int = 300
    fence_margin_ms: int = 1_500
    answer_s: float = 2.0
    urgent_s: float = 0.5
    look_s: float = 1.0
    probe_s: float = 30.0
    blind_probe_s: float = 5.0
    audit_s: float = 60.0
    account_s: float = 120.0
    clock_s: float = 600.0
    lease_s: float = 5.0
    absent_looks: int = 3
    absent_s: float = 90.0
    absent_refused_s: float = 10.0
    bare_exit_s: float = 5.0
    bare_halt_s: float = 60.0
    stop_gap: Decimal = Decimal("0.02")
    fee_guess: Decimal = Decimal("0.001")
    max_symbol_exposure: Decimal = Decimal(1)
    max_total_exposure: Decimal = Decimal(1)
    max_daily_loss: Decimal = Decimal("0.06")
    max_drawdown: Decimal = Decimal("0.20")
    max_slippage: Decimal = Decimal("0.01")
    orders_a_minute: int = 10
    allow_unprotected: bool = False

"""The journal's rules that both of its forms keep: what may follow what, and who may write."""

from __future__ import annotations

from typing import Final

import attrs

from tradewind.errors import JournalError, LeaseError
from tradewind.store.journal import LEASE_TIMEOUT_MS
from tradewind.store.records import Attempt, AttemptState, Chain, Fill, ForeignTransfer, Lease, LeaseOwner, OrderFact

_SAME_ORDER: Final = ("client_id", "status", "executed_qty", "cum_quote", "terminal")
_SAME_FILL: Final = ("order_id", "side", "price", "qty", "quote_qty", "commission", "maker", "time_ms")


def next_lease(
    held: Lease | None, account_fp: str, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool, takeover: bool
) -> Lease:
    """
    Return the lease that a process gets.

    Raises:
        LeaseError: TW-L007 when another process holds it.
    """
    if held is not None and held.owner_uuid and held.owner_uuid != owner.uuid:
        _check_free(held, owner, now_ms=now_ms, holder_is_dead=holder_is_dead, takeover=takeover)
    return Lease(
        account_fp=account_fp,
        owner_uuid=owner.uuid,
        host=owner.host,
        pid=owner.pid,
        boot_id=owner.boot_id,
        epoch=1 if held is None else held.epoch + 1,
        acquired_ms=now_ms,
        heartbeat_ms=now_ms,
    )


def _check_free(held: Lease, owner: LeaseOwner, *, now_ms: int, holder_is_dead: bool, takeover: bool) -> None:
    here = held.host == owner.host
    silent_ms = now_ms - held.heartbeat_ms
    if here and holder_is_dead:
        return
    wait_ms = LEASE_TIMEOUT_MS - silent_ms
    if wait_ms <= 0 and (here or takeover):
        return
    hint = (
        f"Stop that process, or wait {max(wait_ms, 0) / 1000:.0f} s after its end."
        if here
        else "Stop it there. When that machine is dead, start with --takeover."
    )
    raise LeaseError(
        f"process {held.pid} on {held.host} owns the account (epoch {held.epoch}, "
        f"last sign of life {silent_ms / 1000:.1f} s ago).",
        code="TW-L007",
        hint=hint,
        epoch=held.epoch,
        host=held.host,
        pid=held.pid,
    )


def lost(lease: Lease) -> LeaseError:
    """Return the error of a writer whose lease another process has taken."""
    return LeaseError(
        f"this process (epoch {lease.epoch}) is no longer the writer of the account; nothing was written.",
        code="TW-L007",
        hint="Another process took over and goes on; stops that rest at the venue stay.",
        epoch=lease.epoch,
    )


def check_writer(lease: Lease | None, account_fp: str | None = None) -> None:
    """
    Refuse a write of orders, money or decisions to who does not hold the account's lease.

    Raises:
        JournalError: TW-B006.
    """
    if lease is None:
        raise JournalError("orders, money and decisions are written with a lease only.", code="TW-B006")
    if account_fp is not None and account_fp != lease.account_fp:
        raise JournalError(f"the row is of account {account_fp}, the lease of {lease.account_fp}.", code="TW-B006")


def check_chain(old: Chain | None, new: Chain) -> None:
    """Refuse a new state of a chain that does not exist, is another one, or whose `k` goes back."""
    if old is None:
        raise missing("chain", new.id)
    identity = ("account_fp", "symbol", "slot", "bar_open_ms", "tranche", "session_id")
    changed = [name for name in identity if getattr(old, name) != getattr(new, name)]
    if changed:
        raise JournalError(f"chain {new.id}: {', '.join(changed)} may not change.", code="TW-B006")
    if new.k < old.k:
        raise JournalError(f"chain {new.id}: k was {old.k} and may not go back to {new.k}.", code="TW-B006")


def check_attempt(old: Attempt | None, new: Attempt) -> None:
    """Refuse a new state of an attempt that does not exist, is another one, or is to be unsent again."""
    if old is None:
        raise missing("attempt", new.id)
    identity = ("chain_id", "n", "verb", "client_id", "consumes_cid")
    changed = [name for name in identity if getattr(old, name) != getattr(new, name)]
    if changed:
        raise JournalError(f"attempt {new.id}: {', '.join(changed)} may not change.", code="TW-B006")
    if new.state is AttemptState.JOURNALLED and old.state is not AttemptState.JOURNALLED:
        raise JournalError(f"attempt {new.id} was {old.state} and may not be journalled again.", code="TW-B006")


def next_fact(old: OrderFact | None, new: OrderFact) -> OrderFact | None:
    """
    Return what is to be stored of an order; None when the news are stale or say nothing new.

    News are stale when they are not younger than what is stored and say less.

    Raises:
        JournalError: TW-B007 when they contradict what is stored.
    """
    if old is None:
        return new
    younger = new.updated_ms > old.updated_ms
    if not new.terminal and not younger and (old.terminal or new.executed_qty < old.executed_qty):
        return None
    if old.terminal:
        changed = [name for name in _SAME_ORDER if getattr(old, name) != getattr(new, name)]
        if changed:
            said = ", ".join(f"{name} {getattr(old, name)} -> {getattr(new, name)}" for name in changed)
            raise JournalError(
                f"order {new.order_id} of {new.symbol} has ended and would change: {said}.", code="TW-B007"
            )
        return None
    if new.executed_qty < old.executed_qty:
        raise JournalError(
            f"order {new.order_id} of {new.symbol} had traded {old.executed_qty} and is now said to have "
            f"traded {new.executed_qty}.",
            code="TW-B007",
        )
    return attrs.evolve(
        new,
        chain_id=old.chain_id if new.chain_id is None else new.chain_id,
        role=new.role or old.role,
        first_source=old.first_source or new.first_source,
        exec_id=max(old.exec_id, new.exec_id),
        updated_ms=max(old.updated_ms, new.updated_ms),
    )


def check_fill(old: Fill, new: Fill) -> None:
    """
    Refuse an execution that differs from the one stored under its id.

    How it was heard of may differ, and the asset of a commission of nothing.

    Raises:
        JournalError: TW-B007.
    """
    names = _SAME_FILL if not (old.commission or new.commission) else (*_SAME_FILL, "commission_asset")
    changed = [f"{name} {getattr(old, name)} -> {getattr(new, name)}" for name in names if _differ(old, new, name)]
    if changed:
        raise JournalError(
            f"trade {new.trade_id} of {new.symbol} differs from what is stored: {', '.join(changed)}.", code="TW-B007"
        )


def check_transfer(old: ForeignTransfer, new: ForeignTransfer) -> None:
    """Refuse a transfer that differs from the one stored under its id, TW-B007."""
    changed = [name for name in ("asset", "delta", "time_ms") if _differ(old, new, name)]
    if changed:
        raise JournalError(
            f"transfer {new.transfer_id} differs from what is stored: {', '.join(changed)}.", code="TW-B007"
        )


def _differ(old: object, new: object, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def missing(kind: str, number: int) -> JournalError:
    """Return the error of a row that is to be changed and is not there."""
    return JournalError(f"there is no {kind} {number}.", code="TW-B006")


def refused_inside() -> JournalError:
    """Return the error of a unit in which a write was refused and the refusal was passed over."""
    return JournalError("a write in this unit was refused: the unit cannot commit.", code="TW-B006")


def numbered[R](record: R, number: int) -> R:
    """Return a record with the id that the store gave it."""
    return attrs.evolve(record, id=number)  # type: ignore[misc]  # every record with an id is an attrs class

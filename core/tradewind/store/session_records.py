"""Who writes, what was decided, what stands in the way, where a session goes on: records of the journal."""

from __future__ import annotations

import attrs

from tradewind.store.amounts import Plain


@attrs.frozen(kw_only=True)
class LeaseOwner:
    """
    A process that wants to be the one writer of an account.

    Args:
        uuid: Made anew by every process.
        host: Name of the machine.
        pid: Process id.
        boot_id: Changes with every start of the machine.
    """

    uuid: str
    host: str
    pid: int
    boot_id: str


@attrs.frozen(kw_only=True)
class Lease:
    """
    The right to write for one account; a row of `account_lease`.

    Args:
        account_fp: Fingerprint of the account.
        owner_uuid: Who holds it; empty when it was given back.
        host: The holder's machine.
        pid: The holder's process.
        boot_id: The start of the holder's machine.
        epoch: Grows by one with every owner; a commit with another epoch fails.
        acquired_ms: Since when.
        heartbeat_ms: When the holder last showed life.
    """

    account_fp: str
    owner_uuid: str
    host: str
    pid: int
    boot_id: str
    epoch: int
    acquired_ms: int
    heartbeat_ms: int


@attrs.frozen(kw_only=True)
class BarDecision:
    """
    That a bar was decided, and how; there is one for each bar, or none.

    Args:
        account_fp: The account.
        symbol: The pair.
        slot: The strategy's place.
        bar_open_ms: The bar.
        session_id: The session that decided.
        inputs_hash: SHA-256 of the frame that was looked at.
        decision: The decision in one word, such as `enter`, `hold` or an outcome of the decision ledger.
        chain_id: The first chain it opened; None when it opened none.
        decided_ms: When.
        plan: What the strategy said on the bar, beside the decision: regime, conditions, wishes, the plan row's hash.
    """

    account_fp: str
    symbol: str
    slot: str
    bar_open_ms: int
    session_id: int
    inputs_hash: str
    decision: str
    chain_id: int | None = None
    decided_ms: int
    plan: Plain = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Halt:
    """
    A breaker that was raised.

    Args:
        id: Given by the store.
        account_fp: The account.
        scope: What it stops: `account`, or a symbol, or a slot.
        breaker: Its name, such as `DAILY_LOSS`.
        detail: Why.
        raised_ms: When.
        cleared_ms: When it was cleared; None while it is active.
        cleared_by: Who cleared it.
    """

    id: int = 0
    account_fp: str
    scope: str
    breaker: str
    detail: str = ""
    raised_ms: int
    cleared_ms: int | None = None
    cleared_by: str = ""


@attrs.frozen(kw_only=True)
class Checkpoint:
    """
    The kernel's state after a bar: a cache, rebuilt from the ledger when it is missing or damaged.

    Args:
        session_id: The session.
        bar_open_ms: The bar.
        kernel_state: Bytes.
        sha256: Their hash.
        schema_version: Version of their form.
    """

    session_id: int
    bar_open_ms: int
    kernel_state: bytes
    sha256: str
    schema_version: int

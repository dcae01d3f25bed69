"""Restore a backup: never under a running engine, never over rows unless told to, the old state kept."""

from __future__ import annotations

from pathlib import Path

import attrs
from sqlalchemy import Connection, inspect, select, update

from tradewind.errors import StoreError, UsageError
from tradewind.store.address import Address
from tradewind.store.backup import SUFFIXES, Verified, back_up, copy_file, verify, written
from tradewind.store.dumps import put_back
from tradewind.store.integrity import row_counts
from tradewind.store.journal import LEASE_TIMEOUT_MS
from tradewind.store.opening import Store, connect
from tradewind.store.records import Lease
from tradewind.store.rows import TABLES, record_of
from tradewind.store.schema import revision_of

_LEASE = TABLES[Lease]


@attrs.frozen(kw_only=True)
class Restored:
    """
    A restore that was carried out.

    Args:
        backup: What was put back.
        kept: Where the old state is; None when there was none worth keeping.
        revision: Revision of the schema that is there now.
    """

    backup: Verified
    kept: Path | None
    revision: str


def leases(connection: Connection) -> tuple[Lease, ...]:
    """Return the leases of a database; none when its schema has no such table."""
    exists = inspect(connection).has_table(_LEASE.name)
    return tuple(record_of(Lease, row) for row in connection.execute(select(_LEASE))) if exists else ()


def refuse_running(held: tuple[Lease, ...], *, now_ms: int) -> None:
    """
    Refuse when an engine has shown life lately.

    Raises:
        UsageError: TW-B009.
    """
    for lease in held:
        if lease.owner_uuid and now_ms - lease.heartbeat_ms < LEASE_TIMEOUT_MS:
            raise UsageError(
                f"process {lease.pid} on {lease.host} trades with this database "
                f"(last sign of life {(now_ms - lease.heartbeat_ms) / 1000:.0f} s ago).",
                code="TW-B009",
                hint="Stop it first: tradewind stop",
            )


def restore(place: Address, file: Path, *, now_ms: int, stamp: str, folder: Path, force: bool = False) -> Restored:
    """
    Put a backup in the place of a database.

    Leases of both are given back with a higher epoch: who still holds one can no longer write.

    Args:
        place: The database.
        file: The backup.
        now_ms: The wall clock, UTC milliseconds.
        stamp: A word for the name of what is kept.
        folder: Where the old state of a PostgreSQL database is kept; that of a file is kept beside it.
        force: Go over a database that holds rows, or cannot be read.

    Raises:
        UsageError: TW-B008 when the backup is not good or of another kind, TW-B009 when an engine
            runs or rows would be lost.
        StoreError: When the database refuses.
    """
    backup = verify(file)
    if backup.problems:
        raise UsageError(
            f"{file} is not good: {'; '.join(backup.problems)}.",
            code="TW-B008",
            hint="`tradewind db verify FILE` tells which backups are good.",
        )
    kind = "sqlite" if place.path is not None else "postgresql"
    if backup.kind != kind:
        raise UsageError(f"{file} is of {backup.kind}, the database of {kind}.", code="TW-B008")
    epochs, kept = _make_room(place, now_ms=now_ms, stamp=stamp, folder=folder, force=force)
    if place.path is not None:
        with written(place.path) as temporary:
            copy_file(file, temporary)
            _set_leases(Address(path=temporary), epochs)
            # The old file's log must not be taken for the new one's.
            for ending in ("-wal", "-shm"):
                place.path.with_name(place.path.name + ending).unlink(missing_ok=True)
    elif place.url is not None:
        put_back(place.url, file)
        _set_leases(place, epochs)
    with connect(place, mode="read") as store, store.snapshot() as connection:
        revision = revision_of(connection) or ""
    return Restored(backup=backup, kept=kept, revision=revision)


def _make_room(
    place: Address, *, now_ms: int, stamp: str, folder: Path, force: bool
) -> tuple[dict[str, int], Path | None]:
    """Return the epochs of the old database and where its state was kept."""
    if place.path is not None and (not place.path.exists() or place.path.stat().st_size == 0):
        return {}, None
    try:
        with connect(place) as store:
            return _keep(store, now_ms=now_ms, stamp=stamp, folder=folder, force=force)
    except StoreError as error:
        if place.path is None or error.code == "TW-B001":
            raise
        if not force:
            raise UsageError(
                f"what is at {place} cannot be read: {error.message}",
                code="TW-B009",
                hint="Give --force to put the backup in its place; the damaged file is kept beside it.",
            ) from error
        return {}, _move_aside(place.path, stamp)


def _keep(store: Store, *, now_ms: int, stamp: str, folder: Path, force: bool) -> tuple[dict[str, int], Path | None]:
    with store.snapshot() as connection:
        found = revision_of(connection, store.shown)
        if found is None:
            return {}, None
        held = leases(connection)
        refuse_running(held, now_ms=now_ms)
        rows = sum(row_counts(connection).values())
    epochs = {lease.account_fp: lease.epoch for lease in held}
    if not rows:
        return epochs, None
    if not force:
        raise UsageError(
            f"{store.shown} holds {rows} rows, which a restore would replace.",
            code="TW-B009",
            hint="Give --force; the old state is kept in a backup of its own.",
        )
    path = store.address.path
    stem, where = ("tradewind", folder) if path is None else (path.stem, path.parent)
    kept = _free(where / f"{stem}-before-restore-{stamp}{SUFFIXES[store.dialect]}")
    back_up(store, kept)
    if store.address.path is not None:
        _fold_log(store)
    return epochs, kept


def _fold_log(store: Store) -> None:
    """Take the log into the file, so that the file alone is the old state."""
    with store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _move_aside(path: Path, stamp: str) -> Path:
    kept = _free(path.with_name(f"{path.stem}-damaged-{stamp}.db"))
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
    return kept


def _free(path: Path) -> Path:
    """Return the first name of this kind that nothing has."""
    found, number = path, 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _set_leases(place: Address, epochs: dict[str, int]) -> None:
    with connect(place) as store, store.transaction() as connection:
        for lease in leases(connection):
            epoch = max(lease.epoch, epochs.get(lease.account_fp, 0)) + 1
            own = _LEASE.c.account_fp == lease.account_fp
            connection.execute(update(_LEASE).where(own).values(epoch=epoch, owner_uuid=""))

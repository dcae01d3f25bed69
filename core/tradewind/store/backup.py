"""Backups: a whole copy under its name or none, private, with its checksum, read again before it counts."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.cache.atomic import TEMPORARY, private_folder, sync_folder, write_whole
from tradewind.errors import StoreError, UsageError
from tradewind.store.dumps import DUMP_MAGIC, dump, rows_of_dump
from tradewind.store.files import MAGIC, link
from tradewind.store.integrity import problems_of, row_counts
from tradewind.store.opening import Store, connect
from tradewind.store.schema import revision_of

SUFFIXES: Final[Mapping[str, str]] = {"sqlite": ".db", "postgresql": ".dump"}


@attrs.frozen(kw_only=True)
class Verified:
    """
    What a backup holds.

    Args:
        file: The backup.
        kind: `sqlite` or `postgresql`.
        size: Bytes.
        sha256: Checksum of its bytes.
        revision: Revision of its schema; empty where only a restore tells.
        rows: Number of rows by table.
        problems: What is wrong with it; empty for a good one.
    """

    file: Path
    kind: str
    size: int
    sha256: str
    revision: str = ""
    rows: Mapping[str, int] = attrs.field(factory=dict)
    problems: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self) | {"file": str(self.file), "rows": dict(self.rows), "problems": list(self.problems)}


def sidecar(file: Path) -> Path:
    """Return the file beside a backup that holds its checksum, in the form of `sha256sum`."""
    return file.with_name(f"{file.name}.sha256")


def back_up(store: Store, file: Path) -> Verified:
    """
    Copy a database while it is in use; the copy is one moment of it, read again and checked.

    Args:
        store: The database.
        file: The backup; a file of that name is refused.

    Raises:
        UsageError: TW-U007 when the file exists or cannot be written.
        StoreError: TW-B008 when the copy is not good, TW-B010 when PostgreSQL's programs fail.
    """
    if file.exists():
        raise UsageError(f"{file} exists already.", code="TW-U007", hint="Give another name, or none.")
    with written(file) as temporary:
        if store.address.path is not None:
            copy_file(store.address.path, temporary)
        elif store.address.url is not None:
            dump(store.address.url, temporary)
        found = look_at(temporary)
        if found.problems:
            raise StoreError(f"the copy is not good: {found.problems[0]}.", code="TW-B008")
    write_whole(sidecar(file), f"{found.sha256}  {file.name}\n".encode(), private=True)
    return attrs.evolve(found, file=file)


@contextmanager
def written(file: Path) -> Iterator[Path]:
    """Give a private temporary file that takes the name when the block ends, forced to the disk."""
    temporary = file.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        private_folder(file.parent)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", code="TW-U007") from error
    finally:
        temporary.unlink(missing_ok=True)


def copy_file(path: Path, target: Path) -> None:
    """Copy a file of SQLite as it is at one moment, whoever writes to it; the copy is one file."""
    try:
        with closing(link(path, read_only=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be copied: {error}.", code="TW-B008") from error


def verify(file: Path) -> Verified:
    """
    Read a backup again: its checksum, its pages or its whole text, its ledger, its rows.

    Raises:
        UsageError: TW-B008 when it is no backup at all, or cannot be read.
    """
    found = look_at(file)
    beside = sidecar(file)
    if not beside.is_file():
        return attrs.evolve(found, problems=(f"{beside.name} is not there", *found.problems))
    noted = beside.read_text(encoding="ascii", errors="replace").partition(" ")[0].strip()
    if noted != found.sha256:
        words = f"its bytes have the checksum {found.sha256[:16]}…, {beside.name} says {noted[:16]}…"
        return attrs.evolve(found, problems=(words, *found.problems))
    return found


def look_at(file: Path) -> Verified:
    """Return what a backup holds, whatever its checksum should be."""
    try:
        with file.open("rb") as stream:
            head = stream.read(len(MAGIC))
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = file.stat().st_size
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", code="TW-B008") from error
    facts: dict[str, Any] = {"file": file, "size": size, "sha256": digest}
    if head == MAGIC:
        return _file_of_sqlite(file, facts)
    if head.startswith(DUMP_MAGIC):
        return _dump_of_postgresql(file, facts)
    raise UsageError(f"{file} is no backup: neither a file of SQLite nor a dump of PostgreSQL.", code="TW-B008")


def _file_of_sqlite(file: Path, facts: dict[str, Any]) -> Verified:
    try:
        with connect(file, mode="read") as store, store.snapshot() as connection:
            revision = revision_of(connection, str(file))
            problems = problems_of(connection)
            rows = {} if problems else row_counts(connection)
    except StoreError as error:
        return Verified(**facts, kind="sqlite", problems=(error.message,))
    return Verified(**facts, kind="sqlite", revision=revision or "", rows=rows, problems=problems)


def _dump_of_postgresql(file: Path, facts: dict[str, Any]) -> Verified:
    try:
        rows = rows_of_dump(file)
    except StoreError as error:
        return Verified(**facts, kind="postgresql", problems=(error.message,))
    if "trading_sessions" not in rows:
        return Verified(**facts, kind="postgresql", problems=("it holds no tables of Tradewind's",))
    return Verified(**facts, kind="postgresql", rows=rows)

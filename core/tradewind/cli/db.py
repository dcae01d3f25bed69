"""`tradewind db`: check, upgrade, back up and restore the database."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.options import now_ms
from tradewind.errors import UsageError

if TYPE_CHECKING:
    from tradewind.store.address import Address
    from tradewind.store.backup import Verified

_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


@click.group()
def db() -> None:
    """
    Look after the database of sessions, orders, fills and decisions.

    It is a file of SQLite in the state folder, or what DATABASE_URL or the setting database_url names.
    """


def _place(context: Context) -> Address:
    from tradewind.store.address import address_of

    return address_of(context.settings)


def _folder(context: Context) -> Path:
    return context.settings.state_dir / "backups"


def _stamp(moment_ms: int) -> str:
    return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).strftime("%Y%m%dT%H%M%S")


def _new_name(context: Context, place: Address, moment_ms: int) -> Path:
    from tradewind.store.backup import SUFFIXES

    suffix = SUFFIXES["sqlite" if place.path is not None else "postgresql"]
    return _folder(context) / f"tradewind-{_stamp(moment_ms)}{suffix}"


@db.command()
@_JSON
@with_context
def check(context: Context, as_json: bool) -> None:
    """
    Check that the database can be reached, is whole, up to date, and takes a write.

    Exit code 1 when something is wrong with it, 3 when it cannot be reached.
    """
    from tradewind.store.upkeep import check as examine

    found = examine(_place(context))
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        click.echo(f"database  {found.place}")
        if found.engine:
            click.echo(f"engine    {found.engine}")
            click.echo(f"schema    {found.revision or 'none'} (this version needs {found.expected})")
        if found.rows:
            click.echo(f"rows      {', '.join(f'{name} {count:,}' for name, count in found.rows.items() if count)}")
        for lease in found.leases:
            state = f"process {lease.pid} on {lease.host}" if lease.owner_uuid else "given back"
            click.echo(f"writer    account {lease.account_fp[:12]}, epoch {lease.epoch}: {state}")
        for problem in found.problems:
            click.echo(f"problem   {problem}")
        for hint in found.hints:
            click.echo(hint, err=True)
        if not found.problems:
            click.echo("The database is good: reachable, whole, up to date, and it takes writes.")
    sys.exit(1 if found.problems else 0)


@db.command()
@_JSON
@with_context
def upgrade(context: Context, as_json: bool) -> None:
    """Make the tables, or bring an older schema up to date; a backup is made first."""
    from tradewind.store.upkeep import upgrade as bring_up

    place, moment_ms = _place(context), now_ms()
    done = bring_up(place, _new_name(context, place, moment_ms), now_ms=moment_ms)
    if as_json:
        backup = None if done.backup is None else str(done.backup)
        click.echo(json.dumps({"place": done.place, "was": done.was, "now": done.now, "backup": backup}, indent=2))
    elif done.was == done.now:
        click.echo(f"The schema of {done.place} is {done.now} already.")
    else:
        click.echo(f"The schema of {done.place} is {done.now} now, it was {done.was or 'none'}.")
        if done.backup is not None:
            click.echo(f"backup    {done.backup}")


@db.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_JSON
@with_context
def backup(context: Context, file: Path | None, as_json: bool) -> None:
    """
    Copy the database into FILE while it is in use; without FILE into the state folder's `backups`.

    The copy is read again and checked before it takes its name. Beside it lies its checksum.
    """
    from tradewind.store.backup import back_up
    from tradewind.store.opening import open_store

    place = _place(context)
    with open_store(place, mode="read") as store:
        _show(back_up(store, file or _new_name(context, place, now_ms())), as_json)


@db.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@_JSON
@with_context
def verify(context: Context, file: Path | None, as_json: bool) -> None:
    """
    Read the backup FILE again: checksum, pages, ledger, rows; without FILE the newest in `backups`.

    Exit code 1 when it is not good.
    """
    from tradewind.store.backup import verify as read_again

    found = read_again(file or _newest(context))
    _show(found, as_json)
    sys.exit(1 if found.problems else 0)


def _newest(context: Context) -> Path:
    folder = _folder(context)
    found = [path for path in folder.glob("tradewind-*") if path.suffix != ".sha256"] if folder.is_dir() else []
    if not found:
        raise UsageError(
            f"there is no backup in {folder}.", code="TW-U007", hint="Name a file, or make one: tradewind db backup"
        )
    return max(found, key=lambda path: path.name)


def _show(found: Verified, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
        return
    click.echo(f"backup    {found.file}")
    click.echo(f"size      {found.size:,} bytes, SHA-256 {found.sha256}")
    if found.rows:
        click.echo(f"rows      {sum(found.rows.values()):,} in {len(found.rows)} tables")
    for problem in found.problems:
        click.echo(f"problem   {problem}")
    if not found.problems:
        click.echo("The backup is good.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that holds rows, or that cannot be read.")
@_JSON
@with_context
def restore(context: Context, file: Path, force: bool, as_json: bool) -> None:
    """
    Put the backup FILE in the place of the database.

    Refused while an engine trades with the database. What was there is kept.
    """
    from tradewind.store.restore import restore as put_back

    moment_ms = now_ms()
    done = put_back(
        _place(context), file, now_ms=moment_ms, stamp=_stamp(moment_ms), folder=_folder(context), force=force
    )
    if as_json:
        facts: dict[str, Any] = {"backup": done.backup.to_dict(), "revision": done.revision}
        click.echo(json.dumps(facts | {"kept": None if done.kept is None else str(done.kept)}, indent=2))
        return
    click.echo(f"restored  {file}: {sum(done.backup.rows.values()):,} rows, schema {done.revision}")
    if done.kept is not None:
        click.echo(f"kept      {done.kept}")

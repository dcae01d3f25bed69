"""`tradewind plugins lock`: agree to what is installed, after looking at it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tradewind.cli.context import Context, with_context
from tradewind.plugins.lock import LOCK_FILE, Trust, fingerprint, lock_text, read_lock, trust_of


@click.command()
@click.option("--check", is_flag=True, help="Only compare; exit with 1 when something is not locked.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def lock(context: Context, check: bool, as_json: bool) -> None:
    """Show which plugins are new or changed, and write plugins.lock; live trading refuses what is not in it."""
    from tradewind.cache.atomic import write_whole  # not paid for by lists

    path = Path(LOCK_FILE)
    agreed = read_lock(path)
    installed = [fingerprint(row.distribution) for row in context.catalog.plugins]
    rows = [(one, trust_of(one, agreed)) for one in installed]
    if as_json:
        plain = [
            {
                "distribution": one.distribution,
                "version": one.version,
                "sha256": one.sha256,
                "trust": trust.name.lower(),
            }
            for one, trust in rows
        ]
        click.echo(json.dumps(plain, indent=2))
    else:
        for one, trust in rows:
            before = agreed.get(one.distribution)
            then = f" (was {before.version})" if trust is Trust.CHANGED and before is not None else ""
            click.echo(f"{one.distribution} {one.version}  {trust}{then}")
        for name in sorted(set(agreed) - {one.distribution for one in installed}):
            click.echo(f"{name} {agreed[name].version}  locked, and not installed any more")
    if check:
        sys.exit(0 if all(trust is Trust.LOCKED for _, trust in rows) else 1)
    write_whole(path, lock_text(installed).encode())
    kept = sum(1 for one in installed if one.sha256)
    click.echo(f"{kept} of {len(installed)} plugins locked in {path}.", err=as_json)

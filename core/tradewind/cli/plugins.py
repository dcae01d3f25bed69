"""`tradewind plugins`: list, describe, check and make plugins."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import attrs
import click

from tradewind.cli.context import Context, with_context
from tradewind.cli.plugins_lock import lock
from tradewind.errors import PluginError
from tradewind.plugins.catalog import Entry
from tradewind.plugins.loader import PluginRow, State
from tradewind.plugins.names import listed, nearest, normalised
from tradewind.plugins.specs import KINDS, canonical


@click.group()
def plugins() -> None:
    """List, describe, check, lock and make plugins."""


plugins.add_command(lock)


@plugins.command("list")
@click.option("--kind", type=click.Choice(sorted(KINDS)), help="Only components of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def list_(context: Context, kind: str | None, as_json: bool) -> None:
    """List every installed plugin with its state, and what it offers."""
    catalog = context.catalog
    if as_json:
        click.echo(json.dumps([_as_json(row, kind) for row in catalog.plugins], indent=2))
        return
    for row in catalog.plugins:
        offers = [(found, spec) for found, spec in row.records if kind in {None, found}]
        if kind is not None and not offers:
            continue
        click.echo(
            f"{row.distribution} {row.version}  {row.state}" + (f": {' '.join(row.cause.split())}" if row.cause else "")
        )
        by_kind: dict[str, list[str]] = {}
        for found, spec in offers:
            by_kind.setdefault(found, []).append(spec.name)
        for found, component_names in by_kind.items():
            click.echo(f"    {found.replace('_', ' ')}: {listed(component_names, most=8)}")
    for found, offered in catalog.collisions():
        who = " and ".join(f"{entry.distribution} {entry.version}" for entry in offered)
        click.echo(f"note: {KINDS[found].kind} {offered[0].name!r} is offered by {who}; write {offered[0].qualified}.")
    installed = {row.distribution for row in catalog.plugins}
    chosen = context.settings.plugins
    for setting, names in (("allow", chosen.allow or ()), ("block", chosen.block)):
        for name in names:
            if normalised(name) not in installed:
                close = nearest(normalised(name), installed)
                hint = f" Did you mean {close!r}?" if close else ""
                click.echo(f"note: plugins.{setting} names {name!r}, which is not installed.{hint}")


def _as_json(row: PluginRow, kind: str | None) -> dict[str, Any]:
    return {
        "distribution": row.distribution,
        "version": row.version,
        "state": str(row.state),
        "cause": row.cause,
        "offers": [
            {"kind": found, "name": spec.name, "summary": spec.summary}
            for found, spec in row.records
            if kind in {None, found}
        ],
    }


@plugins.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def info(context: Context, name: str, as_json: bool) -> None:
    """Describe a plugin by its distribution name, or a component by its name."""
    catalog = context.catalog
    row = catalog.row(name)
    if row is not None:
        _tell_row(row, as_json=as_json)
        return
    entries = catalog.find(name)
    if as_json:
        click.echo(json.dumps([_entry_json(entry) for entry in entries], indent=2))
        return
    for entry in entries:
        _tell_entry(entry)


def _tell_row(row: PluginRow, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_as_json(row, None) | {"trace": row.trace}, indent=2))
        return
    click.echo(f"{row.distribution} {row.version}")
    click.echo(f"state: {row.state}" + (f" ({row.cause})" if row.cause else ""))
    for found, spec in row.records:
        click.echo(f"  {KINDS[found].kind} {spec.name}: {spec.summary}")
    if row.trace:
        click.echo(row.trace)


def _facts(entry: Entry) -> dict[str, Any]:
    hidden = {"name", "summary", "factory", "config"}
    return {
        field.name: getattr(entry.spec, field.name)
        for field in attrs.fields(type(entry.spec))
        if field.name not in hidden
    }


def _settings_rows(entry: Entry) -> list[dict[str, str]]:
    settings_class = entry.settings_class()
    if settings_class is None:
        return []
    attrs.resolve_types(settings_class)
    rows = []
    for field in attrs.fields(settings_class):
        default = field.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # attrs' Factory is a class
            default = default.factory() if not default.takes_self else "…"
        kind = getattr(field.type, "__name__", None) or str(field.type)
        shown = "required" if default is attrs.NOTHING else repr(default)
        rows.append({"name": field.name, "type": kind, "default": shown})
    return rows


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "summary": entry.spec.summary,
        "distribution": entry.distribution,
        "version": entry.version,
        **_facts(entry),
        "settings": _settings_rows(entry),
    }


def _tell_entry(entry: Entry) -> None:
    click.echo(f"{entry.spec.kind} {entry.qualified} {entry.version}")
    click.echo(f"  {entry.spec.summary}")
    for name, value in _facts(entry).items():
        if value not in ((), "", None):
            shown = ", ".join(value) if isinstance(value, tuple) else value
            click.echo(f"  {name}: {shown}")
    rows = _settings_rows(entry)
    if rows:
        click.echo(f"  settings, in [{entry.spec.section}.{canonical(entry.name)}]:")
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            click.echo(f"    {row['name']:<{width}}  {row['type']} = {row['default']}")


@plugins.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def check(context: Context, name: str, as_json: bool) -> None:
    """Run the contract kit on an installed component before trusting it with money."""
    from tradewind.testing import check as run_contract

    catalog = context.catalog
    row = catalog.row(name)
    if row is not None and row.state is not State.LOADED:
        raise PluginError(f"{row.distribution} {row.version} is {row.state}: {row.cause}.", code="TW-P001")
    names = [spec.name for _, spec in row.records] if row is not None else [name]
    results = [(component, result) for component in names for result in run_contract(component, catalog=catalog)]
    if as_json:
        rows = [
            {"component": component, "check": result.name, "outcome": result.outcome, "message": result.message}
            for component, result in results
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for component, result in results:
            click.echo(f"{result.outcome:<8} {component}: {result.name}")
            if result.outcome in {"failed", "skipped"}:
                click.echo(f"         {result.message}")
    failed, skipped = (sum(result.outcome == kind for _, result in results) for kind in ("failed", "skipped"))
    passed = len(results) - failed - skipped
    click.echo(f"{passed} of {len(results)} checks passed, {failed} failed, {skipped} skipped.", err=True)
    sys.exit(1 if failed else 0)


@plugins.command()
@click.argument("kind")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Where to make it; here by default.")
@with_context
def new(_: Context, kind: str, name: str, folder: Path) -> None:
    """Make a complete plugin package of this KIND (strategy, indicator, data-source, …)."""
    from tradewind.plugins.scaffold import scaffold

    written = scaffold(kind, name, folder)
    for path in written:
        click.echo(str(path))
    click.echo("Install it with `pip install -e` and look at it with `tradewind plugins list`.", err=True)

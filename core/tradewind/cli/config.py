"""`tradewind config`: show every effective setting and where it came from; check them all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from tradewind.cli.context import Context, with_context
from tradewind.config.load import check_components
from tradewind.config.redaction import HIDDEN
from tradewind.config.schema import COMPONENT_SECTIONS, SECRET_SETTINGS, Settings
from tradewind.config.secret import looks_secret
from tradewind.plugins.specs import KINDS, canonical


@click.group()
def config() -> None:
    """Show and check the settings."""


def _values(found: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if attrs.has(type(found)):
        for field in attrs.fields(type(found)):
            name = f"{path}.{field.name}" if path else field.name
            if name not in COMPONENT_SECTIONS:
                yield from _values(getattr(found, field.name), name)
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from _values(value, f"{path}.{key}")
    else:
        yield path, found


def _effective(context: Context) -> Iterator[tuple[str, Any]]:
    """Yield every setting in force, those of the components in use included."""
    settings = context.settings
    yield from _values(settings)
    sections = {record.section: kind for kind, record in KINDS.items()}
    used = {
        "strategies": [settings.strategy],
        "sources": [settings.source],
        "policies": list(settings.risk),
    }
    for section in COMPONENT_SECTIONS:
        tables: dict[str, Mapping[str, Any]] = dict(getattr(settings, section))
        for name in used.get(section, []):
            if canonical(name) in {canonical(known) for known in context.catalog.names(sections[section])}:
                tables.setdefault(canonical(name), {})
        for name, values in tables.items():
            yield from _component(context, section, sections[section], name, values)


def _component(
    context: Context, section: str, kind: str, name: str, values: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    from tradewind.plugins.structure import structure

    entry = context.catalog.get(kind, name)
    settings_class = entry.settings_class()
    path = f"{section}.{name}"
    secrets = {key for key in getattr(entry.spec, "secrets", ()) if key in values}
    if settings_class is not None:
        plain = {key: value for key, value in values.items() if key not in secrets}
        yield from _values(structure(plain, settings_class, path), path)
    yield from ((f"{path}.{key}", HIDDEN) for key in sorted(secrets))


def _shown(path: str, value: Any) -> Any:
    if path in SECRET_SETTINGS or looks_secret(path, value):
        return HIDDEN if value else ""
    if isinstance(value, tuple):
        return [_shown(path, item) for item in value]
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    return str(value) if not isinstance(value, Path) else value.as_posix()


@config.command()
@click.option("--origin", is_flag=True, help="Tell where each value came from.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def show(context: Context, origin: bool, as_json: bool) -> None:
    """Print every effective setting; secrets are never shown."""
    rows = [(path, _shown(path, value)) for path, value in _effective(context)]
    if as_json:
        table = [
            {"setting": path, "value": value} | ({"origin": context.loaded.origin(path)} if origin else {})
            for path, value in rows
        ]
        click.echo(json.dumps(table, indent=2))
        return
    width = max(len(path) for path, _ in rows)
    for path, value in rows:
        line = f"{path:<{width}} = {json.dumps(value)}"
        click.echo(f"{line:<{width + 30}}  # {context.loaded.origin(path)}" if origin else line)


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def check(context: Context, as_json: bool) -> None:
    """Check the settings, those of every component included; exit code 2 when there are faults."""
    from tradewind.backtest.source import SAMPLE

    settings: Settings = context.settings
    problems = check_components(settings, context.catalog)
    for kind, name in (
        ("strategies", settings.strategy),
        *(("risk_policies", policy) for policy in settings.risk),
        ("data_sources", settings.source),
    ):
        if ".py:" not in name and (kind, name) != ("data_sources", SAMPLE):
            context.catalog.get(kind, name)
    if as_json:
        rows = [{"code": p.code, "setting": p.path, "text": p.text, "hint": p.hint} for p in problems]
        click.echo(json.dumps(rows, indent=2))
    else:
        for problem in problems:
            click.echo(f"{problem.code} {problem}")
        if not problems:
            click.echo("The settings are good.")
    sys.exit(2 if problems else 0)

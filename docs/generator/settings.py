"""The page of settings: every key of the core, then those of the first-party components."""

from __future__ import annotations

from typing import Any, Final

import attrs
from generator.docstring import joined, parse, table
from generator.fields import settings_rows
from generator.installed import entries

from tradewind.config.schema import (
    COMPONENT_SECTIONS,
    CertificateSettings,
    LiveSettings,
    LogSettings,
    PluginSettings,
    SentimentSettings,
    Settings,
)
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument, MaintenanceTier
from tradewind.model.limits import Limits
from tradewind.plugins.specs import KINDS, canonical

_HEAD: Final = """# Settings

Settings come in layers, the later ones winning: defaults, `tradewind.toml`, its profile, `.secrets.toml`, the
environment (`TRADEWIND_LIMITS__MAX_POSITION=0.05`, `DATABASE_URL`), the command line (`--set limits.max_position=0.05`).
Tables merge; lists and all other values replace. An unknown key is an error. How to use them:
[Settings, profiles and secrets](../how-to/settings.md).

Fractions are written as such: 2% is `0.02`. Component names accept `-` and `_` alike.

## Top level
"""

_TABLES: Final[tuple[tuple[str, type, str], ...]] = (
    ("limits", Limits, ""),
    ("costs", Costs, ""),
    ("plugins", PluginSettings, ""),
    ("certificate", CertificateSettings, ""),
    ("live", LiveSettings, ""),
    ("sentiment", SentimentSettings, "Which sources speak: see [sentiment](../how-to/use-sentiment.md)."),
    ("logs", LogSettings, ""),
    ("instruments.SYMBOL", Instrument, "Over what the data source says of the pair; `symbol` itself is not set here."),
    ("instruments.SYMBOL.maintenance", MaintenanceTier, "A list of tables, lowest step first."),
)

_HEADINGS: Final = ("setting", "type", "default", "meaning")


def page() -> str:
    """Return the page as Markdown."""
    inside = {name.partition(".")[0] for name, _, _ in _TABLES} | set(COMPONENT_SECTIONS)
    top = [row for row in settings_rows(Settings) if row[0].strip("`") not in inside]
    lines = [_HEAD, *table(_HEADINGS, top), ""]
    for name, kind, note in _TABLES:
        lines += _section(name, kind, note)
    lines += _components()
    return joined(lines)


def _section(name: str, kind: type, note: str = "") -> list[str]:
    doc = parse(kind)
    rows = [row for row in settings_rows(kind) if row[0] != "`symbol`"]
    prose = "\n\n".join(text for text in (doc.summary, doc.body, note) if text)
    return [f"## `[{name}]`", "", prose, "", *table(_HEADINGS, rows), ""]


def _components() -> list[str]:
    lines = []
    for section in COMPONENT_SECTIONS:
        kind = next(kind for kind, record in KINDS.items() if record.section == section)
        if kind == "indicators":
            lines += ["## `[indicators.NAME]`", "", "See [Indicators](indicators.md).", ""]
            continue
        for entry in entries(kind):
            lines += _component(section, entry)
    return lines


def _component(section: str, entry: Any) -> list[str]:
    kind = entry.settings_class()
    head = [f"## `[{section}.{canonical(entry.name)}]`", "", f"{entry.spec.summary} From `{entry.distribution}`.", ""]
    if kind is None or not attrs.fields(kind):
        return [*head, "No settings.", ""]
    return [*head, *table(_HEADINGS, settings_rows(kind)), ""]

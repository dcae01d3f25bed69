"""The page of indicators: the catalogue with settings, inputs and outputs."""

from __future__ import annotations

from typing import Any, Final

import attrs
from generator.docstring import cell, code, joined, parse, table
from generator.fields import default_of, toml
from generator.installed import entries

_HEAD: Final = """# Indicators

Every indicator by its catalogue name. A strategy asks for one with `Need("ema", {"length": 200}, columns="ema_long")`, a
script with `indicator("ema", length=200).compute(bars)`. An indicator sees the bars up to its row; its first rows are NaN
until it has seen enough, and from then on it is finite.

The convention is TA-Lib's: an EMA begins with the mean of its first window, Wilder averages likewise, Bollinger bands use
the population deviation. "Computed by" tells what does the work.
"""


def page() -> str:
    """Return the page as Markdown."""
    found = entries("indicators")
    lines = [_HEAD]
    for category in sorted({entry.spec.category for entry in found}):
        lines += [f"## {category.capitalize()}", ""]
        for entry in found:
            if entry.spec.category == category:
                lines += _indicator(entry)
    return joined(lines)


def _indicator(entry: Any) -> list[str]:
    spec, kind = entry.spec, entry.settings_class()
    facts = [
        f"- reads {', '.join(code(name) for name in spec.inputs)}",
        f"- answers with {', '.join(code(name) for name in spec.outputs)}",
        f"- warm-up with the default settings: {entry.build().warmup()} bars",
    ]
    origin = getattr(getattr(kind, "entry", None), "origin", None)
    if origin:
        facts.append(f"- computed by {'a formula of its own' if origin == 'own' else origin}")
    lines = [f"### `{entry.name}`", "", spec.summary, "", *facts, ""]
    if kind is None or not attrs.fields(kind):
        return lines
    meanings = parse(kind).args
    rows = [
        (code(field.name), code(toml(default_of(kind, field))), cell(meanings.get(field.name, "")))
        for field in attrs.fields(kind)
    ]
    return [*lines, *table(("setting", "default", "meaning"), rows), ""]

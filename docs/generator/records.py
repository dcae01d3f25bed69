"""The page of records: what hooks return, what strategies need, and the columns of signals and plans."""

from __future__ import annotations

from typing import Any, Final

import attrs
from generator.docstring import cell, code, joined, parse, table
from generator.fields import default_of, meaning

from tradewind.model.columns import PLAN_COLUMNS, SIGNAL_COLUMNS
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import KINDS, Spec

_HEAD: Final = """# Records

Records are data: frozen, keyword-only, checked when they are made (TW-P007). They name implementations by path, so that
the catalogue can be listed and checked without importing one. Import them from `tradewind.api`.

## What every record has
"""

_COLUMNS_HEAD: Final = """## Signals and plans

A strategy answers with `Signals`, the risk policies with a `Plan`: columns with one value per bar. Both are made with
`from_arrays(index, …)`; a scalar is repeated, and what is not given is neutral and asks for nothing. A plan has the last
three columns as well. What is decided on the row of bar `t` is carried out from the open of bar `t + 1`.
"""

_COLUMNS: Final = {
    "enter": "Open a position at the next open when flat: 1 long, -1 short, 0 nothing.",
    "exit_long": "Close a long position at the next open.",
    "exit_short": "Close a short position at the next open.",
    "confidence": "Multiplies the risk; 1 is normal.",
    "stop_dist": "Stop distance from the fill, quote units. The same distance sizes the position and protects it.",
    "trail_dist": "Trailing distance from the best price since entry, quote units.",
    "trail_arm_r": "Profit, in units of the initial risk, from which the stop trails.",
    "tp_r": "Take-profit rungs, in units of the initial risk; one column per rung.",
    "tp_frac": "Share of the initial quantity that each rung closes; one column per rung.",
    "max_bars": "Close after this many bars; 0 for never.",
    "limit_off": "Enter by a limit this far from the close, quote units.",
    "cap": "The strategy's own cap on the position's notional, a fraction of equity.",
    "regime": "Market regime, which scales the risk.",
    "bits": "Which named conditions held, for the decision ledger; see `bits_of`.",
    "risk": "Fraction of equity to lose at the stop, before the caps.",
    "qty_fraction": "Fraction of equity to hold, in place of a size by risk.",
    "veto": "Why no entry may be taken on this row; see `Plan.forbid`.",
}


def page() -> str:
    """Return the page as Markdown."""
    own = {field.name for field in attrs.fields(Spec)}
    lines = [_HEAD, *_fields(Spec), ""]
    for kind, record in KINDS.items():
        doc = parse(record)
        extra = [field.name for field in attrs.fields(record) if field.name not in own]
        lines += [f"## {record.__name__}", "", doc.summary, ""]
        lines += [f"Returned by [`tradewind_{kind}`](hooks.md#tradewind_{kind}). "]
        lines += [f"Settings stand in the table `[{record.section}.NAME]`.", "", doc.body, ""]
        lines += _fields(record, extra) if extra else []
        lines += [""]
    doc = parse(Need)
    lines += ["## Need", "", doc.summary, "", *_fields(Need), "", _need_example(), "", _COLUMNS_HEAD, "", *_columns()]
    return joined(lines)


def _fields(record: type, names: list[str] | None = None) -> list[str]:
    meanings = parse(record).args
    rows = []
    for field in attrs.fields(record):
        if names is None or field.name in names:
            default = default_of(record, field)
            shown = "required" if default is attrs.NOTHING else code(repr(default))
            kind = str(field.type).removeprefix("<class '").removesuffix("'>")
            rows.append((code(field.name), code(kind), shown, cell(meaning(record, meanings, field.name))))
    return table(("field", "type", "default", "meaning"), rows)


def _need_example() -> str:
    return """```python
Need("ema", {"length": 200}, columns="ema_long")
Need("macd", {"fast": 12, "slow": 26, "signal": 9})
Need("atr", {"length": 14}, columns="atr_day", timeframe="1d")
```"""


def _columns() -> list[str]:
    odd = set(PLAN_COLUMNS) ^ set(_COLUMNS)
    if odd:
        raise LookupError(f"docs/generator/records.py and the code name other columns: {', '.join(sorted(odd))}")
    rows = []
    for name, column in PLAN_COLUMNS.items():
        where = "signals, plan" if name in SIGNAL_COLUMNS else "plan"
        rows.append(
            (code(name), where, code(column.dtype.__name__), _value(column.neutral), column.expected, _COLUMNS[name])
        )
    return table(("column", "in", "stored as", "neutral", "allowed", "meaning"), rows)


def _value(value: Any) -> str:
    return code("NaN") if value != value else code(repr(value))

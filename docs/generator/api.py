"""The page of the public API: everything in `tradewind.api`, from its docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from generator.docstring import code, joined, parse

import tradewind.api

_HEAD: Final = """# The public API

What plugins and scripts may use stands in `tradewind.api`; everything else is private and changes without notice. Names
are imported when they are first used, so `import tradewind.api` costs little. The classes of error are in
[Error codes](error-codes.md), the records in [Records](records.md).

Times are UTC; a naive time is taken as UTC. Fractions are fractions: 2% is `0.02`.
"""

_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Running": ("backtest", "simulate", "indicator", "resample", "Result"),
    "Signals and plans": ("Signals", "Plan", "Need", "edge", "bits_of", "OUTCOME_CODES", "REGIME_CODES"),
    "Market": ("Bars", "Timeframe", "Instrument", "MaintenanceTier", "check_symbol", "Costs", "Limits"),
    "Sizing as a pure function": ("RiskManager", "RiskParameters"),
    "What plugins implement": ("BarSource", "SeriesSource", "Indicator", "Strategy", "RiskPolicy"),
    "The simple classes": ("BaseStrategy", "DataProvider", "CachedDataProvider"),
    "Ranges of settings": ("within", "whole", "one_of", "check_ladder"),
}

_ELSEWHERE: Final = re.compile(r"(Spec|Error)$|^hookimpl$")
_HIDDEN: Final = re.compile(r"^_|^(mro|register)$")


def page() -> str:
    """Return the page as Markdown."""
    told = {name for names in _GROUPS.values() for name in names}
    missing = [name for name in tradewind.api.__all__ if name not in told and not _ELSEWHERE.search(name)]
    if missing:
        raise LookupError(f"docs/generator/api.py puts these names of tradewind.api nowhere: {', '.join(missing)}")
    lines = [_HEAD]
    for heading, names in _GROUPS.items():
        lines += [f"## {heading}", ""]
        for name in names:
            lines += _named(name, getattr(tradewind.api, name))
    return joined(lines)


def _named(name: str, thing: Any) -> list[str]:
    lines = [f"### `{name}`", ""]
    if isinstance(thing, dict):
        return [*lines, "A dictionary: " + ", ".join(code(f"{k!r}: {v}") for k, v in thing.items()) + ".", ""]
    if _signature(thing):
        lines += ["```python", f"{name}{_signature(thing)}", "```", ""]
    lines += _described(thing)
    if inspect.isclass(thing):
        for member in _members(thing):
            lines += member
    return lines


def _described(thing: Any) -> list[str]:
    doc = parse(thing)
    if not doc.summary:
        raise LookupError(f"{thing!r} of tradewind.api has no docstring")
    lines = [doc.summary, "", doc.body, ""]
    lines += [f"- {code(name)}: {text}" for name, text in doc.args.items()]
    lines += ["", f"Returns: {doc.returns}"] if doc.returns else []
    lines += ["", "Raises: " + "; ".join(f"{code(n)}: {t}" for n, t in doc.raises.items())] if doc.raises else []
    return [*lines, ""]


def _members(kind: type) -> Iterator[list[str]]:
    for name, member in vars(kind).items():
        if _HIDDEN.match(name):
            continue
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if inspect.isfunction(function) and function.__doc__:
            head = f"`{kind.__name__}.{name}{_signature(function, bound=not isinstance(member, staticmethod))}`"
        elif (isinstance(member, property) or hasattr(member, "func")) and member.__doc__:
            head = f"`{kind.__name__}.{name}`"
        else:
            continue
        doc = parse(member if not isinstance(member, (classmethod, staticmethod)) else function)
        lines = [f"**{head}**", "", doc.summary, "", doc.body, ""]
        lines += [f"- {code(arg)}: {text}" for arg, text in doc.args.items()]
        lines += ["", f"Returns: {doc.returns}"] if doc.returns else []
        lines += ["", "Raises: " + "; ".join(f"{code(n)}: {t}" for n, t in doc.raises.items())] if doc.raises else []
        yield [*lines, ""]


def _signature(thing: Any, *, bound: bool = False) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    parameters = list(signature.parameters.values())
    if bound and parameters:
        parameters = parameters[1:]
    shown = signature.replace(parameters=[_named_factory(p) for p in parameters])
    if inspect.isclass(thing):
        shown = shown.replace(return_annotation=inspect.Signature.empty)
    return str(shown).replace("'", "").replace("pandas.", "pd.") if parameters or not inspect.isclass(thing) else ""


def _named_factory(parameter: inspect.Parameter) -> inspect.Parameter:
    """Leave out defaults whose text is long or differs from run to run."""
    text = repr(parameter.default)
    if parameter.default is not inspect.Parameter.empty and (" at 0x" in text or "NOTHING" in text or len(text) > 60):
        return parameter.replace(default=...)
    return parameter

"""The page of the public API: everything in `tradewind.api`, from its docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from generator.docstring import Docstring, code, joined, parse

import tradewind.api

_HEAD: Final = """# The public API

What plugins and scripts may use stands in `tradewind.api`; everything else is private and changes without notice. Names
are imported when they are first used, so `import tradewind.api` costs little. The classes of error are in
[Error codes](error-codes.md), the records in [Records](records.md).

Times are UTC; a naive time is taken as UTC. Fractions are fractions: 2% is `0.02`.
"""

_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Running": ("backtest", "simulate", "sweep", "indicator", "resample", "Result", "Sweep", "SweepTrial"),
    "Signals and plans": ("Signals", "Plan", "Need", "edge", "bits_of", "distance", "OUTCOME_CODES", "REGIME_CODES"),
    "Market": ("Bars", "Timeframe", "Instrument", "MaintenanceTier", "check_symbol", "Costs", "Limits"),
    "Sizing as a pure function": ("RiskManager", "RiskParameters"),
    "What plugins implement": (
        "BarSource",
        "SeriesSource",
        "Indicator",
        "Strategy",
        "RiskPolicy",
        "Service",
        "ListeningService",
    ),
    "The simple classes": ("BaseStrategy", "DataProvider", "CachedDataProvider", "Backtester"),
    "Ranges of settings": ("within", "whole", "one_of", "check_order", "check_ladder"),
}

_ELSEWHERE: Final = re.compile(r"(Spec|Error)$|^hookimpl$")
_HIDDEN: Final = re.compile(r"^_|^spec$")

_NOT_MADE: Final = ("Result", "Sweep", "SweepTrial", "Signals", "Plan", *_GROUPS["What plugins implement"])
"""Classes that nobody calls: results and protocols; columns are made with `from_arrays`."""


def page() -> str:
    """Return the page as Markdown."""
    told = {name for names in _GROUPS.values() for name in names}
    more = tuple(name for name in tradewind.api.__all__ if name not in told and not _ELSEWHERE.search(name))
    lines = [_HEAD]
    groups = _GROUPS | ({"More": more} if more else {})
    for heading, names in groups.items():
        lines += [f"## {heading}", ""]
        for name in names:
            lines += _named(name, getattr(tradewind.api, name))
    return joined(lines)


def _named(name: str, thing: Any) -> list[str]:
    lines = [f"### `{name}`", ""]
    if isinstance(thing, dict):
        return [*lines, "A dictionary: " + ", ".join(code(f"{k!r}: {v}") for k, v in thing.items()) + ".", ""]
    if _signature(thing) and name not in _NOT_MADE:
        lines += ["```python", _wrapped(name, _signature(thing)), "```", ""]
    parsed = parse(thing)
    if not parsed.summary:
        raise LookupError(f"{name} of tradewind.api has no docstring")
    lines += _lines(parsed)
    if inspect.isclass(thing):
        for member in _members(thing):
            lines += member
    return lines


def _lines(doc: Docstring) -> list[str]:
    lines = [doc.summary, "", doc.body, ""]
    lines += [f"- {code(name)}: {text}" for name, text in doc.args.items()]
    lines += ["", f"Returns: {doc.returns}"] if doc.returns else []
    if doc.raises:
        raised = "; ".join(f"{code(name)}: {text.rstrip('.')}" for name, text in doc.raises.items())
        lines += ["", f"Raises: {raised}."]
    return [*lines, ""]


def _members(kind: type) -> Iterator[list[str]]:
    """Yield the lines of each documented member, those of Tradewind's own bases included."""
    done: set[str] = set()
    for base in kind.__mro__:
        if not base.__module__.startswith("tradewind"):
            continue
        for name, (doc, signature) in {**_plain_members(base), **_cached(base)}.items():
            if name in done or _HIDDEN.match(name):
                continue
            done.add(name)
            parsed = parse(doc)
            yield [f"**`{kind.__name__}.{name}{signature}`**", "", *_lines(parsed)]


def _plain_members(kind: type) -> dict[str, tuple[str, str]]:
    found = {}
    for name, member in vars(kind).items():
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if inspect.isfunction(function) and function.__doc__:
            found[name] = (function.__doc__, _signature(function, bound=not isinstance(member, staticmethod)))
        elif isinstance(member, property) and member.__doc__:
            found[name] = (member.__doc__, "")
    return found


def _cached(kind: type) -> dict[str, tuple[str, str]]:
    """Return cached properties, which classes with slots keep no docstring of: it is read from the source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    return {
        node.name: (ast.get_docstring(node) or "", "")
        for node in getattr(tree, "body", [])
        if isinstance(node, ast.FunctionDef)
        and ast.get_docstring(node)
        and any(isinstance(mark, ast.Name) and mark.id == "cached_property" for mark in node.decorator_list)
    }


class _Raw(str):
    """Text that a signature shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _signature(thing: Any, *, bound: bool = False) -> str:
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    parameters = [_shown(p) for p in list(signature.parameters.values())[int(bound) :]]
    answer = signature.return_annotation
    if inspect.isclass(thing) or answer is inspect.Signature.empty:
        answer = inspect.Signature.empty
    else:
        answer = _Raw(inspect.formatannotation(answer).strip("'"))
    text = str(signature.replace(parameters=parameters, return_annotation=answer))
    return "" if inspect.isclass(thing) and not parameters else text.replace("pandas.", "pd.")


def _shown(parameter: inspect.Parameter) -> inspect.Parameter:
    """Write annotations without quotes, and leave out defaults that are long or differ from run to run."""
    annotation, default = parameter.annotation, parameter.default
    if annotation is not inspect.Parameter.empty:
        annotation = _Raw(annotation if isinstance(annotation, str) else inspect.formatannotation(annotation))
    text = repr(default)
    if isinstance(default, PurePath):
        default = _Raw(repr(default.as_posix()))
    elif default is not inspect.Parameter.empty and (" at 0x" in text or "NOTHING" in text or len(text) > 60):
        default = _Raw("...")
    return parameter.replace(annotation=annotation, default=default)


def _wrapped(name: str, signature: str) -> str:
    """Return a call, one parameter a line when it is long."""
    if len(name) + len(signature) <= 110:
        return f"{name}{signature}"
    inner, _, answer = signature[1:].rpartition(")")
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(inner):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(inner[start:place].strip())
            start = place + 1
    parts.append(inner[start:].strip())
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){answer}"])

"""The public surface: every name, its kind and its signature. Changing it is a deliberate act."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path

import attrs

import tradewind.api
from tradewind.errors import CODES
from tradewind.plugins import hookspecs
from tradewind.plugins.specs import KINDS

SNAPSHOT = Path(__file__).parent / "public_api.txt"


def is_protocol(kind: type) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def described(name: str) -> list[str]:
    value = getattr(tradewind.api, name)
    if not inspect.isclass(value):
        if not callable(value):
            return [f"{name}: {type(value).__name__}"]
        try:
            return [f"{name}{inspect.signature(value)}"]
        except (TypeError, ValueError):
            return [name]
    lines = [f"class {name}({', '.join(base.__name__ for base in value.__bases__ if base is not object)})"]
    if attrs.has(value):
        lines += [
            f"  {field.name}" + ("" if field.default is attrs.NOTHING else " = …") for field in attrs.fields(value)
        ]
    for method, found in sorted(vars(value).items()):
        inner = found.__func__ if isinstance(found, (classmethod, staticmethod)) else found
        if (method.startswith("_") and method != "__init__") or (method == "__init__" and is_protocol(value)):
            continue
        if isinstance(inner, property):
            lines.append(f"  {method}: property")
        elif inspect.isfunction(inner) and (method != "__init__" or not attrs.has(value)):
            lines.append(f"  {method}{inspect.signature(inner)}")
    return lines


def public_api() -> str:
    lines = [line for name in tradewind.api.__all__ for line in described(name)]
    hooks = sorted(name for name in vars(hookspecs) if name.startswith("tradewind_"))
    lines += [f"hook {name}{inspect.signature(getattr(hookspecs, name))}" for name in hooks]
    for kind, record in KINDS.items():
        lines += [f"record {kind}: {', '.join(field.name for field in attrs.fields(record))}"]
    lines += [f"code {code}" for code in sorted(CODES)]
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", "\n".join(lines)) + "\n"


def test_the_public_api_is_what_was_agreed() -> None:
    """Set TRADEWIND_WRITE_SNAPSHOT=1 to accept a change, and say why in the changelog."""
    found = public_api()
    if os.environ.get("TRADEWIND_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text()


def test_every_public_name_is_documented() -> None:
    undocumented = [
        name
        for name in tradewind.api.__all__
        if (inspect.isclass(getattr(tradewind.api, name)) or inspect.isfunction(getattr(tradewind.api, name)))
        and not inspect.getdoc(getattr(tradewind.api, name))
    ]
    assert undocumented == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(tradewind.api, "nothing_of_the_kind")
    assert "backtest" in dir(tradewind.api)

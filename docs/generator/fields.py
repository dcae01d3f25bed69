"""The fields of attrs classes as rows: name, type, default, meaning."""

from __future__ import annotations

import types
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
from generator.docstring import cell, code, parse

_WORDS: Final = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Decimal: "exact number",
    type(None): "nothing",
    Any: "any value",
}


def type_words(kind: Any) -> str:
    """Return a field's type in words a settings file's author uses."""
    if kind in _WORDS:
        return _WORDS[kind]
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(code(str(value)) for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(type_words(member) for member in inner)
    if origin in (tuple, list):
        members = [member for member in inner if member is not Ellipsis]
        return f"list of {type_words(members[0])}"
    if origin is not None and issubclass(origin, dict):
        return "table"
    if isinstance(kind, type) and issubclass(kind, PurePath):
        return "path"
    return "table" if isinstance(kind, type) and attrs.has(kind) else getattr(kind, "__name__", str(kind))


def toml(value: Any) -> str:
    """Return a value as a settings file writes it; empty for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Decimal):
        return f'"{value}"'
    if isinstance(value, PurePath):
        return f'"{value.as_posix()}"'
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return ""


def default_of(kind: type, field: Any) -> Any:
    """Return a field's default, made where it is made; NOTHING when there is none."""
    if not isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # attrs' Factory is a class
        return field.default
    if not field.default.takes_self:
        return field.default.factory()
    return getattr(kind(), field.name)


def settings_rows(kind: type, path: str = "") -> list[tuple[str, ...]]:
    """Return (setting, type, default, meaning) of each field; tables inside are left to their own section."""
    attrs.resolve_types(kind)
    meanings = meanings_of(kind)
    rows = []
    for field in attrs.fields(kind):
        default = default_of(kind, field)
        shown = "required" if default is attrs.NOTHING else toml(default)
        rows.append(
            (
                code(f"{path}{field.name}"),
                type_words(field.type),
                code(shown) if shown else "",
                cell(meaning(kind, meanings, field.name)),
            )
        )
    return rows


def meanings_of(kind: type) -> dict[str, str]:
    """Return what a class and those that it is derived from say of their fields, the derived one first."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if attrs.has(each):
            found |= parse(each.__dict__.get("__doc__") or "").args
    return found


def meaning(kind: type, meanings: dict[str, str], name: str) -> str:
    """Return what a field means; a class that does not say is refused, so that no page has a hole."""
    if not meanings.get(name):
        raise LookupError(f"the docstring of {kind.__module__}.{kind.__qualname__} does not say what {name!r} means")
    return meanings[name]

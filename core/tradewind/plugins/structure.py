"""
Turn plain settings into attrs objects, strictly.

cattrs alone takes the text "false" for True and 1.7 for 1; here a value has the type its
setting declares or is an error, every fault is found at once, and each names its path.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs
from cattrs import (
    AttributeValidationNote,
    ClassValidationError,
    Converter,
    IterableValidationError,
    IterableValidationNote,
)

from tradewind.errors import SettingsError, TradewindError
from tradewind.plugins.names import listed, nearest


class _WrongTypeError(ValueError):
    """A value is not of the type its setting declares."""


def _strict_bool(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _WrongTypeError(f"was {value!r}, expected true or false")


def _strict_int(value: Any, _: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _WrongTypeError(f"was {value!r}, expected a whole number")


def _strict_float(value: Any, _: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise _WrongTypeError(f"was {value!r}, expected a finite number")
        return float(value)
    raise _WrongTypeError(f"was {value!r}, expected a number")


def _strict_str(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    raise _WrongTypeError(f"was {value!r}, expected text in quotes")


def _strict_decimal(value: Any, _: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise _WrongTypeError(f"was {value!r}, expected a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _WrongTypeError(f"was {value!r}, expected a number") from None
    if not number.is_finite():
        raise _WrongTypeError(f"was {value!r}, expected a finite number")
    return number


def _strict_path(value: Any, _: Any) -> Path:
    if isinstance(value, (str, Path)):
        return Path(value)
    raise _WrongTypeError(f"was {value!r}, expected a path in quotes")


def _literal(value: Any, annotation: Any) -> Any:
    for allowed in get_args(annotation):
        if type(value) is type(allowed) and value == allowed:
            return value
    raise _WrongTypeError(f"was {value!r}, expected one of {', '.join(map(repr, get_args(annotation)))}")


def _is_literal(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is Literal


def _is_union(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is Union or origin is types.UnionType


def _is_sequence(annotation: Any) -> bool:
    origin: Any = get_origin(annotation)
    return origin is tuple or origin is list


def _make_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(bool, _strict_bool)
    converter.register_structure_hook(int, _strict_int)
    converter.register_structure_hook(float, _strict_float)
    converter.register_structure_hook(str, _strict_str)
    converter.register_structure_hook(Decimal, _strict_decimal)
    converter.register_structure_hook(Path, _strict_path)
    converter.register_structure_hook_func(_is_literal, _literal)

    def union(value: Any, annotation: Any) -> Any:
        faults = []
        for member in get_args(annotation):
            if member is type(None):
                if value is None:
                    return None
                continue
            try:
                return converter.structure(value, member)
            except (_WrongTypeError, ClassValidationError, IterableValidationError) as fault:
                faults.append(fault)
        if len(faults) == 1:
            raise faults[0]
        raise _WrongTypeError(f"was {value!r}, expected " + " or ".join(_words(m) for m in get_args(annotation)))

    def sequence(value: Any, annotation: Any) -> Any:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise _WrongTypeError(f'was {value!r}, expected a list such as ["a", "b"]')
        members = get_args(annotation)
        items = list(value)
        listed_kind: Any = get_origin(annotation)
        if listed_kind is list or (len(members) == 2 and members[1] is Ellipsis):
            kinds = [members[0]] * len(items)
        elif len(members) != len(items):
            raise _WrongTypeError(f"was {value!r}, expected {len(members)} values")
        else:
            kinds = list(members)
        out, faults = [], []
        for place, (item, kind) in enumerate(zip(items, kinds, strict=True)):
            try:
                out.append(converter.structure(item, kind))
            except Exception as fault:  # noqa: BLE001  # collected, with its place, and raised together
                fault.add_note(IterableValidationNote(f"at {place}", place, kind))
                faults.append(fault)
        if faults:
            raise IterableValidationError("while reading a list", faults, list)
        return list(out) if listed_kind is list else tuple(out)

    converter.register_structure_hook_func(_is_union, union)
    converter.register_structure_hook_func(_is_sequence, sequence)
    return converter


def _words(annotation: Any) -> str:
    return {type(None): "nothing", str: "text", float: "a number", int: "a whole number", bool: "true or false"}.get(
        annotation, getattr(annotation, "__name__", str(annotation))
    )


_CONVERTER: Final = _make_converter()


@attrs.frozen(kw_only=True)
class Problem:
    """
    One fault of the settings.

    Args:
        code: The error code.
        path: The setting, such as `limits.max_position`.
        text: What it was and what was expected.
        hint: What to do, when there is more to say.
    """

    code: str
    path: str
    text: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path} {self.text}" if self.path else self.text
        return f"{text} {self.hint}".rstrip()


def problems_of(data: Any, kind: type, path: str) -> tuple[Any, list[Problem]]:
    """Structure the data and return (object, []), or (None, every fault)."""
    known, problems = _without_unknown(data, kind, path)
    try:
        found: Any = _CONVERTER.structure(known, kind)
    except (ClassValidationError, IterableValidationError) as error:
        problems += _walk(error, path)
    return (None, problems) if problems else (found, [])


def _without_unknown(data: Any, kind: type, path: str) -> tuple[dict[str, Any], list[Problem]]:
    """Take out what no setting is called, so that the faults of the rest are still found."""
    if not isinstance(data, Mapping):
        return {}, [Problem(code="TW-S003", path=path, text=f"was {data!r}, expected a table.")]
    fields = {field.name: field.type for field in attrs.fields(attrs.resolve_types(kind))}
    known: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in data.items():
        where = _join(path, name)
        if name not in fields:
            close = nearest(name, fields)
            hint = f"Did you mean {close!r}?" if close else f"There is: {listed(fields)}."
            problems.append(Problem(code="TW-S002", path=where, text="is not a setting.", hint=hint))
        elif isinstance(fields[name], type) and attrs.has(fields[name]):
            known[name], inner = _without_unknown(value, fields[name], where)
            problems += inner
        else:
            known[name] = value
    return known, problems


def structure[T](data: Mapping[str, Any], kind: type[T], path: str) -> T:
    """
    Return the settings object of this class, or raise all faults at once.

    Args:
        data: Plain values by setting name.
        kind: The attrs class.
        path: The settings table, for messages.

    Raises:
        SettingsError: With the code of the first fault and all of them in `problems`.
    """
    found, problems = problems_of(data, kind, path)
    if problems:
        raise settings_error(problems)
    return found  # type: ignore[no-any-return]  # made by the converter for this class


def settings_error(problems: list[Problem], source: str = "") -> SettingsError:
    """Return one error that tells all problems."""
    head = str(problems[0]) if len(problems) == 1 else f"the settings have {len(problems)} faults:"
    hint = "" if len(problems) == 1 else "\n".join(f"  {p.code} {p}" for p in problems)
    if source:
        hint = f"{hint}\nRead from {source}.".lstrip("\n")
    return SettingsError(head, code=problems[0].code, hint=hint, problems=tuple(f"{p.code} {p}" for p in problems))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _walk(error: BaseException, path: str) -> Iterator[Problem]:
    if isinstance(error, ClassValidationError):
        with_notes, without = error.group_exceptions()
        for inner, note in with_notes:
            yield from _walk(inner, _join(path, note.name) if isinstance(note, AttributeValidationNote) else path)
        for inner in without:
            yield from _walk(inner, path)
    elif isinstance(error, IterableValidationError):
        with_places, without_places = error.group_exceptions()
        for inner, place in with_places:
            yield from _walk(inner, f"{path}[{place.index}]")
        for inner in without_places:
            yield from _walk(inner, path)
    elif isinstance(error, TradewindError):
        code = error.code if error.code.startswith("TW-S") else "TW-S004"
        inner_path = "" if not path or error.message.startswith(path.split(".")[0] + ".") else path + ":"
        yield Problem(code=code, path=inner_path, text=error.message, hint=error.hint)
    elif isinstance(error, _WrongTypeError):
        yield Problem(code="TW-S003", path=path, text=f"{error}.")
    elif isinstance(error, KeyError):
        yield Problem(code="TW-S003", path=_join(path, str(error.args[0])), text="is missing.")
    else:
        yield Problem(code="TW-S004", path=path, text=f"{error}".rstrip(".") + ".")

"""
The settings classes of the catalogue: one frozen attrs class per indicator, made from its entry.

`settings.EmaSettings` is made when it is first asked for. A class refuses what it does not
know and what is out of range.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import cache
from operator import index
from typing import Any, ClassVar

import attrs

from tradewind.api import IndicatorError
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.entry import Entry, Param


def _refused(indicator: str, message: str, hint: str, parameter: str) -> IndicatorError:
    return IndicatorError(
        f"indicator {indicator!r}: {message}",
        code="TW-I001",
        hint=hint,
        indicator=indicator,
        parameter=parameter,
    )


class Settings:
    """
    What every settings class has.

    Raises:
        IndicatorError: TW-I001 for an unknown setting, a value of another type or out of
            range, or values that do not go together.
    """

    entry: ClassVar[Entry]

    def __init__(self, **values: Any) -> None:
        known = [param.name for param in self.entry.params]
        for name in values:
            if name not in known:
                from difflib import get_close_matches  # only a refusal pays for it

                near = get_close_matches(name, known, 1)
                raise _refused(
                    self.entry.name,
                    f"the setting {name!r} is unknown, expected {', '.join(known) or 'none at all'}.",
                    f"Did you mean {near[0]!r}?" if near else "",
                    name,
                )
        self.__attrs_init__(**values)  # type: ignore[attr-defined]  # attrs makes it for each class

    def __attrs_post_init__(self) -> None:
        for rule in self.entry.rules:
            if not rule.holds(self):
                names = [param.name for param in self.entry.params]
                given = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
                raise _refused(self.entry.name, f"the settings were {given}, expected that {rule.words}.", "", "")


def _converter(entry: Entry, param: Param) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        good = _typed(param, value)
        if good is None or not _within(param, good):
            raise _refused(
                entry.name,
                f"{param.name} was {value!r}, expected {param.expected}.",
                param.doc.capitalize(),
                param.name,
            )
        return good

    return convert


def _typed(param: Param, value: Any) -> Any:
    if param.type is bool or isinstance(value, bool):
        return value if param.type is bool and isinstance(value, bool) else None
    if param.type is str:
        return value if isinstance(value, str) else None
    try:
        return index(value) if param.type is int else float(value) if not isinstance(value, str) else None
    except (TypeError, ValueError):
        return None


def _within(param: Param, value: Any) -> bool:
    if param.choices:
        return value in param.choices
    return param.type is bool or (math.isfinite(value) and param.low <= value <= param.high)


@cache
def settings_class(indicator: str) -> type[Any]:
    """Return the settings class of an indicator of the catalogue."""
    entry = CATALOGUE[indicator]
    name = entry.settings_name
    fields = {
        param.name: attrs.field(default=param.default, type=param.type, converter=_converter(entry, param))
        for param in entry.params
    }
    made: type[Any] = attrs.make_class(
        name,
        fields,
        bases=(Settings,),
        class_body={"entry": entry, "__doc__": _doc(entry), "__module__": __name__},
        frozen=True,
        kw_only=True,
        init=False,
    )
    attributes = [
        inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=p.default, annotation=p.type)
        for p in entry.params
    ]
    made.__signature__ = inspect.Signature(attributes)
    return made


def _doc(entry: Entry) -> str:
    lines = [f"    {p.name}: {p.doc.capitalize() or 'a setting'}; {p.expected}." for p in entry.params]
    return "\n".join([entry.summary, "", "Args:", *lines]) if lines else entry.summary


_NAMES = {entry.settings_name: name for name, entry in CATALOGUE.items()}


def __getattr__(name: str) -> type[Any]:
    if name in _NAMES:
        return settings_class(_NAMES[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])

"""Ranges of settings: attrs validators whose errors name the setting, its value and its range."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import attrs

from tradewind.errors import SettingsError

Validator = Callable[[Any, Any, Any], None]


def _refuse(setting: str, value: Any, expected: str, hint: str = "") -> SettingsError:
    return SettingsError(f"{setting} was {value!r}, expected {expected}.", code="TW-S004", hint=hint, setting=setting)


def within(low: float, high: float, *, above_low: bool = False, table: str = "") -> Validator:
    """
    Accept finite numbers from `low` to `high`.

    Args:
        low: The least value.
        high: The largest value. With 1, a value up to 100 is answered with how to write it as a fraction.
        above_low: `low` itself is not accepted.
        table: The settings table, with its dot, that messages name before the setting.

    Raises:
        SettingsError: TW-S004, by the validator.
    """

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        number = not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value)
        if number and (low < value if above_low else low <= value) and value <= high:
            return
        fraction = number and high == 1.0 and 1.0 < value <= 100.0
        hint = f"It is a fraction: for {value:g}% write {value / 100:g}." if fraction else ""
        relation = "above" if above_low else "from"
        raise _refuse(table + attribute.name, value, f"a number {relation} {low:g} to {high:g}", hint)

    return check


def whole(low: int, high: int = 10_000, *, table: str = "") -> Validator:
    """
    Accept whole numbers from `low` to `high`.

    Args:
        low: The least value.
        high: The largest value.
        table: The settings table, with its dot, that messages name before the setting.

    Raises:
        SettingsError: TW-S004, by the validator.
    """

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _refuse(table + attribute.name, value, f"a whole number from {low} to {high}")

    return check


def one_of(*words: str) -> Validator:
    """
    Accept one of these words.

    Raises:
        SettingsError: TW-S004, by the validator.
    """

    def check(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in words:
            raise _refuse(attribute.name, value, f"one of {', '.join(map(repr, words))}")

    return check


def check_order(settings: object, *pairs: tuple[str, str]) -> None:
    """
    Refuse settings of which one must be less than another and is not.

    Args:
        settings: The settings object.
        pairs: (less, more), the names of two settings each.

    Raises:
        SettingsError: TW-S004, naming the first of the pair.
    """
    for less, more in pairs:
        low, high = getattr(settings, less), getattr(settings, more)
        if low >= high:
            raise _refuse(less, low, f"less than {more}, which is {high!r}")


def check_ladder(target_r: Sequence[float], target_fractions: Sequence[float]) -> None:
    """
    Refuse a take-profit ladder that cannot be carried out as written.

    Args:
        target_r: Distance of each rung in units of initial risk, strictly rising.
        target_fractions: Share of the initial quantity that each rung closes, together at most 1.

    Raises:
        SettingsError: TW-S004, naming the setting.
    """

    def refuse(setting: str, value: Sequence[float], expected: str) -> SettingsError:
        hint = "Targets and fractions pair up, nearest first: 2R and 3R with 0.3 and 0.4."
        return _refuse(setting, tuple(value), expected, hint)

    if len(target_r) != len(target_fractions):
        raise refuse("target_fractions", target_fractions, f"one fraction for each of the {len(target_r)} targets")
    rising = all(near < far for near, far in pairwise(target_r))
    if not rising or not all(0.0 < rung < math.inf for rung in target_r):
        raise refuse("target_r", target_r, "rising finite numbers above 0")
    if not all(0.0 < share <= 1.0 for share in target_fractions) or sum(target_fractions) > 1.0 + 1e-9:
        raise refuse("target_fractions", target_fractions, "fractions above 0 that sum to at most 1")

"""
What the catalogue's tables are made of: parameters with their ranges, and one entry per indicator.

Nothing here imports numpy or pandas, so the whole catalogue can be declared without them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

TALIB: Final = "TA-Lib"
VENDOR: Final = "pandas-ta"
OWN: Final = "own"

SOURCES: Final = ("close", "open", "high", "low", "volume", "hl2", "hlc3", "ohlc4")
"""What the setting `source` may name: a column of the bars, or a mean of prices."""

BARS: Final = ("open", "high", "low", "close", "volume")
HLC: Final = ("high", "low", "close")
HLCV: Final = ("high", "low", "close", "volume")
OHLC: Final = ("open", "high", "low", "close")


@attrs.frozen
class Param:
    """
    One setting of an indicator.

    Args:
        name: The setting's name.
        default: Its value when it is not given; tells the type too.
        low: The least value allowed.
        high: The greatest value allowed.
        choices: The words allowed, for a setting that is a word.
        doc: What it does, one phrase.
    """

    name: str
    default: int | float | bool | str
    low: float = attrs.field(default=float("-inf"), kw_only=True)
    high: float = attrs.field(default=float("inf"), kw_only=True)
    choices: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    doc: str = attrs.field(default="", kw_only=True)

    @property
    def type(self) -> type:
        """The Python type of the setting's values."""
        return type(self.default)

    @property
    def expected(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.type is bool:
            return "true or false"
        number = "a whole number" if self.type is int else "a number"
        if self.low == float("-inf"):
            return number
        return f"{number} from {self.low:g} to {self.high:g}"


LONGEST: Final = 100_000
"""The greatest window: longer than eleven years of hourly bars."""


def window(name: str, default: int, low: int = 2, doc: str = "") -> Param:
    """Return a setting that counts bars."""
    return Param(name, default, low=low, high=LONGEST, doc=doc)


def length(default: int, low: int = 2, doc: str = "bars in the window") -> Param:
    """Return the setting `length`."""
    return window("length", default, low, doc)


def factor(name: str, default: float, low: float = 0.0, high: float = 1000.0, doc: str = "") -> Param:
    """Return a setting that is a number."""
    return Param(name, default, low=low, high=high, doc=doc)


def choice(name: str, default: str, choices: tuple[str, ...], doc: str = "") -> Param:
    """Return a setting that is one of some words."""
    return Param(name, default, choices=choices, doc=doc)


AVERAGES: Final = ("sma", "ema", "wma", "rma", "trima")
"""The averages that can be chosen: each has its first value in row `length - 1`."""


def average(default: str) -> Param:
    """Return the setting that chooses a moving average."""
    return choice("average", default, AVERAGES, "kind of moving average")


SOURCE: Final = choice("source", "close", SOURCES, "what it is computed of")


@attrs.frozen(kw_only=True)
class Rule:
    """
    What must hold between an indicator's settings.

    Args:
        holds: Tells whether the settings keep it.
        words: The rule in words.
    """

    holds: Callable[[Any], bool]
    words: str


def below(first: str, second: str) -> Rule:
    """Return the rule that one setting is less than another."""
    return Rule(holds=lambda p: getattr(p, first) < getattr(p, second), words=f"{first} is below {second}")


@attrs.define(eq=False)
class Entry:
    """
    One indicator of the catalogue.

    Args:
        name: The catalogue name.
        summary: What it tells, one line.
        outputs: The names of its columns, in order.
        warmup: How many leading rows are NaN under given settings.
        params: Its settings.
        inputs: The bar columns it reads; `source` chooses among all of them where it is a setting.
        rules: What must hold between settings.
        neutral: What an output is where its formula divides zero by zero; one value, or one per output.
        category: Where it stands in lists; by default the module that lists it.
        origin: What computes it: TA-Lib, pandas-ta, or a formula of our own (over TA-Lib where it helps).
        module: The module of `tradewind_pandas_ta.compute` that holds the function of this name; it
            is filled in when the catalogue is put together.
    """

    name: str
    summary: str
    outputs: tuple[str, ...]
    warmup: Callable[[Any], int]
    params: tuple[Param, ...] = ()
    inputs: tuple[str, ...] = attrs.field(default=("close",), kw_only=True)
    rules: tuple[Rule, ...] = attrs.field(default=(), kw_only=True)
    neutral: float | tuple[float, ...] | None = attrs.field(default=None, kw_only=True)
    category: str = attrs.field(default="", kw_only=True)
    origin: str = attrs.field(default=TALIB, kw_only=True)
    module: str = attrs.field(default="", kw_only=True)

    @property
    def reads(self) -> tuple[str, ...]:
        """The bar columns that its settings can make it read."""
        return BARS if SOURCE in self.params else self.inputs

    @property
    def settings_name(self) -> str:
        """The name of its settings class: `EmaSettings` for `ema`."""
        return "".join(word.capitalize() for word in self.name.split("_")) + "Settings"

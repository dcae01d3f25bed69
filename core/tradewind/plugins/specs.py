"""
The records that plugins return from their hooks: data first, implementations by path.

A record states a component's name, where its factory and its settings class live, and the
static facts of its kind, so that the catalogue can be listed, documented and checked without
importing a single implementation.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

import attrs

from tradewind.errors import PluginError

_NAME: Final = re.compile(r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$")
_PATH: Final = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


def canonical(name: str) -> str:
    """Return the name with `-` written as `_`: both are accepted everywhere."""
    return name.replace("-", "_")


def _refuse(spec: object, message: str, hint: str = "") -> PluginError:
    name = getattr(spec, "name", "?")
    return PluginError(f"{type(spec).__name__} {name!r}: {message}", code="TW-P007", hint=hint)


def _name(spec: object, _: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not _NAME.match(value):
        raise _refuse(spec, f"the name was {value!r}, expected lower-case words joined by - or _.")


def _summary(spec: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise _refuse(spec, f"the {attribute.name} was {value!r}, expected one line of text.")


def _path(spec: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not _PATH.match(value):
        raise _refuse(spec, f"{attribute.name} was {value!r}, expected 'module:attribute'.")


def _optional_path(spec: object, attribute: attrs.Attribute[str | None], value: str | None) -> None:
    if value is not None:
        _path(spec, attribute, value)  # type: ignore[arg-type]  # the attribute is only named in the message


def _words(spec: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    if not isinstance(value, tuple) or not all(isinstance(word, str) and word for word in value):
        raise _refuse(spec, f"{attribute.name} was {value!r}, expected a tuple of words.")


def _some_words(spec: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    _words(spec, attribute, value)
    if not value:
        raise _refuse(spec, f"{attribute.name} was empty, expected at least one word.")


@attrs.frozen(kw_only=True)
class Spec:
    """
    What every record has.

    Args:
        name: The catalogue name, lower case; `-` and `_` are the same.
        summary: One line for lists.
        factory: Where the implementation is made, as `module:attribute`; called with the
            settings object when `config` is given, else with nothing.
        config: The attrs class of the settings, as `module:attribute`.

    Raises:
        PluginError: TW-P007 when a field is malformed.
    """

    kind: ClassVar[str] = ""
    section: ClassVar[str] = ""
    """The settings table that holds this kind's settings, by component name."""

    name: str = attrs.field(validator=_name)
    summary: str = attrs.field(validator=_summary)
    factory: str = attrs.field(validator=_path)
    config: str | None = attrs.field(default=None, validator=_optional_path)


@attrs.frozen(kw_only=True)
class DataSourceSpec(Spec):
    """
    A source of bars or of other timed values.

    Args:
        provides: `bars`, `series` or both.
        timeframes: The timeframes it serves; empty when any can be asked for.
        columns: The columns of a series, beside `known_at`.
        streams: It can deliver closed bars live.
        needs_network: It asks a host outside this machine.
        secrets: Names of the secrets it can use, such as `api_key`; the factory is called with the
            settings and a mapping of those that were found.
    """

    kind: ClassVar[str] = "data source"
    section: ClassVar[str] = "sources"

    provides: tuple[str, ...] = attrs.field(default=("bars",), validator=_some_words)
    timeframes: tuple[str, ...] = attrs.field(default=(), validator=_words)
    columns: tuple[str, ...] = attrs.field(default=(), validator=_words)
    streams: bool = False
    needs_network: bool = False
    secrets: tuple[str, ...] = attrs.field(default=(), validator=_words)


@attrs.frozen(kw_only=True)
class IndicatorSpec(Spec):
    """
    A causal function of bars.

    Args:
        inputs: The columns it reads.
        outputs: The columns it answers with, in order.
        category: Where it stands in lists: trend, momentum, volatility, volume, …
        abstains: After the warm-up too, values may be unknown (NaN), where it has no opinion.
    """

    kind: ClassVar[str] = "indicator"
    section: ClassVar[str] = "indicators"

    outputs: tuple[str, ...] = attrs.field(validator=_some_words)
    inputs: tuple[str, ...] = attrs.field(default=("close",), validator=_some_words)
    category: str = "other"
    abstains: bool = False


@attrs.frozen(kw_only=True)
class StrategySpec(Spec):
    """
    A function from features to signals.

    Args:
        needs: Catalogue names of the indicators it uses.
        series: Series it needs; those after a `?` are optional.
        higher: Higher timeframes it reads.
        timeframe: The timeframe it was made for.
        warmup: Bars it needs before its first decision.
        allows_short: It can open short positions.
    """

    kind: ClassVar[str] = "strategy"
    section: ClassVar[str] = "strategies"

    needs: tuple[str, ...] = attrs.field(default=(), validator=_words)
    series: tuple[str, ...] = attrs.field(default=(), validator=_words)
    higher: tuple[str, ...] = attrs.field(default=(), validator=_words)
    timeframe: str = "4h"
    warmup: int = 1000
    allows_short: bool = False


@attrs.frozen(kw_only=True)
class RiskPolicySpec(Spec):
    """
    A tightening of plans or of limits.

    Args:
        needs: Catalogue names of the indicators it uses.
        order: Where it stands among policies in lists; results never depend on it.
    """

    kind: ClassVar[str] = "risk policy"
    section: ClassVar[str] = "policies"

    needs: tuple[str, ...] = attrs.field(default=(), validator=_words)
    order: int = 0


@attrs.frozen(kw_only=True)
class ExecutorSpec(Spec):
    """
    A carrier of intents to a venue.

    Args:
        real_money: Orders reach a venue where they cost money.
        order_types: The order types it can send.
        guarantee: The most it promises about protection and duplicates: A, B or C.
        secrets: Names of the secrets it needs, such as `api_key`; the factory is called with the
            settings and a mapping of those that were found.
    """

    kind: ClassVar[str] = "executor"
    section: ClassVar[str] = "executors"

    real_money: bool = True
    order_types: tuple[str, ...] = attrs.field(default=("market", "stop"), validator=_some_words)
    guarantee: str = "C"
    secrets: tuple[str, ...] = attrs.field(default=(), validator=_words)


@attrs.frozen(kw_only=True)
class ServiceSpec(Spec):
    """
    Something that runs beside the engine: a dashboard, alerts, metrics.

    Args:
        listens: It opens a port.
        secrets: Names of the secrets it can use, such as `token`; the factory is called with the settings and
            a mapping of those that were found.
    """

    kind: ClassVar[str] = "service"
    section: ClassVar[str] = "services"

    listens: bool = False
    secrets: tuple[str, ...] = attrs.field(default=(), validator=_words)


@attrs.frozen(kw_only=True)
class CommandSpec(Spec):
    """A command of the command line; `factory` is a click command."""

    kind: ClassVar[str] = "command"
    section: ClassVar[str] = "commands"


@attrs.frozen(kw_only=True)
class HealthCheckSpec(Spec):
    """A check that `tradewind health` runs; `factory` answers with findings."""

    kind: ClassVar[str] = "health check"
    section: ClassVar[str] = "health"


SHAPES: Final = ("table", "series", "figures")
"""How a panel's rows are shown."""


def _shape(spec: object, _: attrs.Attribute[str], value: str) -> None:
    if value not in SHAPES:
        raise _refuse(spec, f"shows was {value!r}, expected one of {', '.join(SHAPES)}.")


def _panel_columns(spec: PanelSpec, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    _some_words(spec, attribute, value)
    if spec.shows == "series" and (value[0] != "time_ms" or len(value) == 1):
        raise _refuse(spec, f"columns was {value!r}, expected time_ms and then what is drawn.")
    if spec.shows == "figures" and value != ("name", "value"):
        raise _refuse(spec, f"columns was {value!r}, expected name and value for figures.")


@attrs.frozen(kw_only=True)
class PanelSpec(Spec):
    """
    A panel of the dashboard: rows of plain values, which the dashboard itself shows as text or draws.

    Args:
        title: What stands above it.
        shows: `table` for rows, `series` for lines over time, `figures` for names with values.
        columns: The columns of every row, in order; a series begins with `time_ms` (UTC milliseconds), figures have
            `name` and `value`.
    """

    kind: ClassVar[str] = "panel"
    section: ClassVar[str] = "panels"

    title: str = attrs.field(validator=_summary)
    shows: str = attrs.field(default="table", validator=_shape)
    columns: tuple[str, ...] = attrs.field(validator=_panel_columns)


KINDS: Final[dict[str, type[Spec]]] = {
    "data_sources": DataSourceSpec,
    "indicators": IndicatorSpec,
    "strategies": StrategySpec,
    "risk_policies": RiskPolicySpec,
    "executors": ExecutorSpec,
    "services": ServiceSpec,
    "commands": CommandSpec,
    "health_checks": HealthCheckSpec,
    "panels": PanelSpec,
}
"""The record class of each declaring hook, by the hook's name without `tradewind_`."""

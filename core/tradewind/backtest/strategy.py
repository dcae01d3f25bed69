"""Find the strategy that a run names: in the catalogue, or in a file."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

import attrs

from tradewind.config.schema import Settings
from tradewind.errors import PluginError, UsageError
from tradewind.pipeline.bar_strategy import BarStrategyAdapter, BaseStrategy
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.from_file import from_file, instance_of
from tradewind.plugins.specs import StrategySpec, canonical

_IN_CATALOG: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*:)?[A-Za-z][A-Za-z0-9_-]*$")
_LONGEST: Final = 200
_DEFAULTS: Final = StrategySpec(name="default", summary="Defaults.", factory="tradewind:hookimpl")


@attrs.frozen(kw_only=True)
class ChosenStrategy:
    """
    A strategy ready to decide.

    Args:
        name: Its catalogue name, or the class name for one from a file.
        strategy: The strategy.
        timeframe: The timeframe it was made for.
        warmup: Bars it needs before its first decision.
        version: Distribution and version, or the hash of the file.
        settings: Its settings in force, as plain values.
        summary: One line about it.
    """

    name: str
    strategy: Any
    timeframe: str
    warmup: int
    version: str
    settings: dict[str, Any]
    summary: str = ""


def choose_strategy(name: str, settings: Settings, catalog: Catalog) -> ChosenStrategy:
    """
    Return the strategy of this name.

    Args:
        name: A catalogue name (`-` and `_` alike), `distribution:name`, or `path/file.py:Class`.
        settings: The settings in force.
        catalog: What the loaded plugins offer.

    Raises:
        UsageError: TW-U006 for a malformed name.
        PluginError: TW-P005 for an unknown one, TW-P009 when the file has no such strategy.
    """
    loaded = from_file(name)
    if loaded is not None:
        return attrs.evolve(adopt_strategy(loaded.found, loaded.name), version=loaded.version)
    if len(name) > _LONGEST or not _IN_CATALOG.match(name):
        raise UsageError(
            f"the strategy was {name[:80]!r}, expected a name such as 'adaptive'.",
            code="TW-U006",
            hint="Or write distribution:name, or path/to/file.py:ClassName.",
        )
    entry = catalog.get("strategies", name)
    spec = entry.spec
    if not isinstance(spec, StrategySpec):
        raise PluginError(f"{entry.qualified} is no strategy.", code="TW-P007")
    values = settings.strategies.get(canonical(entry.name), {})
    return ChosenStrategy(
        name=entry.name,
        strategy=entry.build(values),
        timeframe=spec.timeframe,
        warmup=spec.warmup,
        version=f"{entry.distribution} {entry.version}",
        settings=dict(values),
        summary=spec.summary,
    )


def adopt_strategy(strategy: Any, name: str = "") -> ChosenStrategy:
    """Return a strategy object given by a script, adapted when it is of the guide's per-bar kind."""
    source = strategy if inspect.isclass(strategy) else type(strategy)
    made = instance_of(strategy, name or source.__name__)
    if isinstance(made, BaseStrategy):
        made = BarStrategyAdapter(made)
    if not callable(getattr(made, "signals", None)):
        raise PluginError(
            f"{type(made).__name__} has no method signals(frame) and is no BaseStrategy.",
            code="TW-P009",
            hint="See the tutorial for a strategy's two methods.",
        )
    warmup = _stated(made, "warmup", _DEFAULTS.warmup)
    if not isinstance(warmup, int) or isinstance(warmup, bool) or warmup < 0:
        raise PluginError(
            f"{source.__name__}.warmup was {warmup!r}, expected a whole number of bars, 0 or more.", code="TW-P009"
        )
    return ChosenStrategy(
        name=name or source.__name__,
        strategy=made,
        timeframe=str(_stated(made, "timeframe", _DEFAULTS.timeframe)),
        warmup=warmup,
        version=f"{source.__module__}.{source.__qualname__}",
        settings={},
    )


def _stated(strategy: Any, name: str, otherwise: Any) -> Any:
    """Return what a strategy says of itself, on the class or on the object."""
    value = getattr(strategy, name, None)
    return otherwise if value is None or callable(value) else value

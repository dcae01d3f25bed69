"""Components whose distribution, record or settings break a promise of every plugin."""

from __future__ import annotations

from typing import Any, Final

import attrs

from kit.indicators import RECORD, Sound
from kit.mutants import HERE, SOUND_PACKAGE, Mutant, path_of
from tradewind.api import whole, within
from tradewind.testing import IndicatorContract


def _hundredth(value: float) -> float:
    return value / 100.0


@attrs.frozen(kw_only=True)
class Open:
    """Settings with a table that takes any key."""

    length: int = 10
    scale: float = 1.0
    options: dict[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Percent:
    """Settings whose converter changes what it has converted."""

    length: int = 10
    scale: float = 1.0
    percent: float = attrs.field(default=50.0, converter=_hundredth)


@attrs.frozen(kw_only=True)
class Contradictory:
    """Settings whose own default is out of range."""

    length: int = attrs.field(default=1, validator=whole(2, 200))
    scale: float = attrs.field(default=1.0, validator=within(0.0, 10.0))


@attrs.frozen(kw_only=True)
class Unwritten:
    """Settings with one that the page does not name."""

    length: int = 10
    scale: float = 1.0
    secret_sauce: float = 1.0


class Plain:
    """A class that is no attrs class."""


class WithoutWarmup:
    """An indicator without one of its methods."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def compute(self, bars: Any) -> Any:
        """Return what was given."""
        return bars


def _of(breaks: str, says: str, component: Any = Sound, *, record: Any = None, **package: Any) -> Mutant:
    return Mutant(
        contract=IndicatorContract,
        breaks=breaks,
        says=says,
        component=component,
        record=RECORD | (record or {}),
        attributes={"rows": 200},
        package=attrs.evolve(SOUND_PACKAGE, **package),
    )


MUTANTS: Final = (
    _of("entry_point_resolves", "no entry point", declarations=()),
    _of("entry_point_resolves", "ModuleNotFoundError", declarations=("kit.no_such_module",)),
    _of("entry_point_resolves", "@hookimpl", declarations=("kit.hookless_declaration",)),
    _of("entry_point_resolves", "not among the plugins", name="somebody-else"),
    _of("imports_light", "numpy", declarations=("kit.heavy_declaration",)),
    _of("imports_only_public_api", "tradewind.pipeline.decide", sources=(HERE / "prying.py",)),
    _of("imports_only_public_api", "tradewind.plugins.catalog", sources=(HERE / "prying.py",)),
    _of("imports_only_public_api", "tradewind.model", tests=(HERE / "prying.py",)),
    _of("imports_only_public_api", "other plugins", neighbours=("collections",)),
    _of("requires_tradewind_range", "does not require", requires=("attrs>=24",)),
    _of("requires_tradewind_range", "no upper end", requires=("tradewind>=0.1",)),
    _of("requires_tradewind_range", "no lower end", requires=("tradewind<1",)),
    _of("requires_tradewind_range", "this is Tradewind", requires=("tradewind>=7,<8",)),
    _of("factories_resolve", "no_such", "kit.indicators:no_such"),
    _of("factories_resolve", "cannot be called", "kit.indicators:RECORD"),
    _of("factories_resolve", "not an attrs class", record={"config": path_of(Plain)}),
    _of("config_defaults_build", "length", record={"config": path_of(Contradictory)}),
    _of("config_defaults_build", "warmup", WithoutWarmup),
    _of("config_rejects_unknown_keys", "`options`", record={"config": path_of(Open)}),
    _of("config_round_trips", "percent", record={"config": path_of(Percent)}),
    _of("readme_documents_every_setting", "`secret_sauce`", record={"config": path_of(Unwritten)}),
)

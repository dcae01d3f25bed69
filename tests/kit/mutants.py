"""What a mutant is: a component that breaks one promise, with the contract that must catch it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pluggy

from tradewind.plugins.catalog import Catalog
from tradewind.plugins.loader import PluginRow, State
from tradewind.plugins.specs import KINDS, IndicatorSpec, Spec
from tradewind.testing import Outcome, PluginContract
from tradewind.testing.package import Package

HERE: Final = Path(__file__).parent

README: Final = """
Settings: `length`, `scale`, `seed`, `share`, `percent`, `options`, `port`, `host`, `down`, `gap`, `strict`.
"""

SOUND_PACKAGE: Final = Package(
    name="acme",
    requires=("attrs>=24", "tradewind>=0.1,<1"),
    declarations=("kit.declaration",),
    sources=(HERE / "declaration.py",),
    readme=README,
)
"""A distribution that keeps every promise that is made of distributions."""


@attrs.frozen(kw_only=True)
class Mutant:
    """
    One component under one contract.

    Args:
        contract: The contract class.
        breaks: The check that must fail; empty for a component that keeps every promise.
        says: Words that the failure must have.
        component: The factory; it is found again by its module and name.
        record: Fields of the record beyond name, summary and factory.
        attributes: Attributes of the contract class.
        package: The distribution it comes in.
        companions: Indicators that are on offer beside it.
    """

    contract: type[PluginContract]
    breaks: str = ""
    says: str = ""
    component: Any
    record: Mapping[str, Any] = attrs.field(factory=dict)
    attributes: Mapping[str, Any] = attrs.field(factory=dict)
    package: Package = SOUND_PACKAGE
    companions: tuple[IndicatorSpec, ...] = ()

    @property
    def name(self) -> str:
        """What the mutant is called in the list of tests."""
        made = getattr(self.component, "__name__", str(self.component))
        extra = "-".join(str(value) for value in self.attributes.values() if isinstance(value, str))
        return "-".join(filter(None, (self.contract.__name__, self.breaks or "keeps", made, extra)))

    def spec(self) -> Spec:
        """Return its record."""
        fields = {"name": "mutant", "summary": "A component under test.", "factory": path_of(self.component)}
        return KINDS[self.contract.kind](**(fields | dict(self.record)))

    def catalog(self) -> Catalog:
        """Return a catalogue that holds it."""
        return catalog_of((self.contract.kind, self.spec()), *(("indicators", one) for one in self.companions))

    def judged(self) -> type[PluginContract]:
        """Return the contract class for it."""
        package = self.package
        return self.contract.of("mutant", catalog=self.catalog(), package=lambda _: package, **self.attributes)

    def outcomes(self) -> dict[str, tuple[Outcome, str]]:
        """Return outcome and message of every check."""
        return {found.name: (found.outcome, found.message) for found in self.judged().results()}


def catalog_of(*records: tuple[str, Spec]) -> Catalog:
    """Return a catalogue of these records, as (kind, record), offered by one distribution."""
    row = PluginRow(distribution="acme", version="1.0", state=State.LOADED, records=records)
    return Catalog(plugins=(row,), manager=pluggy.PluginManager("tradewind"))


def path_of(found: Any) -> str:
    """Return where a class or a function is found again, as `module:name`; text stays as it is."""
    if isinstance(found, str):
        return found
    name = getattr(found, "__qualname__", None) or found.name
    module = getattr(found, "__module__", None)
    return f"{module}:{name}"

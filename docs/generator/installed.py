"""What the distributions of this repository offer, whatever else is installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tradewind.plugins.catalog import Catalog, Entry, load_catalog
from tradewind.plugins.loader import State

ROOT = Path(__file__).parents[2]


@cache
def first_party() -> Catalog:
    """
    Return the catalogue of this repository's plugins alone.

    A page made without one of them would lose what it offers, so all must be installed and load.
    """
    wanted = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
    catalog = load_catalog(allow=wanted)
    for name in wanted:
        row = catalog.row(name)
        if row is None or row.state is not State.LOADED:
            cause = "it is not installed" if row is None else f"it is {row.state}: {row.cause}"
            raise LookupError(f"the reference cannot be made without {name}: {cause}")
    return catalog


def entries(kind: str) -> list[Entry]:
    """Return what this repository offers of one kind, by name."""
    return first_party().entries(kind)

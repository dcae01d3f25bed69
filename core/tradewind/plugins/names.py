"""Names as users write them: near matches, qualified names, lists for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from tradewind.plugins.specs import canonical


def normalised(distribution: str) -> str:
    """Return a distribution's name in the one form that packaging compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name most like this one, or None when none is near."""
    by_canonical = {canonical(known).lower(): known for known in names}
    close = get_close_matches(canonical(name).lower(), list(by_canonical), n=1, cutoff=0.6)
    return by_canonical[close[0]] if close else None


def listed(names: Iterable[str], *, most: int = 40) -> str:
    """Return names joined for a message, shortened when there are very many."""
    ordered = sorted(names)
    shown = ", ".join(ordered[:most])
    return f"{shown}, … ({len(ordered)} in all)" if len(ordered) > most else shown or "none"


def split_qualified(name: str) -> tuple[str | None, str]:
    """Return (distribution, component) of `tradewind-foo:adaptive`, or (None, component) of a plain name."""
    if ":" in name:
        distribution, _, component = name.partition(":")
        return distribution, component
    return None, name

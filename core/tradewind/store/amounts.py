"""What columns hold that no type of the language says: exact amounts, and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

ZERO: Final = Decimal(0)

Plain = Mapping[str, Any]
"""Values that strict JSON can hold."""


def decimal(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Refuse what is not an exact, finite decimal: a float has lost money before it arrives here."""
    if value is not None and (type(value) is not Decimal or not value.is_finite()):
        raise TypeError(f"{attribute.name} was {value!r}, expected a finite Decimal")

"""Settings objects as the plain values that a settings file holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from tradewind.testing.failures import require


def plain_settings(settings: Any) -> dict[str, Any]:
    """
    Return an attrs object as numbers, text, booleans, lists and tables; what is None is left out.

    Raises:
        ContractFailure: When a value is none of these.
    """
    made = _plain(settings, "the settings")
    require(isinstance(made, dict), f"{type(settings).__name__} is no settings object.")
    return dict(json.loads(json.dumps(made)))


def _plain(value: Any, where: str) -> Any:
    if attrs.has(type(value)):
        fields = [field for field in attrs.fields(type(value)) if field.init]
        members = {field.name: _plain(getattr(value, field.name), f"{where}.{field.name}") for field in fields}
        return {name: member for name, member in members.items() if member is not None}
    if isinstance(value, Mapping):
        return {str(key): _plain(member, f"{where}.{key}") for key, member in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_plain(member, where) for member in value]
    if isinstance(value, (Decimal, Path)):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    require(
        value is None or isinstance(value, (bool, int, float, str)),
        f"{where} holds {type(value).__name__}, which no settings file can hold.",
    )
    return value

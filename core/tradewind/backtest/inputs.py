"""What a run depended on, as hashes: the same inputs have the same id on every machine."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import PurePath
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.tables import TRADE_COLUMNS

ID_LENGTH: Final = 12
"""Hexadecimal digits of a result's id."""


def plain_value(value: Any) -> Any:
    """
    Return a settings value as strict JSON can hold it, the same for equal values.

    Mappings keep their keys as text, attrs records become mappings, decimals and paths text,
    NaN and infinities words, all else what `repr` says.

    Raises:
        TypeError: For an object that `repr` names by its place in memory.
    """
    if attrs.has(type(value)):
        return {f.name: plain_value(getattr(value, f.name)) for f in attrs.fields(type(value)) if f.init}
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain_value(item) for item in value), key=canonical)
    if isinstance(value, list | tuple | np.ndarray):
        return [plain_value(item) for item in value]
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    text = repr(value)
    if " at 0x" in text:
        raise TypeError(f"{text} differs from process to process and cannot be a setting of a run")
    return text


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return json.dumps(plain_value(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Inputs:
    """
    Everything that decides a result.

    Args:
        strategy: The strategy's name.
        data: SHA-256 of each set of data by its name, such as `BTCUSDT 4h`.
        plugins: Version of each distribution that took part, by its name.
        settings: The effective settings of the run.
        seed: The seed of everything random.
    """

    strategy: str
    data: Mapping[str, str]
    plugins: Mapping[str, str] = attrs.field(factory=dict)
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    seed: int = 0

    @cached_property
    def id(self) -> str:
        """The result's id: the first digits of the hash of all inputs."""
        return sha256_of(self)[:ID_LENGTH]

    @cached_property
    def settings_hash(self) -> str:
        """SHA-256 of the settings."""
        return sha256_of(self.settings)

    def to_dict(self) -> dict[str, Any]:
        """Return the hashes for JSON; the settings themselves stand beside them in a result."""
        return {
            "data": dict(self.data),
            "plugins": dict(self.plugins),
            "settings": self.settings_hash,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, strategy: str, hashes: Mapping[str, Any], settings: Mapping[str, Any]) -> Inputs:
        """Return the inputs that `to_dict` wrote."""
        return cls(
            strategy=strategy,
            data=dict(hashes["data"]),
            plugins=dict(hashes["plugins"]),
            settings=dict(settings),
            seed=int(hashes["seed"]),
        )


def differences(was: Inputs, now: Inputs) -> tuple[str, ...]:
    """Name every input that differs, one sentence each; empty when the runs must agree."""
    out = []
    if was.strategy != now.strategy:
        out.append(f"strategy was {was.strategy}, now {now.strategy}")
    out += _unequal("data", was.data, now.data, digits=ID_LENGTH)
    out += _unequal("plugin", was.plugins, now.plugins)
    out += _unequal("setting", flat(was.settings), flat(now.settings))
    if was.seed != now.seed:
        out.append(f"seed was {was.seed}, now {now.seed}")
    return tuple(out)


def _unequal(kind: str, was: Mapping[str, Any], now: Mapping[str, Any], digits: int = 60) -> Iterator[str]:
    for name in sorted(was.keys() | now.keys()):
        old, new = (str(side[name])[:digits] if name in side else "not there" for side in (was, now))
        if old != new:
            yield f"{kind} {name} was {old}, now {new}"


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return settings as dotted path to canonical text."""
    out: dict[str, str] = {}
    for key, value in settings.items():
        value = plain_value(value)
        path = f"{prefix}{key}"
        out |= flat(value, f"{path}.") if isinstance(value, dict) and value else {path: canonical(value)}
    return out


def result_hash(trades: pd.DataFrame, equity: pd.DataFrame) -> str:
    """
    Return the SHA-256 of every trade and of the equity curve, to the last bit.

    It is the same for a result and for its copy that went through JSON.
    """
    digest = hashlib.sha256()
    for name in TRADE_COLUMNS:
        _feed(digest, name, trades[name])
    _feed(digest, "time", equity.index.to_series())
    _feed(digest, "equity", equity["equity"])
    return digest.hexdigest()


def _feed(digest: Any, name: str, column: pd.Series[Any]) -> None:
    digest.update(f"{name}:{len(column)}:".encode())
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        digest.update(pd.DatetimeIndex(column).as_unit("ms").asi8.astype("<i8").tobytes())
    elif pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan).astype("<f8")
        digest.update(np.where(np.isnan(values), np.nan, values).tobytes())
    else:
        digest.update(json.dumps([str(value) for value in column]).encode())

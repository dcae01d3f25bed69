"""Deposits, funding rates and clusters as they are given, in the form that the kernel reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import UsageError
from tradewind.model.signals import times_of

Amounts = Mapping[Any, float] | pd.Series
"""Amounts by moment: a Series indexed by time, or a mapping from timestamps, ISO texts or milliseconds UTC."""

DAY_MS: Final = 86_400_000


def amounts_of(values: Amounts | None, what: str) -> dict[int, float]:
    """
    Return amounts by moment, ms UTC.

    Raises:
        UsageError: TW-U008 when an amount is not finite.
    """
    if values is None:
        return {}
    if isinstance(values, pd.Series):
        moments, amounts = times_of(values.index).tolist(), values.tolist()
    else:
        moments, amounts = [_moment(key) for key in values], list(values.values())
    if not all(math.isfinite(amount) for amount in amounts):
        raise UsageError(f"the {what} held an amount that is not finite.", code="TW-U008")
    return dict(zip(moments, map(float, amounts), strict=True))


def _moment(key: Any) -> int:
    if isinstance(key, int | np.integer):
        return int(key)
    stamp = pd.Timestamp(key)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return int(times_of(pd.DatetimeIndex([zoned]))[0])


def funding_of(funding: Any, names: Sequence[str]) -> list[dict[int, float] | None]:
    """
    Return funding rates by moment for each symbol; rates that name no symbol are those of the only one.

    Raises:
        UsageError: TW-U008 when it is not clear whose rates they are, or a rate is not finite.
    """
    if funding is None:
        return [None] * len(names)
    if isinstance(funding, Mapping) and set(funding) <= set(names):
        return [amounts_of(funding.get(name), f"funding of {name}") for name in names]
    if len(names) > 1:
        raise UsageError("the funding was of one symbol, expected rates by symbol.", code="TW-U008")
    return [amounts_of(funding, "funding")]


def clusters_of_days(
    clusters: Mapping[str, int] | pd.DataFrame | None, names: Sequence[str], start_ms: int, end_ms: int
) -> tuple[npt.NDArray[np.int32], int]:
    """
    Return cluster ids [day, symbol] and the first row's UTC day since the epoch (D11).

    Args:
        clusters: Ids by symbol for all days, or a frame of ids by UTC day and symbol; −1 stands alone.
        names: The symbols, in order.
        start_ms: A moment of the first day wanted.
        end_ms: A moment of the last.
    """
    none = np.zeros((0, len(names)), dtype=np.int32)
    first = start_ms // DAY_MS
    if clusters is None or len(clusters) == 0:
        return none, 0
    if isinstance(clusters, Mapping):
        return np.array([[clusters.get(name, -1) for name in names]], dtype=np.int32), first
    days = times_of(clusters.index) // DAY_MS
    known = clusters.reindex(columns=list(names), fill_value=-1).to_numpy(dtype=np.int32)
    at = np.searchsorted(days, np.arange(first, end_ms // DAY_MS + 1), side="right") - 1
    ids = np.where((at >= 0)[:, None], known[np.maximum(at, 0)], np.int32(-1))
    return np.ascontiguousarray(ids, dtype=np.int32), first

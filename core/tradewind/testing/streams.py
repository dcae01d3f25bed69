"""Take a few bars from a stream, whatever each is made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import attrs
import numpy as np

from tradewind.model.bars import FIELDS, Bars
from tradewind.testing.failures import ContractFailure, require

_PATIENCE: Final = 10.0
"""Seconds that a stream may take for the bars that are asked of it."""


@attrs.frozen(kw_only=True)
class StreamedBar:
    """
    One closed bar as it came from a stream.

    Args:
        symbol: The pair.
        time: Its open, UTC milliseconds.
        prices: open, high, low, close and volume.
    """

    symbol: str
    time: int
    prices: tuple[float, ...]


def streamed(stream: AsyncIterator[Any], count: int) -> list[StreamedBar]:
    """
    Return the first bars of a stream.

    Args:
        stream: Yields (symbol, bar); a bar is `Bars` of one row, or has `time` (UTC
            milliseconds), open, high, low, close and volume as attributes or keys.
        count: How many bars are taken, unless the stream ends earlier.

    Raises:
        ContractFailure: When an item is something else, or when nothing comes for ten seconds.
    """

    async def take() -> list[StreamedBar]:
        got: list[StreamedBar] = []
        async for item in stream:
            got.append(_read(item))
            if len(got) >= count:
                break
        closing = getattr(stream, "aclose", None)
        if closing is not None:
            await closing()
        return got

    async def bounded() -> list[StreamedBar]:
        return await asyncio.wait_for(take(), _PATIENCE)

    try:
        return asyncio.run(bounded())
    except TimeoutError:
        raise ContractFailure(f"the stream did not send {count} bars within {_PATIENCE:g} seconds.") from None


def _read(item: Any) -> StreamedBar:
    require(isinstance(item, tuple) and len(item) == 2, f"the stream sent {item!r}, expected (symbol, bar).")
    symbol, bar = item
    require(isinstance(symbol, str), f"the stream sent {symbol!r} as a symbol, expected text.")
    time, *values = (_value(bar, name) for name in ("time", *FIELDS))
    return StreamedBar(symbol=symbol, time=int(time), prices=tuple(map(float, values)))


def _value(bar: Any, name: str) -> Any:
    found = bar.get(name) if isinstance(bar, Mapping) else getattr(bar, name, None)
    if isinstance(bar, Bars):
        require(len(bar) == 1, f"the stream sent {len(bar)} bars at once, expected one.")
        found = np.asarray(found)[0]
    require(found is not None, f"a bar of the stream has no {name!r}: {bar!r}.")
    return found

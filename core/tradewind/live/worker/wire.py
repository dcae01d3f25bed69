"""
What the engine's process and the strategies' process say to each other: a head of JSON and columns of numbers.

Both ends read defensively, and nothing that is read is ever run: what comes from plugins is data.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.errors import LiveError

Array = npt.NDArray[Any]

HEAD_BYTES: Final = 4 * 1024 * 1024
"""The longest head."""
BODY_BYTES: Final = 256 * 1024 * 1024
"""The most that columns may take: far above the longest window."""

_LENGTHS: Final = struct.Struct(">II")
_DTYPES: Final = frozenset({"<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "<f8", "<f4", "|b1"})


@attrs.frozen(kw_only=True, eq=False)
class Message:
    """
    One thing said.

    Args:
        head: Plain values.
        arrays: Columns by name, of whole numbers, floats or flags.
    """

    head: Mapping[str, Any]
    arrays: Mapping[str, Array] = attrs.field(factory=dict)


def packed(message: Message) -> bytes:
    """Return a message as bytes; numbers that JSON cannot hold travel as `NaN` and `Infinity`."""
    columns = {name: _portable(array) for name, array in message.arrays.items()}
    listed = [[name, array.dtype.str, list(array.shape)] for name, array in columns.items()]
    head = json.dumps({"head": dict(message.head), "arrays": listed}).encode()
    body = b"".join(array.tobytes() for array in columns.values())
    return _LENGTHS.pack(len(head), len(body)) + head + body


def _portable(array: Array) -> Array:
    found = np.ascontiguousarray(array)
    return found.astype(found.dtype.newbyteorder("<"), copy=False)


def read(take: Callable[[int], bytes]) -> Message | None:
    """
    Read the next message.

    Args:
        take: Returns so many bytes, fewer only at the end of the stream.

    Returns:
        The message, or None at the end.

    Raises:
        LiveError: TW-L016 for what is no message.
    """
    start = take(_LENGTHS.size)
    if len(start) < _LENGTHS.size:
        return None
    head_size, body_size = _LENGTHS.unpack(start)
    if head_size > HEAD_BYTES or body_size > BODY_BYTES:
        raise _garbled(f"it announced {head_size} and {body_size} bytes")
    head, body = take(head_size), take(body_size)
    if len(head) < head_size or len(body) < body_size:
        return None
    try:
        told = json.loads(head)
        return Message(head=dict(told["head"]), arrays=_columns(told["arrays"], body))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _garbled(str(error) or type(error).__name__) from error


def _columns(listed: Any, body: bytes) -> dict[str, Array]:
    found: dict[str, Array] = {}
    start = 0
    for name, kind, shape in listed:
        if kind not in _DTYPES or len(shape) > 2 or any(type(size) is not int or size < 0 for size in shape):
            raise ValueError(f"the column {str(name)[:40]!r} is no column")
        dtype = np.dtype(kind)
        stop = start + math.prod(shape) * dtype.itemsize
        if stop > len(body):
            raise ValueError(f"the column {str(name)[:40]!r} is longer than what came")
        raw = np.frombuffer(body[start:stop], dtype=np.uint8 if kind == "|b1" else dtype).reshape(shape)
        found[str(name)] = raw != 0 if kind == "|b1" else raw
        start = stop
    return found


def _garbled(why: str) -> LiveError:
    return LiveError(
        f"the strategies' process said something that is no message: {why[:200]}.",
        code="TW-L016",
        hint="A strategy may write to its process's pipes; look at what it does beside deciding.",
    )

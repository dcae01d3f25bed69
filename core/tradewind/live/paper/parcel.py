"""Plain facts and arrays as one string of bytes, quick to write after every bar."""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel.layout import ACCOUNT, ASK, RUNG, SLOT

_LENGTH: Final = struct.Struct("<q")


def wrapped(facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """
    Return what `unwrapped` reads: the length of a header (8 bytes, little-endian), the header, the arrays' memory.

    The header is JSON: the facts, and name, form and shape of every array. No container that others know is used
    for want of time: to write NumPy's takes longer than the database does.

    Args:
        facts: Values that JSON has.
        arrays: Numbers, or records of the kernel.
    """
    listed = [(name, _form(array.dtype), array.shape) for name, array in arrays.items()]
    header = json.dumps({"facts": facts, "arrays": listed}, allow_nan=False).encode()
    return b"".join([_LENGTH.pack(len(header)), header, *(array.tobytes() for array in arrays.values())])


def unwrapped(content: bytes) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """
    Return the facts and the arrays, in memory of their own.

    Raises:
        ValueError: When an array is of a form that is not known here.
    """
    (length,) = _LENGTH.unpack_from(content)
    at = _LENGTH.size + length
    header = json.loads(content[_LENGTH.size : at])
    arrays = {}
    for name, form, shape in header["arrays"]:
        dtype = _known().get(form)
        if dtype is None:
            raise ValueError(f"another form of {name}")
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(bytearray(content[at : at + size]), dtype=dtype).reshape(shape)
        at += size
    return header["facts"], arrays


@functools.cache
def _form(dtype: np.dtype[Any]) -> str:
    return json.dumps(dtype.descr) if dtype.names else dtype.str


@functools.cache
def _known() -> dict[str, np.dtype[Any]]:
    plain = (np.dtype(kind) for kind in (np.bool_, np.uint8, np.int32, np.int64, np.float64))
    return {_form(dtype): dtype for dtype in (ACCOUNT, ASK, RUNG, SLOT, *plain)}

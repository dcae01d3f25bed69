"""What two processes say to each other: it comes back as it was, and garbage is refused."""

from __future__ import annotations

import contextlib
import io
import json
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tradewind.errors import LiveError
from tradewind.live.worker.wire import BODY_BYTES, HEAD_BYTES, Message, packed, read

DTYPES = st.sampled_from([np.int64, np.int32, np.int8, np.uint8, np.float64, np.float32, np.bool_])
COLUMNS = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(max_dims=2, min_side=0, max_side=6)))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def raw(head: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">II", len(head), len(body)) + head + body


@given(head=st.dictionaries(st.text(), PLAIN, max_size=4), columns=st.dictionaries(st.text(), COLUMNS, max_size=3))
def test_what_is_said_is_what_is_heard(head: dict[str, object], columns: dict[str, npt.NDArray[Any]]) -> None:
    said = packed(Message(head=head, arrays=columns))
    stream = io.BytesIO(said + said)

    for _ in range(2):
        heard = read(stream.read)
        assert heard is not None
        assert head == heard.head
        assert list(columns) == list(heard.arrays)
        for name, column in columns.items():
            assert column.dtype == heard.arrays[name].dtype
            assert np.array_equal(column, heard.arrays[name], equal_nan=column.dtype.kind == "f")
    assert read(stream.read) is None


@given(said=st.binary(max_size=200))
def test_any_bytes_are_a_message_an_end_or_refused(said: bytes) -> None:
    with contextlib.suppress(LiveError):
        found = read(io.BytesIO(said).read)
        assert found is None or isinstance(found, Message)


@pytest.mark.parametrize("kept", range(0, 60, 7))
def test_a_message_that_breaks_off_is_an_end(kept: int) -> None:
    said = packed(Message(head={"ask": "row"}, arrays={"time": np.arange(4)}))

    assert kept < len(said)
    assert read(io.BytesIO(said[:kept]).read) is None


@pytest.mark.parametrize(
    "said",
    [
        struct.pack(">II", HEAD_BYTES + 1, 0),
        struct.pack(">II", 0, BODY_BYTES + 1),
        raw(b"no json"),
        raw(b"[]"),
        raw(b'{"head": 3, "arrays": []}'),
        raw(b'{"arrays": []}'),
        raw(b'{"head": {}, "arrays": [["a", "|O", [1]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": [["a", "<f8", [2]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": [["a", "<f8", [-1]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": [["a", "<f8", [1.0]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": [["a", "<f8", [1, 1, 1]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": [["a", ["<f8"], [1]]]}', b"12345678"),
        raw(b'{"head": {}, "arrays": 7}'),
        raw(json.dumps({"head": {}, "arrays": [["a", "<f8", [10**30]]]}).encode()),
        raw(b"[" * 100_000),
    ],
    ids=lambda said: said[8:60].decode("latin-1"),
)
def test_garbage_is_refused_in_words(said: bytes) -> None:
    with pytest.raises(LiveError) as caught:
        read(io.BytesIO(said).read)

    assert caught.value.code == "TW-L016"


def test_flags_are_flags_whatever_bytes_came() -> None:
    said = raw(b'{"head": {}, "arrays": [["a", "|b1", [3]]]}', b"\x00\x02\xff")

    heard = read(io.BytesIO(said).read)

    assert heard is not None
    assert heard.arrays["a"].tolist() == [False, True, True]
    assert heard.arrays["a"].tobytes() == b"\x00\x01\x01"

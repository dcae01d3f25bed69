"""Facts and arrays as bytes: what comes back is what went in, to the last bit, and in memory of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from tradewind.kernel.layout import ACCOUNT, ASK, FILL, RUNG, SLOT
from tradewind.live.paper.parcel import unwrapped, wrapped

FACTS = st.dictionaries(st.text(), st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False))
SHAPES = arrays_of.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=5)
PLAIN = st.sampled_from([np.dtype(kind) for kind in (np.bool_, np.uint8, np.int32, np.int64, np.float64)])
NUMBERS = PLAIN.flatmap(lambda dtype: arrays_of.arrays(dtype, SHAPES))


@st.composite
def records(draw: st.DrawFn) -> Any:
    """Draw records of the kernel whose bytes are anything."""
    dtype = draw(st.sampled_from([ACCOUNT, ASK, RUNG, SLOT]))
    count = draw(st.integers(0, 3))
    return np.frombuffer(draw(st.randoms(use_true_random=False)).randbytes(count * dtype.itemsize), dtype=dtype)


@given(facts=FACTS, arrays=st.dictionaries(st.text(), NUMBERS | records(), max_size=4))
def test_what_was_wrapped_comes_back(facts: dict[str, Any], arrays: dict[str, Any]) -> None:
    found, values = unwrapped(wrapped(facts, arrays))
    assert found == facts
    assert list(values) == list(arrays)
    for name, array in arrays.items():
        other = values[name]
        assert (other.dtype, other.shape, other.tobytes()) == (array.dtype, array.shape, array.tobytes())
        assert other.flags.writeable
        assert other.flags.aligned


def test_records_of_a_form_that_is_not_known_are_refused() -> None:
    content = wrapped({}, {"fills": np.zeros(2, dtype=FILL)})
    with pytest.raises(ValueError, match="another form of fills"):
        unwrapped(content)

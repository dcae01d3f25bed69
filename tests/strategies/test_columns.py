"""Columns hold numbers that are allowed, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.errors import PlanError
from tradewind.model.columns import PLAN_COLUMNS, conform, neutral
from tradewind.model.signals import Signals

INDEX = pd.date_range("2024-01-01", periods=3, freq="4h", tz="UTC")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("enter", np.array([0, 1, 0], dtype=np.complex128), "column 'enter' held complex128, expected numbers."),
        ("enter", np.array(["a", "b", "c"]), "column 'enter' held <U1, expected numbers."),
        ("stop_dist", INDEX, "column 'stop_dist' held Python objects, expected numbers"),
        ("stop_dist", INDEX.to_numpy(dtype="datetime64[ms]"), "column 'stop_dist' held datetime64[ms], expected"),
        ("enter", np.array([0, np.nan, 0]), "column 'enter' was nan in row 1, expected -1, 0 or 1."),
        ("enter", np.array([0, 0, 2]), "column 'enter' was 2 in row 2, expected -1, 0 or 1."),
        # the one number whose magnitude its type cannot hold
        ("enter", np.array([0, -128, 0], dtype=np.int8), "column 'enter' was -128 in row 1, expected -1, 0 or 1."),
        ("confidence", np.inf, "column 'confidence' was inf in row 0, expected a finite number of at least 0."),
        ("tp_r", np.array([1.0, -2.0]), "column 'tp_r' was [1.0, -2.0] in row 0, expected above 0, or NaN."),
    ],
)
def test_a_column_of_anything_else_is_refused_in_words(column: str, value: Any, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        Signals.from_arrays(INDEX, tp_frac=np.array([0.5, 0.5]), **{column: value})
    assert caught.value.code == "TW-K002"
    assert caught.value.message.startswith(words)


@given(rows=st.integers(0, 5_000), rungs=st.integers(0, 4), name=st.sampled_from(sorted(PLAN_COLUMNS)))
def test_a_neutral_column_is_the_neutral_value_in_every_row_and_takes_no_memory(
    rows: int, rungs: int, name: str
) -> None:
    column = PLAN_COLUMNS[name]
    found, said = neutral(name, rows, rungs), conform(name, column, column.neutral, rows, rungs)
    assert (found.shape, found.dtype, found.tobytes()) == (said.shape, said.dtype, said.tobytes())
    assert not found.flags.writeable
    assert found.strides[0] == 0 or rows < 2
    assert neutral(name, rows, rungs) is found

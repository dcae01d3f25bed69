"""Torn files of every kind are refused in words, or what is whole of them is read."""

from __future__ import annotations

import pytest

from simulation.bars.torn import TORN, tear

FOUND = {"torn_database": (87,)}
"""Seeds that once ended in a traceback."""


@pytest.mark.critical
@pytest.mark.parametrize("kind", TORN)
def test_nothing_torn_is_taken_for_whole_and_nothing_ends_in_a_traceback(kind: str) -> None:
    assert {seed: words for seed in (*range(40), *FOUND.get(kind, ())) if (words := tear(kind, seed))} == {}

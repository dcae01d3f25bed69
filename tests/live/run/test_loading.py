"""While a session loads, nobody looks for garbage; once it runs, everybody does again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tradewind.live.session import loading


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_what_has_been_loaded_is_never_looked_through_again() -> None:
    loading.begin()
    assert not gc.isenabled()
    loading.done()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0

"""One session that was kept and one dashboard over it, for all tests that only look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.serving import Served, kept_session, served


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a session was kept."""
    folder = tmp_path_factory.mktemp("dashboard")
    kept_session(folder)
    return folder


@pytest.fixture(scope="session")
def board(kept: Path) -> Iterator[Served]:
    """Give a dashboard over it."""
    with served(kept) as one:
        yield one

"""Databases for tests: files of SQLite, and a real PostgreSQL server where its binaries are."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.postgres import Server, binaries
from tradewind.store.opening import open_store

_NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if (name.startswith("TRADEWIND_") and name != "TRADEWIND_MARKET_DATA") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server, one for each process of tests."""
    folder = binaries()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed here: neither on PATH nor in /usr/lib/postgresql")
    running = Server.start(folder)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def made_server(server: Server) -> Server:
    """The server, with a template that has our tables."""
    open_store(server.make("tables")).close()
    return server


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has our tables."""
    path = tmp_path_factory.mktemp("made") / "tables.db"
    open_store(path).close()
    return path


@pytest.fixture
def empty_url(server: Server) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"empty{next(_NUMBERS)}"
    yield server.make(name)
    server.remove(name)


@pytest.fixture
def new_place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Make databases with tables and without rows, of SQLite or PostgreSQL by name."""
    names: list[str] = []

    def make(kind: str) -> str:
        number = next(_NUMBERS)
        if kind == "sqlite":
            path = tmp_path / f"database{number}.db"
            shutil.copyfile(request.getfixturevalue("made_file"), path)
            path.chmod(0o600)
            return str(path)
        made = request.getfixturevalue("made_server")
        names.append(f"case{number}")
        return str(made.make(names[-1], "tables"))

    yield make
    for name in names:
        request.getfixturevalue("made_server").remove(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, new_place: Callable[[str], str]) -> str:
    """A database with tables and without rows."""
    return new_place(request.param)

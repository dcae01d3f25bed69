"""Where a database is, and that its password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.config.schema import Settings
from tradewind.errors import SettingsError
from tradewind.store.address import address, address_of


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("my.db", "my.db"),
        ("/var/lib/tw/my.db", "/var/lib/tw/my.db"),
        ("sqlite:///my.db", "my.db"),
        ("sqlite:////var/lib/tw/my.db", "/var/lib/tw/my.db"),
        ("sqlite+pysqlite:///a/b.db?timeout=5", "a/b.db"),
    ],
)
def test_files_are_named_by_path_or_url(text: str, path: str) -> None:
    assert (address(text).path, address(text).shown) == (Path(path), path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_psycopg(scheme: str) -> None:
    found = address(f"{scheme}://me:secret@db.example:5433/tw?sslmode=require&password=secret")
    assert found.url is not None
    assert (found.url.drivername, found.url.password) == ("postgresql+psycopg", "secret")
    shown = "postgresql+psycopg://me:***@db.example:5433/tw?password=%2A%2A%2A&sslmode=require"
    assert found.shown == str(found) == shown
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "mysql://me:canary@host/x",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://me:canary@host",
        "postgresql://me:canary@host:port/x",
    ],
)
def test_other_places_are_refused_without_their_password(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        address(text)
    assert (refused.value.code, "canary" in str(refused.value)) == ("TW-S004", False)


def test_the_settings_name_the_place_or_the_state_folder_has_it() -> None:
    assert address_of(Settings(state_dir=Path("s"))).path == Path("s/tradewind.db")
    assert address_of(Settings(database_url="sqlite:///other.db")).path == Path("other.db")

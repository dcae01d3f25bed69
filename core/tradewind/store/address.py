"""Where the database is, and how that is said without its password."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from tradewind.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from tradewind.config.schema import Settings

FILE: Final = "tradewind.db"
"""The database's file in the state folder, when no other is named."""

_POSTGRESQL: Final = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_SECRET_WORDS: Final = ("password", "passfile", "secret", "token")
_EXPECTED: Final = "expected a file, sqlite:///FILE or postgresql://USER@HOST/NAME"


@attrs.frozen(kw_only=True)
class Address:
    """
    The place of a database: a file of SQLite, or a server and a name of PostgreSQL.

    Args:
        path: The file; None for PostgreSQL.
        url: The URL; None for SQLite.
    """

    path: Path | None = None
    url: URL | None = attrs.field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The place in words that hold no secret."""
        return str(self.path) if self.url is None else masked(self.url)

    def __str__(self) -> str:
        return self.shown


def masked(url: URL) -> str:
    """Return a URL with every secret in it replaced by `***`."""
    query = {
        name: "***" if any(word in name.lower() for word in _SECRET_WORDS) else value
        for name, value in url.query.items()
    }
    return url.set(query=query).render_as_string(hide_password=True)


def address(place: Path | str) -> Address:
    """
    Return the address that a path or URL names.

    `postgres://` and `postgresql://` are taken for psycopg, the driver that is installed.

    Raises:
        SettingsError: TW-S004 when it is neither a path nor a URL of SQLite or PostgreSQL.
    """
    if isinstance(place, Path) or "://" not in place:
        return Address(path=Path(place))
    scheme, _, rest = place.partition("://")
    if scheme in {"sqlite", "sqlite+pysqlite"}:
        file = rest.partition("?")[0].removeprefix("/")
        if not rest.startswith("/") or file in {"", ":memory:"}:
            raise SettingsError(
                f"the database was {scheme}://{rest[:60]}, {_EXPECTED}.",
                code="TW-S004",
                hint="What is in memory alone is lost with the process: name a file.",
            )
        return Address(path=Path(file))
    if scheme not in _POSTGRESQL:
        raise SettingsError(f"the database was {scheme[:40]}://…, {_EXPECTED}.", code="TW-S004")
    from sqlalchemy.engine import make_url  # a file needs none of it
    from sqlalchemy.exc import ArgumentError  # the same

    try:
        url = make_url(f"postgresql+psycopg://{rest}")
    except (ArgumentError, ValueError):
        # The text may hold a password: it is not shown.
        raise SettingsError(f"the database's URL cannot be read, {_EXPECTED}.", code="TW-S004") from None
    if not url.database:
        raise SettingsError(f"the database was {masked(url)}, which names no database.", code="TW-S004")
    return Address(url=url)


def address_of(settings: Settings) -> Address:
    """Return the address that the settings name: `database_url`, else a file in the state folder."""
    return address(settings.database_url) if settings.database_url else Address(path=settings.state_dir / FILE)

"""Where the secrets of a component come from."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tradewind.config.secret import Secret
from tradewind.errors import SettingsError

_LARGEST: Final = 64 * 1024


def split_secrets(
    names: Iterable[str], table: Mapping[str, Any], *, where: str, ask: Callable[[str], str | None]
) -> tuple[dict[str, Any], dict[str, Secret]]:
    """
    Part a component's settings from its secrets.

    A secret is looked for with the plugins that keep secrets, in the file that the setting `<name>_file` names, and
    in the table itself, where `.secrets.toml` or the environment put it.

    Args:
        names: The secrets that the component asks for.
        table: Its settings, secrets included.
        where: The table's name, such as `executors.binance`.
        ask: Asks plugins for a secret by its full name, such as `executors.binance.api_key`.

    Returns:
        The settings without secrets, and the secrets that were found by name.

    Raises:
        SettingsError: TW-S007 when a file of a secret can be read by others, TW-S001 when it cannot be read.
    """
    plain = dict(table)
    found: dict[str, Secret] = {}
    for name in names:
        given = plain.pop(name, None)
        value = ask(f"{where}.{name}")
        file = str(plain.get(f"{name}_file") or "")
        if value is None and file:
            value = _read(Path(file).expanduser(), f"{where}.{name}_file")
        if value is None and given not in (None, ""):
            value = str(given)
        if value:
            found[name] = Secret(value)
    return plain, found


def _read(path: Path, setting: str) -> str:
    try:
        facts = path.lstat()
    except OSError as error:
        raise SettingsError(
            f"{setting} names {str(path)!r}, which cannot be read: {error.strerror}.",
            code="TW-S001",
            hint="Name a file that holds nothing but the secret.",
        ) from error
    if not stat.S_ISREG(facts.st_mode) or facts.st_mode & 0o077:
        raise SettingsError(
            f"{setting} names {str(path)!r}, which is not a regular file that only you can read.",
            code="TW-S007",
            hint=f"Name the file itself, not a link, and run: chmod 600 {path}",
        )
    if any((folder / ".git").exists() for folder in path.resolve().parents):
        raise SettingsError(
            f"{setting} names {str(path)!r}, which lies in a working tree of git.",
            code="TW-S007",
            hint="Move it to where it cannot be committed, such as ~/.config/tradewind/.",
        )
    if facts.st_size > _LARGEST:
        raise SettingsError(f"{setting} names a file of {facts.st_size} bytes, expected a secret.", code="TW-S001")
    return path.read_text(encoding="utf-8").strip()

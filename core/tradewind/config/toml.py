"""
TOML as users write it: a file that can be read at all, a value on the command line.

What is nested deeper than any setting is refused here, before anything that follows a nesting by recursion.
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tradewind.errors import SettingsError

DEEPEST: Final = 20
"""How many tables or lists may stand within one another."""

_LARGEST: Final = 1_000_000


def check_file(path: Path) -> None:
    """
    Refuse a file that is not TOML.

    Raises:
        SettingsError: TW-S001 when it cannot be read, is too large, no plain UTF-8, no TOML, or nested too deeply.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"the settings file {path} cannot be read: {error.strerror}.",
            code="TW-S001",
            hint="Give another with --settings, or leave it out to run on the defaults.",
        ) from error
    if len(raw) > _LARGEST:
        raise SettingsError(f"{path} has {len(raw)} bytes, expected at most {_LARGEST}.", code="TW-S001")
    if raw.startswith(codecs.BOM_UTF8):
        raise SettingsError(
            f"{path} begins with a byte-order mark.", code="TW-S001", hint="Save it as UTF-8 without a mark."
        )
    try:
        _parsed(raw.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path} is not UTF-8 text (byte {error.start}).", code="TW-S001", hint="Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}.", code="TW-S001", hint="Mend that line.") from error


def value_of(text: str, origin: str) -> Any:
    """
    Return the value that this is in TOML, or the text itself where it is none.

    Raises:
        SettingsError: TW-S001 when it is nested too deeply.
    """
    try:
        return _parsed(f"x = {text}", origin)["x"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def check_depth(values: Mapping[str, Any], origin: str) -> None:
    """
    Refuse tables and lists that no setting could fill.

    Raises:
        SettingsError: TW-S001.
    """
    level: list[Any] = [values]
    for _ in range(DEEPEST + 1):
        within = [inner for item in level for inner in (item.values() if isinstance(item, Mapping) else item)]
        level = [inner for inner in within if isinstance(inner, (Mapping, list))]
    if level:
        raise _too_deep(origin)


def _parsed(text: str, origin: str) -> dict[str, Any]:
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(origin) from None
    check_depth(values, origin)
    return values


def _too_deep(origin: str) -> SettingsError:
    return SettingsError(
        f"{origin} has tables or lists more than {DEEPEST} deep in one another.",
        code="TW-S001",
        hint="No setting lies that deep.",
    )

"""
Which plugins are trusted with money: their versions and the digest of their files.

A plugin can do all that the process can. The lock says that somebody looked at what is installed and
agreed to it; what changes afterwards is not agreed to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import attrs

from tradewind.errors import PluginError

LOCK_FILE: Final = "plugins.lock"
_FORM: Final = 1
_OWN: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""Files that say how a distribution was installed, not what it is."""


class Trust(StrEnum):
    """What the lock says of an installed plugin."""

    LOCKED = "locked"
    NEW = "not locked"
    CHANGED = "changed since it was locked"
    EDITABLE = "installed as editable, which never locks"
    UNKNOWN = "its files are not recorded, so it cannot be locked"


@attrs.frozen(kw_only=True)
class Fingerprint:
    """
    One distribution as it is installed.

    Args:
        distribution: Its normalised name.
        version: Its version.
        sha256: Digest over the names and contents of its files, in hexadecimal; empty when it has none that holds.
        editable: Its files are those of a working folder, which change at any time.
    """

    distribution: str
    version: str
    sha256: str = ""
    editable: bool = False


def fingerprint(name: str) -> Fingerprint:
    """
    Read what is installed under a distribution's name.

    Raises:
        PluginError: TW-P005 when nothing is.
    """
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise PluginError(f"there is no plugin {name!r} installed.", code="TW-P005") from None
    if _is_editable(found):
        return Fingerprint(distribution=name, version=found.version, editable=True)
    return Fingerprint(distribution=name, version=found.version, sha256=_digest(found))


def _is_editable(found: Distribution) -> bool:
    told = found.read_text("direct_url.json")
    if not told:
        return False
    try:
        return bool(json.loads(told).get("dir_info", {}).get("editable"))
    except (ValueError, AttributeError):
        return True


def _digest(found: Distribution) -> str:
    total = hashlib.sha256()
    files = sorted(found.files or (), key=str)
    kept = [file for file in files if file.name not in _OWN and "__pycache__" not in file.parts]
    for file in kept:
        try:
            content = Path(str(file.locate())).read_bytes()
        except OSError:
            content = b"missing"
        total.update(f"{file}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest() if kept else ""


def read_lock(path: Path) -> dict[str, Fingerprint]:
    """
    Return what was agreed to, by distribution; nothing when there is no lock.

    Raises:
        PluginError: TW-L002 when the file cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = content["plugins"]
        if content["form"] != _FORM:
            raise ValueError(f"its form is {content['form']!r}, expected {_FORM}")
        return {
            str(row["distribution"]): Fingerprint(
                distribution=str(row["distribution"]), version=str(row["version"]), sha256=str(row["sha256"])
            )
            for row in rows
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PluginError(
            f"{path.name} cannot be read: {error}.", code="TW-L002", hint="Write it anew: tradewind plugins lock."
        ) from error


def lock_text(rows: Iterable[Fingerprint]) -> str:
    """Return the content of a lock that agrees to these; those without a digest are left out."""
    plain = [
        {"distribution": row.distribution, "version": row.version, "sha256": row.sha256}
        for row in sorted(rows, key=lambda row: row.distribution)
        if row.sha256
    ]
    return json.dumps({"form": _FORM, "plugins": plain}, indent=1) + "\n"


def trust_of(installed: Fingerprint, locked: Mapping[str, Fingerprint]) -> Trust:
    """Tell what the lock says of one distribution."""
    if installed.editable:
        return Trust.EDITABLE
    if not installed.sha256:
        return Trust.UNKNOWN
    agreed = locked.get(installed.distribution)
    if agreed is None:
        return Trust.NEW
    same = (agreed.version, agreed.sha256) == (installed.version, installed.sha256)
    return Trust.LOCKED if same else Trust.CHANGED

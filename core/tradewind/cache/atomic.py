"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

TEMPORARY = ".tmp-"
"""How the names of unfinished files start."""


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """
    Write a file so that a crash at any instant leaves the old content or the new.

    The content goes to a temporary file beside it, is forced to the disk, takes the name in
    one step, and the folder's entry is forced to the disk as well.

    Args:
        path: The file.
        content: What it is to hold.
        private: Only its owner may read it.

    Raises:
        OSError: When the disk refuses; the temporary file is removed and `path` is untouched.
    """
    temporary = path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(temporary, flags, 0o600 if private else 0o666), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force the entries of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, and its parents; one that exists is left as it is."""
    if folder.is_dir():
        return
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)

"""PostgreSQL's own programs: dump a database into a file, read the file, put it back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

from tradewind.errors import StoreError

DUMP_MAGIC: Final = b"PGDMP"
"""How a dump in PostgreSQL's own form begins."""

_TIMEOUT_S: Final = 3_600
_SECRETS: Final = ("password", "sslpassword")


def dump(url: URL, file: Path) -> None:
    """
    Write a consistent dump of a database into a file.

    Raises:
        StoreError: TW-B010 when pg_dump is missing or fails.
    """
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    _run("pg_dump", [*options, f"--dbname={_place(url)}"], url)


def put_back(url: URL, file: Path) -> None:
    """
    Replace our tables by those of a dump, all of them or none.

    Raises:
        StoreError: TW-B010 when pg_restore is missing or fails.
    """
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", [*options, f"--dbname={_place(url)}", str(file)], url)


def rows_of_dump(file: Path) -> dict[str, int]:
    """
    Return the number of rows of every table in a dump, by reading all of it.

    Raises:
        StoreError: TW-B010 when pg_restore is missing or cannot read it.
    """
    counts: dict[str, int] = {}
    command = [_program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603
        table = ""
        for line in running.stdout or ():
            if table and line == b"\\.\n":
                table = ""
            elif table:
                counts[table] += 1
            elif line.startswith(b"COPY "):
                table = line.split()[1].decode().rpartition(".")[2].strip('"')
                counts[table] = 0
        said = (running.stderr.read() if running.stderr else b"").decode(errors="replace")
    if running.returncode != 0:
        raise StoreError(f"pg_restore cannot read {file}: {_words(said)}.", code="TW-B010")
    return dict(sorted(counts.items()))


def _place(url: URL) -> str:
    """Return where to connect, without secrets: others can see a program's arguments."""
    query = {name: value for name, value in url.query.items() if name not in _SECRETS}
    # URL.set(password=None) would leave the password where it is.
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    return plain.render_as_string(hide_password=False)


def _run(program: str, arguments: list[str], url: URL) -> None:
    secret = url.password or url.query.get("password")
    environment = os.environ | ({"PGPASSWORD": str(secret)} if secret else {})
    try:
        done = subprocess.run(  # noqa: S603  # our own program and arguments
            [_program(program), "--no-password", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"{program} was not done after {_TIMEOUT_S} s.", code="TW-B010") from error
    if done.returncode != 0:
        raise StoreError(f"{program} failed: {_words(done.stderr)}.", code="TW-B010")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise StoreError(
            f"the program {name} is not there.",
            code="TW-B010",
            hint="Install PostgreSQL's client programs, of the server's version or newer.",
        )
    return found


def _words(text: str) -> str:
    return " ".join(text.split())[:500].rstrip(".") or "without a word"

"""A real PostgreSQL server for tests, made from its binaries in a folder of its own and gone afterwards."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import psycopg

_PR_SET_PDEATHSIG = 1
_PLACES = "/usr/lib/postgresql/*/bin"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "40",
}


def binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`, the newest there is."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/").glob(_PLACES.removeprefix("/")), key=lambda path: int(path.parent.name), reverse=True)
    return next((path for path in found if (path / "initdb").exists() and (path / "postgres").exists()), None)


def _other_user() -> dict[str, Any]:
    """Return how to run as somebody else when this is root: the server refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return {}


def _end_with_parent() -> None:
    """Have the kernel end the server when the tests are killed: nobody else would."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@attrs.frozen(kw_only=True)
class Server:
    """
    A running server, reached through a socket in its folder.

    Args:
        folder: Everything of it.
        process: The server.
    """

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, bin_folder: Path) -> Server:
        # The path of a socket may have 107 characters: the tests' own folders are too deep.
        folder = Path(tempfile.mkdtemp(prefix="tw-pg-", dir="/tmp"))
        other = _other_user()
        if other:
            os.chown(folder, other["user"], other["group"])
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        subprocess.run(
            [bin_folder / "initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder, timeout=120, **other,
        )  # fmt: skip
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_folder / "postgres", "-D", folder / "data", "-k", folder, *options],
                stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder, preexec_fn=_end_with_parent,  # noqa: PLW1509  # no threads
                **other,
            )  # fmt: skip
        server = cls(folder=folder, process=process)
        try:
            server._wait()
        except BaseException:
            server.stop()
            raise
        return server

    def _wait(self) -> None:
        for _ in range(300):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the server did not start:\n{(self.folder / 'log').read_text()}")

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://tester@/{name}?host={self.folder}"

    def make(self, name: str, template: str = "template1") -> str:
        """Make a database and return its URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def remove(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """End the server at once, its data with it."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

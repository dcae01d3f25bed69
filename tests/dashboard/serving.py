"""A dashboard as a real process over a session that was kept, and raw sockets to ask it with."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

TRADEWIND = (sys.executable, "-c", "from tradewind.cli.main import main; main()")


@attrs.frozen(kw_only=True)
class Answer:
    """What came back: status (0 when the connection was closed without a word), headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@attrs.frozen(kw_only=True)
class Served:
    """A dashboard that runs, and the token of its link."""

    port: int
    token: str
    link: str
    process: subprocess.Popen[str]

    def ask(self, method: str, path: str, *, host: str | None = None, body: bytes = b"", **headers: str) -> Answer:
        """Send one request as it is, over a socket."""
        given = {"Host": host if host is not None else f"127.0.0.1:{self.port}", "Connection": "close"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            given["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items())
        return self.raw(head.encode("latin-1") + b"\r\n" + body)

    def raw(self, text: bytes, *, wait_s: float = 20.0) -> Answer:
        """Send bytes, and read until the other end closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as connection:
            connection.sendall(text)
            taken = b""
            with contextlib.suppress(ConnectionResetError):  # what was not read when the answer was there
                while piece := connection.recv(65_536):
                    taken += piece
        if not taken:
            return Answer(status=0, headers={}, body="")
        head, _, rest = taken.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            rest = b"".join(re.findall(rb"[0-9a-f]+\r\n(.*?)\r\n(?=[0-9a-f]+\r\n|\Z)", rest, re.DOTALL))
        return Answer(status=int(status.split()[1]), headers=headers, body=rest.decode())

    def login(self, token: str | None = None, **headers: str) -> Answer:
        """Show the token."""
        body = json.dumps({"token": self.token if token is None else token}).encode()
        given = {"Content_Type": "application/json", "X_Tradewind": "1"} | headers
        return self.ask("POST", "/api/v1/login", body=body, **given)

    def post(self, path: str, body: Any, cookie: str | None = None, **headers: str) -> Answer:
        """Post as the page does, logged in."""
        given = {"Content_Type": "application/json", "X_Tradewind": "1"} | headers
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", f"/api/v1{path}", body=text, Cookie=cookie or self.cookie(), **given)

    def cookie(self) -> str:
        """Return the cookie of a browser that logged in."""
        return self.login().headers["set-cookie"].partition(";")[0]

    def get(self, path: str) -> Any:
        """Return what the API answers to one who is logged in."""
        answer = self.ask("GET", f"/api/v1{path}", Cookie=self.cookie())
        assert answer.status == 200, answer.body
        return answer.json


def kept_session(folder: Path) -> None:
    """Run a paper session to its end, and two backtests."""
    for words in (
        ("run", "adaptive", "--days", "90", "--speed", "max"),
        ("backtest", "adaptive", "--days", "60", "--no-certificate", "--no-db"),
        ("backtest", "enhanced", "--days", "60", "--no-certificate", "--no-db"),
    ):
        subprocess.run([*TRADEWIND, *words], cwd=folder, check=True, capture_output=True, timeout=240)


@contextmanager
def running_session(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Give a paper session that goes on, and end it."""
    command = [*TRADEWIND, "run", "adaptive", *words]
    with (folder / "session.txt").open("w") as told:
        process = subprocess.Popen(command, cwd=folder, stdout=told, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + 120.0
        while not list(folder.glob(".tradewind/control/*.sock")):
            assert process.poll() is None, (folder / "session.txt").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Served]:
    """Give a dashboard on any free port, and end it."""
    command = [*TRADEWIND, "dashboard", "--port", "0", "--seconds", "1500"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environment
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/login#(\S+)", line)
        assert found is not None, line + process.stdout.read()
        one = Served(port=int(found[1]), token=found[2], link=found[0], process=process)
        deadline = time.monotonic() + 60.0
        while True:
            try:
                one.ask("GET", "/")
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                break
        yield one
    finally:
        process.terminate()
        process.communicate(timeout=60)

"""Receivers on this machine: a web server and a mail server that can refuse, hang and dawdle."""

from __future__ import annotations

import email
import email.message
import email.policy
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.api import Secret
from tradewind_alerts.receipts import read_receipts
from tradewind_alerts.service import Alerts
from tradewind_alerts.settings import AlertsConfig


@attrs.define
class Webhook:
    """What a web server was sent, and what it does next: an HTTP status, or `hang`, or `drip`."""

    port: int = 0
    got: list[dict[str, Any]] = attrs.field(factory=list)
    plan: list[int | str] = attrs.field(factory=list)
    always: int | str = 200
    over: threading.Event = attrs.field(factory=threading.Event)

    def url(self, rest: str = "hook") -> str:
        return f"json://127.0.0.1:{self.port}/{rest}"

    def texts(self) -> str:
        return "\n".join(f"{one['title']}\n{one['message']}" for one in self.got)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Serve a webhook."""
    state = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            act = state.plan.pop(0) if state.plan else state.always
            if act == "hang":
                state.over.wait(20)
                return
            if act == "drip":
                self.send_response(200)
                self.end_headers()
                while not state.over.wait(0.05):
                    self.wfile.write(b" ")
                return
            if act == 200:
                state.got.append(body)
            self.send_response(int(act))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        state.port = port
        yield state
        state.over.set()


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@attrs.define
class Mailbox:
    """What a mail server was given, and whether it takes mail."""

    port: int = 0
    got: list[email.message.EmailMessage] = attrs.field(factory=list)
    refuses: bool = False

    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=bot@example.org&to=me@example.org"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Serve a mailbox: RFC 5321 as far as a client that sends one message needs it."""
    state = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "RCPT" and state.refuses:
                    self.say("550 no such mailbox")
                elif verb == "DATA":
                    self.say("354 go on")
                    self.take()
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 well")

        def take(self) -> None:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            found = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            assert isinstance(found, email.message.EmailMessage)
            state.got.append(found)

    socketserver.ThreadingTCPServer.daemon_threads = True
    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        state.port = port
        yield state


@pytest.fixture
def hooks() -> Iterator[Callable[[], Webhook]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(webhook())


@pytest.fixture
def mails() -> Iterator[Callable[[], Mailbox]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(mailbox())


QUICK: Mapping[str, Any] = {
    "level": "info", "wait_seconds": 0.05, "longest_wait_seconds": 0.2, "attempt_seconds": 0.5, "per_minute": 600,
    "drain_seconds": 2.0,
}  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Alerts]:
    """Return what makes the service with these addresses, quick and with its receipts in the test's folder."""

    def make(first: str = "", second: str = "", **changes: Any) -> Alerts:
        values = {**QUICK, "receipts": str(tmp_path / "state" / "alerts.jsonl"), **changes}
        given = {"first_url": first, "second_url": second}
        return Alerts(AlertsConfig(**values), {name: Secret(url) for name, url in given.items() if url})

    return make


@pytest.fixture
def receipts(tmp_path: Path) -> Callable[..., list[Mapping[str, Any]]]:
    """Return what reads the receipts of one kind."""
    path = tmp_path / "state" / "alerts.jsonl"

    def read(*what: str) -> list[Mapping[str, Any]]:
        return [line for line in read_receipts(path) if not what or line["what"] in what]

    return read


@pytest.fixture
def until() -> Callable[..., None]:
    """Return what waits until something holds."""

    def wait(holds: Callable[[], bool], seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.01)

    return wait

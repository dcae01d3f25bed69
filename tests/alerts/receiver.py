"""A webhook on this machine that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@attrs.define
class Webhook:
    """What was sent, and the status that is answered."""

    url: str = ""
    status: int = 200
    got: list[dict[str, Any]] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        return "\n".join(f"{one['title']}\n{one['message']}" for one in self.got)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Serve a webhook for as long as the block lasts."""
    state = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state.status == 200:
                state.got.append(body)
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"json://127.0.0.1:{server.server_port}/canary-hook-path"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

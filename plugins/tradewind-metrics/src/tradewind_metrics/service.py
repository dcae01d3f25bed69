"""The service: figures over HTTP, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import socketserver
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client.exposition import choose_encoder

from tradewind_metrics.figures import Figures
from tradewind_metrics.settings import MetricsConfig

_LOG: Final = logging.getLogger(__name__)
PATH: Final = "/metrics"
CROWD: Final = 8
"""Connections at once; more are closed unheard."""
PATIENCE_S: Final = 5.0
"""How long a connection may take to ask, and to read."""
_OWN_NAMES: Final = ("localhost", "127.0.0.1", "[::1]")


class Metrics:
    """
    Figures of a session for Prometheus.

    Args:
        config: Where they are served.
    """

    def __init__(self, config: MetricsConfig) -> None:
        self.config = config
        self.figures = Figures()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._told = False

    async def start(self) -> None:
        """
        Listen.

        Raises:
            OSError: When the port is taken or the address is not this machine's.
        """
        server = _Server(self.config, self.figures)
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="tradewind-metrics", daemon=True
        )
        self._thread.start()
        _LOG.info("metrics are served at http://%s:%d%s", *self.address(), PATH)

    async def stop(self) -> None:
        """Listen no longer, and let go of who is connected."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        await asyncio.to_thread(server.end)
        thread.join(PATIENCE_S)

    def address(self) -> tuple[str, int]:
        """Return (host, port) while it runs."""
        if self._server is None:
            return self.config.host, self.config.port
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def notify(self, event: Mapping[str, Any]) -> None:
        """Take in an event; whatever it holds, nothing is raised."""
        try:
            self.figures.take(event)
        except Exception:  # noqa: BLE001  # a figure that is missing must not become an order that is
            if not self._told:
                self._told = True
                _LOG.exception("an event could not be counted; further ones are not told of")


class _Server(ThreadingHTTPServer):
    """Serves one page to few at once."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, config: MetricsConfig, figures: Figures) -> None:
        self.figures = figures
        self.names = frozenset((*_OWN_NAMES, config.host, *config.hosts))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        super().__init__((config.host, config.port), _Page)

    def server_bind(self) -> None:
        """Bind without asking anybody for the machine's name, as the parent would."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # of the parent

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            crowded = len(self._open) >= CROWD
            if not crowded:
                self._open.add(request)
        if crowded:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave out who is gone, or asks what is no question."""

    def end(self) -> None:
        """Stop listening, and close every connection."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for request in self._open:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)


class _Page(BaseHTTPRequestHandler):
    """Answers with the figures, and with nothing else."""

    server: _Server
    timeout = PATIENCE_S
    server_version = "tradewind-metrics"
    sys_version = ""

    def do_GET(self) -> None:
        if self._host() not in self.server.names:
            # A page of another site that has made its name point here must not read the account.
            self._answer(403, b"This name is not one of those that may ask: see services.metrics.hosts.\n")
        elif self.path.partition("?")[0] != PATH:
            self._answer(404, f"Figures are at {PATH}.\n".encode())
        else:
            encode, content_type = choose_encoder(self.headers.get("Accept") or "")
            self._answer(200, encode(self.server.figures.registry), content_type)

    def _host(self) -> str:
        name = (self.headers.get("Host") or "").strip()
        return name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]

    def _answer(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the parent's argument
        _LOG.debug("metrics: " + format, *args)

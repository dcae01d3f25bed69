"""What browsers ask a dashboard for, without their drawing."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Final

PAGE_ASKS: Final = ("orders?limit=200", "trades?limit=200", "decisions?limit=100", "reconciliation")
"""What an open page asks for when a bar has closed."""


class Browser:
    """
    What a browser does: it listens, and asks again when a bar has closed.

    Args:
        port: Of the dashboard.
        cookie: Of one who is logged in.
        slow: It asks for everything and reads nothing.
    """

    def __init__(self, port: int, cookie: str, *, slow: bool = False) -> None:
        self._port, self._cookie, self._slow = port, cookie, slow
        self.gaps: list[float] = []
        self.asked = 0

    async def _send(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        await writer.drain()
        return reader, writer

    async def live(self) -> None:
        """Listen until cancelled."""
        reader, writer = await self._send("/api/v1/sessions/1/events")
        try:
            if self._slow:
                await asyncio.Event().wait()
            last, bars = time.monotonic(), -1
            while line := await reader.readline():
                if not line.startswith(b"data: "):
                    continue
                now = time.monotonic()
                self.gaps.append(now - last)
                last = now
                told = json.loads(line[6:])
                count = (told.get("live") or {}).get("bars", -1)
                if count != bars:
                    bars = count
                    for path in PAGE_ASKS:
                        await self._ask(f"/api/v1/sessions/1/{path}")
        finally:
            writer.close()

    async def _ask(self, path: str) -> None:
        reader, writer = await self._send(path)
        try:
            await reader.read()
            self.asked += 1
        finally:
            writer.close()


async def login(port: int, token: str) -> str:
    """Return a cookie."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"token": token})
    writer.write(
        f"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nX-Tradewind: 1\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    )
    found = re.search(rb"set-cookie: ([^;]+)", await reader.read())
    writer.close()
    if found is None:
        raise SystemExit("the login failed")
    return found[1].decode()

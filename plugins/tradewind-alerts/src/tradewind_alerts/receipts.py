"""What was to be delivered and what was: a file of JSON lines, written by a thread of its own."""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tradewind_alerts.clock import now_ms
from tradewind_alerts.post import Post

_LOG: Final = logging.getLogger(__name__)
_MOST_WAITING: Final = 10_000


class Receipts:
    """
    The file of receipts.

    `note` never waits: a thread writes the lines and makes them durable, and a disk that is full or hangs holds up
    nothing but them. The file and its folder are its owner's alone.

    Args:
        path: Where it lies; it is made when there is something to write.
        largest: Bytes at which it is put aside as `.1`.
    """

    def __init__(self, path: Path, largest: int) -> None:
        self.path = path
        self._largest = largest
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self.lost = 0
        """Lines that could not be written."""

    def open(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._write, name="tradewind-alert-receipts", daemon=True)
        self._thread.start()

    def close(self, wait_s: float) -> None:
        """Write what is left, for at most so long."""
        if self._thread is None:
            return
        with suppress(queue.Full):
            self._lines.put(None, timeout=wait_s)
        self._thread.join(wait_s)
        self._thread = None

    def note(self, what: str, **facts: Any) -> None:
        """Put a line down."""
        try:
            self._lines.put_nowait({"time_ms": now_ms(), "what": what, **facts})
        except queue.Full:
            self.lost += 1

    def queued(self, post: Post) -> None:
        """Put down that an alert is to be delivered."""
        self.note("queued", id=post.id, severity=post.severity, title=post.title, text=post.text, at_ms=post.time_ms)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._append(json.dumps(line, ensure_ascii=False) + "\n")
            except OSError as error:
                if not self.lost:
                    _LOG.warning("receipts of alerts cannot be written: %s", error)
                self.lost += 1

    def _append(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
            large = os.fstat(handle).st_size >= self._largest
        finally:
            os.close(handle)
        if large:
            self.path.replace(self.path.with_name(self.path.name + ".1"))


def read_receipts(path: Path) -> list[Mapping[str, Any]]:
    """Return every line that can be read, oldest first; a line that was cut off is left out."""
    return [line for file in (path.with_name(path.name + ".1"), path) for line in _lines_of(file)]


def _lines_of(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        with suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and isinstance(found.get("what"), str):
                yield found


def undelivered(lines: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the lines of alerts that no channel has taken, and that nobody was told of since."""
    waiting: dict[Any, Mapping[str, Any]] = {}
    for line in lines:
        if line["what"] == "queued":
            waiting[line.get("id")] = line
        elif line["what"] in {"delivered", "told of", "counted"}:
            for name in line.get("ids", ()):
                waiting.pop(name, None)
    return list(waiting.values())

"""Tell observers what happened, from a queue, each isolated: they can neither delay nor break a run."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Self

import pluggy

from tradewind import PROJECT

_LOG: Final = logging.getLogger(__name__)
_HOOK: Final = f"{PROJECT}_event"


class EventQueue:
    """
    Delivers events to every plugin's `tradewind_event`, in order, on one thread of its own.

    `emit` never waits and never raises. When observers are slower than events come, the newest
    events are dropped and counted.

    Args:
        manager: Holds the loaded plugins.
        capacity: How many undelivered events are kept.
    """

    def __init__(self, manager: pluggy.PluginManager, *, capacity: int = 10_000) -> None:
        self._observers = [
            (name, getattr(plugin, _HOOK))
            for name, plugin in manager.list_name_plugin()
            if plugin is not None and hasattr(plugin, _HOOK)
        ]
        self._queue: queue.Queue[Mapping[str, Any] | None] = queue.Queue(maxsize=capacity)
        self._failed: set[str] = set()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def __enter__(self) -> Self:
        if self._observers:
            self._thread = threading.Thread(target=self._deliver, name="tradewind-events", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def emit(self, kind: str, *, time_ms: int, **facts: Any) -> None:
        """
        Queue one event.

        Args:
            kind: What happened, such as `run_finished`.
            time_ms: When, UTC milliseconds.
            facts: What else there is to know; plain values.
        """
        if self._thread is None:
            return
        try:
            self._queue.put_nowait(MappingProxyType({"kind": kind, "time": time_ms, **facts}))
        except queue.Full:
            self.dropped += 1

    def close(self, *, wait_seconds: float = 2.0) -> None:
        """Deliver what is queued, for at most this long, and stop."""
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=wait_seconds)
        except queue.Full:
            _LOG.warning("observers were too slow; %d events were not delivered", self._queue.qsize())
        self._thread.join(timeout=wait_seconds)
        self._thread = None

    def _deliver(self) -> None:
        while (event := self._queue.get()) is not None:
            for name, observer in self._observers:
                try:
                    observer(event=event)
                except Exception:  # noqa: BLE001  # an observer may raise anything
                    if name not in self._failed:
                        self._failed.add(name)
                        _LOG.exception("observer %s raised; further errors of it are not logged", name)

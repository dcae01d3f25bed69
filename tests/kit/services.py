"""A service that keeps its promises, and one that breaks each."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import attrs

from kit.mutants import Mutant, path_of
from tradewind.testing import ServiceContract


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the service: where it listens; port 0 for any that is free."""

    host: str = "127.0.0.1"
    port: int = 0


class Sound:
    """Sends events to whoever is connected, and forgets those that nobody reads in time."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.waiting: list[str] = []
        self.news: asyncio.Event | None = None
        self.server: asyncio.Server | None = None
        self.sender: asyncio.Task[None] | None = None
        self.clients: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self.news = asyncio.Event()
        self.server = await asyncio.start_server(self.greet, self.host(), self.settings.port)
        self.sender = asyncio.create_task(self.send())

    def host(self) -> str:
        """Return the address that is listened on."""
        return self.settings.host

    async def greet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take up a client."""
        self.clients.add(writer)

    async def send(self) -> None:
        """Send what is waiting, to each client as fast as it reads."""
        while self.news is not None:
            await self.news.wait()
            self.news.clear()
            batch, self.waiting = self.waiting, []
            for writer in list(self.clients):
                if writer.transport.get_write_buffer_size() < 65_536:
                    writer.write("\n".join(batch).encode())

    async def stop(self) -> None:
        """Close everything."""
        server, self.server = self.server, None
        sender, self.sender = self.sender, None
        if sender is not None:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
        for writer in self.clients:
            writer.transport.abort()
        self.clients.clear()
        if server is not None:
            server.close()
            await server.wait_closed()

    def notify(self, event: Mapping[str, Any]) -> None:
        """Keep the event for those who are connected, at most a thousand."""
        self.waiting = [*self.waiting[-999:], str(event)]
        if self.news is not None and self.server is not None:
            self.news.set()

    def address(self) -> tuple[str, int]:
        """Return where it listens."""
        if self.server is None:
            raise RuntimeError("not running")
        host, port = self.server.sockets[0].getsockname()[:2]
        return host, port


class NeverReady(Sound):
    async def start(self) -> None:
        await asyncio.sleep(30)


class LeavesATask(Sound):
    async def start(self) -> None:
        await super().start()
        self.left = asyncio.create_task(asyncio.sleep(30), name="left behind")


class LeavesAThread(Sound):
    async def start(self) -> None:
        await super().start()
        threading.Thread(target=time.sleep, args=(0.4,), name="left behind").start()


class StopsOnce(Sound):
    stopped = False

    async def stop(self) -> None:
        if self.server is not None and self.stopped:
            raise RuntimeError("stopped already")
        was_running = self.server is not None
        await super().stop()
        if was_running:
            self.stopped = True
        elif self.stopped:
            raise RuntimeError("stopped already")


class OnEveryAddress(Sound):
    def host(self) -> str:
        return "0.0.0.0"  # noqa: S104  # this is what the mutant does wrong


class TellsNoAddress(Sound):
    address = None  # type: ignore[assignment]  # this is what the mutant does wrong


class FailsOnTheStrange(Sound):
    def notify(self, event: Mapping[str, Any]) -> None:
        super().notify({"kind": event["kind"]})


class SignsEvents(Sound):
    def notify(self, event: Mapping[str, Any]) -> None:
        super().notify(event)
        if isinstance(event, MutableMapping):
            event["seen"] = True


class DiesUnseen(Sound):
    """Handles each event in a task that nobody waits for."""

    def notify(self, event: Mapping[str, Any]) -> None:
        if self.server is not None:
            asyncio.get_running_loop().create_task(self.handle(dict(event)))

    async def handle(self, event: dict[str, Any]) -> None:
        """Fail on what has no time."""
        int(event.get("time", 0))


class WritesAtOnce(Sound):
    """Waits for a slow sink inside of notify."""

    count = 0

    def notify(self, event: Mapping[str, Any]) -> None:
        super().notify(event)
        self.count += 1
        if self.count == 1_000:
            time.sleep(0.4)


def _of(component: Any, breaks: str = "", says: str = "") -> Mutant:
    return Mutant(
        contract=ServiceContract,
        breaks=breaks,
        says=says,
        component=component,
        record={"config": path_of(Settings), "listens": True},
        attributes={"patience": 0.3 if component is NeverReady else 5.0, "lag": 0.3},
    )


MUTANTS: Final = (
    _of(Sound),
    _of(NeverReady, "starts_and_stops_in_time", "start did not return"),
    _of(LeavesATask, "starts_and_stops_in_time", "left behind"),
    _of(LeavesAThread, "starts_and_stops_in_time", "left behind"),
    _of(StopsOnce, "starts_and_stops_in_time", "stopped already"),
    _of(OnEveryAddress, "binds_loopback_by_default", "0.0.0.0"),  # noqa: S104  # the words of the failure
    _of(FailsOnTheStrange, "crash_does_not_touch_engine", "KeyError"),
    _of(SignsEvents, "crash_does_not_touch_engine", "changed the event"),
    _of(DiesUnseen, "crash_does_not_touch_engine", "a task of the service died"),
    _of(WritesAtOnce, "slow_client_does_not_block", "held up the loop"),
)

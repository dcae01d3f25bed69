"""The promises of a service: it runs beside the engine and never in its way."""

from __future__ import annotations

import asyncio
import copy
import gc
import ipaddress
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final, cast

from tradewind.plugins.specs import ServiceSpec
from tradewind.testing.contract import promise
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import PluginContract

_LIFE: Final = ("starts_and_stops_in_time",)
_STRANGE: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"kind": "trade_closed"},
    {"kind": None, "time": "never"},
    {"kind": "no_such_kind", "time": -1, "price": float("nan"), "inner": {"deep": [1, {"er": None}]}},
    {"kind": "run_finished", "time": 1_609_459_200_000, "object": object(), "text": "\x00<script>" + "x" * 10_000},
)
_FLOOD: Final = 2_000


def _listens_not(contract: ServiceContract) -> str:
    return "" if contract.record.listens else "the record declares that it opens no port."


class ServiceContract(PluginContract):
    """
    What a service promises.

    A service has `async start()`, which returns when it is ready, `async stop()`, and
    `notify(event)`, which takes note of an event and returns at once. One that listens has
    `address()`, which answers with (host, port) while it runs.

    Args:
        patience: Seconds that a start or a stop may take.
        lag: Seconds by which the engine's loop may be held up.
    """

    kind: ClassVar[str] = "services"
    methods: ClassVar[tuple[str, ...]] = ("start", "stop", "notify")
    patience: ClassVar[float] = 5.0
    lag: ClassVar[float] = 0.5

    @property
    def record(self) -> ServiceSpec:
        """The service's record."""
        return cast("ServiceSpec", super().record)

    @promise(after=("config_defaults_build",))
    def test_starts_and_stops_in_time(self) -> None:
        """
        Start and stop each return within `patience` seconds; a stop leaves no task and no thread, also a second one.

        The engine stops its services before it leaves: one that hangs holds the process with
        an open position in it.

        To mend: wait for nothing without a time-out, cancel and await every task in `stop`,
        and let `stop` do nothing when there is nothing to stop.
        """

        async def life() -> None:
            threads = set(threading.enumerate())
            service = self.build()
            await self._in_time("stop before any start", service.stop)
            await self._in_time("start", service.start)
            await self._in_time("stop", service.stop)
            await self._in_time("a second stop", service.stop)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            require(
                not left, f"after stop there are still tasks: {', '.join(task.get_name() for task in left if task)}."
            )
            running = [
                one.name for one in threading.enumerate() if one not in threads and not one.name.startswith("asyncio")
            ]
            require(not running, f"after stop there are still threads: {', '.join(running)}.")

        asyncio.run(life())

    @promise(after=_LIFE, unless=_listens_not)
    def test_binds_loopback_by_default(self) -> None:
        """
        Without settings that say otherwise the service listens on this machine alone, and no longer after `stop`.

        What listens on every address shows the account to the network, and may take orders from it.

        To mend: default to 127.0.0.1, answer the real port from `address()`, and close the
        listening socket in `stop`.
        """

        async def life() -> None:
            service = self.build()
            await service.start()
            try:
                host, port = self._address(service)
                require(_is_loopback(host), f"it listens on {host!r}, expected a loopback address such as 127.0.0.1.")
                require(await _answers(host, port), f"it says it listens on {host}:{port}, but nothing does.")
            finally:
                await service.stop()
            require(not await _answers(host, port), f"after stop it still listens on {host}:{port}.")

        asyncio.run(life())

    @promise(after=_LIFE)
    def test_crash_does_not_touch_engine(self) -> None:
        """
        Whatever an event holds, `notify` neither raises nor changes it, and no task of the service dies unseen.

        Events tell of fills and halts; an alert that cannot be formatted must not become an
        order that is not sent.

        To mend: catch what goes wrong where the event is handled, log it, and go on; copy an
        event before changing it.
        """
        unseen: list[str] = []

        async def life() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, facts: unseen.append(str(facts.get("exception") or facts["message"])))
            service = self.build()
            self._notify(service, "before the start")
            await service.start()
            try:
                self._notify(service, "while it runs")
                await asyncio.sleep(0.05)
            finally:
                await service.stop()
            self._notify(service, "after the stop")
            del service
            await asyncio.sleep(0)
            gc.collect()

        asyncio.run(life())
        require(not unseen, f"a task of the service died: {'; '.join(unseen)}.")

    @promise(after=_LIFE)
    def test_slow_client_does_not_block(self) -> None:
        """
        Two thousand events in a row, with a client that reads nothing, do not hold up the engine's loop.

        A browser on a train must not delay a stop.

        To mend: put events into a queue with a bound and drop the oldest; write to clients
        from a task, never from `notify`.
        """

        async def life() -> float:
            service, worst = self.build(), 0.0
            await service.start()
            writer = None
            try:
                if self.record.listens:
                    _, writer = await asyncio.open_connection(*self._address(service))
                    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                for number in range(_FLOOD):
                    begun = time.perf_counter()
                    service.notify({"kind": "trade_closed", "time": number, "text": "x" * 500})
                    if number % 50 == 0:
                        await asyncio.sleep(0)
                    worst = max(worst, time.perf_counter() - begun)
                for _ in range(10):
                    begun = time.perf_counter()
                    await asyncio.sleep(0.01)
                    worst = max(worst, time.perf_counter() - begun - 0.01)
            finally:
                if writer is not None:
                    writer.close()
                await service.stop()
            return worst

        worst = asyncio.run(life())
        require(worst <= self.lag, f"it held up the loop for {worst:.2f} seconds, expected at most {self.lag:g}.")

    async def _in_time(self, what: str, act: Callable[[], Awaitable[None]]) -> None:
        begun = time.perf_counter()
        try:
            await asyncio.wait_for(act(), self.patience)
        except TimeoutError:
            raise ContractFailure(f"{what} did not return within {self.patience:g} seconds.") from None
        took = time.perf_counter() - begun
        require(took <= self.patience, f"{what} took {took:.1f} seconds, expected at most {self.patience:g}.")

    def _notify(self, service: Any, when: str) -> None:
        for event in _STRANGE:
            before = {name: value if name == "object" else copy.deepcopy(value) for name, value in event.items()}
            try:
                service.notify(event)
            except Exception as error:
                shown = sorted(map(str, before)) or "nothing"
                words = f"{when}, an event with {shown} made notify raise {type(error).__name__}: {error}"
                raise ContractFailure(words) from error
            require(str(event) == str(before), f"{when}, notify changed the event it was given.")

    def _address(self, service: Any) -> tuple[str, int]:
        tell = getattr(service, "address", None)
        require(callable(tell), "the record declares that it listens; it has no method address().")
        found = tell() if tell is not None else None
        good = isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], str) and isinstance(found[1], int)
        require(good, f"address() answered {found!r}, expected (host, port).")
        return cast("tuple[str, int]", found)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 1.0)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True

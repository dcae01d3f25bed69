"""The contract cases of the engine once more, every request over a socket."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import json
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import attrs
import pytest
from aiohttp import web

from tradewind_sandbox.exchange import Exchange, Request, Response, SymbolRules
from tradewind_sandbox.faults.script import FaultScript
from tradewind_sandbox.faults.wire import Wire
from tradewind_sandbox.server.rest import Rest
from tradewind_sandbox.server.rules import SocketRules

CONTRACT = Path(__file__).parents[1] / "contract"


def load(path: Path) -> ModuleType:
    """Return a module of the contract's folder under a name of its own."""
    name = f"contract_over_http_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


cases: Any = load(CONTRACT / "conftest.py")
refused = cases.refused
client = cases.client
world = cases.world

for _path in sorted(path for path in CONTRACT.glob("test_*.py") if "world" in path.read_text()):
    for _name, _found in vars(load(_path)).items():
        if _name.startswith("test_") and isinstance(_found, FunctionType):
            globals()[f"{_name}_over_http_{_path.stem.removeprefix('test_')}"] = _found
        elif type(_found).__name__ == "FixtureFunctionDefinition" and _name not in globals():
            globals()[_name] = _found


class Addressed(Wire):
    """A wire on which another address of this machine stands for one elsewhere."""

    async def carry(self, request: Any) -> Any:
        """Carry a request as if it came from 10.0.0.x where it came from 127.9.9.x."""
        if request.ip != "127.0.0.1":
            request = attrs.evolve(request, ip=request.ip.replace("127.9.9.", "10.0.0."))
        return await super().carry(request)


@attrs.define
class Port:
    """A server in a thread of its own that hands requests to whichever exchange is set."""

    number: int
    wire: Wire

    def send(self, request: Request) -> Response:
        """Send a request as it is spelled, from the address it names where that is one of this machine."""
        source = (request.ip.replace("10.0.0.", "127.9.9."), 0)
        link = http.client.HTTPConnection("127.0.0.1", self.number, timeout=10, source_address=source)
        try:
            target = request.path + ("?" + request.query if request.query else "")
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if request.body else {}
            link.request(request.method, target, request.body or None, {**headers, **request.headers})
            answer = link.getresponse()
            body = json.loads(answer.read())
            own = {name: value for name, value in answer.getheaders() if name.startswith(("X-MBX", "Retry"))}
            return Response(status=answer.status, headers=own, body=body)
        finally:
            link.close()


@pytest.fixture(scope="module")
def port() -> Iterator[Port]:
    """Run the server for all cases."""
    exchange = Exchange([SymbolRules(symbol="BTCUSDT", base="BTC", quote="USDT")], clock=lambda: 0)

    async def sleep(_: float) -> None:
        return

    wire = Addressed(exchange=exchange, script=FaultScript(), sleep=sleep, now_ms=lambda: 0)
    loop, started = asyncio.new_event_loop(), threading.Event()
    opened: list[int] = []

    async def serve() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", Rest(wire=wire, rules=SocketRules()).serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        opened.append(runner.addresses[0][1])
        started.set()
        await ended.wait()
        await runner.cleanup()

    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    yield Port(opened[0], wire)
    loop.call_soon_threadsafe(ended.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def make_world(port: Port) -> type[Any]:
    """Make worlds whose requests go over the socket."""

    class HttpWorld(cases.World):
        """The same world, reached by HTTP."""

        def call(self, method: str, path: str, params: Mapping[str, Any] | None = None, **changes: Any) -> Response:
            """Send one request and return the answer."""
            port.wire.exchange = self.exchange
            return port.send(self.spell(method, path, params, **changes))

    return HttpWorld

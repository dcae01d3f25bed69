"""The control port: the clock, the faults and the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from aiohttp import web

from tradewind.api import UsageError
from tradewind_sandbox.exchange.messages import LedgerEntry
from tradewind_sandbox.faults.delivery import plain_json
from tradewind_sandbox.server.ticking import Ticking


@attrs.frozen(kw_only=True)
class Control:
    """
    Serves the control port.

    Args:
        ticking: The sandbox and its pace.
        shut_down: Announces the end to every connection and closes it, after milliseconds.
    """

    ticking: Ticking
    shut_down: Callable[[float], None]

    def routes(self) -> list[web.RouteDef]:
        """Return what is served."""
        return [
            web.get("/_clock", self.clock),
            web.post("/_clock", self.set_clock),
            web.get("/_truth", self.truth),
            web.get("/_faults", self.faults),
            web.post("/_faults", self.add_faults),
            web.delete("/_faults", self.clear_faults),
            web.post("/_shutdown", self.shutdown),
        ]

    async def clock(self, _: web.Request) -> web.Response:
        """Tell the exchange's time, how fast it runs, and whether the history is over."""
        self.ticking.catch_up()
        return _answer(self._times())

    async def set_clock(self, request: web.Request) -> web.Response:
        """Change the speed, or let the market go on at once by milliseconds or to a moment."""
        values = await _object(request)
        if values is None or set(values) - {"speed", "advance_ms", "until_ms"}:
            return _refused("expected a JSON object with speed, advance_ms or until_ms")
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in values.values()):
            return _refused("speed, advance_ms and until_ms are numbers")
        if not 0 <= values.get("speed", 1) <= 1_000_000:
            return _refused("speed is a number from 0 to 1,000,000")
        self.ticking.catch_up()
        if "speed" in values:
            self.ticking.set_speed(float(values["speed"]))
        market_ms = self.ticking.sandbox.clock.market_ms
        until_ms = int(values.get("until_ms", market_ms + values.get("advance_ms", 0)))
        await self.ticking.go_to(until_ms)
        return _answer(self._times())

    async def truth(self, request: web.Request) -> web.Response:
        """Tell the ledger from a line on and every exact balance, in units of 10^-8."""
        since = request.query.get("since", "0")
        if not since.isdigit():
            return _refused("since is the number of a ledger line")
        self.ticking.catch_up()
        found = self.ticking.sandbox.exchange.truth(int(since))
        body = attrs.asdict(found, recurse=False)
        body["entries"] = [_plain(entry) for entry in found.entries]
        return _answer(body | {"time_ms": self.ticking.sandbox.now_ms()})

    async def faults(self, _: web.Request) -> web.Response:
        """Tell what is asked for and how often each kind was injected."""
        script = self.ticking.sandbox.script
        rows = [
            {"number": one.number, "kind": one.kind, "at_ms": one.at_ms, "lasts_ms": one.lasts_ms}
            for one in script.faults
        ]
        return _answer({"faults": rows, "injected": dict(script.injected)})

    async def add_faults(self, request: web.Request) -> web.Response:
        """Let more go wrong: `{"fault": [{"kind": …}]}`, as in a script; `at` counts from now."""
        values = await _object(request)
        rows = values.get("fault") if values is not None else None
        if values is None or set(values) - {"fault"} or not isinstance(rows, list):
            return _refused('expected a JSON object such as {"fault": [{"kind": "html"}]}')
        self.ticking.catch_up()
        try:
            added = self.ticking.sandbox.add_faults(rows)
        except UsageError as error:
            return _refused(error.message)
        return _answer({"added": [one.number for one in added]})

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Let nothing go wrong from now on."""
        self.ticking.sandbox.script.clear()
        return _answer({})

    async def shutdown(self, request: web.Request) -> web.Response:
        """Announce `serverShutdown` on every connection and close it after `after_ms`."""
        values = await _object(request) or {}
        self.shut_down(float(values.get("after_ms", 0)))
        return _answer({})

    def _times(self) -> dict[str, Any]:
        sandbox = self.ticking.sandbox
        return {
            "time_ms": sandbox.now_ms(),
            "market_ms": sandbox.clock.market_ms,
            "speed": self.ticking.pace.speed,
            "over": sandbox.driver.over,
        }


async def _object(request: web.Request) -> dict[str, Any] | None:
    try:
        found = await request.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _plain(entry: LedgerEntry) -> dict[str, Any]:
    """Return a ledger line as plain values, its trade included."""
    trade = entry.data.get("trade")
    data = entry.data if trade is None else entry.data | {"trade": trade._asdict()}
    return entry._asdict() | {"data": data}


def _answer(body: Any) -> web.Response:
    return web.Response(body=plain_json(body), content_type="application/json")


def _refused(words: str) -> web.Response:
    return web.json_response({"error": words}, status=400)

"""REST: every endpoint in one place, the text of each request handed on as it came."""

from __future__ import annotations

import asyncio

import attrs
from aiohttp import web

from tradewind_sandbox.exchange.messages import Request
from tradewind_sandbox.faults.delivery import Delivery
from tradewind_sandbox.faults.wire import Wire
from tradewind_sandbox.server.connection import cut
from tradewind_sandbox.server.rules import SocketRules


@attrs.frozen(kw_only=True)
class Rest:
    """
    Serves `/api/…` and `/sapi/…`.

    Args:
        wire: What carries calls to the exchange.
        rules: How long a call without an answer is held.
    """

    wire: Wire
    rules: SocketRules

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        body = await request.text()
        delivery = await self.wire.carry(
            Request(
                method=request.method,
                path=request.path,
                query=request.rel_url.raw_query_string,
                body=body,
                headers=dict(request.headers),
                ip=request.remote or "127.0.0.1",
            )
        )
        if delivery.ending == "silence":
            await asyncio.sleep(self.rules.silence_s)
        if delivery.ending != "answered":
            cut(request)
            return web.Response(status=502)
        return answer(delivery)


def answer(delivery: Delivery) -> web.Response:
    """Return an HTTP answer as it was delivered."""
    return web.Response(
        status=delivery.status,
        body=delivery.body,
        headers={**delivery.headers, "Content-Type": delivery.content_type},
    )

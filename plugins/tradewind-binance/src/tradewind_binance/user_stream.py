"""What the account reports: subscribed, watched, and subscribed again after every break."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import count
from typing import Any, Final

import attrs

from tradewind.api import BalanceEvent, StreamEvent, TransferEvent, VenueError, VenueEvent
from tradewind_binance.answers import decimal
from tradewind_binance.reports import balances_of, event_of
from tradewind_binance.rest import Rest
from tradewind_binance.socket import BROKEN, Pauses, Socket, StreamEndedError, opened

_LOG: Final = logging.getLogger(__name__)
CHECK_EVERY: Final = 45.0
"""Seconds between two looks at whether the subscription is still there."""
ANSWERS_WITHIN: Final = 10.0
"""Seconds that the venue may take to answer such a look: a lost subscription is seen within a minute."""


@attrs.define(kw_only=True, eq=False)
class UserStream:
    """
    The account's events by the WebSocket API ("User Data Streams").

    A subscription can vanish while the connection stays: it is looked at again and again, and when it is gone, or the
    venue does not answer, the connection is given up.

    Args:
        rest: Signs, and knows the venue's time.
        check_every: Seconds between two looks at the subscription.
        answers_within: Seconds that the venue may take to answer one.
    """

    rest: Rest
    check_every: float = CHECK_EVERY
    answers_within: float = ANSWERS_WITHIN
    pauses: Pauses = attrs.field(factory=Pauses)
    _ids: count[int] = attrs.field(factory=lambda: count(1), init=False)

    async def events(self) -> AsyncGenerator[VenueEvent]:
        """Yield events; a `StreamEvent` marks every beginning and every break."""
        config = self.rest.config
        while True:
            live = False
            try:
                async with opened(
                    config.addresses.ws_api,
                    stall=0.0,
                    max_age=config.max_age_hours * 3600,
                    timeout=config.timeout,
                ) as socket:
                    await self._subscribe(socket)
                    live = True
                    self.pauses.worked()
                    yield StreamEvent(live=True)
                    async with aclosing(self._connected(socket)) as events:
                        async for event in events:
                            yield event
            except (*BROKEN, VenueError) as error:
                if live:
                    yield StreamEvent(live=False, reason=str(error))
                pause = self.pauses.next()
                _LOG.warning("the account's stream ended (%s); again in %.1f s", error, pause)
                await asyncio.sleep(pause)

    async def _connected(self, socket: Socket) -> AsyncGenerator[VenueEvent]:
        looks = _Looks()
        checking = asyncio.create_task(self._check(socket, looks))
        try:
            async with aclosing(socket.messages()) as messages:
                while True:
                    message = await _next(messages, checking)
                    looks.answered(message)
                    event = _heard(message)
                    if event is not None:
                        yield event
        finally:
            checking.cancel()
            await asyncio.wait({checking})

    async def _subscribe(self, socket: Socket) -> None:
        client = self.rest.client
        signed = client.signed_message({"timestamp": self.rest.now_ms(), "recvWindow": self.rest.config.recv_window_ms})
        wanted = await self._ask(socket, "userDataStream.subscribe.signature", signed)
        async with asyncio.timeout(self.rest.config.timeout), aclosing(socket.messages()) as messages:
            async for message in messages:
                if message.get("id") == wanted:
                    if message.get("status") != 200:
                        raise VenueError(
                            f"Binance refused the account's stream: {message.get('error')}.",
                            code="TW-V002",
                            hint="Check key, signature and the key's permissions.",
                        )
                    return

    async def _ask(self, socket: Socket, method: str, parameters: dict[str, Any]) -> str:
        name = f"tw{next(self._ids)}"
        await socket.send(json.dumps({"id": name, "method": method, "params": parameters}))
        return name

    async def _check(self, socket: Socket, looks: _Looks) -> None:
        """Look at the subscription again and again; return when the venue does not answer."""
        while True:
            await asyncio.sleep(self.check_every)
            looks.ask(await self._ask(socket, "session.subscriptions", {}))
            try:
                await asyncio.wait_for(looks.known.wait(), self.answers_within)
            except TimeoutError:
                return


@attrs.define
class _Looks:
    """The look at the subscription that is under way, and whether it was answered."""

    wanted: str = ""
    known: asyncio.Event = attrs.field(factory=asyncio.Event)

    def ask(self, wanted: str) -> None:
        self.wanted = wanted
        self.known.clear()

    def answered(self, message: dict[str, Any]) -> None:
        if message.get("id") == self.wanted:
            self.known.set()


async def _next(messages: AsyncGenerator[Any], checking: asyncio.Task[None]) -> Any:
    """
    Return the next message.

    Raises:
        StreamEndedError: A look at the subscription was not answered.
    """
    coming = asyncio.ensure_future(anext(messages))
    try:
        await asyncio.wait({coming, checking}, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        checking.result()
        raise StreamEndedError("the venue does not say whether the account's stream is there")
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait({coming})


def _heard(message: dict[str, Any]) -> VenueEvent | None:
    """
    Return the event of a message, None when it has none.

    Raises:
        StreamEndedError: It says that the subscription is no more.
    """
    if "event" in message:
        return _event_of(message["event"])
    if message.get("result") == []:
        raise StreamEndedError("the subscription is gone")
    if message.get("status", 200) != 200:
        raise StreamEndedError(f"the venue answered {message.get('error')}")
    return None


def _event_of(row: dict[str, Any]) -> VenueEvent | None:
    """
    Return an event, None for a kind that says nothing we use.

    Raises:
        StreamEndedError: The venue ended the stream.
        ValueError: The event cannot be read.
    """
    kind = row.get("e")
    try:
        if kind == "executionReport":
            return event_of(row)
        if kind == "outboundAccountPosition":
            return BalanceEvent(balances=balances_of(row["B"], asset="a", free="f", locked="l"), time_ms=int(row["u"]))
        if kind == "balanceUpdate":
            return TransferEvent(asset=str(row["a"]), delta=decimal(row["d"], "d"), time_ms=int(row["T"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"an event {kind} could not be read: {type(error).__name__}: {error}") from error
    if kind == "eventStreamTerminated":
        raise StreamEndedError("the venue ended the account's stream")
    return None

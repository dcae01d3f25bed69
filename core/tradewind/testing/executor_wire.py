"""The promises of an executor about the wire: one request is one request, and silence is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tradewind.errors import VenueError
from tradewind.model.orders import OrderKind, OrderRequest, ReplyKind, Side, Verb
from tradewind.testing.contract import promise
from tradewind.testing.executor_stage import WINDOW_MS, Stage, told
from tradewind.testing.executor_stops import ExecutorStopPromises
from tradewind.testing.executor_subject import OPEN, no_venue
from tradewind.testing.executor_venue import UNTOLD, Trouble
from tradewind.testing.failures import ContractFailure, require

_JUMP_MS: Final = 600_000
_MARGIN_MS: Final = 100
_MOST_WAIT_MS: Final = 5_000


class ExecutorWirePromises(ExecutorStopPromises):
    """What an executor promises about requests and answers that go astray."""

    @promise(after=OPEN, unless=no_venue)
    def test_timeout_is_in_doubt_not_rejected(self) -> None:
        """
        A request whose answer is lost, late, broken, empty, an HTML page or a server's failure is
        answered with `unknown`.

        The order may have traded. Whoever takes silence for a refusal buys a second time, or
        believes to be out of a position that is there.

        To mend: answer `refused` only for the venue's own refusals, by their codes; everything that is not
        read in full as one of its answers is `unknown`, whatever its status.
        """

        async def case(stage: Stage) -> None:
            for trouble in UNTOLD:
                for make in (self._resting, self._cancel):
                    request = await make(stage)
                    await stage.hand.spoil(trouble)
                    reply = await stage.send(request)
                    await stage.hand.mend()
                    words = f"a {request.verb} that met {trouble} was answered with {told(reply)}, expected unknown."
                    require(reply.kind is ReplyKind.UNKNOWN, words)

        self.at_venue(case)

    @promise(after=("timeout_is_in_doubt_not_rejected", "limit_rests_and_cancels"), unless=no_venue)
    def test_never_repeats(self) -> None:
        """
        One `submit` sends at most one request that changes something, whatever becomes of it.

        Only the engine knows whether a repetition is safe: it writes every request down first. One
        that the library underneath repeats on its own buys twice, with one row in the journal.

        To mend: turn the retries of your HTTP library off. Many repeat PUT and DELETE, and a POST on a connection
        that was kept open, without being told to.
        """

        async def case(stage: Stage) -> None:
            for trouble in (None, *UNTOLD):
                for make in (self._resting, self._cancel):
                    request = await make(stage)
                    before = await stage.hand.changes()
                    if trouble is not None:
                        await stage.hand.spoil(trouble)
                    await stage.send(request)
                    sent = await stage.hand.changes() - before
                    await stage.hand.mend()
                    met = f"that met {trouble}" if trouble else "without trouble"
                    require(sent <= 1, f"a {request.verb} {met} was sent {sent} times, expected once.")
                    require(sent, f"a {request.verb} {met} was not sent at all.")

        self.at_venue(case)

    @promise(after=("timeout_is_in_doubt_not_rejected",), unless=no_venue)
    def test_submit_never_raises(self) -> None:
        """
        Whatever the venue answers to anything, and whatever is asked of it, `submit` answers with a Reply.

        An error in the middle of an exit is an exit that nobody follows up.

        To mend: catch what your library raises where you call it, look-ups before a cancel included,
        and answer `unknown` for what you did not foresee.
        """

        async def case(stage: Stage) -> None:
            strange = await stage.request(Verb.PLACE, symbol="NOSUCHPAIR", quantity=await stage.size())
            reply = await stage.send(strange)
            require(reply.kind is not ReplyKind.DONE, "an order for a symbol that is not there was told as done.")
            nothing = await stage.send(await stage.request(Verb.PLACE, side=Side.BUY))
            require(nothing.kind is not ReplyKind.DONE, "an order of nothing was told as done.")
            for trouble in UNTOLD:
                place, cancel = await self._resting(stage), await self._cancel(stage)
                await stage.hand.spoil(trouble, every=True)
                kinds = [(await stage.send(request)).kind for request in (place, cancel)]
                await stage.hand.mend()
                words = f"while every request meets {trouble}, place and cancel were answered with {kinds}."
                require(kinds == [ReplyKind.UNKNOWN] * 2, words)

        self.at_venue(case)

    @promise(after=OPEN, unless=no_venue)
    def test_reads_fail_in_words(self) -> None:
        """
        A look-up that is not answered, or not in a way that can be read, raises VenueError TW-V001; it
        never finds nothing.

        Nothing found is news: of a stop that is gone, of an account without money. The engine
        acts on it; an outage is none.

        To mend: raise `VenueError(…, code="TW-V001")` for whatever your library raises or hands on half
        read; answer None or an empty list only when the venue said so.
        """

        async def case(stage: Stage) -> None:
            await stage.rested()
            ids = await stage.open_ids()
            asked: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
                ("order", lambda: stage.executor.order(stage.symbol, client_id=ids[0])),
                ("open_orders", lambda: stage.executor.open_orders(stage.symbol)),
                ("fills", lambda: stage.executor.fills(stage.symbol, 0)),
                ("snapshot", stage.executor.snapshot),
            ]
            for trouble in (Trouble.PAGE, Trouble.CUT, Trouble.REQUEST_LOST):
                await stage.hand.spoil(trouble, every=True)
                found = await asyncio.gather(*(ask() for _, ask in asked), return_exceptions=True)
                await stage.hand.mend()
                for (name, _), outcome in zip(asked, found, strict=True):
                    good = isinstance(outcome, VenueError) and outcome.code in ("TW-V001", "TW-V004")
                    shown = f"{type(outcome).__name__}: {outcome}" if isinstance(outcome, Exception) else repr(outcome)
                    require(good, f"{name}() that met {trouble} came to {shown}, expected VenueError TW-V001.")

        self.at_venue(case)

    @promise(after=OPEN, unless=no_venue)
    def test_rate_limited(self) -> None:
        """
        When the venue asks for fewer requests, `submit` answers `limited` with the time to wait, and
        until then nothing leaves at all.

        Who goes on asking is banned for days, stops and exits included.

        To mend: keep the moment that the answer named, refuse everything before it without sending (`limited`
        with `retry_after_ms`, VenueError TW-V003 with `retry_after_ms` for look-ups), and send again after it.
        """

        async def case(stage: Stage) -> None:
            first, second, third = [await self._resting(stage) for _ in range(3)]
            await stage.hand.spoil(Trouble.LIMITED)
            reply = await stage.send(first)
            wait_ms = reply.retry_after_ms
            require(reply.kind is ReplyKind.LIMITED, f"too many requests was answered with {told(reply)}.")
            require(0 < wait_ms <= _MOST_WAIT_MS, f"retry_after_ms is {wait_ms}, the venue asked for at most 2000.")
            before = await stage.hand.requests()
            again = await stage.send(second)
            good = again.kind is ReplyKind.LIMITED and again.retry_after_ms > 0
            require(good, f"within that time it answered {told(again)}, expected limited and how long.")
            await _limited("snapshot", stage.executor.snapshot())
            await _limited("order", stage.executor.order(stage.symbol, client_id=first.client_id))
            sent = await stage.hand.requests() - before
            require(not sent, f"{sent} requests left within the time in which none may.")
            await asyncio.sleep((wait_ms + _MARGIN_MS) / 1000)
            await stage.hand.mend()
            # Look-ups are asked first: their answers tell that the gate is open.
            await stage.executor.snapshot()
            await stage.done(third, "after that time an order")

        self.at_venue(case)

    @promise(after=OPEN, unless=no_venue)
    def test_clock_skew(self) -> None:
        """
        The executor goes by the venue's clock. Where `request_fence` is claimed, a request is signed
        with exactly its own time, and refused when that is too old.

        A request that waits in a queue and acts when its chain is long closed is an order that nobody
        owns; the fence is what makes an outcome final.

        To mend: sign with `timestamp_ms` and `recv_window_ms` of the request, never with a clock of your
        own, and take the venue's time over anew whenever `server_time` is asked.
        """

        async def case(stage: Stage) -> None:
            before = await stage.executor.server_time()
            await stage.hand.jump_clock(_JUMP_MS)
            after = await stage.executor.server_time()
            gone = after - before
            require(_JUMP_MS <= gone < 2 * _JUMP_MS, f"the clock went on by {_JUMP_MS} ms, server_time() by {gone}.")
            await stage.executor.snapshot()
            request = await self._resting(stage)
            await stage.done(request, "after the venue's clock had jumped, an order")
            if not stage.caps.request_fence:
                return
            late = await stage.request(
                Verb.PLACE, side=Side.BUY, quantity=await stage.size(), timestamp_ms=after - 2 * WINDOW_MS
            )
            reply = await stage.send(late)
            require(
                reply.kind is ReplyKind.REFUSED, f"a request from beyond its window was answered with {told(reply)}."
            )
            found = await stage.executor.order(stage.symbol, client_id=late.client_id)
            require(found is None, "a request from beyond its window made an order.")

        self.at_venue(case)

    async def _resting(self, stage: Stage) -> OrderRequest:
        """Return a limit order below the market, not yet sent."""
        fields = {"kind": OrderKind.LIMIT, "time_in_force": "GTC", "price": await stage.at("0.9")}
        return await stage.request(Verb.PLACE, side=Side.BUY, quantity=await stage.size(), **fields)

    async def _cancel(self, stage: Stage) -> OrderRequest:
        """Return the cancel of an order that rests, not yet sent."""
        return await stage.request(Verb.CANCEL, consumes=(await stage.rested()).client_id)


async def _limited(name: str, asked: Awaitable[Any]) -> None:
    try:
        await asked
    except VenueError as error:
        wait = error.data.get("retry_after_ms", 0)
        good = error.code == "TW-V003" and isinstance(wait, int) and wait > 0
        require(good, f"{name}() raised {error.code} with retry_after_ms {wait!r}, expected TW-V003 and how long.")
        return
    raise ContractFailure(f"{name}() answered within the time in which nothing may be asked.")

"""The contract of an executor: single orders, stops, the wire, and what an account looks like over time."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlsplit

import attrs

from tradewind.errors import VenueError
from tradewind.model.orders import OrderReport, ReplyKind, Side, Verb
from tradewind.model.venue import Balance, OrderEvent, StreamEvent
from tradewind.plugins.specs import canonical
from tradewind.plugins.structure import structure
from tradewind.testing.contract import promise
from tradewind.testing.executor_stage import Stage, until
from tradewind.testing.executor_subject import OPEN, no_venue
from tradewind.testing.executor_venue import Trouble, Venue
from tradewind.testing.executor_wire import ExecutorWirePromises
from tradewind.testing.failures import ContractFailure, require

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FACTS: Final = ("order_id", "client_id", "side", "kind", "status", "quantity", "executed", "price", "stop_price")


class ExecutorContract(ExecutorWirePromises):
    """
    What an executor promises.

    It is tried at a venue on this machine, which the class states by overriding `venue()`: an asynchronous
    context manager that answers with a `Venue` (settings, secrets, symbol, address, and a `VenueHand` that
    lets things go wrong there). `sandbox_venue` is one for what speaks Binance's protocol, `practice_venue` one
    that speaks a protocol of its own. Without a venue the checks that need one are left out.

    What a venue cannot do is stated by `capabilities` and the record, not by `xfails`: checks of what is
    not claimed see to it that it is refused.

    Args:
        patience: Seconds that a check may take.
    """

    @promise(after=("market_fills", "limit_rests_and_cancels"), unless=no_venue)
    def test_reconnect(self) -> None:
        """
        `events` tells when reports begin, break off and begin again; what traded in between is found by
        look-up, what comes after is told.

        A stream that is silent looks like a quiet market. The engine asks for what it missed
        only when it is told that it missed something.

        To mend: yield `StreamEvent(live=True)` once subscribed, `StreamEvent(live=False)` when the connection
        or the subscription is lost, subscribe again, and go on in the same iterator.
        """

        async def case(stage: Stage) -> None:
            patience = self.patience / 3
            async with stage.heard() as events:

                def streams() -> list[bool]:
                    return [event.live for event in events if isinstance(event, StreamEvent)]

                await until(lambda: bool(events), patience, "events() told nothing, not even that it is live,")
                require(streams()[:1] == [True], f"events() began with {events[0]!r}, expected a live StreamEvent.")
                await stage.hand.cut()
                await until(lambda: streams() == [True, False], patience, "events() did not tell that it was cut off")
                await stage.hand.mend()
                request, _ = await stage.bought()
                await until(lambda: streams()[2:3] == [True], patience, "events() did not tell that it is live again")
                order = await stage.look(request.client_id)
                fills = await stage.fills_of(order.order_id)
                require(fills, "what was traded while the stream was cut off is not found by fills().")
                rested = await stage.rested()
                await until(
                    lambda: any(
                        isinstance(event, OrderEvent) and event.order.client_id == rested.client_id for event in events
                    ),
                    patience,
                    "events() did not tell of an order placed after it was live again",
                )

        self.at_venue(case)

    @promise(after=("market_fills", "limit_rests_and_cancels"), unless=no_venue)
    def test_reconcile_after_kill(self) -> None:
        """
        An executor that knows nothing of another finds the same orders and executions by their ids, and
        takes away what the other placed.

        After a crash nothing is left but the journal and the venue: what only the dead process
        knew is a position without a stop.

        To mend: keep no table from our ids to the venue's; ask the venue by the client id.
        """

        async def case(stage: Stage) -> None:
            bought, _ = await stage.bought()
            rests = await stage.rested()
            later = await stage.another()
            for request in (bought, rests):
                mine, theirs = await stage.look(request.client_id), await stage.look(request.client_id, later)
                differs = [name for name in _FACTS if getattr(mine, name) != getattr(theirs, name)]
                require(not differs, f"another executor sees other values of {', '.join(differs)} in the same order.")
                by_id = await later.order(stage.symbol, order_id=mine.order_id)
                require(_same(by_id, mine), f"by the venue's id {mine.order_id} order() finds {by_id!r}.")
            order = await stage.look(bought.client_id)
            fills = await stage.fills_of(order.order_id), await stage.fills_of(order.order_id, later)
            require(fills[0] == fills[1], f"another executor finds the executions {fills[1]}, expected {fills[0]}.")
            cancel = await stage.request(Verb.CANCEL, consumes=rests.client_id)
            reply = await stage.send(cancel, later)
            require(
                reply.kind is ReplyKind.DONE,
                f"what another placed could not be cancelled: {reply.kind} ({reply.message}).",
            )
            require(not await stage.open_ids(), "what another cancelled is still among the open orders.")

        self.at_venue(case)

    @promise(after=("market_fills",), unless=no_venue)
    def test_balance_conserved(self) -> None:
        """
        Balances before, and the executions with their commissions, make the balances after, to the last
        digit, per asset.

        The ledger is kept from executions and compared with balances: a commission that is
        told in the wrong asset or rounded halts trading, or hides a loss.

        To mend: take price, quantity, value, commission and its asset from the venue's own record of
        the trade, as text; count what open orders lock as part of a balance.
        """

        async def case(stage: Stage) -> None:
            before = _totals((await stage.executor.snapshot()).balances)
            bought, _ = await stage.bought()
            order = await stage.look(bought.client_id)
            fills = await stage.fills_of(order.order_id)
            sell = await stage.request(Verb.PLACE, side=Side.SELL, quantity=stage.received(fills))
            await stage.done(sell, "the sale of what was bought")
            fills += await stage.fills_of((await stage.look(sell.client_id)).order_id)
            await stage.rested()
            expected = dict(before)
            for fill in fills:
                sign = 1 if fill.side is Side.BUY else -1
                moves = {stage.instrument.base: sign * fill.quantity, stage.instrument.quote: -sign * fill.quote}
                for asset, delta in (*moves.items(), (fill.commission_asset, -fill.commission)):
                    expected[asset] = expected.get(asset, Decimal(0)) + delta
            after = _totals((await stage.executor.snapshot()).balances)
            differs = {
                asset: f"{after.get(asset, Decimal(0))} (expected {amount})"
                for asset, amount in expected.items()
                if after.get(asset, Decimal(0)) != amount
            }
            require(not differs, f"after a purchase and a sale the account holds {differs}.")

        self.at_venue(case)

    @promise(after=OPEN, unless=no_venue)
    def test_secrets_never_shown(self) -> None:
        """
        No key and no signature stands in what the executor shows: its repr, its replies, its errors
        with their traces, its logs at the lowest level.

        A log is sent to whoever helps to find an error; with a key in it, it is sent with the account.

        To mend: keep secrets in `Secret` and reveal them where they are signed with; take code and words out
        of your library's errors and raise your own `from None`; keep its loggers from writing requests.
        """

        async def case(stage: Stage) -> None:
            shown: list[str] = []
            with _everything_logged() as logs:
                shown += [repr(stage.executor), str(stage.executor)]
                for trouble in (None, Trouble.ANSWER_LOST, Trouble.PAGE, Trouble.CUT):
                    request = await self._resting(stage)
                    if trouble is not None:
                        await stage.hand.spoil(trouble, every=True)
                    shown.append(repr(await stage.send(request)))
                    shown += await _raised(stage.executor.snapshot())
                    await stage.hand.mend()
                wrong = {name: f"wrong-{name}-{value[::-1]}" for name, value in stage.venue.secrets.items()}
                shown += await self._refused(stage.venue, wrong) if wrong else []
            values = {**stage.venue.secrets, **{f"wrong {name}": value for name, value in wrong.items()}}
            for place, texts in (("what it shows", shown), ("its logs", logs)):
                found = [name for name, value in values.items() if any(_holds(text, value) for text in texts)]
                require(not found, f"{place} hold the secret {', '.join(found)}.")

        self.at_venue(case)

    @promise(after=("config_defaults_build",))
    def test_addresses_are_told(self) -> None:
        """
        The settings tell, as `addresses`, where orders are sent; an executor whose record says no real
        money sends none elsewhere.

        Before real money moves the places are shown and checked. One that is not told can be a
        test in which real orders leave.

        To mend: give the settings a property `addresses` (URLs, or an attrs class of them), made from the same
        values that the client is built with, and state `real_money=False` only for what runs on this machine.
        """
        told = self._addresses(self.config)
        if not self.record.real_money:
            strange = sorted(url for url in told if not _is_here(url))
            require(not strange, f"the record says no real money, yet orders go to {', '.join(strange)}.")
        if not no_venue(self):
            self.at_venue(self._at_this_address)

    async def _at_this_address(self, stage: Stage) -> None:
        told, venue = self._addresses(stage.venue.config), urlsplit(stage.venue.address)
        places = {(urlsplit(url).hostname, urlsplit(url).port) for url in told}
        expected = {(venue.hostname, venue.port)}
        require(places == expected, f"at {stage.venue.address} the settings tell {sorted(told)}, expected it alone.")

    def _addresses(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        entry = self.entry
        settings_class = entry.settings_class()
        settings: Any = structure(config, settings_class, canonical(entry.name)) if settings_class else None
        told = getattr(settings, "addresses", None)
        if told is None:
            raise ContractFailure("the settings have no `addresses`: nobody can tell where orders go.")
        values = attrs.asdict(told).values() if attrs.has(type(told)) else tuple(told)
        return tuple(str(value) for value in values if "://" in str(value))

    async def _refused(self, venue: Venue, wrong: Mapping[str, str]) -> list[str]:
        """Open with a wrong key and return what is shown of it."""
        executor = self.built(venue.config, wrong)
        try:
            await executor.open()
        except VenueError as error:
            require(error.code == "TW-V002", f"a wrong key was refused with {error.code}, expected TW-V002.")
            return [repr(executor), *_texts(error)]
        except Exception as error:  # noqa: BLE001  # whatever it is, it holds the key perhaps and is not shown
            words = f"a wrong key raised {type(error).__name__}, expected VenueError TW-V002."
            raise ContractFailure(words) from None
        finally:
            await executor.close()
        raise ContractFailure("open() with a wrong key raised nothing, expected VenueError TW-V002.")


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """Collect what is logged by anybody, at every level."""
    lines: list[str] = []
    formatter = logging.Formatter("%(name)s %(message)s")

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(formatter.format(record))

    root, handler = logging.getLogger(), Collecting()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def _raised(asked: Awaitable[Any]) -> list[str]:
    """Return what is shown of what it raises."""
    try:
        await asked
    except Exception as error:  # noqa: BLE001  # whatever it is, it is shown
        return _texts(error)
    return []


def _texts(error: BaseException) -> list[str]:
    return [str(error), repr(error), *traceback.format_exception(error)]


def _holds(text: str, secret: str) -> bool:
    """Tell whether a text holds a secret, plain or encoded."""
    forms = (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode(), repr(secret)[1:-1])
    return any(form in text for form in forms)


def _same(found: OrderReport | None, expected: OrderReport) -> bool:
    return found is not None and all(getattr(found, name) == getattr(expected, name) for name in _FACTS)


def _totals(balances: Mapping[str, Balance]) -> dict[str, Decimal]:
    return {name: balance.total for name, balance in balances.items()}


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK

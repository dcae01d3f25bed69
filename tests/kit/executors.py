"""An executor that keeps its promises, as the scaffold makes it, and one that breaks each."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs

from kit.mutants import SOUND_PACKAGE, Mutant
from tradewind.errors import VenueError
from tradewind.model.orders import FillReport, OrderReport, OrderRequest, OrderStatus, Reply, ReplyKind, Side, Verb
from tradewind.model.venue import Probe, StreamEvent, VenueEvent
from tradewind.plugins.scaffold import scaffold
from tradewind.testing import ExecutorContract, practice_venue


def _made(name: str) -> Any:
    """Return the executor of a package that the scaffold makes."""
    package = f"tradewind_{name}"
    with TemporaryDirectory() as folder:
        scaffold("executor", name, Path(folder))
        source = str(Path(folder) / f"tradewind-{name}" / "src")
        sys.path.insert(0, source)
        try:
            return import_module(f"{package}.executor")
        finally:
            sys.path.remove(source)


MODULE: Final = _made("practice")
Sound: Any = MODULE.Practice
RECORD: Final = {
    "config": "tradewind_practice.settings:PracticeConfig",
    "order_types": ("limit", "market", "stop"),
    "guarantee": "A",
    "secrets": ("api_key", "api_secret"),
}
PACKAGE: Final = attrs.evolve(SOUND_PACKAGE, readme="Settings: `port`, `timeout`, `host`.")


def _of(component: Any, breaks: str = "", says: str = "", **record: Any) -> Mutant:
    return Mutant(
        contract=ExecutorContract,
        breaks=breaks,
        says=says,
        component=component,
        record={**RECORD, **record},
        attributes={"venue": lambda _: practice_venue(), "patience": 6.0},
        package=PACKAGE,
    )


MUTANTS: list[Mutant] = [_of(Sound), _of(Sound, "claims_no_more_than_it_does", "guarantee A", guarantee="B")]


def breaks(check: str, says: str, **record: Any) -> Callable[[type], Any]:
    """Make of these methods an executor that breaks one promise and is sound otherwise."""

    def make(methods: type) -> Any:
        made = type(methods.__name__, (methods, Sound), {"__module__": __name__, "__qualname__": methods.__name__})
        MUTANTS.append(_of(f"{__name__}:Broken.{methods.__name__}", check, says, **record))
        setattr(Broken, methods.__name__, made)
        return made

    return make


class Broken:
    """Where the broken executors are found again by name."""


@breaks("opens_and_closes", "closed already")
class ClosesOnce:
    closed = False

    async def close(self: Any) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


@breaks("opens_and_closes", "NOSUCHPAIR")
class TellsRulesOfAll:
    async def instruments(self: Any, symbols: Sequence[str]) -> Any:
        found = await Sound.instruments(self, symbols)
        return {symbol: next(iter(found.values())) for symbol in symbols}


@breaks("market_fills", "the executions sum to 0")
class DropsTheNewestTrade:
    async def fills(self: Any, symbol: str, from_id: int) -> Any:
        return (await Sound.fills(self, symbol, from_id))[:-1]


@breaks("limit_rests_and_cancels", "gone")
class CancelsTheCancel:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        cancel = request.verb is Verb.CANCEL
        return await _sent(self, attrs.evolve(request, consumes=request.client_id) if cancel else request)


@breaks("resubmit_same_id_is_one_order", "done")
class MakesUpIds:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        reply = await _sent(self, request)
        other = attrs.evolve(request, client_id=f"{request.client_id}-2")
        return await _sent(self, other) if reply.kind is ReplyKind.DUPLICATE else reply


@breaks("partial_fills_sum", "fills() shows 1")
class JoinsParts:
    async def fills(self: Any, symbol: str, from_id: int) -> Any:
        joined: dict[int, FillReport] = {}
        for one in await Sound.fills(self, symbol, from_id):
            had = joined.get(one.order_id, attrs.evolve(one, quantity=Decimal(0)))
            joined[one.order_id] = attrs.evolve(one, quantity=had.quantity + one.quantity)
        return list(joined.values())


@breaks("cancel_of_filled", "refused")
class CallsGoneRefused:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        reply = await _sent(self, request)
        vain = request.verb is Verb.CANCEL and reply.kind is ReplyKind.GONE
        return attrs.evolve(reply, kind=ReplyKind.REFUSED) if vain else reply


@breaks("rules_are_the_venues", "half a step of quantity")
class RoundsOnTheWay:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        return await _sent(
            self, attrs.evolve(request, quantity=request.quantity.quantize(Decimal("0.001"), ROUND_DOWN))
        )


@breaks("rules_are_the_venues", "the least order that the rules allow")
class TellsFinerTicks:
    async def instruments(self: Any, symbols: Sequence[str]) -> Any:
        found = await Sound.instruments(self, symbols)
        return {name: attrs.evolve(rules, tick_size=rules.tick_size / 10) for name, rules in found.items()}


@breaks("probe_only_looks", "met page answered absent")
class GuessesAbsent:
    async def probe(self: Any, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        try:
            found: Probe = await Sound.probe(self, symbol, client_id, quantity)
        except VenueError:
            return Probe.ABSENT
        return found


@breaks("probe_only_looks", "there rests []")
class ProbesByCancel:
    async def probe(self: Any, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        found: Probe = await Sound.probe(self, symbol, client_id, quantity)
        now = await self.server_time()
        words = {"verb": Verb.CANCEL, "client_id": "probe", "timestamp_ms": now, "recv_window_ms": 5000}
        await _sent(self, OrderRequest(symbol=symbol, consumes=client_id, **words))
        return found


@breaks("claims_no_more_than_it_does", "not traded")
class ClaimsForAll:
    def capabilities(self: Any, _: str) -> Any:
        return Sound.capabilities(self, next(iter(self._symbols)))


@breaks("claims_no_more_than_it_does", "not claimed", guarantee="C")
class DoesMoreThanItClaims:
    def capabilities(self: Any, symbol: str) -> Any:
        return attrs.evolve(Sound.capabilities(self, symbol), conditional_entry="none", swap_token=False)


@breaks("protective_stop_is_on_venue", "does not find")
class KeepsItsStops:
    """Watches the price itself: the stop is an order in this process alone."""

    stop: OrderReport | None = None

    async def submit(self: Any, request: OrderRequest) -> Reply:
        if request.verb is not Verb.ENTER:
            return await _sent(self, request)
        reply = await _sent(self, attrs.evolve(request, verb=Verb.PLACE, stop_price=None))
        self.stop = attrs.evolve(
            reply.orders[0], client_id=request.stop_id, side=Side.SELL, status=OrderStatus.ACCEPTED
        )
        return reply

    async def order(self: Any, symbol: str, *, client_id: str = "", order_id: int = 0) -> Any:
        if self.stop is not None and client_id == self.stop.client_id:
            return self.stop
        return await Sound.order(self, symbol, client_id=client_id, order_id=order_id)

    async def open_orders(self: Any, symbol: str = "") -> Any:
        return [*await Sound.open_orders(self, symbol), *([self.stop] if self.stop else [])]


@breaks("swap_is_one_or_the_other", "done")
class SwapsByHalves:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        if request.verb is Verb.SWAP:
            await _sent(self, attrs.evolve(request, verb=Verb.CANCEL))
            request = attrs.evolve(request, verb=Verb.PLACE)
        return await _sent(self, request)


@breaks("timeout_is_in_doubt_not_rejected", "refused")
class TakesSilenceForNo:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        reply = await _sent(self, request)
        return attrs.evolve(reply, kind=ReplyKind.REFUSED) if reply.kind is ReplyKind.UNKNOWN else reply


@breaks("never_repeats", "sent 2 times")
class TriesAgain:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        reply = await _sent(self, request)
        if reply.kind is ReplyKind.UNKNOWN:
            await _sent(self, request)
        return reply


@breaks("submit_never_raises", "TW-V004")
class RaisesForStrangers:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        if request.symbol not in self._symbols:
            raise VenueError("no such symbol", code="TW-V004")
        return await _sent(self, request)


@breaks("submit_never_raises", "TW-V001")
class LooksBeforeItCancels:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        if request.verb is Verb.CANCEL:
            await self.order(request.symbol, client_id=request.consumes)
        return await _sent(self, request)


@breaks("reads_fail_in_words", "open_orders() that met page came to []")
class FindsNothing:
    async def open_orders(self: Any, symbol: str = "") -> Any:
        try:
            return await Sound.open_orders(self, symbol)
        except VenueError as error:
            if error.code == "TW-V001":
                return []
            raise


@breaks("reads_fail_in_words", "snapshot() that met page came to ConnectionError")
class RaisesItsOwn:
    async def snapshot(self: Any) -> Any:
        try:
            return await Sound.snapshot(self)
        except VenueError as error:
            if error.code == "TW-V001":
                raise ConnectionError("no answer") from None
            raise


@breaks("rate_limited", "requests left within the time")
class AsksOn:
    def __init__(self: Any, *arguments: Any) -> None:
        Sound.__init__(self, *arguments)
        self._line.wait_ms = lambda: 0


@breaks("rate_limited", "retry_after_ms is 0")
class ForgetsHowLong:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        return attrs.evolve(await _sent(self, request), retry_after_ms=0)


@breaks("clock_skew", "beyond its window was answered with done")
class SignsWithItsOwnTime:
    async def open(self: Any) -> None:
        await self.server_time()
        await Sound.open(self)

    async def server_time(self: Any) -> int:
        served = int(await Sound.server_time(self))
        self.ahead = served - asyncio.get_running_loop().time() * 1000
        return served

    async def submit(self: Any, request: OrderRequest) -> Reply:
        now = int(asyncio.get_running_loop().time() * 1000 + self.ahead)
        return await _sent(self, attrs.evolve(request, timestamp_ms=now))


@breaks("clock_skew", "server_time() by 0")
class AsksTheTimeOnce:
    served = 0

    async def server_time(self: Any) -> int:
        self.served = self.served or int(await Sound.server_time(self))
        return int(self.served)


@breaks("reconnect", "did not tell that it was cut off")
class NeverSaysItBroke:
    async def events(self: Any) -> AsyncIterator[VenueEvent]:
        async for event in Sound.events(self):
            if not isinstance(event, StreamEvent) or event.live:
                yield event


@breaks("reconnect", "did not tell of an order")
class ReportsTheFirstStreamAlone:
    async def events(self: Any) -> AsyncIterator[VenueEvent]:
        broken = False
        async for event in Sound.events(self):
            stream = isinstance(event, StreamEvent)
            broken = broken or (isinstance(event, StreamEvent) and not event.live)
            if stream or not broken:
                yield event


@breaks("reconcile_after_kill", "could not be cancelled: gone")
class CancelsFromATable:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        table = self.__dict__.setdefault("table", set())
        table.add(request.client_id)
        if request.verb is Verb.CANCEL and request.consumes not in table:
            return Reply(kind=ReplyKind.GONE)
        return await _sent(self, request)


@breaks("balance_conserved", "the account holds")
class LeavesOutWhatIsLocked:
    async def snapshot(self: Any) -> Any:
        found = await Sound.snapshot(self)
        free = {name: attrs.evolve(balance, locked=Decimal(0)) for name, balance in found.balances.items()}
        return attrs.evolve(found, balances=free)


@breaks("balance_conserved", "the account holds")
class RoundsFees:
    async def fills(self: Any, symbol: str, from_id: int) -> Any:
        cent = Decimal("0.01")
        found = await Sound.fills(self, symbol, from_id)
        return [
            attrs.evolve(
                one, commission=one.commission.quantize(cent, ROUND_UP) if one.side is Side.SELL else one.commission
            )
            for one in found
        ]


@breaks("secrets_never_shown", "what it shows hold the secret api_key, api_secret")
class ShowsItsKey:
    def __init__(self: Any, config: Any, secrets: Any) -> None:
        Sound.__init__(self, config, secrets)
        self.told = {name: secret.reveal() for name, secret in secrets.items()}

    def __repr__(self: Any) -> str:
        return f"executor with {self.told}"


@breaks("secrets_never_shown", "its logs hold the secret api_key")
class LogsRequests:
    async def submit(self: Any, request: OrderRequest) -> Reply:
        logging.getLogger(__name__).debug("sent %s", self._line._signed("place", MODULE.words_of(request)))
        return await _sent(self, request)


@breaks("secrets_never_shown", "raised KeyError")
class FallsOverWrongKeys:
    async def open(self: Any) -> None:
        try:
            await Sound.open(self)
        except VenueError as error:
            raise KeyError(self._line._secrets["api_key"].reveal()) from error


@attrs.frozen(kw_only=True)
class Silent:
    """Settings that tell no address."""

    port: int = 9470
    timeout: float = 5.0


@attrs.frozen(kw_only=True)
class Far(Silent):
    """Settings of a venue elsewhere."""

    host: str = "venue.example"

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where orders are sent."""
        return (f"tcp://{self.host}:{self.port}",)


async def _sent(executor: Any, request: OrderRequest) -> Reply:
    """Submit as the sound one does."""
    reply: Reply = await Sound.submit(executor, request)
    return reply


MUTANTS += [
    _of(Sound, "addresses_are_told", "no `addresses`", config="kit.executors:Silent"),
    _of(Sound, "addresses_are_told", "tcp://venue.example:9470", config="kit.executors:Far", real_money=False),
    _of(Sound, "addresses_are_told", "expected it alone", config="kit.executors:Far"),
]

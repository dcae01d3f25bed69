"""
A made-up venue on this machine, to learn on and to try executors of one's own at.

It speaks lines of JSON over TCP. A line asks: `{"do": "place", "key": …, "sent": …, "window": …, …, "signature": …}`;
the signature is the HMAC-SHA256, in hex, of the other fields as JSON with sorted keys and no spaces, with the
secret. A line answers: `{"ok": …}`, or `{"error": {"code": …, "words": …, "wait_ms": …}}`. Amounts are text.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.testing import executor_books as books
from tradewind.testing.executor_books import Books, Order, RefusedError
from tradewind.testing.executor_venue import Trouble, Venue

CHANGES: Final = frozenset({"place", "enter", "swap", "cancel"})
_SECRETS: Final = {"api_key": "practice-key-5f21c8", "api_secret": "practice-secret-90be47d3"}
_BEGIN_MS: Final = 1_700_000_000_000
_LIMITED_MS: Final = 60
_PAGE: Final = b"<html><body>403 Forbidden</body></html>\n"
_LARGEST: Final = 65_536


@attrs.define(eq=False)
class PracticeVenue:
    """A venue that speaks lines of JSON, and the hand that lets things go wrong there."""

    port: int = 0
    _books: Books = attrs.field(init=False)
    _begun: float = attrs.field(factory=time.monotonic, init=False)
    _ahead_ms: int = attrs.field(default=0, init=False)
    _spoilt: Trouble | None = attrs.field(default=None, init=False)
    _every: bool = attrs.field(default=False, init=False)
    _shut: bool = attrs.field(default=False, init=False)
    _closed_until: float = attrs.field(default=0.0, init=False)
    _asked: int = attrs.field(default=0, init=False)
    _changed: int = attrs.field(default=0, init=False)
    _listeners: set[asyncio.StreamWriter] = attrs.field(factory=set, init=False)
    _lines: set[asyncio.StreamWriter] = attrs.field(factory=set, init=False)

    @_books.default
    def _fresh_books(self) -> Books:
        return Books(now=self._now, tell=self._tell)

    # what is asked

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer line by line until the other end has enough."""
        self._lines.add(writer)
        try:
            while (line := await reader.readline()) and (answer := self._answer(line, writer)) is not None:
                writer.write(answer)
                await writer.drain()
        except OSError:
            return
        finally:
            self._lines.discard(writer)
            self._listeners.discard(writer)
            writer.transport.abort()

    def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> bytes | None:
        """Return the answer to a line, None to end the connection without one."""
        words = json.loads(line)
        self._asked += 1
        changing = words.get("do") in CHANGES
        self._changed += changing
        if self._shut:
            return None
        if (left := self._closed_until - time.monotonic()) > 0:
            return _error("limited", "too many requests", wait_ms=int(left * 1000) + 1)
        trouble = self._spoilt if self._every or changing else None
        if trouble is not None and not self._every:
            self._spoilt = None
        if trouble is Trouble.LIMITED:
            self._closed_until = time.monotonic() + _LIMITED_MS / 1000
            return _error("limited", "too many requests", wait_ms=_LIMITED_MS)
        if trouble is Trouble.REQUEST_LOST:
            return None
        if trouble is Trouble.FAILED:
            return _error("failed", "the venue is out of order")
        return _PAGE if trouble is Trouble.PAGE else _spoilt(self._carried_out(words, writer), trouble)

    def _carried_out(self, words: Mapping[str, Any], writer: asyncio.StreamWriter) -> bytes:
        try:
            return _line({"ok": self._done(words, writer)})
        except RefusedError as error:
            return _error(error.code, str(error))
        except (KeyError, ValueError, TypeError, ArithmeticError):
            return _error("words", "the request cannot be read")

    def _done(self, words: Mapping[str, Any], writer: asyncio.StreamWriter) -> Any:
        do = str(words["do"])
        if do == "time":
            return self._now()
        _check_signature(words)
        if words.get("symbol", books.SYMBOL) != books.SYMBOL and do != "rules":
            raise RefusedError("symbol", f"{words['symbol']} is not traded")
        if do in CHANGES and not 0 <= self._now() - int(words["sent"]) + 1_000 <= int(words["window"]) + 1_000:
            raise RefusedError("late", "the request is outside of its window")
        return self._acts()[do](words, writer)

    def _acts(self) -> dict[str, Callable[[Mapping[str, Any], asyncio.StreamWriter], Any]]:
        kept = self._books
        return {
            "rules": lambda words, _: [_RULES] if words.get("symbol") == books.SYMBOL else [],
            "balances": lambda _words, _: {
                name: {"total": total, "locked": kept.locked(name)} for name, total in kept.totals.items()
            },
            "place": lambda words, _: self._shown(kept.place(words)),
            "enter": lambda words, _: self._shown(*kept.enter(words)),
            "swap": lambda words, _: self._shown(*kept.swap(words)),
            "cancel": lambda words, _: self._shown(kept.cancel(str(words["consumes"]))),
            "order": lambda words, _: _plain(kept.find(str(words.get("name", "")), int(words.get("number", 0)))),
            "open_orders": lambda _words, _: [_plain(one) for one in kept.orders if one.is_live],
            "trades": lambda words, _: [one for one in kept.trades if one["number"] >= int(words["from"])],
            "listen": lambda _, writer: self._listen(writer),
        }

    def _listen(self, writer: asyncio.StreamWriter) -> str:
        self._listeners.add(writer)
        return "listening"

    def _shown(self, *orders: Order) -> dict[str, Any]:
        numbers = {one.number for one in orders}
        trades = [one for one in self._books.trades if one["order"] in numbers]
        return {"orders": [_plain(one) for one in orders], "trades": trades}

    def _tell(self, order: Order, trade: Mapping[str, Any] | None) -> None:
        for writer in self._listeners:
            writer.write(_line({"symbol": books.SYMBOL, "order": _plain(order), "trade": trade}))

    def _now(self) -> int:
        return _BEGIN_MS + int((time.monotonic() - self._begun) * 1000) + self._ahead_ms

    # the hand

    async def spoil(self, trouble: Trouble, *, every: bool = False) -> None:
        """Let the next request that changes something meet this trouble; every request, with `every`."""
        self._spoilt, self._every = trouble, every

    async def cut(self) -> None:
        """End every connection and answer nobody until `mend`."""
        self._shut = True
        for writer in list(self._lines):
            writer.transport.abort()

    async def mend(self) -> None:
        """Let all go well from now on."""
        self._spoilt, self._every, self._shut, self._closed_until, self._ahead_ms = None, False, False, 0.0, 0
        self._books.thin, self._books.price = False, Decimal(100)

    async def changes(self) -> int:
        """Return how many requests that change something have arrived."""
        return self._changed

    async def requests(self) -> int:
        """Return how many requests have arrived."""
        return self._asked

    async def price(self) -> Decimal:
        """Return the last price."""
        return self._books.price

    async def move(self, factor: Decimal) -> None:
        """Multiply the price; what is due trades."""
        self._books.move(factor)

    async def thin(self) -> Decimal:
        """Let orders trade in three parts; return a quantity."""
        self._books.thin = True
        return Decimal("0.4")

    async def jump_clock(self, milliseconds: int) -> None:
        """Put the clock so far ahead."""
        self._ahead_ms += milliseconds

    async def balances(self) -> Mapping[str, Decimal]:
        """Return what the account holds."""
        return dict(self._books.totals)


_RULES: Final = {
    "symbol": books.SYMBOL,
    "base": books.BASE,
    "quote": books.QUOTE,
    "tick": str(books.TICK),
    "lot": str(books.LOT),
    "least_value": str(books.LEAST_VALUE),
}


def signature_of(words: Mapping[str, Any], secret: str) -> str:
    """Return the signature of a request."""
    plain = {name: value for name, value in words.items() if name != "signature"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def _check_signature(words: Mapping[str, Any]) -> None:
    good = hmac.compare_digest(str(words.get("signature", "")), signature_of(words, _SECRETS["api_secret"]))
    if words.get("key") != _SECRETS["api_key"] or not good:
        raise RefusedError("key", "the key or its signature is wrong")


def _spoilt(answer: bytes, trouble: Trouble | None) -> bytes | None:
    """Return what is left of an answer on its way back."""
    match trouble:
        case Trouble.ANSWER_LOST:
            return None
        case Trouble.FAILED_LATE:
            return _error("failed", "the venue is out of order")
        case Trouble.CUT:
            return answer[: len(answer) // 2] + b"\n"
        case Trouble.EMPTY:
            return b"\n"
    return answer


def _plain(order: Order | None) -> dict[str, Any] | None:
    return None if order is None else attrs.asdict(order)


def _error(code: str, words: str, **more: Any) -> bytes:
    return _line({"error": {"code": code, "words": words, **more}})


def _line(body: Any) -> bytes:
    return json.dumps(body, default=str).encode() + b"\n"


@asynccontextmanager
async def practice_venue() -> AsyncIterator[Venue]:
    """Return a made-up venue that answers on a free port of this machine; its settings are `port` alone."""
    made = PracticeVenue()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=_LARGEST)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield Venue(
            config={"port": made.port},
            secrets=_SECRETS,
            symbol=books.SYMBOL,
            address=f"tcp://127.0.0.1:{made.port}",
            hand=made,
        )
    finally:
        await made.cut()
        server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1.0)

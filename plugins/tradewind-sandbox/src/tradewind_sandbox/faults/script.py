"""
The fault script: given a call, a message or a moment, what goes wrong.

It decides and does nothing else: no clock, no sleep, no socket. The server and the simulation
inside a process carry out what it decides, so the same script is the same bad day in both.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, Final

import attrs

from tradewind_sandbox.faults import values
from tradewind_sandbox.faults.kinds import KINDS, REQUIRED, Kind, Point
from tradewind_sandbox.market.distortion import PLAIN, Distortion

_PLACES: Final = ("endpoint", "stream", "event", "symbol")


@attrs.frozen(kw_only=True)
class Fault:
    """
    One line of a script.

    Args:
        number: Its place in the script, from 1.
        kind: A name of `KINDS`.
        endpoint: Which calls, such as `POST /api/v3/order` or `WS order.place`; `*` and `?` as in file names.
        stream: Which streams, such as `btcusdt@kline_1m`, or `user`.
        event: Which events of a stream, such as `executionReport`, `kline`.
        symbol: Which pairs.
        closing: For klines: only closing ones (true) or only growing ones (false).
        calls: Which of the matching calls or messages, counted from 1; empty for all.
        every: Each n-th of them; 0 for all.
        probability: How likely each of them is hit.
        times: How often at most; 0 for no limit.
        at_ms: From when on, milliseconds UTC; for a happening, when.
        lasts_ms: For how long; 0 for ever.
        params: The kind's own values.
    """

    number: int
    kind: str
    endpoint: str = "*"
    stream: str = "*"
    event: str = "*"
    symbol: str = "*"
    closing: bool | None = None
    calls: tuple[int, ...] = ()
    every: int = 0
    probability: float = 1.0
    times: int = 0
    at_ms: int = 0
    lasts_ms: int = 0
    params: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def about(self) -> Kind:
        """What its kind is and takes."""
        return KINDS[self.kind]

    @property
    def until_ms(self) -> int:
        """When it is over, milliseconds UTC."""
        return self.at_ms + self.lasts_ms if self.lasts_ms else 2**62

    def holds_at(self, now_ms: int) -> bool:
        """Tell whether a moment lies in its time."""
        return self.at_ms <= now_ms < self.until_ms

    def __getitem__(self, name: str) -> Any:
        """Return one of the kind's own values."""
        return self.params[name]


def faults_from(rows: Iterable[Mapping[str, Any]], start_ms: int, *, first: int = 1) -> tuple[Fault, ...]:
    """
    Return faults from plain tables.

    Args:
        rows: One table a fault.
        start_ms: What durations in `at` count from, milliseconds UTC.
        first: The number of the first one.

    Raises:
        UsageError: TW-U007 for an unknown kind, an unknown or missing value, or one that cannot be meant.
    """
    return tuple(_fault(row, number, start_ms) for number, row in enumerate(rows, first))


def _fault(row: Mapping[str, Any], number: int, start_ms: int) -> Fault:
    where = f"fault {number}"
    given = dict(values.table(row, where))
    kind = given.pop("kind", None)
    if kind not in KINDS:
        raise values.refuse(f"kind of {where}", repr(kind), f"one of {', '.join(KINDS)}")
    about = KINDS[kind]
    readers: dict[str, Any] = {
        "every": values.whole, "times": values.whole, "probability": values.number, "closing": values.flag,
        "lasts": values.duration, "calls": _numbers, "at": values.words,
    } | dict.fromkeys(_PLACES, values.words)  # fmt: skip
    unknown = sorted(set(given) - set(readers) - set(about.takes))
    if unknown:
        raise values.refuse(
            f"{where} ({kind})", f"given {', '.join(unknown)}", ", ".join([*about.takes, *readers]) + " and no other"
        )
    params = {}
    for name, (read, default) in about.takes.items():
        if name not in given and default is REQUIRED:
            raise values.refuse(f"{where} ({kind})", f"without {name}", f"a value for {name}")
        params[name] = read(given.pop(name), f"{name} of {where}") if name in given else default
    if about.point is Point.HAPPENING and "at" not in given:
        raise values.refuse(f"{where} ({kind})", "without at", "the moment at which it happens")
    fields: dict[str, Any] = {"endpoint": about.endpoint}
    if "at" in given:
        fields["at_ms"] = values.moment(given.pop("at"), f"at of {where}", start_ms)
    for name, value in given.items():
        fields["lasts_ms" if name == "lasts" else name] = readers[name](value, f"{name} of {where}")
    if not 0 <= fields.get("probability", 1.0) <= 1:
        raise values.refuse(f"probability of {where}", repr(fields["probability"]), "a number from 0 to 1")
    return Fault(number=number, kind=kind, params=params, **fields)


def _numbers(value: object, where: str) -> tuple[int, ...]:
    return tuple(values.whole(one, where) for one in values.listed(value, where))


@attrs.define(eq=False)
class FaultScript:
    """
    Decides what goes wrong; the same questions in the same order have the same answers.

    Args:
        faults: What was asked for; empty for a good day.
        seed: Seed of every probability.
    """

    faults: Sequence[Fault] = ()
    seed: int = 0
    injected: Counter[str] = attrs.field(factory=Counter, init=False)
    """How often each kind was decided."""
    _issued: int = attrs.field(init=False)
    _matched: Counter[int] = attrs.field(factory=Counter, init=False)
    _hit: Counter[int] = attrs.field(factory=Counter, init=False)

    def __attrs_post_init__(self) -> None:
        self._issued = len(self.faults)

    def add(self, rows: Iterable[Mapping[str, Any]], now_ms: int) -> tuple[Fault, ...]:
        """
        Let more go wrong, from now on unless a row says otherwise; return what was added.

        Raises:
            UsageError: TW-U007 for what cannot be meant; then none of them is taken.
        """
        dated = [{"at": 0, **row} if isinstance(row, Mapping) else row for row in rows]
        more = faults_from(dated, now_ms, first=self._issued + 1)
        self._issued += len(more)
        self.faults = (*self.faults, *more)
        return more

    def clear(self) -> None:
        """Let nothing go wrong from now on; what has begun ends by itself."""
        self.faults = ()

    def on_call(self, endpoint: str, *, symbol: str = "", now_ms: int) -> list[Fault]:
        """
        Decide what goes wrong with one call.

        Args:
            endpoint: `POST /api/v3/order`, or `WS order.place`.
            symbol: The pair it is about; empty when it is about none.
            now_ms: The exchange's time, milliseconds UTC.
        """
        return [
            fault
            for fault in self._of(Point.REQUEST, now_ms)
            if fnmatchcase(endpoint, fault.endpoint) and fnmatchcase(symbol, fault.symbol) and self._strikes(fault)
        ]

    def on_message(
        self, stream: str, *, event: str, symbol: str = "", closing: bool | None = None, now_ms: int
    ) -> list[Fault]:
        """
        Decide what goes wrong with one message of a stream.

        Args:
            stream: The stream's name, or `user`.
            event: What it tells, such as `kline` or `executionReport`.
            symbol: The pair it is about; empty when it is about none.
            closing: Whether a kline is closing; None for other events.
            now_ms: The exchange's time, milliseconds UTC.
        """
        return [
            fault
            for fault in self._of(Point.STREAM, now_ms)
            if fnmatchcase(stream, fault.stream)
            and fnmatchcase(event, fault.event)
            and fnmatchcase(symbol, fault.symbol)
            and (fault.closing is None or fault.closing == closing)
            and self._strikes(fault)
        ]

    def distortion(self, symbol: str, now_ms: int) -> Distortion:
        """Return what a pair's market is like at a moment, milliseconds UTC of the market."""
        if not self.faults:
            return PLAIN
        found = PLAIN
        for fault in self._of(Point.MARKET, now_ms):
            if fnmatchcase(symbol, fault.symbol):
                if not self._matched[fault.number]:
                    self._matched[fault.number] = 1
                    self.injected[fault.kind] += 1
                found = found.joined(_distortion(fault))
        return found

    def happenings(self) -> list[Fault]:
        """Return what happens at a moment of its own, in the order of time."""
        found = [fault for fault in self.faults if fault.about.point is Point.HAPPENING]
        return sorted(found, key=lambda fault: (fault.at_ms, fault.number))

    def happened(self, fault: Fault) -> None:
        """Note that a happening was carried out."""
        self.injected[fault.kind] += 1

    def _of(self, point: Point, now_ms: int) -> list[Fault]:
        return [fault for fault in self.faults if fault.about.point is point and fault.holds_at(now_ms)]

    def _strikes(self, fault: Fault) -> bool:
        self._matched[fault.number] += 1
        count = self._matched[fault.number]
        if fault.calls and count not in fault.calls:
            return False
        if fault.every and count % fault.every:
            return False
        if fault.times and self._hit[fault.number] >= fault.times:
            return False
        if fault.probability < 1 and self._chance(fault.number, count) >= fault.probability:
            return False
        self._hit[fault.number] += 1
        self.injected[fault.kind] += 1
        return True

    def _chance(self, number: int, count: int) -> float:
        text = f"{self.seed}:{number}:{count}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest()) / 2**56


def _distortion(fault: Fault) -> Distortion:
    if fault.kind == "silence":
        return Distortion(silent=True)
    factor = Fraction(fault["factor"])
    return Distortion(factor=factor) if fault.kind == "spike" else Distortion(depth=factor)

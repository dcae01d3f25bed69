"""The strategies' process: it loads plugins, answers for them, and ends with whoever started it."""

from __future__ import annotations

import os
import queue
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import numpy as np

from tradewind.backtest.inputs import plain_value
from tradewind.config.load import refuse_unknown_tables
from tradewind.config.schema import Settings
from tradewind.errors import LiveError
from tradewind.live.session import loading
from tradewind.live.session.session import Cast, Player, cast
from tradewind.live.worker.process import told
from tradewind.live.worker.wire import Array, Message, packed, read
from tradewind.model.bars import COLUMNS, Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.certify import certify_all
from tradewind.pipeline.decide import Deciding, Pipeline
from tradewind.plugins.catalog import Catalog, load_catalog
from tradewind.plugins.structure import structure

FILES: Final = 1024
"""How many files and pipes the process may have open."""

DECIDING: Final = frozenset({"strategies", "indicators", "risk_policies", "panels"})
"""Kinds of component that need no key: a plugin of nothing else is never loaded where the keys are."""


class Answerer:
    """
    Knows the answers: what a catalogue's strategies say of bars.

    Args:
        settings: The settings in force, without secrets.
        catalog: What the loaded plugins offer.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._known: dict[str, Player] = {}
        self._watched: dict[tuple[str, str], Deciding] = {}
        self._answers: dict[str, Callable[[Message], Message]] = {
            "cast": self._cast,
            "row": self._row,
            "check": self._check,
            "certify": self._certify,
        }

    def answer(self, message: Message) -> Message:
        """
        Return the answer to a question.

        Raises:
            LiveError: TW-L016 for a question that is none.
        """
        asked = str(message.head.get("ask"))
        if asked not in self._answers:
            raise LiveError(f"the strategies' process was asked {asked[:40]!r}.", code="TW-L016")
        return self._answers[asked](message)

    def _cast(self, message: Message) -> Message:
        refuse_unknown_tables(self._settings, self._catalog)
        players = cast([str(name) for name in message.head["names"]], self._settings, self._catalog)
        self._known |= dict(zip(message.head["names"], players.players, strict=True))
        loading.done()
        return Message(head=described(players) | {"kept_out": self._kept_out()})

    def _kept_out(self) -> list[str]:
        """Return the distributions that no other process needs."""
        offers = {row.distribution: {kind for kind, _ in row.records} for row in self._catalog.plugins}
        return [name for name, kinds in offers.items() if kinds and kinds <= DECIDING]

    def _row(self, message: Message) -> Message:
        newest = self._asked(message).newest(bars_of(message.head["timeframe"], message.arrays))
        plan = {f"plan.{name}": values for name, values in newest.plan.columns.items()}
        frame = newest.frame.iloc[-1:]
        columns = [str(name) for name in frame.columns]
        values = np.array([float(frame[name].array[-1]) for name in frame.columns], dtype=np.float64)
        head = {"conditions": list(newest.plan.conditions), "features": columns}
        return Message(head=head, arrays={**plan, "features": values})

    def _check(self, message: Message) -> Message:
        instrument = structure(message.head["instrument"], Instrument, "instrument")
        costs = structure(message.head["costs"], Costs, "costs")
        bars = bars_of(message.head["timeframe"], message.arrays)
        return Message(head={"lines": self._asked(message).check(instrument, costs, bars)})

    def _certify(self, message: Message) -> Message:
        bars = {
            symbol: bars_of(timeframe, {name: message.arrays[f"{symbol}/{name}"] for name in COLUMNS})
            for symbol, timeframe in message.head["symbols"].items()
        }
        pipeline = self._asked(message)
        if not isinstance(pipeline, Pipeline):
            raise LiveError("the strategy sits in no process of its own.", code="TW-L016")
        cuts, seed = int(message.head["cuts"]), int(message.head["seed"])
        found = certify_all(
            {symbol: pipeline.on(symbol) for symbol in bars}, bars, warmup=pipeline.warmup, cuts=cuts, seed=seed
        )
        return Message(head={"certificate": found.to_dict()})

    def _asked(self, message: Message) -> Deciding:
        """Return the strategy that a question is about, built anew in a process that never saw it."""
        name = str(message.head["strategy"])
        if name not in self._known:
            self._known[name] = cast([name], self._settings, self._catalog).players[0]
        symbol = str(message.head.get("symbol") or "")
        if not symbol:
            return self._known[name].pipeline
        if (name, symbol) not in self._watched:
            self._watched[name, symbol] = self._known[name].pipeline.on(symbol, watched=True)
        return self._watched[name, symbol]


def described(players: Cast) -> dict[str, Any]:
    """Return what the engine has to know of strategies, as plain values."""
    strategies = [
        {"name": one.name, "warmup": one.pipeline.warmup, "settings": plain_value(one.settings)}
        for one in players.players
    ]
    return {
        "strategies": strategies,
        "timeframe": players.timeframe.name,
        "warmup": players.warmup,
        "limits": plain_value(players.limits),
    }


def bars_of(timeframe: str, columns: Mapping[str, Array]) -> Bars:
    """Return the bars that came with a question."""
    return Bars(timeframe=Timeframe(timeframe), **columns)


def main() -> None:
    """Answer questions until there are no more."""
    said = _own_pipes()
    questions: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(said[0], questions), daemon=True).start()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was in memory stays out of crash files
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    answerer: Answerer | None = None
    while (question := questions.get()) is not None:
        try:
            if answerer is None:
                answerer, answer = _opened(question), Message(head={"ready": True})
            else:
                answer = answerer.answer(question)
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises is an answer
            answer = Message(head={"error": told(error)})
        said[1].write(packed(answer))
        said[1].flush()


def _opened(opening: Message) -> Answerer:
    settings = structure(opening.head["settings"], Settings, "settings")
    return Answerer(settings, load_catalog(allow=settings.plugins.allow, block=settings.plugins.block))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the two pipes for ourselves: what plugins print goes where errors go, and there is nothing to read."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0, closefd=False)
    return questions, answers


def _listen(pipe: BinaryIO, questions: queue.SimpleQueue[Message | None]) -> None:
    """Hand on what is asked; the end of the pipe is the end of the engine, and of this process at once."""
    while (message := read(pipe.read)) is not None:
        questions.put(message)
    os._exit(0)

"""A strategy that decides in another process, with the face of one that decides here."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.inputs import plain_value
from tradewind.config.schema import Settings
from tradewind.config.secret import Secret, secrets_in, without_secrets
from tradewind.errors import LiveError, StrategyError
from tradewind.live.session.session import Cast, Player
from tradewind.live.worker.process import START_S, Worker
from tradewind.live.worker.wire import Array, Message
from tradewind.model.bars import COLUMNS, Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.certificate import Certificate
from tradewind.pipeline.decide import Deciding, Newest
from tradewind.plugins.specs import canonical
from tradewind.plugins.structure import structure

KEYED: Final = frozenset({"executors", "services", "health", "commands", "panels", "database_url"})
"""Settings that the strategies' process is not told: they hold keys, or are of no use there."""
CERTIFY_S: Final = 600.0
"""How long certificates may take."""


class Troupe:
    """
    All strategies of a session, in one process without keys.

    Args:
        settings: The settings in force.
        names: What the strategies are asked for by; the first has the highest priority.
        launched: Their process, when it was started already.

    Raises:
        TradewindError: What `tradewind.live.session.session.cast` raises, and TW-L016.
    """

    def __init__(
        self, settings: Settings, names: Sequence[str], *, launched: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.worker = Worker(Message(head={"settings": open_settings(settings)}), launched)
        # What this process holds as a secret is taken out of what the other one prints.
        self._lent = [Secret(value) for keys in lent_keys(settings).values() for value in keys.values()]
        self.budget_s = settings.live.strategy_seconds
        self.names = tuple(names)
        try:
            self.players, self.kept_out = self._cast(self.names)
        except BaseException:
            self.close()
            raise

    def another(self, name: str) -> Deciding:
        """
        Return a strategy that is not among the players, to take over from one.

        Raises:
            TradewindError: When it cannot be built.
        """
        return self._cast((name,))[0].players[0].pipeline

    def _cast(self, names: Sequence[str]) -> tuple[Cast, tuple[str, ...]]:
        """Return strategies, and the distributions that no other process needs."""
        told = self.worker.ask(Message(head={"ask": "cast", "names": list(names)}), within_s=START_S).head
        try:
            players = tuple(
                Player(
                    name=str(one["name"]),
                    settings=dict(one["settings"]),
                    pipeline=RemotePipeline(
                        troupe=self, name=str(one["name"]), asked_for=wanted, warmup=int(one["warmup"])
                    ),
                )
                for wanted, one in zip(names, told["strategies"], strict=True)
            )
            found = Cast(
                players=players,
                timeframe=Timeframe(str(told["timeframe"])),
                warmup=int(told["warmup"]),
                patience_s=self.budget_s + 2 * START_S,
                limits=structure(told["limits"], Limits, "limits"),
            )
            return found, tuple(str(name) for name in told["kept_out"])
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from error

    def certify(self, name: str, bars: Mapping[str, Bars], *, cuts: int, seed: int) -> Certificate:
        """
        Return the look-ahead certificate of a strategy, made over there.

        Args:
            name: What it is asked for by.
            bars: All bars, by symbol.
            cuts: How often bars are taken away.
            seed: Chooses the cuts.
        """
        arrays = {f"{symbol}/{name}": values for symbol, one in bars.items() for name, values in _columns(one).items()}
        timeframes = {symbol: one.timeframe.name for symbol, one in bars.items()}
        head = {"ask": "certify", "strategy": name, "symbols": timeframes, "cuts": cuts, "seed": seed}
        answer = self.worker.ask(Message(head=head, arrays=arrays), within_s=CERTIFY_S)
        try:
            return Certificate.from_dict(answer.head["certificate"])
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from error

    def close(self) -> None:
        """End the process."""
        self.worker.close()


@attrs.define(kw_only=True, eq=False)
class RemotePipeline:
    """
    A strategy with its policies that sits in the troupe's process.

    Args:
        troupe: Where it sits.
        name: Its name.
        asked_for: What it was asked for by, for a process that is started anew.
        warmup: Bars that must lie before the first decision.
        symbol: Whose series it sees; empty for none.
    """

    troupe: Troupe
    name: str
    asked_for: str
    warmup: int
    symbol: str = ""
    _process: int = 0

    def on(self, symbol: str, *, watched: bool = False) -> RemotePipeline:  # noqa: ARG002  # over there all are watched
        """Return it for one symbol."""
        return RemotePipeline(
            troupe=self.troupe, name=self.name, asked_for=self.asked_for, warmup=self.warmup, symbol=symbol
        )

    def newest(self, bars: Bars) -> Newest:
        """
        Decide on the newest bar.

        Raises:
            LiveError: TW-L011 when it takes longer than a strategy may, TW-L016 when its process ends of it.
            TradewindError: What the strategy or its policies raise.
        """
        answer = self._ask({"ask": "row", "timeframe": bars.timeframe.name}, _columns(bars))
        try:
            columns = {name[5:]: values for name, values in answer.arrays.items() if name.startswith("plan.")}
            conditions = tuple(str(one) for one in answer.head["conditions"])
            names = [str(one) for one in answer.head["features"]]
            values = answer.arrays["features"]
            frame = pd.DataFrame(values.reshape(1, len(names)), columns=names)
        except (KeyError, TypeError, ValueError) as error:
            raise _nonsense(error) from error
        return Newest(plan=Plan.from_arrays(bars.time[-1:], conditions=conditions, **columns), frame=frame)

    def check(self, instrument: Instrument, costs: Costs, bars: Bars) -> list[str]:
        """Let the strategy look at a market and its costs; return its warnings."""
        head = {"instrument": plain_value(instrument), "costs": plain_value(costs), "timeframe": bars.timeframe.name}
        answer = self._ask({"ask": "check", **head}, _columns(bars), within_s=START_S)
        lines = answer.head.get("lines")
        if not isinstance(lines, list):
            raise _nonsense("there are no lines")
        return [str(line) for line in lines]

    def _ask(self, head: Mapping[str, Any], arrays: Mapping[str, Array], within_s: float | None = None) -> Message:
        worker = self.troupe.worker
        message = Message(head={**head, "strategy": self.asked_for, "symbol": self.symbol}, arrays=arrays)
        # A process that is new to this strategy loads and compiles first: that is not its answer's time.
        settled = self._process == worker.starts and worker.pid != 0
        limit = within_s if within_s is not None else self.troupe.budget_s if settled else START_S
        try:
            answer = worker.ask(message, within_s=limit)
        except TimeoutError:
            raise LiveError(
                f"{self.name} took longer than {limit:g} s for one bar.",
                code="TW-L011",
                hint="Its slot takes no entries until it is exchanged or the session is started again.",
            ) from None
        self._process = worker.starts
        return answer


def open_settings(settings: Settings) -> dict[str, Any]:
    """
    Return the settings that the strategies' process may know, as plain values.

    No secret is among them but the own keys of the sources of sentiment, which are asked over there.
    """
    plain = {name: value for name, value in plain_value(settings).items() if name not in KEYED}
    told = without_secrets(plain)
    for name, keys in lent_keys(settings).items():
        told["sources"][name] = {**told["sources"].get(name, {}), **keys}
    return told


def lent_keys(settings: Settings) -> dict[str, dict[str, str]]:
    """
    Return the keys that the sources of sentiment have in their own tables, by source and name.

    None that belongs to a venue: not that of a source which is an executor too or tells the bars, and none that stands
    in another table as well.
    """
    plain = plain_value(settings)
    elsewhere = set(secrets_in({name: plain[name] for name in KEYED}).values())
    venues = {canonical(name) for name in (*settings.executors, settings.executor, settings.source)}
    named = {canonical(name.rpartition(":")[2]) for name in settings.sentiment.sources}
    lent = {
        name: {key: value for key, value in secrets_in(table).items() if "." not in key and value not in elsewhere}
        for name, table in plain["sources"].items()
        if canonical(name) in named - venues
    }
    return {name: keys for name, keys in lent.items() if keys}


def _columns(bars: Bars) -> dict[str, Array]:
    return {name: np.asarray(getattr(bars, name)) for name in COLUMNS}


def _nonsense(why: object) -> StrategyError:
    return StrategyError(
        f"the strategies' process answered with something else than an answer: {str(why)[:200]}.",
        code="TW-L016",
        hint="A strategy may write to its process's pipes; look at what it does beside deciding.",
    )

"""What `tradewind run` prints and logs."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs
import click

from tradewind.backtest.tables import iso_time
from tradewind.config.redaction import cleaned, redact
from tradewind.live.engine import Emit, Engine, Told
from tradewind.live.logs import Log
from tradewind.live.paper.opening import Session
from tradewind.live.session.telling import lines_of, plain_positions, summary_lines
from tradewind.live.venue.opening import Way
from tradewind.live.venue.session import VenueSession

SYNTHETIC: Final = """
These bars are synthetic: made up by a seeded generator, no market ever moved like this. The figures say that
everything works, and nothing about what the strategy is worth. What to do next:
  tradewind backtest adaptive                                      the longer history, with interval and certificate
  tradewind run adaptive --source files --set market_data=FOLDER   your own history, bar by bar
  tradewind plugins list                                           strategies and data sources that are there"""

IN_LINES: Final = frozenset({"entry_filled", "trade_closed"})
"""Events that a line tells already: the log has them for who looks closely."""


@attrs.frozen(kw_only=True)
class Lines:
    """
    A session in words.

    Args:
        as_json: Standard output is for the summary alone; all else goes to the other.
        debug: Every bar has a line.
        log: Where everything is written down too.
    """

    as_json: bool
    debug: bool
    log: Log

    def say(self, text: str, **style: Any) -> None:
        """Print a line, without secrets."""
        click.secho(redact(text), err=self.as_json, **style)

    def listen(self, emit: Emit) -> Emit:
        """Return what tells observers and writes events to the log."""

        def both(kind: str, *, time_ms: int, **facts: Any) -> None:
            level = self.log.debug if kind in IN_LINES else self.log.info
            level(kind, time=iso_time(time_ms), **facts)
            if kind == "feed_note" or kind.startswith(("strategy_", "halted", "resumed", "sentiment_")):
                self.say(f"{iso_time(time_ms)}  {_words(kind, facts)}", fg="yellow")
            emit(kind, time_ms=time_ms, **facts)

        return both

    def opening(self, session: Session) -> None:
        """Say what begins."""
        engine = session.engine
        self.say(" PAPER - no real money moves ", fg="black", bg="green", bold=True)
        names = ", ".join(dict.fromkeys(seat.strategy for seat in engine.seats))
        self.say(f"{names} on {', '.join(engine.feed.names)}, bars of {engine.feed.timeframe}")
        if session.resumed_ms is not None:
            self.say(f"Going on after {iso_time(session.resumed_ms)}; --fresh would start anew.", bold=True)
        for line in session.notes:
            self.say(f"Note: {line}", fg="yellow")

    def moment(self, told: Told) -> None:
        """Say what one moment brought."""
        for line in lines_of(told, every_bar=self.debug):
            self.say(line)
            self.log.info(line)

    def at_venue(self, session: VenueSession, way: Way, *, live: bool) -> None:
        """Say what begins at a venue."""
        engine = session.engine
        if live:
            self.say(" LIVE - REAL MONEY ", fg="white", bg="red", bold=True)
        else:
            self.say(
                " PRACTICE - orders go to a venue of practice, no real money moves ", fg="black", bg="cyan", bold=True
            )
        names = ", ".join(dict.fromkeys(seat.strategy for seat in engine.seats))
        self.say(f"{names} on {', '.join(engine.feed.names)}, bars of {engine.feed.timeframe}, at {way.name}")
        for line in (*way.addresses, *session.notes):
            self.say(f"Note: {line}", fg="yellow")

    def ended(self, engine: Engine, reason: str) -> None:
        """Say how it ended, and what it came to."""
        self.say(f"\nThe session ended: {reason}.", bold=True)
        for line in summary_lines(engine.figures, engine.account.positions(), engine.account.halts()):
            self.say(line)

    def ending(self, session: Session, reason: str) -> None:
        """Say how a paper session ended, what it came to, and what to do next."""
        engine = session.engine
        self.ended(engine, reason)
        if session.synthetic:
            self.say(SYNTHETIC, fg="yellow")
        self.tell_json(engine, mode="paper", reason=reason, synthetic=session.synthetic)

    def tell_json(self, engine: Engine, *, mode: str, reason: str, **facts: Any) -> None:
        """End with the summary on standard output, when that was asked for."""
        if not self.as_json:
            return
        found = {
            "mode": mode,
            "reason": reason,
            **facts,
            **engine.get_performance_summary(),
            "bars": engine.figures.bars,
            "final_equity": engine.figures.equity,
            "positions": plain_positions(engine.account.positions()),
            "halts": list(engine.account.halts()),
        }
        click.echo(json.dumps(cleaned(found), indent=2, allow_nan=False))


def _words(kind: str, facts: dict[str, Any]) -> str:
    rest = ", ".join(f"{name} {value}" for name, value in facts.items())
    return f"{kind.replace('_', ' ')}: {rest}"

"""Runs on some of the bars, compared with runs on more of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.bars import Bars
from tradewind.model.signals import ColumnSet
from tradewind.pipeline.answers import Answers, apart, columns_unlike, unequal
from tradewind.pipeline.certificate import KINDS, Finding, Kind
from tradewind.pipeline.decide import Decided
from tradewind.pipeline.quality import iso

EXPLAINED: Final = 2
"""For so many rows of a column that differed the whole past is computed, to tell look-ahead from short warm-up."""

Decide = Callable[[Bars], Decided | tuple[pd.DataFrame, ColumnSet]]
"""
From bars to the frame of features and to the signals or the plan.

It must not know more than its bars tell: what else it joins (sentiment, funding) has to be cut
at the close of the last bar by `known_at`.
"""

STRICT: Final = 1e-9
"""Runs with the same past may differ by this share of a column's size: rounding."""

MEMORY: Final = 5e-4
"""
What a recursive quantity may still carry of older bars after the warm-up, as a share of its size.

Measured on forty random markets: after 1,000 bars an EMA of 200 carries up to 8e-5 and a slow
KAMA of 30 up to 2e-4; after 500 bars 8e-3 and 1e-2, and directions begin to differ.
"""

TIES: Final = 200
"""
One cut in so many may flip a choice that stood within `MEMORY` of its threshold.

An EMA of 200 does so in one certificate of forty. Two flips, or one where nothing recursive was
in play, are a warm-up too short.
"""

_Seeing = Kind | Literal["event"]
"""What was seen; a choice that differed at an event is look-ahead or nothing."""


@attrs.define
class _Seen:
    """A column that changed: where first, from what to what, how much at most, how often."""

    row: int
    whole: float
    cut: float
    share: float
    rows: list[int] = attrs.field(factory=list)


@attrs.define(kw_only=True)
class Cuts:
    """
    One certificate in the making: what was compared and what was seen.

    Args:
        decide: From bars to features and decisions.
        bars: All bars.
        whole: What `decide` answered for all bars.
        cuts: How often bars were taken away so far.
        seen: The columns that changed.
        memory: What recursive columns still carry of older bars, below the tolerance.
        flips: Rows in which a choice depends on bars before the warm-up, and whether a
            recursive quantity differed a little there.
        notes: What is forgiven, in sentences.
        ties: How many flips may be forgiven; None for one, or one in `TIES` cuts.
        forgiven: How many were.
    """

    decide: Decide
    bars: Bars
    whole: Answers
    cuts: int = 0
    seen: dict[tuple[_Seeing, str], _Seen] = attrs.field(factory=dict)
    memory: dict[str, float] = attrs.field(factory=dict)
    flips: dict[int, bool] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()
    ties: int | None = None
    forgiven: int = 0

    def run(self, start: int, stop: int) -> Answers:
        """Return the answers for the bars from `start` to before `stop`."""
        answers = Answers.of(self.decide(self.bars.rows(start, stop)))
        self.whole.same_shape(answers)
        return answers

    def repeat(self, stop: int) -> None:
        """Two runs on the same bars must be equal."""
        self._strict("unstable", self.run(0, stop), self.run(0, stop), 0)

    def prefix(self, stop: int) -> None:
        """Bars before `stop` must have the answers that they have among all bars."""
        self.cuts += 1
        self._strict("look-ahead", self.whole, self.run(0, stop), 0)

    def events(self, start: int, stop: int) -> npt.NDArray[np.intp]:
        """Return rows from `start` to before `stop` where choices changed; where an entry was asked, twice."""
        exact = self.whole.exact[start:stop]
        turned = (exact != self.whole.exact[start - 1 : stop - 1] if start else exact != 0.0).any(axis=1)
        place = [k for k, name in enumerate(self.whole.exact_names) if name == "decision enter"]
        entries = (exact[:, place] != 0.0).any(axis=1)
        return np.concatenate((np.flatnonzero(turned), np.resize(np.flatnonzero(entries), int(turned.sum())))) + start

    def pair(self, start: int, stop: int, further: int, *, at_event: bool = False) -> None:
        """
        Two windows with the same start must agree; the last row of each has its warm-up.

        At an event the choices of the shorter one can tell look-ahead but not a short warm-up:
        where a line is crossed, everything stands near a threshold.
        """
        short = self.run(start, stop)
        self.cuts += 1
        self._last(short, stop - 1, at_event=at_event)
        if further > stop:
            long = self.run(start, further)
            self.cuts += 1
            self._strict("look-ahead", long, short, start)
            self._last(long, further - 1)

    def _strict(self, kind: Kind, more: Answers, less: Answers, start: int) -> None:
        rows = len(less)
        share = apart(more.measured[:rows], less.measured, self.whole.sizes)
        off = share > STRICT
        other = unequal(more.exact[:rows], less.exact)
        if not (off.any() or other.any()):
            return
        for names, flags, left, right in (
            (self.whole.measured_names, off, more.measured, less.measured),
            (self.whole.exact_names, other, more.exact, less.exact),
        ):
            for place in np.flatnonzero(flags.any(axis=0)).tolist():
                row = int(flags[:, place].argmax())
                size = float(share[row, place]) if flags is off else np.inf
                self._note(kind, names[place], start + row, float(left[row, place]), float(right[row, place]), size)

    def _last(self, window: Answers, row: int, *, at_event: bool = False) -> None:
        share = apart(self.whole.measured[row], window.measured[-1], self.whole.sizes)
        for place in np.flatnonzero(share > STRICT).tolist():
            name, size = self.whole.measured_names[place], float(share[place])
            if size <= MEMORY:
                self.memory[name] = max(size, self.memory.get(name, 0.0))
            else:
                values = float(self.whole.measured[row, place]), float(window.measured[-1, place])
                self._note("warm-up", name, row, *values, size)
        other = unequal(self.whole.exact[row], window.exact[-1])
        if other.any() and not at_event:
            # Whether something recursive differed a little, so that the choice may have been a tie.
            self.flips[row] = bool(((share > STRICT) & (share <= MEMORY)).any())
        for place in np.flatnonzero(other).tolist():
            values = float(self.whole.exact[row, place]), float(window.exact[-1, place])
            self._note("event" if at_event else "warm-up", self.whole.exact_names[place], row, *values, np.inf)

    def _note(self, kind: _Seeing, column: str, row: int, whole: float, cut: float, share: float) -> None:
        seen = self.seen.setdefault((kind, column), _Seen(row, whole, cut, share))
        if row < seen.row:
            seen.row, seen.whole, seen.cut = row, whole, cut
        seen.share = max(seen.share, share)
        seen.rows.append(row)

    def findings(self) -> tuple[Finding, ...]:
        """Return what was seen, look-ahead told from short warm-up."""
        self._explain()
        self._forgive_ties()
        found = sorted(
            ((kind, column, seen) for (kind, column), seen in self.seen.items() if kind != "event"),
            key=lambda item: (KINDS.index(item[0]), item[2].row),
        )
        return tuple(
            Finding(
                column=column,
                kind=kind,
                time=str(iso(int(self.whole.time[seen.row]))),
                whole=f"{seen.whole:.8g}",
                cut=f"{seen.cut:.8g}",
                difference=seen.share if np.isfinite(seen.share) else None,
                cuts=len(seen.rows),
            )
            for kind, column, seen in found
        )

    def _explain(self) -> None:
        """
        Compute the whole past of rows that differed: what differs even then saw the future.

        A window that ends early differs from the whole run for two reasons, and only one of them
        is gone when it starts at the first bar.
        """
        checked: dict[int, set[str]] = {}
        for kind, column in [key for key in self.seen if key[0] in ("warm-up", "event")]:
            seen = self.seen.pop((kind, column))
            rows = [] if ("look-ahead", column) in self.seen else sorted(seen.rows)[:EXPLAINED]
            for row in rows:
                if row not in checked:
                    checked[row] = self._saw_future(row)
            if not rows or any(column in checked[row] for row in rows):
                self.seen.setdefault(("look-ahead", column), attrs.evolve(seen, rows=[])).rows.extend(seen.rows)
            elif kind == "warm-up":
                self.seen[kind, column] = seen

    def _forgive_ties(self) -> None:
        short = {column for kind, column in self.seen if kind == "warm-up"}
        most = max(1, self.cuts // TIES) if self.ties is None else self.ties
        ties = len(self.flips) <= most and all(self.flips.values())
        if not short or not ties or len(short) < len(self.seen) or not short.isdisjoint(self.whole.measured_names):
            return
        self.seen.clear()
        self.forgiven = len(self.flips)
        when = ", ".join(str(iso(int(self.whole.time[row]))) for row in self.flips)
        self.notes = (
            f"At {when} {', '.join(sorted(short))} stood on a threshold: the trace of older bars decides it.",
        )

    def _saw_future(self, row: int) -> set[str]:
        return columns_unlike(self.whole, row, self.run(0, row + 1), row, STRICT)

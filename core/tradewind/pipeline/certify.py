"""
The look-ahead and warm-up check: take bars away and see whether anything changes that must not.

Two questions are asked of every feature and decision column:

- *Look-ahead.* Two runs on bars with the same beginning and different ends must agree on every
  row that both have. Their past is the same, so they agree to rounding (`STRICT`).
- *Warm-up.* A run on the declared warm-up and one bar more must agree with the run on all bars in
  its last row. A recursive average never forgets entirely, so quantities may differ by a little
  (`MEMORY`); directions, exits, regimes and condition bits may not differ (but see `TIES`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from tradewind.model.bars import Bars
from tradewind.pipeline.answers import Answers
from tradewind.pipeline.certificate import Certificate
from tradewind.pipeline.cuts import TIES, Cuts, Decide

PREFIXES: Final = 8
"""Cuts at which everything up to the cut is compared, from the first bar on."""

FEWEST: Final = 40
"""Of many symbols each is cut at least so often."""

FURTHEST: Final = 48
"""The second run of a pair sees at most this many bars more than the first."""


def certify(
    decide: Decide,
    bars: Bars,
    *,
    warmup: int,
    cuts: int = 200,
    seed: int = 0,
    whole: Answers | None = None,
    ties: int | None = None,
) -> Certificate:
    """
    Check that every row of features and decisions used only bars up to it, and at most `warmup` before it.

    Args:
        decide: From bars to features and decisions; called about `cuts` times.
        bars: All bars of one symbol.
        warmup: The declared warm-up: bars needed before the first decision.
        cuts: How often bars are taken away.
        seed: Chooses the cuts; equal seeds make equal certificates.
        whole: What `decide` answered for all bars, when it is there already (`Answers.of`).
        ties: How many choices on a threshold are forgiven; None for one, or one in `TIES` cuts.

    Returns:
        The certificate; it is `unchecked` when there are too few bars to check the warm-up.
    """
    rows, windows = len(bars), len(bars) - warmup - 1
    if rows < 2 or cuts < 1:
        note = f"{rows} bars cannot be cut {cuts} times."
        return Certificate(status="unchecked", warmup=warmup, cuts=0, seed=seed, columns=0, notes=(note,))
    rng = np.random.default_rng(seed)
    check = Cuts(decide=decide, bars=bars, whole=whole if whole is not None else Answers.of(decide(bars)), ties=ties)
    check.repeat(min(rows, warmup + 1))
    shortest, longest = (warmup + 1, min(rows - 1, 4 * (warmup + 1))) if windows > 0 else (1, rows - 1)
    for stop in rng.integers(shortest, longest + 1, size=min(cuts, PREFIXES if windows > 0 else cuts)).tolist():
        check.prefix(stop)
    events = check.events(warmup, rows - 1)
    while check.cuts < cuts:
        # Every other cut falls where something was decided: a leak in a choice shows nowhere else.
        at_event = len(events) > 0 and bool(rng.integers(0, 2))
        row = int(rng.choice(events)) if at_event else warmup + int(rng.integers(0, windows))
        further = row + 1 + int(rng.integers(1, FURTHEST + 1))
        check.pair(row - warmup, row + 1, min(rows, further), at_event=at_event)
    findings = check.findings()
    passed: Literal["passed", "unchecked"] = "passed" if windows > 0 else "unchecked"
    short = f"The history has {rows} bars; to check a warm-up of {warmup} at least {warmup + 2} are needed."
    return Certificate(
        status="failed" if findings else passed,
        warmup=warmup,
        cuts=check.cuts,
        seed=seed,
        columns=check.whole.columns,
        findings=findings,
        memory=check.memory,
        notes=check.notes if windows > 0 else (*check.notes, short),
        ties=check.forgiven,
    )


def certify_all(
    decide: Decide | Mapping[str, Decide], bars: Mapping[str, Bars], *, warmup: int, cuts: int = 200, seed: int = 0
) -> Certificate:
    """
    Check the bars of every symbol, the cuts shared among them, and return one certificate.

    A strategy sees prices and may behave otherwise on one symbol than on another, so that none
    vouches for the others.

    Args:
        decide: From bars to features and decisions; by symbol, where symbols have series of their own.
        bars: All bars, by symbol.
        warmup: The declared warm-up, bars.
        cuts: How often bars are taken away, on all symbols together; each has its share and at
            least `FEWEST`, where there are as many.
        seed: Chooses the cuts of the first symbol, the numbers after it those of the others.

    Raises:
        ValueError: Without symbols.
    """
    share = min(cuts, max(FEWEST, cuts // max(len(bars), 1)))
    found: dict[str, Certificate] = {}
    # What may be forgiven is as much as on one symbol: else many short checks would forgive more than a long one.
    ties = max(1, share * len(bars) // TIES)
    for k, (symbol, one) in enumerate(bars.items()):
        own = decide[symbol] if isinstance(decide, Mapping) else decide
        found[symbol] = certify(own, one, warmup=warmup, cuts=share, seed=seed + k, ties=ties)
        ties -= found[symbol].ties
    return Certificate.merged(found)


__all__ = ["Decide", "certify", "certify_all"]

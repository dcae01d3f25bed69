"""What a reader should know before believing a result: what set the sizes, what was refused, what data lacked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from tradewind.backtest.result import Result
from tradewind.pipeline.words import BINDING_WORDS

_CAPS: Final = ("policy_cap", "strategy_cap", "engine_cap")
"""The notional caps of one position."""

_REFUSALS_SHOWN: Final = 4


def entry_lines(result: Result) -> Iterator[str]:
    """Say what set the sizes of entries, what refused the others, and what is still open."""
    decisions = result.decisions
    taken = decisions[decisions["outcome"].isin(["filled", "sent", "expired"])]
    if len(taken):
        yield from _bindings(result, taken)
    refused = decisions[~decisions["outcome"].isin(["filled", "sent", "expired"])]["outcome"].value_counts()
    if len(refused):
        named = [f"{str(outcome).removeprefix('blocked:')} {count}" for outcome, count in refused.items()]
        rest = int(refused.iloc[_REFUSALS_SHOWN:].sum())
        listed = ", ".join(named[:_REFUSALS_SHOWN]) + (f", others {rest}" if rest else "")
        yield f"Of {len(decisions)} entries asked for {int(refused.sum())} were refused: {listed}."
    if len(result.positions):
        still = "position is" if len(result.positions) == 1 else "positions are"
        yield f"{len(result.positions)} {still} open at the end and marked at the last close, not closed."


def _bindings(result: Result, taken: pd.DataFrame) -> Iterator[str]:
    shares = taken["binding"].value_counts(normalize=True)
    listed = ", ".join(f"{BINDING_WORDS.get(str(name), str(name))} {share:.0%}" for name, share in shares.items())
    yield f"What set the size of entries: {listed}."
    capped = sum(float(shares.get(name, 0.0)) for name in _CAPS)
    if capped > 0.5:
        effective = float(taken["effective_risk"].median())
        wanted = _requested(result.settings.get("limits", {}))
        yield (
            f"The notional cap rather than {wanted} sets {capped:.0%} of the entries: "
            f"the typical one risks {effective:.2%} of equity."
        )


def _requested(limits: Mapping[str, Any]) -> str:
    base = limits.get("base_risk_per_trade")
    return "the requested risk" if base is None else f"the requested {base:.2%} of risk"


def quality_lines(result: Result) -> Iterator[str]:
    """Say what was missing or masked in the data, and how many trades it touched."""
    for symbol, found in result.quality.items():
        gaps, masked, partial = found.get("gaps", []), found.get("masked", []), found.get("partial", [])
        facts = []
        if found.get("missing"):
            facts.append(f"{_bars(found['missing'])} missing in {_counted(len(gaps), 'gap')}")
        if masked:
            facts.append(f"{_bars(len(masked))} impossible and masked (first {masked[0]['time']})")
        if partial:
            facts.append(f"{_bars(len(partial))} partial")
        if facts:
            spans = [(gap["first_missing"], gap["last_missing"]) for gap in gaps]
            spans += [(bar["time"], bar["time"]) for bar in masked]
            yield f"{symbol}: {', '.join(facts)}; {_counted(_touched(result, symbol, spans), 'trade')} lay over them."
        if found.get("decisions_from") is None and "decisions_from" in found:
            yield f"{symbol}: the history is too short for any decision."
        elif "decisions_from" in found and pd.Timestamp(found["decisions_from"]) > result.start:
            yield f"{symbol}: decisions were possible from {found['decisions_from']} on; before, it was warming up."


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _bars(count: int) -> str:
    return f"{_counted(count, 'bar')} {'is' if count == 1 else 'are'}"


def _touched(result: Result, symbol: str, spans: list[tuple[str, str]]) -> int:
    trades = result.trades[result.trades["symbol"] == symbol]
    touched = pd.Series(data=False, index=trades.index)
    for first, last in spans:
        touched |= (trades["entry_time"] <= pd.Timestamp(last)) & (trades["exit_time"] >= pd.Timestamp(first))
    return int(touched.sum())

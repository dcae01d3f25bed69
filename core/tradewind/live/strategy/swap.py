"""Exchange a strategy while the session runs: what must hold first, and what it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from tradewind.errors import LiveError, TradewindError
from tradewind.live.position.account import OpenPosition
from tradewind.live.strategy.seat import Handover, Seat
from tradewind.pipeline.decide import Deciding


@attrs.frozen(kw_only=True)
class SwapPlan:
    """
    What an exchange of strategies does.

    Args:
        slots: The slots it concerns, by their place.
        lines: What happens to each, in words.
    """

    slots: tuple[int, ...]
    lines: tuple[str, ...]


def plan_swap(
    seats: Sequence[Seat], positions: Sequence[OpenPosition], name: str, pipelines: Mapping[str, Deciding],
    handover: Handover, slot: str = "",
) -> SwapPlan:  # fmt: skip
    """
    Try a strategy on the bars that are known, and say what its taking over would do.

    Args:
        seats: The slots.
        positions: What is open.
        name: The new strategy's name.
        pipelines: It with its policies, by symbol.
        handover: What happens to open positions.
        slot: The slot's name; empty for all.

    Raises:
        LiveError: TW-L010 when there is no such slot, too little history, or the strategy fails on it.
    """
    chosen = [k for k, seat in enumerate(seats) if slot in ("", seat.key.name)]
    if not chosen:
        names = ", ".join(dict.fromkeys(seat.key.name for seat in seats))
        raise LiveError(f"there is no slot {slot!r}; there are: {names}.", code="TW-L010", hint="Name one of them.")
    for k in chosen:
        _try(seats[k], name, pipelines[seats[k].key.symbol])
    lines = [_words(seats[k], [one for one in positions if one.slot == seats[k].key], name, handover) for k in chosen]
    return SwapPlan(slots=tuple(chosen), lines=tuple(lines))


def _try(seat: Seat, name: str, pipeline: Deciding) -> None:
    symbol = seat.key.symbol
    if len(seat.decider.window) <= pipeline.warmup:
        raise LiveError(
            f"{name} needs {pipeline.warmup} bars of {symbol} before its first decision; "
            f"the session has {len(seat.decider.window)}.",
            code="TW-L010",
            hint="Start a session with this strategy: it loads its own warm-up.",
        )
    bars = seat.decider.window.bars()
    try:
        pipeline.newest(bars)
    except TradewindError as error:
        raise LiveError(
            f"{name} failed on the last {len(bars)} bars of {symbol}: {error.message}",
            code="TW-L010",
            hint="The strategy that trades now stays.",
        ) from error


def _words(seat: Seat, held: Sequence[OpenPosition], name: str, handover: Handover) -> str:
    place = f"{seat.key.symbol} {seat.key.name}: {seat.strategy} -> {name}"
    if not held:
        return f"{place}; nothing is open"
    position = held[0]
    side = "long" if position.side > 0 else "short"
    stop = "no stop" if position.stop is None else f"stop {position.stop:,.8g}"
    open_ = f"{side} {position.quantity:.8g} from {position.entry_price:,.8g}, {stop}"
    what = {
        Handover.ADOPT: f"stays; {name} may close it",
        Handover.CLOSE: f"is closed: {'sell' if position.side > 0 else 'buy'} {position.quantity:.8g} at the next open",
        Handover.FREEZE: "stays until its stop or target ends it",
    }[handover]
    return f"{place}; {open_} {what}"

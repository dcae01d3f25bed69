"""What strategies say in columns: conditions and their bits, states that turn, distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tradewind.errors import StrategyError

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def edge(state: Flags, known: Flags) -> Flags:
    """
    Return where the state became true: it holds now and was known not to hold on the bar before.

    A bar whose predecessor is unknown is no edge, so a strategy that has just warmed up does
    not take an old state for a new one.

    Args:
        state: One flag per bar.
        known: Where the state could be told at all, i.e. every feature was there.
    """
    turned = np.zeros(len(state), dtype=np.bool_)
    turned[1:] = state[1:] & ~state[:-1] & known[:-1]
    return turned


def bits_of(conditions: Mapping[str, Flags]) -> npt.NDArray[np.uint32]:
    """
    Return the `bits` column of these conditions, the first one in the lowest bit.

    Args:
        conditions: One flag per bar, by the condition's name; at most 32. Give the names as
            `conditions=tuple(conditions)` to `Signals.from_arrays`.

    Raises:
        StrategyError: TW-K003 for more than 32 conditions or none.
    """
    if not 0 < len(conditions) <= 32:
        raise StrategyError(
            f"{len(conditions)} conditions were named, expected 1 to 32.",
            code="TW-K003",
            hint="The bits column holds 32 conditions.",
        )
    rows = len(next(iter(conditions.values())))
    packed = np.zeros(rows, dtype=np.uint32)
    for place, held in enumerate(conditions.values()):
        packed |= held.astype(np.uint32) << np.uint32(place)
    return packed


def distance(wanted: Floats) -> Floats:
    """
    Return stop or trail distances, NaN (which asks for none) where the wish is unknown or not above 0.

    A market that stands still has an ATR of 0, which is no distance at all.

    Args:
        wanted: One distance per bar, in the price's unit.
    """
    return np.where(np.isfinite(wanted) & (wanted > 0.0), wanted, np.nan)


class ProtectionSettings(Protocol):
    """The settings from which `protection` makes columns, by the names that every shipped strategy gives them."""

    @property
    def trail_atr(self) -> float:
        """Trailing distance in ATR."""
        ...

    @property
    def trail_arm_r(self) -> float:
        """Profit in units of initial risk from which on the trail follows."""
        ...

    @property
    def target_r(self) -> Sequence[float]:
        """Take-profit targets in units of initial risk."""
        ...

    @property
    def target_fractions(self) -> Sequence[float]:
        """Share of the position that each target closes."""
        ...

    @property
    def cap(self) -> float:
        """Largest position, a fraction of equity."""
        ...


def protection(settings: ProtectionSettings, stop: Floats, atr: Floats) -> dict[str, Any]:
    """
    Return the columns of `Signals.from_arrays` that protect a position: stop, trail, ladder and cap.

    Args:
        settings: The strategy's settings.
        stop: Wished stop distances, one per bar, in the price's unit.
        atr: Average true ranges, likewise.
    """
    return {
        "stop_dist": distance(stop),
        "trail_dist": distance(settings.trail_atr * atr),
        "trail_arm_r": settings.trail_arm_r,
        "tp_r": settings.target_r,
        "tp_frac": settings.target_fractions,
        "cap": settings.cap,
    }

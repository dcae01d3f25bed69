"""What an entry fixed for its position, kept beside the decision so that another process can go on with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from tradewind.kernel.compile import uncompiled
from tradewind.kernel.entries import take_over


@attrs.frozen(kw_only=True)
class EntryPlan:
    """
    What holds for a position from its entry on.

    Args:
        distance: From the entry to the first stop, quote units.
        targets_r: Where each tranche takes its profit, in multiples of the distance; infinite for nowhere.
        max_bars: After how many bars it is closed; 0 for never.
        trail_dist: Distance of the trail, quote units; not a number for none.
        trail_arm_r: Gain that arms the trail, in multiples of the distance.
    """

    distance: float
    targets_r: tuple[float, ...]
    max_bars: int = 0
    trail_dist: float = math.nan
    trail_arm_r: float = 0.0

    @classmethod
    def of_wanted(cls, slot: Any, instrument: Any, quantity: float, price: float) -> EntryPlan:
        """
        Return what a pending entry (`SLOT` record) fixes.

        Args:
            slot: The record; it is left as it is.
            instrument: The symbol's `INSTRUMENT` record.
            quantity: Base units that were decided.
            price: What they are bought at.
        """
        bought = slot.reshape(1).copy()[0] if isinstance(slot, np.ndarray) else np.array([slot], dtype=slot.dtype)[0]
        uncompiled(take_over)(bought, instrument, quantity, price, int(slot["wanted"]))
        distance = float(bought["distance"])
        count = int(bought["tranches"])
        return cls(
            distance=distance,
            targets_r=tuple((float(target) - price) / distance for target in bought["tranche_target"][:count]),
            max_bars=int(slot["wanted_max_bars"]),
            trail_dist=float(slot["wanted_trail_dist"]),
            trail_arm_r=float(slot["wanted_trail_arm_r"]),
        )

    def target(self, tranche: int, price: float) -> float:
        """Return where a tranche of a position bought at `price` takes its profit; infinite for nowhere."""
        multiple = self.targets_r[tranche] if tranche < len(self.targets_r) else math.inf
        return price + multiple * self.distance if math.isfinite(multiple) else math.inf

    def to_plain(self) -> dict[str, Any]:
        """Return plain values that strict JSON can hold: None for what is not finite."""
        return {
            "distance": self.distance,
            "targets_r": [_finite(one) for one in self.targets_r],
            "max_bars": self.max_bars,
            "trail_dist": _finite(self.trail_dist),
            "trail_arm_r": _finite(self.trail_arm_r),
        }

    @classmethod
    def from_plain(cls, stored: Mapping[str, Any]) -> EntryPlan:
        """Return what `to_plain` wrote."""
        trail, arm = stored["trail_dist"], stored["trail_arm_r"]
        return cls(
            distance=float(stored["distance"]),
            targets_r=tuple(math.inf if one is None else float(one) for one in stored["targets_r"]),
            max_bars=int(stored["max_bars"]),
            trail_dist=math.nan if trail is None else float(trail),
            trail_arm_r=0.0 if arm is None else float(arm),
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""What the desk wants with a chain and must not forget."""

from __future__ import annotations

import json
from decimal import ROUND_FLOOR, Decimal
from typing import Final

import attrs

from tradewind.store.records import ZERO

NEVER_WORKED: Final = "REJECTED"
"""Why a venue ends the stop of an entry that would have triggered at once (enums.md, expiry reasons)."""

THROUGH: Final = "the market is through the stop"
"""Why a position is sold whose stop would trigger at once."""


@attrs.frozen(kw_only=True)
class Plan:
    """
    What the desk wants with a chain and must not forget: `Chain.detail`.

    Args:
        stop: Where the position is to be protected: the price of the newest stop that rested or was asked for.
        token_qty: Base units of the resting order; 0 while that is not known.
        token_fence_ms: Before this the token may not be consumed: the request that made it was unconditional.
        placed_fence_ms: Before this a copy of an unconditional request of the chain may still be acted on.
        pending: Client id of the request whose outcome is not settled; empty for none.
        half: The venue said that `pending` took its order away and placed nothing.
        gone: The venue said that the order `pending` names, or the token, is not open.
        exit_reason: Why the position is to be closed; empty while it is not.
        want_stop: A higher stop that was asked for.
        stop_bar: When a stop was last moved: one move for each bar.
        trade_floor: No execution of the chain has a lower trade id.
        absent: Orders that the matching engine has said are not open, whatever look-ups that lag still show: ids
            at the venue, client ids of those that it never told one of.
        never: Client ids of orders that are proven never to have been made, or to have sold nothing.
    """

    stop: Decimal
    token_qty: Decimal = ZERO
    token_fence_ms: int = 0
    placed_fence_ms: int = 0
    pending: str = ""
    half: bool = False
    gone: bool = False
    exit_reason: str = ""
    want_stop: Decimal | None = None
    stop_bar: int = 0
    trade_floor: int = 0
    absent: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(attrs.asdict(self), default=str, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Plan:
        """Return what `to_text` wrote."""
        plain = json.loads(text)
        for name in ("stop", "token_qty", "want_stop"):
            if plain.get(name) is not None:
                plain[name] = Decimal(plain[name])
        for name in ("absent", "never"):
            plain[name] = tuple(plain.get(name, ()))
        return cls(**plain)


def floor_to(quantity: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` that is not above `quantity`; a step of 0 changes nothing."""
    return quantity if step == 0 else (quantity / step).to_integral_value(ROUND_FLOOR) * step

"""What a person may do to an account between two bars, as changes of the kernel's state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tradewind.kernel.state import State
from tradewind.model.decisions import EXIT_CODES

Change = Callable[[State], None]

OPERATOR: Final = "OPERATOR"
DRAWDOWN: Final = "DRAWDOWN"
DAILY_LOSS: Final = "DAILY_LOSS"

FLAGS: Final = {OPERATOR: "halted_operator", DRAWDOWN: "halted_drawdown", DAILY_LOSS: "halted_daily"}
"""The flag of the account behind each breaker that the kernel knows."""


def pause(state: State) -> None:
    """Take no entries; those that are pending expire at the next close."""
    state.account["halted_operator"] = 1


def clear(breaker: str) -> Change:
    """
    Return the change that clears a breaker.

    A person who clears the drawdown accepts the loss: the peak becomes the present equity, or the next
    close would halt again. The same holds for the day's loss.
    """

    def change(state: State) -> None:
        state.account[FLAGS[breaker]] = 0
        if breaker == DRAWDOWN:
            state.account["peak"] = state.account["equity"]
        elif breaker == DAILY_LOSS:
            state.account["day_start"] = state.account["equity"]

    return change


def leave(slot: int | None) -> Change:
    """Return the change that closes the position of a slot, or of all slots, at the next open."""

    def change(state: State) -> None:
        for k, record in enumerate(state.slots):
            if (slot is None or k == slot) and record["side"] != 0 and record["pending_exit"] == 0:
                record["pending_exit"] = EXIT_CODES["halt"]

    return change


def standing(state: State) -> tuple[str, ...]:
    """Return the breakers that stand, by name."""
    return tuple(name for name, flag in FLAGS.items() if state.account[flag][0] != 0)

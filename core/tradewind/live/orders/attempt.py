"""
What becomes of a request that was written down: the states of an attempt.

```
journalled -> accepted | refused | expired | unknown | duplicate        the answer, or none
any of these -> done (facts known) | absent (never arrived)             only past the fence
```

`journalled` says that it may or may not have been sent. Nothing leads back to it, and nothing leads
out of `done` and `absent`: an order that turns up after `absent` is a broken assumption, not a state.
"""

from __future__ import annotations

from typing import Final

import attrs

from tradewind.errors import LiveError
from tradewind.model.orders import OrderReport, OrderStatus, Reply, ReplyKind
from tradewind.store.records import Attempt, AttemptState

_ANSWERED: Final = frozenset(
    {
        AttemptState.ACCEPTED,
        AttemptState.REFUSED,
        AttemptState.EXPIRED,
        AttemptState.UNKNOWN,
        AttemptState.DUPLICATE,
        AttemptState.DONE,
        AttemptState.ABSENT,
    }
)
TRANSITIONS: Final[dict[AttemptState, frozenset[AttemptState]]] = {
    AttemptState.JOURNALLED: _ANSWERED,
    AttemptState.UNKNOWN: _ANSWERED - {AttemptState.UNKNOWN},
    AttemptState.REFUSED: _ANSWERED - {AttemptState.REFUSED},
    AttemptState.EXPIRED: frozenset({AttemptState.ACCEPTED, AttemptState.DONE}),
    AttemptState.DUPLICATE: frozenset({AttemptState.ACCEPTED, AttemptState.DONE}),
    AttemptState.ACCEPTED: frozenset({AttemptState.DONE}),
    AttemptState.DONE: frozenset(),
    AttemptState.ABSENT: frozenset(),
}
"""What may follow what; the same state again always may."""

FINAL: Final = frozenset({AttemptState.DONE, AttemptState.ABSENT})
KNOWN: Final = FINAL | {AttemptState.ACCEPTED, AttemptState.EXPIRED, AttemptState.DUPLICATE}
"""States in which the venue has shown that it acted, or never will."""

# What a request names can be gone because an earlier copy of the same request took it: `GONE` leaves its outcome open.
_SAYS: Final[dict[ReplyKind, AttemptState]] = {
    ReplyKind.DONE: AttemptState.ACCEPTED,
    ReplyKind.UNKNOWN: AttemptState.UNKNOWN,
    ReplyKind.REFUSED: AttemptState.REFUSED,
    ReplyKind.DUPLICATE: AttemptState.DUPLICATE,
    ReplyKind.GONE: AttemptState.UNKNOWN,
    ReplyKind.HALF_DONE: AttemptState.REFUSED,
    ReplyKind.VENUE_DOWN: AttemptState.REFUSED,
    ReplyKind.LIMITED: AttemptState.REFUSED,
    ReplyKind.UNAUTHORISED: AttemptState.REFUSED,
}


def become(attempt: Attempt, state: AttemptState) -> Attempt:
    """
    Return the attempt in its next state.

    Raises:
        LiveError: TW-L009 when the state may not follow.
    """
    if state is attempt.state:
        return attempt
    if state not in TRANSITIONS[attempt.state]:
        raise LiveError(
            f"attempt {attempt.client_id} would go from {attempt.state} to {state}, which may not follow.",
            code="TW-L009",
            hint="Entries are halted; look at the account at the venue before you resume.",
            client_id=attempt.client_id,
        )
    return attrs.evolve(attempt, state=state)


def verdict(reply: Reply, entry: OrderReport | None) -> AttemptState:
    """
    Return what an answer says of its attempt.

    Args:
        reply: The answer.
        entry: The order that an entry created, when the answer shows it: one that has already expired
            without a part filled may still be followed by a copy that fills.
    """
    if reply.kind is ReplyKind.DONE and entry is not None and entry.status is OrderStatus.EXPIRED:
        return AttemptState.EXPIRED
    return _SAYS[reply.kind]

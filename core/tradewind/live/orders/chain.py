"""
Where a position and its protection stand: the states of a chain.

```
entering  -> protected | bare | exiting | uncertain | closed    bought and protected, bare, sold again, missed
protected -> swapping | exiting | bare | closed           a change is sent; the stop triggers
swapping  -> protected | exiting | bare | closed
exiting   -> protected | bare | closed
bare      -> protected | exiting | closed
any       -> quarantined                                  a breaker; only a person leads out
```
"""

from __future__ import annotations

from typing import Final

import attrs

from tradewind.errors import LiveError
from tradewind.store.records import Chain, ChainState

_S = ChainState
TRANSITIONS: Final[dict[ChainState, frozenset[ChainState]]] = {
    _S.ENTERING: frozenset({_S.PROTECTED, _S.EXITING, _S.BARE, _S.UNCERTAIN, _S.CLOSED, _S.QUARANTINED}),
    _S.UNCERTAIN: frozenset({_S.PROTECTED, _S.BARE, _S.EXITING, _S.CLOSED, _S.QUARANTINED}),
    _S.PROTECTED: frozenset({_S.SWAPPING, _S.EXITING, _S.BARE, _S.CLOSED, _S.QUARANTINED}),
    _S.SWAPPING: frozenset({_S.PROTECTED, _S.EXITING, _S.BARE, _S.CLOSED, _S.QUARANTINED}),
    _S.EXITING: frozenset({_S.PROTECTED, _S.BARE, _S.CLOSED, _S.QUARANTINED}),
    _S.BARE: frozenset({_S.PROTECTED, _S.EXITING, _S.CLOSED, _S.QUARANTINED}),
    _S.QUARANTINED: frozenset({_S.PROTECTED, _S.EXITING, _S.BARE, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}
"""What may follow what; the same state again always may."""


def become(chain: Chain, state: ChainState) -> Chain:
    """
    Return the chain in its next state.

    Raises:
        LiveError: TW-L009 when the state may not follow.
    """
    if state is chain.state:
        return chain
    if state not in TRANSITIONS[chain.state]:
        raise LiveError(
            f"chain {chain.id} of {chain.symbol} would go from {chain.state} to {state}, which may not follow.",
            code="TW-L009",
            hint="Entries are halted and the stop stays at the venue; look at the position there before you resume.",
            chain_id=chain.id,
        )
    return attrs.evolve(chain, state=state)

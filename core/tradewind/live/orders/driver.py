"""
The driver of one chain: it asks, listens, and moves the chain on facts.

Every step is the same: wait for the gate, write the request down, send it, write down what the answer
and everything else that was heard say, and let chain and plan follow from the facts.
"""

from __future__ import annotations

from typing import Final

from tradewind.config.redaction import words_of
from tradewind.errors import LiveError, StoreError, VenueError
from tradewind.live.orders import bare, closing, entering, protected, swapping
from tradewind.live.orders.chain_requests import ChainRequests
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.one_chain import URGENT
from tradewind.store.records import ChainState

_LEAST_S: Final = 0.001
"""The shortest pause: one that is nearly over, by a clock that runs slower than the timers, would be taken again."""
_MOST_TURNS: Final = 100
"""So many turns without a pause are a mistake: they would keep everything else from its turn."""


class Driver(ChainRequests):
    """One chain being driven."""

    async def run(self) -> None:
        """Drive the chain until it is closed, or the account is another's."""
        turns = 0
        while self.dossier.chain.state is not ChainState.CLOSED and self.bench.lost is None:
            self.wake.clear()
            pause = await self._turn_safely()
            turns = turns + 1 if pause <= 0 else 0
            if turns >= _MOST_TURNS:
                words = f"chain {self.dossier.chain.id} goes round in circles ({self.dossier.chain.state})"
                self.bench.trip("INVARIANT", detail=words)
                turns, pause = 0, self.bench.rules.look_s
            if pause > 0 and not self.wake.is_set():
                try:
                    async with self.bench.clock.timeout(max(pause, _LEAST_S)):
                        await self.wake.wait()
                except TimeoutError:
                    pass

    async def _turn_safely(self) -> float:
        """Do one thing; what goes wrong costs a pause, never the loop."""
        try:
            return await self.turn()
        except (VenueError, StoreError) as error:
            self.tell(DeskEventKind.TROUBLE, error=str(error))
            rules = self.bench.rules
            return rules.urgent_s / 3 if self.dossier.chain.state in URGENT else rules.look_s
        except LiveError as error:
            self.quarantine(str(error))
            return self.bench.rules.look_s
        except Exception as error:  # noqa: BLE001 - the chain must be driven on, whatever is wrong
            self.bench.trip("INVARIANT", detail=words_of(error))
            self.tell(DeskEventKind.TROUBLE, error=words_of(error))
            return self.bench.rules.look_s

    async def turn(self) -> float:
        """Do the next thing for the chain; return after how many seconds to look again."""
        self.watch_bareness()
        match self.dossier.chain.state:
            case ChainState.ENTERING | ChainState.UNCERTAIN:
                return await entering.turn(self)
            case ChainState.PROTECTED:
                return await protected.turn(self)
            case ChainState.SWAPPING:
                return await swapping.turn(self)
            case ChainState.BARE:
                return await bare.turn(self)
            case ChainState.EXITING:
                return await closing.turn(self)
            case _:
                return self.bench.rules.probe_s

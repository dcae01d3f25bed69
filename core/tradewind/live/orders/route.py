"""
What is sent for what is wanted, by what the venue can do for the symbol.

The strongest way is taken: entry and stop as one request whose stop is sized by the venue, then sized by
us, then two requests; a change as one conditional request, else a cancel and a placement.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Final

import attrs

from tradewind.live.orders.chain_plan import floor_to
from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderKind, OrderRequest, Side, Verb
from tradewind.model.venue import Capabilities, Conditional
from tradewind.store.records import ZERO

ANCHOR_RISE: Final = Decimal("1.5")
"""How far above the market an order rests that only serves to be taken away."""


@attrs.frozen(kw_only=True)
class Route:
    """
    The requests of one symbol; timestamps are filled in when they are sent.

    Args:
        instrument: The pair.
        caps: What the venue can do for it.
        recv_window_ms: How long the venue may act on a request.
        stop_gap: How far below its trigger the limit of a stop lies, a fraction.
        fee_guess: Fee taken from what is bought, a fraction.
    """

    instrument: Instrument
    caps: Capabilities
    recv_window_ms: int
    stop_gap: Decimal
    fee_guess: Decimal

    @property
    def has_stop_leg(self) -> bool:
        """Whether the entry brings its stop."""
        return self.caps.conditional_entry is not Conditional.NONE

    def _tick(self, price: Decimal) -> Decimal:
        tick = self.instrument.tick_size
        return price if tick == 0 else (price / tick).to_integral_value(ROUND_FLOOR) * tick

    def _limit_below(self, stop: Decimal) -> Decimal | None:
        return None if self.caps.stop_market else self._tick(stop * (1 - self.stop_gap))

    def entry(
        self, *, client_id: str, list_id: str, stop_id: str, quantity: Decimal, limit: Decimal, stop: Decimal
    ) -> OrderRequest:
        """Return the entry: fill or kill at `limit`, with its stop where the venue takes both at once."""
        plain = OrderRequest(
            verb=Verb.PLACE,
            symbol=self.instrument.symbol,
            client_id=client_id,
            timestamp_ms=0,
            recv_window_ms=self.recv_window_ms,
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            quantity=quantity,
            price=limit,
            time_in_force="FOK",
        )
        if not self.has_stop_leg:
            return plain
        fixed = self.caps.conditional_entry is Conditional.FIXED
        return attrs.evolve(
            plain,
            verb=Verb.ENTER,
            list_id=list_id,
            stop_id=stop_id,
            stop_price=stop,
            stop_limit=self._limit_below(stop),
            stop_quantity=floor_to(quantity * (1 - self.fee_guess), self.instrument.lot_step) if fixed else ZERO,
        )

    def stop(self, *, client_id: str, quantity: Decimal, stop: Decimal, consumes: str = "") -> OrderRequest:
        """Return a stop, in place of `consumes` when that is given."""
        limit = self._limit_below(stop)
        return OrderRequest(
            verb=Verb.SWAP if consumes else Verb.PLACE,
            symbol=self.instrument.symbol,
            client_id=client_id,
            timestamp_ms=0,
            recv_window_ms=self.recv_window_ms,
            kind=OrderKind.STOP if limit is None else OrderKind.STOP_LIMIT,
            quantity=quantity,
            price=limit,
            stop_price=stop,
            time_in_force="" if limit is None else "GTC",
            consumes=consumes,
        )

    def shelter(self, *, client_id: str, quantity: Decimal, price: Decimal) -> OrderRequest:
        """Return a stop below the market, for a position that never had one and is to be sold: until it is."""
        return self.stop(client_id=client_id, quantity=quantity, stop=self._tick(price * (1 - self.stop_gap)))

    def sale(self, *, client_id: str, quantity: Decimal, consumes: str = "") -> OrderRequest:
        """Return a sale at the market, in place of `consumes` when that is given."""
        return OrderRequest(
            verb=Verb.SWAP if consumes else Verb.PLACE,
            symbol=self.instrument.symbol,
            client_id=client_id,
            timestamp_ms=0,
            recv_window_ms=self.recv_window_ms,
            quantity=quantity,
            consumes=consumes,
        )

    def anchor(self, *, client_id: str, quantity: Decimal, price: Decimal) -> OrderRequest:
        """Return an order that rests far above the market, to be swapped for a sale: a sale that happens once."""
        return OrderRequest(
            verb=Verb.PLACE,
            symbol=self.instrument.symbol,
            client_id=client_id,
            timestamp_ms=0,
            recv_window_ms=self.recv_window_ms,
            kind=OrderKind.LIMIT,
            quantity=quantity,
            price=self._tick(price * ANCHOR_RISE),
            time_in_force="GTC",
        )

    def cancel(self, *, client_id: str, consumes: str) -> OrderRequest:
        """Return the request that takes an order away."""
        return OrderRequest(
            verb=Verb.CANCEL,
            symbol=self.instrument.symbol,
            client_id=client_id,
            timestamp_ms=0,
            recv_window_ms=self.recv_window_ms,
            consumes=consumes,
        )

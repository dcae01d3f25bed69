"""
Where every cent between the kernel's ideal fills and the actual ones went.

Deals of both sides are matched by strategy, symbol, side and the bar of their entry. With E and X for the
prices of entry and exit, q for the quantity, s for the side and i, a for ideal and actual, the difference
of two profits is exactly

    s (Xi − Ei)(qa − qi)  +  s qa (Ei − Ea)  +  s qa (Xa − Xi)  +  rest

with the rest of each profit being its fees and what else is neither price nor quantity. All is reckoned
in decimals without rounding, so that the parts sum to the difference to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Context, Decimal, Inexact, localcontext
from typing import Final

import attrs

from tradewind.store.records import ZERO, decimal

CAUSES: Final = ("signal", "timing", "price", "fee", "partial", "revision", "manual")
"""
What can part the actual from the ideal: another decision, another moment, another price, fees and dust,
another quantity, bars that were told otherwise afterwards, a person.
"""

BY_HAND: Final = frozenset({"operator", "halt", "manual"})
"""Reasons of exits behind which stands a person or a breaker."""

_EXACT: Final = Context(prec=400, traps=[Inexact])

BarKey = tuple[str, str, int]
"""Strategy, symbol, and the open of a bar, UTC milliseconds."""


@attrs.frozen(kw_only=True)
class Deal:
    """
    A closed trade, or one that was valued at the last price.

    Args:
        strategy: Whose it is.
        symbol: The pair.
        side: +1 long, −1 short.
        quantity: Base units.
        entry_ms: When it was opened, UTC milliseconds.
        entry_price: Quote units.
        exit_ms: When it was closed or valued.
        exit_price: Quote units.
        pnl: Profit after fees, quote units.
        reason: Why it was closed; `open` when it was only valued.
    """

    strategy: str
    symbol: str
    side: int
    quantity: Decimal = attrs.field(validator=decimal)
    entry_ms: int
    entry_price: Decimal = attrs.field(validator=decimal)
    exit_ms: int
    exit_price: Decimal = attrs.field(validator=decimal)
    pnl: Decimal = attrs.field(validator=decimal)
    reason: str = ""

    @property
    def gross(self) -> Decimal:
        """Profit of price and quantity alone."""
        return self.side * (self.exit_price - self.entry_price) * self.quantity


@attrs.frozen(kw_only=True)
class Part:
    """
    One part of the difference.

    Args:
        cause: One of `CAUSES`.
        amount: Quote units; negative when the actual is worse.
        strategy: Of the deal.
        symbol: Of the deal.
        entry_ms: Entry of the deal, UTC milliseconds.
        words: What it is.
    """

    cause: str
    amount: Decimal
    strategy: str
    symbol: str
    entry_ms: int
    words: str


@attrs.frozen(kw_only=True)
class Attribution:
    """
    The difference of two sets of deals, part by part.

    Args:
        ideal: Profit of the ideal deals, quote units.
        actual: Profit of the actual deals.
        parts: What parts them; parts of nothing are left out.
    """

    ideal: Decimal
    actual: Decimal
    parts: tuple[Part, ...]

    @property
    def difference(self) -> Decimal:
        """Actual less ideal, quote units."""
        with localcontext(_EXACT):
            return self.actual - self.ideal

    def totals(self) -> dict[str, Decimal]:
        """Return the sum of each cause; all together they are the difference."""
        with localcontext(_EXACT):
            return {cause: sum((part.amount for part in self.parts if part.cause == cause), ZERO) for cause in CAUSES}


@attrs.frozen(kw_only=True)
class Case:
    """
    What is known of bars and people, to tell causes by.

    Args:
        bar_ms: Length of the strategies' bars.
        revised: Bars whose data are not those that the session saw.
        unlike: Bars that were decided otherwise on the same data.
        missed: Bars that closed while no session ran.
        by_hand: Tells whether a person or a breaker stood in the way at a time (UTC ms).
    """

    bar_ms: int
    revised: frozenset[BarKey] = frozenset()
    unlike: frozenset[BarKey] = frozenset()
    missed: frozenset[BarKey] = frozenset()
    by_hand: Callable[[int], bool] = lambda _: False

    def bar(self, time_ms: int) -> int:
        """Return the bar that a time lies in."""
        return time_ms // self.bar_ms

    def around(self, deal: Deal, time_ms: int, bars: frozenset[BarKey]) -> bool:
        """Tell whether the bar of a time, or the one that decided it, is among these."""
        opened = self.bar(time_ms) * self.bar_ms
        return any((deal.strategy, deal.symbol, opened - k * self.bar_ms) in bars for k in (0, 1))


def attribute(ideal: Sequence[Deal], actual: Sequence[Deal], case: Case) -> Attribution:
    """
    Return where the difference between two sets of deals lies.

    Args:
        ideal: What the kernel would have made of the session's bars.
        actual: What was made of them.
        case: What is known of bars and people.
    """
    with localcontext(_EXACT):
        parts: list[Part] = []
        pairs, lone_ideal, lone_actual = _matched(ideal, actual, case)
        for one, other in pairs:
            parts += _apart(one, other, case)
        parts += [_lone(one, -one.pnl, case, missing=True) for one in lone_ideal]
        parts += [_lone(other, other.pnl, case, missing=False) for other in lone_actual]
        return Attribution(
            ideal=sum((one.pnl for one in ideal), ZERO),
            actual=sum((one.pnl for one in actual), ZERO),
            parts=tuple(part for part in parts if part.amount),
        )


def _matched(
    ideal: Iterable[Deal], actual: Iterable[Deal], case: Case
) -> tuple[list[tuple[Deal, Deal]], list[Deal], list[Deal]]:
    """Pair deals of one bar, then those that are a bar apart; tranches in the order they were closed."""
    left = sorted(ideal, key=_order)
    right = sorted(actual, key=_order)
    pairs: list[tuple[Deal, Deal]] = []
    for reach in (0, 1):
        alone = []
        for one in left:
            found = next((other for other in right if _meets(one, other, case, reach)), None)
            if found is None:
                alone.append(one)
            else:
                right.remove(found)
                pairs.append((one, found))
        left = alone
    return pairs, left, right


def _order(deal: Deal) -> tuple[int, int, Decimal, Decimal, Decimal, Decimal, str]:
    values = (deal.quantity, deal.entry_price, deal.exit_price, deal.pnl)
    return deal.entry_ms, deal.exit_ms, *values, deal.reason


def _meets(one: Deal, other: Deal, case: Case, reach: int) -> bool:
    same = (one.strategy, one.symbol, one.side) == (other.strategy, other.symbol, other.side)
    return same and abs(case.bar(one.entry_ms) - case.bar(other.entry_ms)) <= reach


def _apart(one: Deal, other: Deal, case: Case) -> list[Part]:
    def part(cause: str, amount: Decimal, words: str) -> Part:
        return Part(
            cause=cause, amount=amount, strategy=one.strategy, symbol=one.symbol, entry_ms=one.entry_ms, words=words
        )

    entered = _cause(one, one.entry_ms, other.entry_ms, case)
    left = _cause(one, one.exit_ms, other.exit_ms, case)
    if one.reason != other.reason and left in ("timing", "price"):
        by_hand = other.reason in BY_HAND or case.by_hand(other.exit_ms)
        left = "manual" if by_hand and one.reason not in BY_HAND else "signal"
    side = one.side
    return [
        part(
            "partial",
            side * (one.exit_price - one.entry_price) * (other.quantity - one.quantity),
            f"{other.quantity:f} traded instead of {one.quantity:f}",
        ),
        part(
            entered,
            side * other.quantity * (one.entry_price - other.entry_price),
            f"entered at {other.entry_price:f} instead of {one.entry_price:f}",
        ),
        part(
            left,
            side * other.quantity * (other.exit_price - one.exit_price),
            f"left at {other.exit_price:f} ({other.reason}) instead of {one.exit_price:f} ({one.reason})",
        ),
        part("fee", (other.pnl - other.gross) - (one.pnl - one.gross), "fees, and what is neither price nor quantity"),
    ]


def _cause(deal: Deal, ideal_ms: int, actual_ms: int, case: Case) -> str:
    """Return why the price of one leg differs, as far as bars tell."""
    for cause, bars in (("revision", case.revised), ("signal", case.unlike), ("timing", case.missed)):
        if case.around(deal, ideal_ms, bars) or case.around(deal, actual_ms, bars):
            return cause
    return "price" if case.bar(ideal_ms) == case.bar(actual_ms) else "timing"


def _lone(deal: Deal, amount: Decimal, case: Case, *, missing: bool) -> Part:
    """Return the part of a deal that the other side does not have."""
    if case.around(deal, deal.entry_ms, case.revised):
        cause = "revision"
    elif case.around(deal, deal.entry_ms, case.unlike):
        cause = "signal"
    elif case.around(deal, deal.entry_ms, case.missed):
        cause = "timing"
    elif case.by_hand(deal.entry_ms):
        cause = "manual"
    else:
        # It was decided and nothing of it was executed, or it was executed and the kernel had no place for it.
        cause = "partial" if missing else "signal"
    words = "was not traded" if missing else "was traded beyond the kernel's deals"
    words = f"{deal.quantity:f} from {deal.entry_price:f} to {deal.exit_price:f} {words}"
    return Part(
        cause=cause, amount=amount, strategy=deal.strategy, symbol=deal.symbol, entry_ms=deal.entry_ms, words=words
    )

"""A declaration module that forgot to mark its hook."""

from collections.abc import Iterable

from tradewind.api import IndicatorSpec


def tradewind_indicators() -> Iterable[IndicatorSpec]:
    """Offer nothing, and be asked by nobody."""
    return ()

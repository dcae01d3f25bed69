"""A declaration module that loads numpy, which none may."""

from collections.abc import Iterable

import numpy as np

from tradewind import hookimpl
from tradewind.api import IndicatorSpec

LENGTHS = np.arange(3)


@hookimpl
def tradewind_indicators() -> Iterable[IndicatorSpec]:
    """Offer nothing."""
    return ()

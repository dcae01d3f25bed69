"""Declares the catalogue; imports no implementation."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import IndicatorSpec
from tradewind_pandas_ta.catalogue import CATALOGUE


@hookimpl
def tradewind_indicators() -> Iterator[IndicatorSpec]:
    """Offer every indicator of the catalogue."""
    for entry in CATALOGUE.values():
        yield IndicatorSpec(
            name=entry.name,
            summary=entry.summary,
            factory=f"tradewind_pandas_ta.indicator:{entry.name}",
            config=f"tradewind_pandas_ta.settings:{entry.settings_name}",
            inputs=entry.inputs,
            outputs=entry.outputs,
            category=entry.category,
        )

"""Declares the catalogue; imports no implementation."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind import hookimpl
from tradewind.api import IndicatorSpec
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.settings import class_name


@hookimpl
def tradewind_indicators() -> Iterator[IndicatorSpec]:
    """Offer every indicator of the catalogue."""
    for entry in CATALOGUE.values():
        yield IndicatorSpec(
            name=entry.name,
            summary=entry.summary,
            factory=f"tradewind_pandas_ta.indicator:{entry.name}",
            config=f"tradewind_pandas_ta.settings:{class_name(entry.name)}",
            inputs=entry.inputs,
            outputs=entry.outputs,
            category=entry.category,
        )

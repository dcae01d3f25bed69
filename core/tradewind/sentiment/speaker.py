"""A source of series by name: asked without ever failing whoever asks, its troubles told once."""

from __future__ import annotations

import logging
from typing import Final

import attrs
import pandas as pd

from tradewind.errors import TradewindError
from tradewind.plugins.protocols import SeriesSource

_LOG: Final = logging.getLogger(__name__)


@attrs.frozen(kw_only=True, eq=False)
class Speaker:
    """
    A source of series by name, its troubles told once.

    Args:
        name: Its catalogue name.
        source: The source, behind the archive when it asks a network.
        reliability: Its weight in a blend.
    """

    name: str
    source: SeriesSource
    reliability: float = 1.0
    troubles: dict[str, str] = attrs.field(factory=dict, init=False)
    """Why it has no answer, by symbol; told when it begins and when it ends."""

    def said(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp, *, ask: bool = True) -> pd.DataFrame | None:
        """Return what it has of [start, end), or has said of it when it is not to be asked; None for nothing."""
        from tradewind.sentiment.archived import ArchivedSource

        frame, trouble = None, ""
        try:
            if not ask and isinstance(self.source, ArchivedSource):
                frame = self.source.kept(symbol, start, end)
                return frame if len(frame) else None
            frame = self.source.series(symbol, start, end)
            trouble = getattr(self.source, "trouble", "")
        except TradewindError as error:
            trouble = f"{error.code} {error.message}"
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises, strategies go on without it
            trouble = f"TW-K007 it raised {type(error).__name__}: {error}"
        self.note(symbol, trouble)
        return frame if frame is not None and len(frame) else None

    def look(self, symbol: str, start_ms: int, live_from_ms: int) -> None:
        """Ask the host once more for what is missing and for the last days; what it says is archived."""
        from tradewind.sentiment.archived import ArchivedSource

        if not isinstance(self.source, ArchivedSource):
            return
        try:
            self.source.watch(symbol, start_ms, live_from_ms)
        except TradewindError as error:
            self.note(symbol, f"{error.code} {error.message}")
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises, the session goes on
            self.note(symbol, f"TW-K007 it raised {type(error).__name__}: {error}")
        else:
            self.note(symbol, "")

    def note(self, symbol: str, trouble: str) -> None:
        """Remember a trouble, and tell it when it is new or over."""
        before = self.troubles.get(symbol, "")
        if trouble and not before:
            _LOG.warning("%s has no answer for %s: %s", self.name, symbol, trouble)
        elif before and not trouble:
            _LOG.warning("%s answers again for %s", self.name, symbol)
        self.troubles[symbol] = trouble

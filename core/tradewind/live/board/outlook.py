"""What people look at beside sessions: health, strategies that could take over, stored backtests."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final

from tradewind.backtest.compare import compare
from tradewind.backtest.library import Library
from tradewind.backtest.pages.comparison import comparison_page
from tradewind.backtest.pages.document import page
from tradewind.backtest.tables import iso_time
from tradewind.config.schema import Settings
from tradewind.live.clock import system_clock
from tradewind.live.health.look import look_at
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.specs import StrategySpec

FRESH_NS: Final = 30_000_000_000
"""What a look at everything found is told for so long: it reads the whole database."""


class Outlook:
    """
    What there is beside sessions, as plain values; nothing is changed, and no key is used.

    Args:
        settings: The settings in force.
        catalog: What plugins offer.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._library = Library(settings.state_dir)
        self._clock = system_clock()
        self._looking = Lock()
        self._seen: dict[str, Any] = {}
        self._seen_ns = 0

    def health(self) -> dict[str, Any]:
        """Return level and findings as `tradewind health --json` does, the venue unasked, and when it was looked."""
        with self._looking:
            now_ns = self._clock.monotonic_ns()
            if not self._seen or now_ns - self._seen_ns > FRESH_NS:
                now_ms = self._clock.now_ms()
                look = look_at(self._settings, self._catalog, now_ms=now_ms, venue=False)
                self._seen, self._seen_ns = {**look.to_dict(), "looked": iso_time(now_ms)}, now_ns
            return self._seen

    def strategies(self) -> list[dict[str, Any]]:
        """Return the installed strategies."""
        return [
            {
                "name": entry.name,
                "summary": entry.spec.summary,
                "distribution": entry.distribution,
                "timeframe": entry.spec.timeframe if isinstance(entry.spec, StrategySpec) else "",
            }
            for entry in self._catalog.entries("strategies")
        ]

    def backtests(self) -> list[dict[str, Any]]:
        """Return the stored results, the newest last."""
        return self._library.summaries()

    def report(self, result_id: str) -> str:
        """
        Return the report of a stored result as a page: the one that its run left, with prices, where it is there.

        Raises:
            ResultError: TW-R001 when there is none, TW-R002 when it is damaged.
        """
        left = self._library.file_of(result_id).with_suffix(".html")
        return left.read_text(encoding="utf-8") if left.is_file() else page(self._library.load(result_id))

    def comparison(self, first: str, second: str) -> dict[str, Any]:
        """Return what differs between two stored results, as `tradewind compare --json` does; raises like `report`."""
        return compare(self._library.load(first), self._library.load(second)).to_dict()

    def comparison_report(self, first: str, second: str) -> str:
        """Return two stored results side by side as a page; raises like `report`."""
        return comparison_page(self._library.load(first), self._library.load(second))

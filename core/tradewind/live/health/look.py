"""One look at everything: what `tradewind health` prints and what the dashboard answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tradewind.config.schema import Settings
from tradewind.live.health import health
from tradewind.live.health import parts as health_parts
from tradewind.live.health.findings import Finding, Level, bad, worst
from tradewind.live.health.health import Running
from tradewind.live.health.positions import Compared, compare_positions
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.lock import LOCK_FILE, Trust, fingerprint, read_lock, trust_of
from tradewind.store.address import address_of
from tradewind.store.opening import open_store


@attrs.frozen(kw_only=True)
class Look:
    """
    What a look found.

    Args:
        findings: All findings, by area.
        compared: Positions three ways, where that was asked for.
        statuses: What running sessions say of themselves.
    """

    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...] = ()
    statuses: tuple[Mapping[str, Any], ...] = ()

    @property
    def level(self) -> Level:
        """The worst of all."""
        return worst(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return level and findings as plain values."""
        return {"level": self.level.value, "findings": [one.to_dict() for one in self.findings]}


def look_at(settings: Settings, catalog: Catalog, *, now_ms: int, positions: bool = False, venue: bool = True) -> Look:
    """
    Look at engines, data, clock, database, venue, plugins, halts and alerts.

    Args:
        settings: The settings in force.
        catalog: What plugins offer.
        now_ms: The wall clock, UTC milliseconds.
        positions: Compare positions three ways, too.
        venue: Ask the venue, which takes its keys; otherwise it is told what running sessions say of it.
    """
    now = health.running(settings.state_dir)
    place = address_of(settings)
    database = health.database_findings(place, settings.state_dir)
    whole = all(one.level == "ok" for one in database) and (place.path is None or place.path.exists())
    if venue:
        asked, shown = health_parts.venue_findings(settings, catalog, now.statuses)
    else:
        asked, shown = health_parts.venue_as_told(settings, now.statuses), None
    store = open_store(place, mode="read", pool_size=1) if whole else None
    compared: list[Compared] = []
    try:
        journal, rows = health.books_of(store) if store is not None else (None, ())
        found = health.engine_findings(now, journal, rows, now_ms)
        found += _of_sessions(now) + database
        if journal is not None:
            found += health.halt_findings(journal, rows, now)
            compared = compare_positions(settings, journal, rows, now.statuses, shown) if positions else []
    finally:
        if store is not None:
            store.close()
    money = health_parts.has_money(settings, catalog)
    found += asked + health_parts.plugin_findings(catalog.plugins, _trust(catalog), money=money)
    found += health_parts.model_findings() + health_parts.alert_findings(settings, catalog)
    found += health_parts.check_findings(settings, catalog) + differences(compared)
    return Look(findings=tuple(found), compared=tuple(compared), statuses=now.statuses)


def _of_sessions(now: Running) -> list[Finding]:
    return [*health.watch_findings(now), *freshness(now)]


def freshness(now: Running) -> list[Finding]:
    """Tell how fresh all is that sessions decide on: bars, sentiment, the venue's clock."""
    return [*health.data_findings(now), *health.sentiment_findings(now), *health.clock_findings(now)]


def differences(rows: Iterable[Compared]) -> list[Finding]:
    """Tell of positions that venue, ledger and engine do not agree on."""
    todo = "Let nobody else trade these coins, and look at the venue's own record; entries on them stay halted."
    return [bad("positions", f"{row.symbol}: {text}", todo) for row in rows for text in row.differences]


def _trust(catalog: Catalog) -> dict[str, Trust]:
    agreed = read_lock(Path(LOCK_FILE))
    return {row.distribution: trust_of(fingerprint(row.distribution), agreed) for row in catalog.plugins}

"""The mutants of all contracts."""

from __future__ import annotations

from typing import Final

from kit import (
    bar_sources,
    commands,
    executors,
    health_checks,
    indicators,
    packages,
    panels,
    policies,
    series_sources,
    services,
    strategies,
)
from kit.mutants import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *packages.MUTANTS,
    *bar_sources.MUTANTS,
    *series_sources.MUTANTS,
    *indicators.MUTANTS,
    *strategies.MUTANTS,
    *policies.MUTANTS,
    *executors.MUTANTS,
    *services.MUTANTS,
    *commands.MUTANTS,
    *health_checks.MUTANTS,
    *panels.MUTANTS,
)

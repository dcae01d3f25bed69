"""Clusters of symbols that move together, from what was known each day."""

from __future__ import annotations

from typing import Final

DAY_MS: Final = 86_400_000
WINDOW_DAYS: Final = 90
THRESHOLD: Final = 0.7
LEAST_DAYS: Final = 30
"""With fewer common days a correlation says nothing and the pair stays apart."""

"""The page of events names every event of the desk, every one with a rule, and every fact of a pulse."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from alerts.test_companions import FACTS, engine
from tradewind.live.alerts.rules import RULES
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.watch.pulse import Tally, pulse_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"


def named() -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", PAGE.read_text()))


def test_every_kind_of_event_is_on_the_page() -> None:
    kinds = set(RULES) | {f"desk_{kind.value}" for kind in DeskEventKind} | {"alert", "pulse", "watchdog"}
    assert kinds - named() == set()


def test_every_fact_of_a_pulse_is_on_the_page() -> None:
    async def pulse() -> dict[str, Any]:
        return pulse_of(engine(), FACTS, Tally(), now_ms=0, desk=None, lags_s=[], queues={})

    assert set(asyncio.run(pulse())) - named() == set()

"""A stop that is asked for while a session at a venue starts: it ends in order and lets the account go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from live.run.test_departure import departed, unended
from live.venue.stage import Stage, sandbox

LIVE: Final = ("--live-trading", "--i-understand-the-risks", "--profile", "sandbox", "--timeframe", "15m")


@pytest.mark.critical
def test_a_venue_session_that_is_stopped_while_it_starts_ends_in_order_and_lets_go(tmp_path: Path) -> None:
    def check(stage: Stage, moment: str) -> None:
        done = departed(moment, *LIVE, folder=stage.folder)
        assert (0, "Traceback" in done.stderr) == (done.returncode, False), moment + done.stderr[-2000:]
        assert json.loads(done.stdout)["reason"] == "stopped by SIGTERM"
        assert unended(tmp_path) == []
        assert stage.rows("SELECT owner_uuid FROM account_lease WHERE owner_uuid <> ''") == []

    with sandbox(tmp_path, "--speed", "60", start="2024-04-23T10:00") as stage:
        for moment in (
            "tradewind.live.venue.session:_take_time",
            "tradewind.live.orders.reconcile:Reconciliation.open_books",
            "tradewind.cli.run_lines:Lines.at_venue",
        ):
            check(stage, moment)

"""`tradewind drill`: two processes and a fault script, judged by the exchange's own ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.terminal import Tradewind


@pytest.mark.critical
def test_a_short_bad_day_keeps_every_promise(tradewind: Tradewind, folder: Path) -> None:
    Path("day.toml").write_text('[[fault]]\nkind = "lose-response"\nendpoint = "GET *"\nprobability = 0.02\n')
    said = tradewind(
        "drill", "adaptive", "--timeframe", "15m", "--start", "2024-04-23T20:00", "--days", "0.05", "--seed", "3",
        "--faults", "day.toml", "--keep", "kept", "--json",
    )  # fmt: skip
    assert said.code == 0, said.all
    found = json.loads(said.out)
    assert (found["strategy"], found["speed"], found["violations"], found["bare_s"]) == ("adaptive", 900.0, [], 0.0)
    assert found["healed_s"] is not None
    assert (folder / "kept" / "logs" / "trading.log").is_file()
    assert not (folder / ".tradewind" / "tradewind.db").exists()
    assert not (folder / "kept" / "sandbox.json").exists()


def test_what_cannot_be_drilled_is_refused_in_words(tradewind: Tradewind) -> None:
    missing = tradewind("drill", "adaptive", "--faults", "nowhere.toml")
    assert (missing.code, "TW-U007" in missing.err) == (2, True)
    Path("typo.toml").write_text('[[fault]]\nkind = "loose-response"\n')
    typo = tradewind("drill", "adaptive", "--faults", "typo.toml")
    assert (typo.code, "loose-response" in typo.err, "Traceback" in typo.all) == (2, True, False)
    assert tradewind("drill", "nobody").code == 2

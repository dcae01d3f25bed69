"""The page on a result's JSON names the keys that a result has, all of them and no others."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from docs.pages import DOCS
from tradewind.api import Costs, Plan, Result, backtest, simulate

_ROW = re.compile(r"^\| (`.+?) \|", re.MULTILINE)


def named_keys(page: str, heading: str) -> list[str]:
    """Return the keys in the table under a heading."""
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    part = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [key for row in _ROW.findall(part) for key in re.findall(r"`([^`]+)`", row)]


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    rows = 400
    index = pd.date_range("2024-01-01", periods=rows, freq="4h", tz="UTC")
    close = 100.0 + 10.0 * np.sin(np.arange(rows) / 9.0)
    bars = pd.DataFrame(
        {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": 5.0}, index=index
    )
    enter = np.zeros(rows)
    enter[[30, 120, 398]] = 1
    leave = np.zeros(rows, dtype=bool)
    leave[[60, 150]] = True
    result: Result = simulate(
        {"BTCUSDT": bars}, Plan.from_arrays(index, enter=enter, exit_long=leave, stop_dist=30.0), costs=Costs()
    )
    made: dict[str, Any] = result.to_dict()
    whole: dict[str, Any] = backtest("adaptive", {"BTCUSDT": bars}).to_dict()
    return made | {"interval": whole["interval"], "certificate": whole["certificate"]}


@pytest.mark.parametrize("heading", ["Top level", "`interval`", "`certificate`", "`equity`", "`inputs`"])
def test_keys_of_an_object_are_those_on_the_page(stored: dict[str, Any], heading: str) -> None:
    found = stored if heading == "Top level" else stored[heading.strip("`")]
    assert sorted(named_keys("result-json.md", heading)) == sorted(found)


@pytest.mark.parametrize(
    ("table", "page", "heading"),
    [
        ("trades", "result-json.md", "`trades`"),
        ("fills", "result-json.md", "`fills`"),
        ("positions", "result-json.md", "`positions`"),
        ("decisions", "decision-ledger.md", "A row of `decisions`"),
    ],
)
def test_columns_of_a_table_are_those_on_the_page(stored: dict[str, Any], table: str, page: str, heading: str) -> None:
    assert stored[table], "the run must have rows for the test to say something"
    assert sorted(named_keys(page, heading)) == sorted(stored["columns"][table])

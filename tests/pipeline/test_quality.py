"""What is wrong with a history is found and said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from real_history import read_bars
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.quality import describe, segments

HOUR = 3_600_000
START = 1_704_067_200_000


def hours(opens: list[int], **columns: list[float]) -> Bars:
    ones = np.ones(len(opens))
    values: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close", "volume"), ones)
    values |= {name: np.array(value) for name, value in columns.items()}
    return Bars(timeframe=Timeframe("1h"), time=START + np.array(opens, dtype=np.int64) * HOUR, **values)


def test_gaps_name_the_first_and_the_last_missing_bar() -> None:
    found = describe(hours([0, 1, 5, 6, 8]))
    assert [(g.first_missing_ms - START, g.last_missing_ms - START, g.bars) for g in found.gaps] == [
        (2 * HOUR, 4 * HOUR, 3),
        (7 * HOUR, 7 * HOUR, 1),
    ]
    assert found.missing == 4
    assert not found.flawless


def test_real_gaps_are_those_of_the_published_list(market_data: Path) -> None:
    listed = pd.read_csv(market_data / "gaps.csv", parse_dates=["first_missing", "last_missing"])
    for name in ("spot/1h/BTCUSDT-1h.parquet", "spot-panel-2018-2022/1h/ADAUSDT-1h.parquet"):
        wanted = listed[listed["file"] == name]
        found = describe(read_bars(market_data / name, "1h")).gaps
        assert [g.first_missing_ms for g in found] == [int(t.timestamp() * 1000) for t in wanted["first_missing"]]
        assert [g.last_missing_ms for g in found] == [int(t.timestamp() * 1000) for t in wanted["last_missing"]]
        assert [g.bars for g in found] == wanted["bars"].tolist()


def test_each_masked_bar_has_its_reason() -> None:
    bars = hours(
        [0, 1, 2, 3, 4],
        high=[1.0, 0.5, 1.0, 1.0, 1.0],
        low=[1.0, 1.0, 1.0, -1.0, 1.0],
        close=[np.nan, 1.0, 2.0, 1.0, 1.0],
        volume=[1.0, 1.0, 1.0, 1.0, -2.0],
    )
    assert [m.reason for m in describe(bars).masked] == [
        "close is not a finite number",
        "high is below low",
        "open or close lies outside low and high",
        "low is not positive",
        "volume is negative",
    ]


def test_lines_name_what_matters_and_count_the_rest() -> None:
    lines = describe(hours([0, 2, 4, 9])).lines(shown=2)
    assert lines[1] == "6 bars missing in 3 gaps"
    assert lines[-1] == "  and 1 shorter gaps"
    assert describe(hours([])).lines() == ["no bars"]


def test_the_account_survives_json() -> None:
    account = describe(hours([0, 3])).to_dict()
    assert json.loads(json.dumps(account)) == account
    assert account["gaps"][0]["first_missing"] == "2024-01-01T01:00:00+00:00"


def test_a_gap_longer_than_allowed_starts_a_new_segment() -> None:
    bars = hours([0, 1, 49, 50, 100, 101])
    assert segments(bars, 47 * HOUR) == [(0, 4), (4, 6)]
    assert segments(bars, 46 * HOUR) == [(0, 2), (2, 4), (4, 6)]
    assert segments(bars) == [(0, 4), (4, 6)]
    assert segments(bars.rows(0, 0)) == []

"""Every look at a window of data is counted once, and no entry is lost."""

from __future__ import annotations

import json
import math
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.backtest.inputs import Inputs
from tradewind.backtest.result import Result
from tradewind.backtest.trials import TrialLedger, count_trial, trial_of
from tradewind.metrics.significance import expected_best_sharpe, sharpe_probability
from trust.hand_made import equity, result

NOW = 1_735_689_600_000
"""2025-01-01T00:00Z."""

DATA = {"BTCUSDT 4h": "aa" * 32}


def variant(seed: int, **changes: Any) -> Result:
    """Return one of many tries on the same data, with its own curve."""
    rng = np.random.default_rng(seed)
    values = 10_000.0 * np.cumprod(1.0 + rng.normal(0.0005, 0.01, 600))
    inputs = Inputs(strategy="adaptive", data=changes.pop("data", DATA), settings={"fast": seed})
    return result(equity=equity(values.tolist()), inputs=inputs, **changes)


def counted(folder: Path, *results: Result) -> dict[str, Any]:
    return [count_trial(folder, one, now_ms=NOW) for one in results][-1]


def test_the_first_look_is_one_trial_and_deflates_nothing(tmp_path: Path) -> None:
    found = counted(tmp_path, variant(1))

    assert (found["trials"], found["overlapping"], found["sharpe_to_beat"]) == (1, 0, 0.0)
    assert found["deflated_sharpe_ratio"] == pytest.approx(variant(1).metrics["probabilistic_sharpe_ratio"])


def test_other_settings_on_the_same_data_are_further_trials(tmp_path: Path) -> None:
    assert counted(tmp_path, *(variant(seed) for seed in range(5)))["trials"] == 5


def test_a_run_that_is_repeated_is_no_further_trial(tmp_path: Path) -> None:
    assert counted(tmp_path, variant(1), variant(2), variant(1), variant(1))["trials"] == 2


def test_the_sharpe_ratio_is_deflated_for_the_trials_of_the_window(tmp_path: Path) -> None:
    tried = [variant(seed) for seed in range(8)]

    found = counted(tmp_path, *tried)

    per_day = [float(one.metrics["sharpe_ratio"] or 0.0) / math.sqrt(365) for one in tried]
    best = expected_best_sharpe(8, float(np.var(per_day, ddof=1)))
    last = tried[-1].metrics
    assert found["sharpe_to_beat"] == pytest.approx(best * math.sqrt(365))
    assert found["deflated_sharpe_ratio"] == pytest.approx(
        sharpe_probability(per_day[-1], last["skewness"], last["kurtosis"], int(last["periods"] or 0), best)
    )


def test_the_cost_of_a_plan_that_was_made_elsewhere_is_a_trial_and_not_another_window(tmp_path: Path) -> None:
    plans = [variant(seed, data=DATA | {"plan mine BTCUSDT": f"{seed}"}) for seed in range(3)]

    assert counted(tmp_path, *plans)["trials"] == 3


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"BTCUSDT 4h": "bb" * 32}},
        {"timeframe": "1d"},
        {"start": pd.Timestamp("2024-01-02", tz="UTC")},
        {"end": pd.Timestamp("2024-01-05", tz="UTC")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_window_counts_by_itself_and_its_overlap_is_told(tmp_path: Path, change: dict[str, Any]) -> None:
    found = counted(tmp_path, variant(1), variant(2), variant(3, **change))

    assert (found["trials"], found["overlapping"]) == (1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"symbols": ("ETHUSDT",)},
        {"start": pd.Timestamp("2024-02-01", tz="UTC"), "end": pd.Timestamp("2024-03-01", tz="UTC")},
    ],
    ids=["other symbol", "other time"],
)
def test_what_shares_no_bar_does_not_overlap(tmp_path: Path, change: dict[str, Any]) -> None:
    assert counted(tmp_path, variant(1), variant(2, **change))["overlapping"] == 0


def test_a_torn_last_line_neither_hides_entries_nor_swallows_the_next(tmp_path: Path) -> None:
    ledger = TrialLedger(tmp_path)
    counted(tmp_path, variant(1), variant(2))
    with ledger.path.open("ab") as file:
        file.write(b'{"window": "half a li')

    found = counted(tmp_path, variant(3))

    assert found["trials"] == 3
    assert len(ledger.trials()) == 3


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\x00", b"[]", b"1", b"{}", b'{"window": 1}', b"null", b"[" * 50_000],
    ids=["bytes", "list", "number", "empty", "fields", "null", "deep"],
)
def test_lines_of_another_kind_are_passed_over(tmp_path: Path, line: bytes) -> None:
    ledger = TrialLedger(tmp_path)
    counted(tmp_path, variant(1))
    with ledger.path.open("ab") as file:
        file.write(line + b"\n")

    assert counted(tmp_path, variant(2))["trials"] == 2


def test_a_line_whose_values_have_other_types_is_passed_over(tmp_path: Path) -> None:
    ledger = TrialLedger(tmp_path)
    entry = attrs.asdict(trial_of(variant(1), now_ms=NOW))
    counted(tmp_path, variant(2))
    with ledger.path.open("a") as file:
        file.writelines(
            json.dumps(entry | change) + "\n" for change in ({"sharpe": "1"}, {"start": 5}, {"trial": None})
        )

    assert len(ledger.trials()) == 1


def test_entries_that_are_made_at_once_all_arrive_whole(tmp_path: Path) -> None:
    # Each entry opens the file anew, so that the lock is held between threads as between processes.
    template = attrs.evolve(trial_of(variant(1), now_ms=NOW), strategy="x" * 500)

    def enter(number: int) -> None:
        TrialLedger(tmp_path).enter(attrs.evolve(template, trial=f"trial-{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(120)))

    assert {trial.trial for trial in TrialLedger(tmp_path).trials()} == {f"trial-{number}" for number in range(120)}


def test_the_ledger_is_its_owner_s_alone_and_says_when(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    counted(folder, variant(1))

    assert stat.S_IMODE((folder / "trials.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert TrialLedger(folder).trials()[0].at == "2025-01-01T00:00:00Z"


def test_a_result_without_a_sharpe_ratio_is_a_trial_too(tmp_path: Path) -> None:
    flat = result(equity=equity([10_000.0] * 20), inputs=variant(1).inputs)

    found = counted(tmp_path, variant(2), flat)

    assert (found["trials"], found["deflated_sharpe_ratio"]) == (2, None)


def test_an_empty_ledger_has_no_trials(tmp_path: Path) -> None:
    assert TrialLedger(tmp_path / "none").trials() == []

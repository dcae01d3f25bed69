"""`tradewind optimize` and `tradewind walk-forward`: what they print, store, count and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import Tradewind
from tradewind.backtest.library import Library
from tradewind.backtest.trials import TrialLedger
from tradewind.cli.grid import varied
from tradewind.errors import SettingsError, UsageError

SEARCH = ("--days", "400", "--set", "stop_atr=2,3", "--set", "limits.max_position=0.1,0.2")


def found(tradewind: Tradewind, *arguments: str) -> dict[str, Any]:
    said = tradewind(*arguments, "--json")
    assert said.code == 0, said.err
    told: dict[str, Any] = json.loads(said.out)
    return told


def test_the_best_of_all_trials_is_told_stored_and_can_be_repeated(tradewind: Tradewind, folder: Path) -> None:
    told = found(tradewind, "optimize", "adaptive", *SEARCH)
    assert len(told["trials"]) == 4
    ratios = [trial["metrics"]["sharpe_ratio"] for trial in told["trials"]]
    assert told["best"] == ratios.index(max(ratios))
    stored = Library(folder / ".tradewind").load(told["result"])
    assert stored.metrics == told["trials"][told["best"]]["metrics"]
    assert tradewind("rerun", told["result"]).code == 0


def test_a_backtest_with_the_chosen_settings_is_the_same_run(tradewind: Tradewind) -> None:
    told = found(tradewind, "optimize", "adaptive", *SEARCH)
    chosen = told["trials"][told["best"]]["params"]
    said = tradewind(
        "backtest", "adaptive", "--days", "400", "--no-certificate",
        "--set", f"strategies.adaptive.stop_atr={chosen['stop_atr']}",
        "--set", f"limits.max_position={chosen['limits.max_position']}",
    )  # fmt: skip
    assert f"Result {told['result']}: " in said.out


def test_every_trial_counts_as_a_look_and_a_second_search_adds_none(tradewind: Tradewind, folder: Path) -> None:
    first = found(tradewind, "optimize", "adaptive", *SEARCH)
    again = found(tradewind, "optimize", "adaptive", *SEARCH)
    assert first["standing"]["trials"] == again["standing"]["trials"] == 4
    assert len({trial.trial for trial in TrialLedger(folder / ".tradewind").trials()}) == 4
    more = found(tradewind, "optimize", "adaptive", "--days", "400", "--set", "stop_atr=2,4")
    assert more["standing"]["trials"] == 5


def test_the_list_is_cut_and_progress_goes_to_stderr(tradewind: Tradewind) -> None:
    said = tradewind("optimize", "adaptive", *SEARCH, "--top", "3", "--metric", "max_drawdown")
    assert said.code == 0, said.err
    assert "4 trials, chosen by max_drawdown." in said.out
    assert "and 1 more" in said.out
    assert "Trials: 100%" in said.err
    assert "Trials:" not in said.out


def test_settings_that_do_not_go_together_are_counted_apart(tradewind: Tradewind) -> None:
    said = tradewind(
        "optimize", "adaptive", "--days", "400", "--set", "stop_min=0.01,0.08", "--set", "stop_max=0.05,0.1"
    )
    assert said.code == 0, said.err
    assert "1 more were not carried out" in said.out


def test_a_walk_tells_in_sample_against_out_of_sample(tradewind: Tradewind, folder: Path) -> None:
    arguments = ("walk-forward", "adaptive", "--days", "400", "--train", "200", "--test", "80", "--set", "stop_atr=2,3")
    said = tradewind(*arguments)
    assert said.code == 0, said.err
    assert "6 trials in all, chosen by sharpe_ratio on one stretch and judged on the next." in said.out
    assert "Out of sample, " in said.out
    told = found(tradewind, *arguments)
    assert len(told["steps"]) == 3
    inside = [step["in_sample"]["sharpe_ratio"] for step in told["steps"]]
    assert told["in_sample"] == pytest.approx(sum(inside) / 3)
    assert told["standing"]["trials"] == 1
    assert len({trial.trial for trial in TrialLedger(folder / ".tradewind").trials()}) == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("optimize", "adaptive"), "nothing was varied"),
        (("optimize", "adaptive", "--set", "limits.max_position=0.1"), "nothing was varied"),
        (("optimize", "adaptive", "--set", "timeframe=1h,4h"), "timeframe cannot be varied"),
        (("optimize", "adaptive", "--set", "sources.files.path=a,b"), "sources.files.path cannot be varied"),
        (("optimize", "adaptive", "--set", "stop_artr=1,2"), "stop_artr"),
        (("optimize", "adaptive", "--set", "stop_atr=2,3", "--metric", "sharpy"), "no figure 'sharpy'"),
        (("optimize", "adaptive", "--set", "stop_atr=2,3", "--days", "9", "--start", "2024-01-01"), "both --start"),
        (("walk-forward", "adaptive", "--days", "300", "--set", "stop_atr=2,3"), "one stretch to choose on"),
        (("walk-forward", "adaptive", "--train", "-3", "--set", "stop_atr=2,3"), "--train was -3"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(
    tradewind: Tradewind, arguments: tuple[str, ...], said: str
) -> None:
    told = tradewind(*arguments)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.all


def test_values_are_read_as_numbers_words_and_lists() -> None:
    told = varied(
        ("preset=default,classic", "stop_atr=2, 2.5", "targets=[1,2],[2,3]", "limits.max_position=0.2", "one=7")
    )
    assert told.fixed == ("limits.max_position=0.2",)
    assert told.grid == {
        "preset": ["default", "classic"],
        "stop_atr": [2, 2.5],
        "targets": [[1, 2], [2, 3]],
        "one": [7],
    }
    with pytest.raises(SettingsError):
        varied(("stop_atr",))
    with pytest.raises(UsageError):
        varied(("symbols=BTCUSDT,ETHUSDT",))

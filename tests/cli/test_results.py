"""Stored results: listed, explained, compared and repeated to the last bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.terminal import Tradewind

ARGUMENTS = ("--days", "600", "--no-certificate", "--json", "out.json")


@pytest.fixture
def stored(tradewind: Tradewind, folder: Path) -> dict[str, object]:
    said = tradewind("backtest", "adaptive", *ARGUMENTS)
    assert said.code == 0, said.err
    found: dict[str, object] = json.loads((folder / "out.json").read_text())
    return found


def test_results_are_listed(tradewind: Tradewind, stored: dict[str, object]) -> None:
    assert str(stored["id"]) in tradewind("results").out
    assert [row["id"] for row in json.loads(tradewind("results", "--json").out)] == [stored["id"]]


def test_damaged_results_are_named_beside_the_others(
    tradewind: Tradewind, stored: dict[str, object], folder: Path
) -> None:
    (folder / ".tradewind" / "results" / "beef00000000.json").write_text('{"version": 1}')

    listed, asked = tradewind("results"), tradewind("rerun", "beef")

    assert str(stored["id"]) in listed.out
    assert "beef00000000.json is damaged and left out; `tradewind rerun beef00000000` says why." in listed.err
    assert (asked.code, asked.err[:7]) == (2, "TW-R002")
    assert "it has no entry 'interval'" in asked.err


def test_every_asked_row_can_be_explained(tradewind: Tradewind, stored: dict[str, object]) -> None:
    decisions = stored["decisions"]
    assert isinstance(decisions, list)
    for row in decisions[:3]:
        said = tradewind("explain", "BTCUSDT", row["time"])
        assert said.code == 0, said.err
        assert row["outcome"].split(":")[-1].replace("_", " ")[:6] in said.out.replace("_", " ")


def test_a_quiet_bar_can_be_explained_too(tradewind: Tradewind, stored: dict[str, object]) -> None:
    equity = stored["equity"]
    decisions = stored["decisions"]
    assert isinstance(equity, dict)
    assert isinstance(decisions, list)
    asked = {row["time"] for row in decisions}
    quiet = next(time for time in equity["time"][5:] if time not in asked)
    said = tradewind("explain", "BTCUSDT", quiet)
    assert said.code == 0, said.err
    assert "no_signal" in said.out or "no signal" in said.out.lower()


@pytest.mark.parametrize(("symbol", "time"), [("ETHUSDT", "2021-01-01"), ("BTCUSDT", "1999-01-01")])
def test_what_is_not_in_a_result_is_said(
    tradewind: Tradewind, stored: dict[str, object], symbol: str, time: str
) -> None:
    said = tradewind("explain", symbol, time)
    assert said.code == 2
    assert said.err.startswith("TW-")


def test_a_run_is_repeated_to_the_last_bit(tradewind: Tradewind, stored: dict[str, object]) -> None:
    said = tradewind("rerun", str(stored["id"]))
    assert said.code == 0, said.all
    assert "last bit" in said.out


def test_a_run_whose_result_was_changed_is_told_apart(
    tradewind: Tradewind, stored: dict[str, object], folder: Path
) -> None:
    path = next((folder / ".tradewind" / "results").glob("*.json"))
    values = json.loads(path.read_text())
    values["trades"][0]["pnl"] += 1e-9
    values["trades"][0]["quantity"] *= 1.0000001
    path.write_text(json.dumps(values))
    said = tradewind("rerun", str(stored["id"]))
    assert said.code == 1
    assert "TW-R003" in said.out


def test_two_results_are_compared(tradewind: Tradewind, stored: dict[str, object], folder: Path) -> None:
    said = tradewind(
        "backtest", "adaptive", "--max-position", "0.05", "--days", "600", "--no-certificate", "--json", "b.json"
    )
    assert said.code == 0, said.err
    other = json.loads((folder / "b.json").read_text())
    said = tradewind("compare", str(stored["id"]), other["id"])
    assert said.code == 0, said.err
    assert "max_position" in said.out
    assert isinstance(json.loads(tradewind("compare", str(stored["id"]), other["id"], "--json").out), dict)


@pytest.mark.parametrize("command", ["rerun", "explain"])
def test_an_unknown_id_is_refused(tradewind: Tradewind, command: str) -> None:
    arguments = ("rerun", "0123456789ab") if command == "rerun" else ("explain", "BTCUSDT", "2021-01-01")
    said = tradewind(*arguments)
    assert said.code == 2
    assert said.err.startswith("TW-R001")


def test_trials_of_one_window_are_counted(tradewind: Tradewind, folder: Path) -> None:
    counts = []
    for position in ("0.02", "0.03", "0.03", "0.04"):
        tradewind("backtest", "adaptive", "--max-position", position, "--no-db", *ARGUMENTS)
        counts.append(json.loads((folder / "out.json").read_text())["trials"]["trials"])
    assert counts == [1, 2, 2, 3]


def test_a_check_that_changes_no_trade_is_no_trial_of_its_own(tradewind: Tradewind, folder: Path) -> None:
    found = []
    for extra in ((), ("--no-certificate",), ("--set", "certificate.cuts=30")):
        tradewind("backtest", "adaptive", "--days", "600", "--json", "out.json", *extra)
        found.append(json.loads((folder / "out.json").read_text()))
    assert len({one["id"] for one in found}) == 1
    assert [one["trials"]["trials"] for one in found] == [1, 1, 1]

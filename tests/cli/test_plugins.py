"""`tradewind plugins`: what is installed, what it offers, and whether it keeps its contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.terminal import Tradewind
from discovery.wheels import Package


def test_every_first_party_plugin_is_loaded(tradewind: Tradewind) -> None:
    rows = {row["distribution"]: row for row in json.loads(tradewind("plugins", "list", "--json").out)}
    names = {
        "adaptive", "enhanced", "files", "high-risk", "pandas-ta", "protections", "risk", "synthetic",
    }  # fmt: skip
    assert {f"tradewind-{name}" for name in names} <= set(rows)
    assert {rows[f"tradewind-{name}"]["state"] for name in names} == {"loaded"}
    assert "adaptive" in tradewind("plugins", "list").out


def test_a_kind_can_be_listed_alone(tradewind: Tradewind) -> None:
    text = tradewind("plugins", "list", "--kind", "strategies").out
    assert "adaptive" in text
    assert "tradewind-files" not in text


def test_a_component_is_described_with_its_settings(tradewind: Tradewind) -> None:
    text = tradewind("plugins", "info", "adaptive").out
    assert "tradewind-adaptive:adaptive" in text
    assert "allow_short" in text
    found = json.loads(tradewind("plugins", "info", "adaptive", "--json").out)
    assert found[0]["kind"] == "strategies"
    assert {"allow_short"} <= {row["name"] for row in found[0]["settings"]}


def test_a_distribution_is_described(tradewind: Tradewind) -> None:
    assert "state: loaded" in tradewind("plugins", "info", "tradewind-risk").out


def test_a_blocked_plugin_says_so_and_stops_only_what_needs_it(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text('[plugins]\nblock = ["tradewind-adaptive"]\n')
    assert "blocked" in tradewind("plugins", "info", "tradewind-adaptive").out
    refused = tradewind("backtest", "adaptive")
    assert refused.code == 2
    assert refused.err.startswith("TW-P005")
    assert "blocked" in refused.err
    assert tradewind("backtest", "enhanced", "--days", "200", "--no-certificate").code == 0


@pytest.mark.parametrize("name", ["adaptive", "atr-sizing", "ema"])
def test_a_first_party_component_keeps_its_contract(tradewind: Tradewind, name: str) -> None:
    said = tradewind("plugins", "check", name, "--json")
    rows = json.loads(said.out)
    assert said.code == 0, [row for row in rows if row["outcome"] == "failed"]
    assert len(rows) > 8


def test_what_is_not_there_is_refused_with_the_nearest(tradewind: Tradewind) -> None:
    said = tradewind("plugins", "info", "adaptve")
    assert said.code == 2
    assert said.err.startswith("TW-P005")
    assert "Did you mean 'adaptive'" in said.err


def test_a_new_plugin_is_made_and_never_over_another(tradewind: Tradewind, folder: Path) -> None:
    made = tradewind("plugins", "new", "strategy", "my-idea")
    assert made.code == 0, made.err
    assert list(folder.rglob("pyproject.toml"))
    again = tradewind("plugins", "new", "strategy", "my-idea")
    assert again.code == 2
    assert again.err.startswith("TW-P010")


@pytest.mark.parametrize("arguments", [("nothing", "x"), ("strategy", "../x"), ("strategy", "Not A Name")])
def test_a_bad_name_or_kind_is_refused(tradewind: Tradewind, arguments: tuple[str, str]) -> None:
    said = tradewind("plugins", "new", *arguments)
    assert said.code == 2
    assert "Traceback" not in said.all


def test_a_broken_plugin_that_nothing_needs_gives_one_line_and_stops_nothing(
    tradewind: Tradewind, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Package(name="acme-torn", modules={"plugin": "import a_module_that_is_not_there"}).install(folder / "site")
    monkeypatch.syspath_prepend(str(folder / "site"))
    said = tradewind("backtest", "adaptive", "--days", "30", "--no-certificate")
    assert said.code == 0
    (line,) = (line for line in said.err.splitlines() if "acme-torn" in line)
    assert line.startswith("acme-torn 1.0.0 is broken and left out: ModuleNotFoundError")
    assert line.endswith("(`tradewind plugins info acme-torn`)")
    assert "left out" not in tradewind("plugins", "list").err


def test_a_cause_of_many_lines_keeps_to_its_own_row(
    tradewind: Tradewind, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Package(name="acme-wordy", modules={"plugin": 'raise RuntimeError("one\\ntwo")'}).install(folder / "site")
    monkeypatch.syspath_prepend(str(folder / "site"))
    rows = tradewind("plugins", "list").out.splitlines()
    assert "acme-wordy 1.0.0  broken: RuntimeError: one two" in rows


@pytest.mark.parametrize(
    ("setting", "name", "hint"),
    [("allow", "tradewind-adaptve", " Did you mean 'tradewind-adaptive'?"), ("block", "zzz", "")],
)
def test_a_name_in_allow_or_block_that_is_not_installed_is_told(
    tradewind: Tradewind, folder: Path, setting: str, name: str, hint: str
) -> None:
    (folder / "tradewind.toml").write_text(f'[plugins]\n{setting} = ["{name}", "tradewind-enhanced"]\n')
    notes = [line for line in tradewind("plugins", "list").out.splitlines() if line.startswith("note: plugins.")]
    assert notes == [f"note: plugins.{setting} names '{name}', which is not installed.{hint}"]

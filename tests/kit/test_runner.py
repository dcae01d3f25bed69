"""`check` runs the contracts of what is installed: by name, by distribution, without pytest, under -O."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pluggy
import pytest

from kit import bar_sources, executors, health_checks, indicators, series_sources
from kit.mutants import SOUND_PACKAGE, Mutant, catalog_of
from tradewind.errors import PluginError
from tradewind.plugins.catalog import Catalog, load_catalog
from tradewind.plugins.loader import PluginRow, State
from tradewind.plugins.specs import DataSourceSpec, ExecutorSpec
from tradewind.testing import (
    BarSourceContract,
    CheckResult,
    ExecutorContract,
    IndicatorContract,
    Outcome,
    PluginContract,
    SeriesSourceContract,
    check,
    contracts_of,
)
from tradewind.testing.package import Package

TESTS = Path(__file__).parents[1]

LATER = """
import json, sys
from kit.policies import MUTANTS
found = [(one.breaks, {name: outcome for name, (outcome, _) in one.outcomes().items()}) for one in MUTANTS[:3]]
json.dump({"optimised": not __debug__, "pytest": "pytest" in sys.modules, "found": found}, sys.stdout)
"""


def outcomes(results: list[CheckResult]) -> dict[str, str]:
    return {found.name: str(found.outcome) for found in results}


def package(_: object) -> Package:
    """Stand in for a distribution that is installed."""
    return SOUND_PACKAGE


def sound(module: ModuleType) -> Mutant:
    mutants: tuple[Mutant, ...] = module.MUTANTS
    return next(one for one in mutants if not one.breaks)


def test_a_component_is_checked_by_its_name_with_words_for_each_check() -> None:
    results = check("exposure", load_catalog(allow=("tradewind-risk",)))
    assert {found.outcome for found in results} == {Outcome.PASSED}
    assert {found.component for found in results} == {"risk_policies tradewind-risk:exposure"}
    assert all("To mend:" in found.docstring for found in results)


def test_a_distribution_is_checked_with_all_that_it_offers() -> None:
    results = check("tradewind-protections", load_catalog(allow=("tradewind-protections",)))
    names = {found.component.rpartition(":")[2] for found in results}
    assert names == {"cooldown", "stop-guard", "low-profit"}


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(PluginError, match="no plugin and no component 'cooldwn'") as raised:
        check("cooldwn", load_catalog(allow=("tradewind-protections",)))
    assert raised.value.code == "TW-P005"
    assert "Did you mean 'cooldown'?" in raised.value.hint


def test_settings_and_range_are_handed_on() -> None:
    catalog = sound(bar_sources).catalog()
    found = outcomes(check("mutant", catalog, start="2021-01-05", end="2021-01-06", package=package))
    assert found["schema_and_dtypes"] == "failed"
    assert found["unknown_symbol_error"] == "passed"


def test_no_network_is_asked_unless_settings_are_given() -> None:
    catalog = sound(series_sources).catalog()
    results = check("mutant", catalog)
    data = [found for found in results if found.name in SeriesSourceContract.promises]
    asked = [found for found in data if found.name not in PluginContract.promises]
    assert {found.outcome for found in asked} == {Outcome.SKIPPED}
    assert "it asks the network" in asked[0].message
    given = outcomes(check("mutant", catalog, config={}, outage={"down": True}, package=package))
    assert given["point_in_time_stable"] == "passed"


def test_a_source_that_lists_nothing_is_not_asked_for_data() -> None:
    record = DataSourceSpec(name="bare", summary="Nothing yet.", factory="kit.bar_sources:Bare")
    results = check("bare", catalog_of(("data_sources", record)))
    data = [found for found in results if found.name == "ohlc_consistent"]
    assert data[0].outcome is Outcome.SKIPPED
    assert data[0].message == "it lists no instruments with its default settings."


def test_a_source_that_tells_what_it_has_is_asked_for_the_newest_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, object]] = []
    monkeypatch.setattr(bar_sources.Told, "asked", asked)
    monkeypatch.setattr(BarSourceContract, "package", package)
    record = DataSourceSpec(name="told", summary="It tells.", factory="kit.bar_sources:Told")
    found = outcomes(check("told", catalog_of(("data_sources", record))))
    assert found["pages_join_without_seam"] == "passed"
    assert str(asked[0][0]) == "2021-01-02 16:00:00+00:00"
    assert str(asked[0][1]) == "2021-01-27 16:00:00+00:00"


def test_a_source_with_too_little_is_not_asked_for_data() -> None:
    record = DataSourceSpec(name="told", summary="It tells.", factory="kit.bar_sources:ToldLittle")
    results = check("told", catalog_of(("data_sources", record)))
    assert {found.message for found in results if found.name == "utc"} == {"no pair that it lists has 150 bars."}


def test_a_source_of_series_that_lacks_its_files_is_not_asked_for_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRADEWIND_MARKET_DATA", str(tmp_path))
    results = check("senticrypt-files")
    data = [found for found in results if found.name == "outage_is_not_zero"]
    assert data[0].outcome is Outcome.SKIPPED
    assert "it cannot be asked with its default settings: there is no file" in data[0].message


def test_each_kind_has_its_contract() -> None:
    both = DataSourceSpec(name="both", summary="Bars and more.", factory="a:b", provides=("bars", "series"))
    executor = ExecutorSpec(name="venue", summary="A venue.", factory="a:b")
    catalog = catalog_of(("data_sources", both), ("executors", executor), ("indicators", indicators.POSITION))
    assert contracts_of(catalog.get("data_sources", "both")) == [BarSourceContract, SeriesSourceContract]
    assert contracts_of(catalog.get("executors", "venue")) == [ExecutorContract]
    assert contracts_of(catalog.get("indicators", "position")) == [IndicatorContract]


def test_an_executor_is_not_tried_without_a_venue() -> None:
    found = executors.MUTANTS[0]
    results = check("mutant", found.catalog(), package=lambda _: found.package)
    outcome = {one.name: one for one in results}
    assert outcome["addresses_are_told"].outcome is Outcome.PASSED
    assert outcome["market_fills"].outcome is Outcome.SKIPPED
    assert "no venue is stated" in outcome["market_fills"].message
    assert {one.name for one in results if one.outcome is Outcome.FAILED} == set()


def test_a_distribution_without_components_is_checked_as_such() -> None:
    row = PluginRow(distribution="tradewind-risk", version="0.1.0", state=State.LOADED)
    found = outcomes(check("tradewind-risk", Catalog(plugins=(row,), manager=pluggy.PluginManager("tradewind"))))
    assert found["imports_light"] == "passed"
    assert found["config_defaults_build"] == "skipped"


def test_a_health_check_without_trouble_says_what_was_not_tried() -> None:
    mutant = sound(health_checks)
    made = mutant.contract.of("mutant", catalog=mutant.catalog(), package=package)
    assert made.result("trouble_is_a_finding").outcome is Outcome.SKIPPED


def test_checks_run_without_pytest_and_without_assertions() -> None:
    run = subprocess.run(
        [sys.executable, "-O", "-c", LATER], capture_output=True, text=True, cwd=TESTS, timeout=100, check=True
    )
    told = json.loads(run.stdout)
    assert told["optimised"]
    assert not told["pytest"]
    for breaks, found in told["found"]:
        assert [name for name, outcome in found.items() if outcome == "failed"] == ([breaks] if breaks else [])

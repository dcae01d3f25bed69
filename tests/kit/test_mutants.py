"""Every check is tried on a component that breaks it alone, and on one that keeps it."""

from __future__ import annotations

import pytest

from kit.all_mutants import MUTANTS
from kit.mutants import Mutant
from tradewind.testing import CONTRACTS, Outcome, PluginContract


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if one.breaks], ids=lambda one: one.name)
def test_a_broken_promise_fails_its_own_check_and_no_other(mutant: Mutant) -> None:
    outcomes = mutant.outcomes()
    failed = {name: message for name, (outcome, message) in outcomes.items() if outcome is Outcome.FAILED}
    assert list(failed) == [mutant.breaks], failed
    assert mutant.says in failed[mutant.breaks]


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if not one.breaks], ids=lambda one: one.name)
def test_a_component_that_keeps_every_promise_passes_every_check(mutant: Mutant) -> None:
    outcomes = mutant.outcomes()
    assert {name: found for name, found in outcomes.items() if found[0] is not Outcome.PASSED} == {}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_every_check_has_a_mutant(contract: type[PluginContract]) -> None:
    own = set(contract.promises) - (set() if contract is PluginContract else set(PluginContract.promises))
    tried = {one.breaks for one in MUTANTS if issubclass(one.contract, contract)}
    assert own - tried == set()

"""How a contract class judges: strict expected failures, root causes, checks that do not apply."""

from __future__ import annotations

import inspect
from unittest import SkipTest

import pytest

from kit.bar_sources import Doubled
from kit.indicators import MUTANTS, NeedsABeginning, Scribbles, SeesTomorrow, Sound
from kit.mutants import Mutant
from tradewind.testing import CONTRACTS, Contract, ContractFailure, IndicatorContract, Outcome, PluginContract, require


def mutant(component: type) -> Mutant:
    return next(one for one in MUTANTS if one.component is component)


def judged(component: type, spec: str = "mutant", **attributes: object) -> type[PluginContract]:
    made = mutant(component)
    package = made.package
    facts = dict(made.attributes) | attributes
    return made.contract.of(spec, catalog=made.catalog(), package=lambda _: package, **facts)


def test_an_expected_failure_is_no_failure_and_keeps_its_reason() -> None:
    found = judged(Scribbles, xfails={"does_not_mutate": "a range is wanted there"}).result("does_not_mutate")
    assert found.outcome is Outcome.XFAILED
    assert found.message.startswith("a range is wanted there: ")


def test_an_expected_failure_that_passes_fails() -> None:
    found = judged(Sound, xfails={"does_not_mutate": "it used to"}).result("does_not_mutate")
    assert found.outcome is Outcome.FAILED
    assert "remove it from xfails" in found.message


def test_an_expected_failure_of_no_check_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="'no_lookahed', which is no check"):
        judged(Sound, xfails={"no_lookahed": "misspelt"})


def test_what_builds_on_a_failed_check_is_left_out_and_names_it() -> None:
    outcomes = mutant(NeedsABeginning).outcomes()
    assert outcomes["one_bar"][0] is Outcome.FAILED
    found = judged(SeesTomorrow, spec="no-such-thing").results()
    outcome = {one.name: one for one in found}
    assert outcome["entry_point_resolves"].outcome is Outcome.FAILED
    assert {one.outcome for one in found if one.name != "entry_point_resolves"} == {Outcome.SKIPPED}
    assert outcome["no_lookahead"].message == "entry_point_resolves comes first, and fails."


def test_a_check_that_does_not_apply_is_not_collected_and_says_why() -> None:
    source = Mutant(contract=CONTRACTS[1], component=Doubled).judged()
    assert vars(source)["test_stream_equals_history"] is None
    assert source.result("stream_equals_history").outcome is Outcome.SKIPPED
    assert source.result("stream_equals_history").message == "the record does not declare that it streams."
    assert callable(vars(source)["test_ohlc_consistent"])


def test_collected_methods_raise_the_failure_once_judged() -> None:
    broken = judged(Scribbles)()
    with pytest.raises(ContractFailure, match="range"):
        broken.test_does_not_mutate()  # type: ignore[attr-defined]  # made for the class
    broken.test_deterministic()  # type: ignore[attr-defined]  # made for the class


def test_collected_methods_skip_what_a_failure_left_without_meaning() -> None:
    lost = judged(Sound, spec="no-such-thing")()
    with pytest.raises(SkipTest, match="entry_point_resolves comes first"):
        lost.test_no_lookahead()  # type: ignore[attr-defined]  # made for the class


def test_an_error_of_the_component_is_told_with_its_place() -> None:
    found = judged(NeedsABeginning).result("one_bar")
    assert "it raised ValueError: not enough bars (in " in found.message
    assert "indicators.py, line " in found.message


def test_a_failure_does_not_depend_on_assert() -> None:
    source = "".join(inspect.getsource(inspect.getmodule(contract) or contract) for contract in CONTRACTS)
    assert "assert " not in source
    with pytest.raises(ContractFailure, match="what was"):
        require(0, "what was")
    require("something", "never said")


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_every_check_says_what_is_promised_why_and_how_to_mend_it(contract: type[Contract]) -> None:
    for found in contract.promises.values():
        paragraphs = found.docstring.split("\n\n")
        assert len(paragraphs) == 3, found.name
        assert paragraphs[0].endswith("."), found.name
        assert paragraphs[2].startswith("To mend: "), found.name


def test_checks_build_only_on_checks_that_exist() -> None:
    for contract in CONTRACTS:
        named = {earlier for found in contract.promises.values() for earlier in found.after}
        assert named <= set(contract.promises)


def test_a_class_may_add_checks_of_its_own_and_inherit_from_a_named_one() -> None:
    class Longer(judged(Sound)):  # type: ignore[misc]  # a class made at run time
        config = {"length": 30}  # noqa: RUF012  # as authors write it

    assert issubclass(Longer, IndicatorContract)
    assert Longer.result("warmup_exact").outcome is Outcome.PASSED
    assert Longer().build().warmup() == 58

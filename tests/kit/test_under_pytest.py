"""pytest collects contract classes like any other, and reports each outcome in its own words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MODULE = """
from kit.indicators import MUTANTS, Scribbles, Sound, DropsRows
from tradewind.testing import IndicatorContract


def offered(component):
    mutant = next(one for one in MUTANTS if one.component is component)
    return mutant.catalog(), lambda _: mutant.package


class TestSound(IndicatorContract):
    spec = "mutant"
    rows = 100
    xfails = {}
    catalog, package = offered(Sound)


class TestForgiven(IndicatorContract):
    spec = "mutant"
    rows = 100
    xfails = {"does_not_mutate": "it wants a range"}
    catalog, package = offered(Scribbles)


class TestStale(IndicatorContract):
    spec = "mutant"
    rows = 100
    xfails = {"does_not_mutate": "it no longer does"}
    catalog, package = offered(Sound)


class TestBroken(IndicatorContract):
    spec = "mutant"
    rows = 100
    catalog, package = offered(DropsRows)
"""


def test_outcomes_are_reported_as_pytest_reports_its_own(tmp_path: Path) -> None:
    module = tmp_path / "test_contract.py"
    module.write_text(MODULE)
    tests = Path(__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(module)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tests), "PATH": "", "COLUMNS": "400"},
        timeout=100,
    )
    out = run.stdout
    checks = 18
    assert len(re.findall(r"^PASSED .*TestSound::", out, re.MULTILINE)) == checks, out + run.stderr
    assert len(re.findall(r"^PASSED .*TestForgiven::", out, re.MULTILINE)) == checks - 1
    assert re.search(r"^XFAIL .*TestForgiven::test_does_not_mutate - it wants a range", out, re.MULTILINE)
    assert re.search(r"^FAILED .*TestStale::test_does_not_mutate.*remove it from xfails", out, re.MULTILINE)
    assert re.search(r"^FAILED .*TestBroken::test_same_length - .*ContractFailure: the answer has", out, re.MULTILINE)
    assert "same_length comes first, and fails." in out
    assert not re.search(r"^FAILED .*TestBroken::test_no_lookahead", out, re.MULTILINE)
    assert run.returncode == 1

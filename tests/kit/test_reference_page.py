"""The reference page of contracts says what the checks say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.testing import CONTRACTS, PluginContract
from tradewind.testing.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "contracts.md"


def test_the_page_is_what_the_docstrings_make() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference(), "run: python -m tradewind.testing.reference > docs/reference/contracts.md"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_every_class_and_check_has_a_heading_and_its_promise(contract: type[PluginContract]) -> None:
    section = PAGE.read_text(encoding="utf-8").partition(f"## {contract.__name__}\n")[2].partition("\n## ")[0]
    assert section
    own = set(contract.promises) - (set() if contract is PluginContract else set(PluginContract.promises))
    for name in own:
        assert f"### `{name}`" in section
        assert contract.promises[name].docstring.splitlines()[0] in section

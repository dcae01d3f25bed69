"""Pages made from the code are what the code says now."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from docs.pages import DOCS
from tradewind.errors import CODES
from tradewind.plugins import hookspecs


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS))
    try:
        yield importlib.import_module("generate")
    finally:
        sys.path.remove(str(DOCS))


def test_every_generated_page_is_what_the_generator_writes_now(generate: ModuleType) -> None:
    assert generate.stale() == [], "run: python docs/generate.py"


def test_every_hook_has_its_heading(generate: ModuleType) -> None:
    text = generate.PAGES["hooks.md"]()
    hooks = [name for name in vars(hookspecs) if name.startswith("tradewind_")]
    assert [name for name in hooks if f"## `{name}`" not in text] == []


def test_every_error_code_has_a_meaning_and_a_remedy(generate: ModuleType) -> None:
    text = generate.PAGES["error-codes.md"]()
    assert [code for code in CODES if f"| `{code}` | {CODES[code]} | " not in text] == []


def test_docstrings_are_taken_apart(generate: ModuleType) -> None:
    parse = importlib.import_module("generator.docstring").parse
    found = parse(
        """
        Do it.

        More, as code::

            x = 1

        Args:
            first: One
                and more.
            second: Two.

        Returns:
            A thing.

        Raises:
            ValueError: When not.
        """
    )
    assert (found.summary, found.args) == ("Do it.", {"first": "One and more.", "second": "Two."})
    assert found.body == "More, as code:\n\n```python\nx = 1\n```"
    assert (found.returns, found.raises) == ("A thing.", {"ValueError": "When not."})

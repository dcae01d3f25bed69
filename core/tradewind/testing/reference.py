"""The reference page of all contracts, made from the docstrings of their checks."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Final

from tradewind.testing.plugin import PluginContract
from tradewind.testing.runner import CONTRACTS

_HEAD: Final = """# Contracts

What Tradewind promises its users, plugins promise Tradewind. Each promise is a check; a class
holds the checks of one kind of component:

```python
from tradewind.testing import StrategyContract


class TestAdaptive(StrategyContract):
    spec = "adaptive"
    xfails = {}
```

pytest collects the class like any other. `tradewind plugins check NAME` runs the same checks on
what is installed, without pytest: check before you trust it with money.

Which checks run depends on what the record declares. When a check fails, those that build on it
are left out until it is mended. `xfails` maps the name of a check to the reason why it is known to
fail, and is strict: a check that is listed there and passes is a failure.

A component that cannot be built from nothing states its settings in `config`; the other class
attributes are told with each class.

This page is made by `python -m tradewind.testing.reference` from the checks' own docstrings.
"""


def reference() -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, *(line for contract in CONTRACTS for line in _section(contract))]).rstrip() + "\n"


def _section(contract: type[PluginContract]) -> Iterator[str]:
    yield f"## {contract.__name__}"
    yield ""
    yield from _prose(contract.__doc__ or "")
    if contract is PluginContract:
        own = list(contract.promises.values())
    else:
        own = [found for name, found in contract.promises.items() if name not in PluginContract.promises]
        yield "The checks of `PluginContract`, and:"
        yield ""
    for found in own:
        yield f"### `{found.name}`"
        yield ""
        if found.after:
            yield f"*After {', '.join(f'`{name}`' for name in found.after)}.*"
            yield ""
        yield from _prose(found.docstring)


def _prose(text: str) -> Iterator[str]:
    """Yield a docstring's lines; its arguments become a list."""
    listing = False
    for line in inspect.cleandoc(text).splitlines():
        if line == "Args:":
            listing = True
            yield "Class attributes:"
            yield ""
        elif listing and line.startswith("    ") and not line.startswith("     "):
            name, _, words = line.strip().partition(": ")
            yield f"- `{name}`: {words}"
        elif listing and line.strip():
            yield f"  {line.strip()}"
        else:
            yield line
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference())

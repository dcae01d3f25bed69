"""The page of error codes: what each means and what to do."""

from __future__ import annotations

from typing import Final

from generator.docstring import cell, joined, table
from generator.remedies import REMEDIES

from tradewind.errors import CODES

_HEAD: Final = """# Error codes

Every error that a user can cause has a code, says what was and what was expected, and what to do. Exit codes of the
command line: 0 done, 1 a check found something, 2 wrong usage or settings, 3 a run that failed. `--debug` before the
command shows the traceback.

In Python the same errors are subclasses of `TradewindError` with the attributes `code`, `message`, `hint` and `data`.
"""

_GROUPS: Final = {
    "P": "Plugins",
    "S": "Settings",
    "D": "Market data",
    "I": "Indicators",
    "K": "Strategies, policies and plans",
    "U": "Usage",
    "M": "Models",
    "R": "Results",
    "B": "Database",
    "V": "Venues",
    "L": "Live trading",
}


def page() -> str:
    """Return the page as Markdown."""
    unknown = sorted(set(REMEDIES) - set(CODES))
    if unknown:
        raise LookupError(f"generator/remedies.py has remedies for codes that do not exist: {', '.join(unknown)}")
    lines = [_HEAD]
    for letter in dict.fromkeys(code[3] for code in CODES):
        rows = []
        for code, meaning in CODES.items():
            if code[3] != letter:
                continue
            if code not in REMEDIES:
                raise LookupError(f"{code} has no remedy: add one to docs/generator/remedies.py")
            rows.append((f"`{code}`", cell(meaning), cell(REMEDIES[code])))
        lines += [f"## {_GROUPS[letter]}", "", *table(("code", "meaning", "what to do"), rows), ""]
    return joined(lines)

"""
Write the reference pages that are made from the code.

    python docs/generate.py            write them all
    python docs/generate.py --check    say which differ from what the code says now, and leave with 1

Each module of `generator` makes one page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from generator import api, codes, commands, hooks, indicators, ledger, records, settings, tables

REFERENCE: Final = Path(__file__).parent / "reference"

PAGES: Final[dict[str, Callable[[], str]]] = {
    "api.md": api.page,
    "commands.md": commands.page,
    "decision-ledger.md": ledger.page,
    "error-codes.md": codes.page,
    "hooks.md": hooks.page,
    "indicators.md": indicators.page,
    "records.md": records.page,
    "settings.md": settings.page,
    "tables.md": tables.page,
}
"""What makes each page, by file name."""


def stale() -> list[str]:
    """Return the pages that are missing or not what the code says now."""
    found = []
    for name, make in PAGES.items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != make():
            found.append(name)
    return found


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    names = stale()
    for name in names:
        if arguments:
            print(f"{name} is out of date; run: python docs/generate.py")
        else:
            (REFERENCE / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote {name}")
    return 1 if arguments and names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

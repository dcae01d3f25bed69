"""The README's tables, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.catalogue.candle import PATTERNS
from tradewind_pandas_ta.catalogue.left_out import DIFFERENCES, LEFT_OUT, RENAMED
from tradewind_pandas_ta.entry import LONGEST, SOURCE, Entry, Param

BEGIN = "<!-- made from the catalogue by `python -m tradewind_pandas_ta.reference README.md` -->"


def reference() -> str:
    """Return the part of the README that is made: from `BEGIN` to its end."""
    return "\n".join([BEGIN, "", *_tables(), *_lists()])


def _tables() -> Iterator[str]:
    by_category = sorted(CATALOGUE.values(), key=lambda entry: (entry.category, entry.name))
    for category, entries in groupby(by_category, key=lambda entry: entry.category):
        yield from (f"### {category.capitalize()}", "")
        yield from ("| name | tells | outputs | settings | computed by |", "|---|---|---|---|---|")
        yield from map(_row, entries)
        yield ""


def _row(entry: Entry) -> str:
    outputs = ", ".join(f"`{name}`" for name in entry.outputs)
    settings = "<br>".join(map(_setting, entry.params)) or "none"
    rules = "".join(f"<br>{rule.words}" for rule in entry.rules)
    return f"| `{entry.name}` | {entry.summary} | {outputs} | {settings}{rules} | {entry.origin} |"


def _setting(param: Param) -> str:
    default = str(param.default).lower() if param.type is bool else param.default
    text = f"`{param.name}` = {default}"
    if param == SOURCE:
        return text
    return f"{text} ({_allowed(param)}): {param.doc}"


def _allowed(param: Param) -> str:
    if param.choices:
        return "listed below" if param.choices == PATTERNS else ", ".join(param.choices)
    if param.type is bool:
        return "true or false"
    return f"from {param.low:g}" if param.high == LONGEST else f"{param.low:g} to {param.high:g}"


def _lists() -> Iterator[str]:
    yield from ("## What is left out", "")
    yield from (f"- `{name}`: {why}." for name, why in LEFT_OUT.items())
    yield from ("", "## Where the numbers are not pandas-ta's", "")
    yield from (
        f"- {', '.join(f'`{name}`' for name in names.split(', '))}: {what}." for names, what in DIFFERENCES.items()
    )
    renamed = ", ".join(f"`{theirs}` is `{ours}`" for theirs, ours in RENAMED.items())
    yield from ("", f"Names: {renamed}.", "")
    yield from ("## Candlestick patterns", "")
    yield from (f"`cdl_pattern` takes as `pattern`: {', '.join(f'`{name}`' for name in PATTERNS)}.", "")


def write(readme: str) -> str:
    """Return the text of a README with its made part made anew."""
    return readme.partition(BEGIN)[0] + reference()


if __name__ == "__main__":
    import sys
    from pathlib import Path

    for _name in sys.argv[1:]:
        _path = Path(_name)
        _path.write_text(write(_path.read_text(encoding="utf-8")), encoding="utf-8")

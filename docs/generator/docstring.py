"""Docstrings as Markdown: summary, prose, arguments, returns, raises."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

_SECTION: Final = re.compile(r"^(Args|Attributes|Returns|Raises|Yields):$")
_ITEM: Final = re.compile(r"^([\w*.]+)(?: \([^)]*\))?: (.*)$")


@attrs.frozen(kw_only=True)
class Docstring:
    """
    A docstring taken apart.

    Args:
        summary: Its first paragraph, on one line.
        body: The prose after it, as Markdown.
        args: What each argument or attribute means.
        returns: What is returned, in one paragraph; empty when it does not say.
        raises: What is raised and when.
    """

    summary: str
    body: str = ""
    args: dict[str, str] = attrs.field(factory=dict)
    returns: str = ""
    raises: dict[str, str] = attrs.field(factory=dict)


def parse(thing: Any) -> Docstring:
    """Return the docstring of a class, function or module, taken apart."""
    raw = thing if isinstance(thing, str) else (getattr(thing, "__doc__", None) or "")
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(raw).splitlines():
        match = _SECTION.match(line)
        if match:
            current = match[1]
            sections[current] = []
        elif current and line and not line.startswith(" "):
            current = ""
            sections[""] += ["", line]
        else:
            sections[current].append(line)
    first, rest = _paragraphs(sections[""])
    returns = sections.get("Returns") or sections.get("Yields") or []
    return Docstring(
        summary=first,
        body=rest,
        args=_items([*sections.get("Args", []), *sections.get("Attributes", [])]),
        returns=_flowed(returns),
        raises=_items(sections.get("Raises", [])),
    )


def _paragraphs(lines: list[str]) -> tuple[str, str]:
    text = "\n".join(lines).strip("\n")
    first, _, rest = text.partition("\n\n")
    return " ".join(first.split()), "\n".join(_literals(rest.splitlines())).strip("\n")


def _literals(lines: list[str]) -> Iterator[str]:
    """Turn an indented block after `::` into a fenced one."""
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if not line.endswith("::"):
            yield line
            continue
        yield line[:-1]
        block = []
        while place < len(lines) and (not lines[place] or lines[place].startswith("    ")):
            block.append(lines[place].removeprefix("    "))
            place += 1
        yield from ("", "```python", *"\n".join(block).strip("\n").splitlines(), "```", "")


def _items(lines: list[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    last = ""
    for line in lines:
        inner = line.removeprefix("    ")
        match = _ITEM.match(inner)
        if match and not inner.startswith(" "):
            last = match[1]
            found[last] = [match[2]]
        elif last and inner.strip():
            found[last].append(inner.strip())
    return {name: " ".join(words) for name, words in found.items()}


def _flowed(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def cell(text: str) -> str:
    """Return text that can stand in a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return text as code that can stand in a table's cell."""
    return f"`{cell(text)}`"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


def joined(lines: list[str]) -> str:
    """Return lines as one page: no runs of blank lines, one line end at the end."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"

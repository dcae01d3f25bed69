"""
The documentation as something to run: its fenced blocks, in order, in a fresh folder.

    ```sh        commands, run one by one; `# exits with 2` at the end of a line expects that code
    ```text      right after an `sh` block: what it prints; `…` stands for anything
    ```python    with `# file: NAME` as first line: a file; likewise ```toml and ```csv

Other blocks are to be read and are not run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"

_FENCE: Final = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`]*)$")
_FILE: Final = re.compile(r"^# file: (?P<name>\S+)$")
_CODE: Final = re.compile(r"\s+# exits with (?P<code>[0-9])$")


@attrs.frozen(kw_only=True)
class Block:
    """
    A fenced block.

    Args:
        info: What stands behind the opening fence.
        text: Its content.
        line: The line of the opening fence, from 1.
        follows: The index of the block right before it, with nothing but blank lines between, or -1.
    """

    info: str
    text: str
    line: int
    follows: int = -1

    @property
    def file(self) -> str:
        """The file that the block shows; empty when it shows none."""
        match = _FILE.match(self.text.partition("\n")[0])
        return match["name"] if match else ""

    @property
    def content(self) -> str:
        """The text of the file that the block shows."""
        return self.text.partition("\n")[2] + "\n"


@attrs.frozen(kw_only=True)
class Command:
    """A command line and the exit code it must have."""

    text: str
    code: int = 0

    @property
    def words(self) -> list[str]:
        """The command line taken apart as a shell would."""
        return shlex.split(self.text)


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    place, clear = 0, False
    while place < len(lines):
        match = _FENCE.match(lines[place])
        if match is None:
            clear = clear and not lines[place].strip()
            place += 1
            continue
        end = next(n for n in range(place + 1, len(lines)) if lines[n] == match["ticks"])
        text = "\n".join(lines[place + 1 : end])
        found.append(
            Block(info=match["info"].strip(), text=text, line=place + 1, follows=len(found) - 1 if clear else -1)
        )
        place, clear = end + 1, True
    return found


def commands_of(block: Block) -> Iterator[Command]:
    """Yield the commands of an `sh` block; a line that ends in a backslash goes on in the next."""
    for line in block.text.replace("\\\n", " ").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _CODE.search(text)
        yield Command(text=_CODE.sub("", text), code=int(match["code"]) if match else 0)


def missing_lines(expected: str, printed: str) -> list[str]:
    """Return the lines of an output block that the output does not have, in this order; `…` stands for anything."""
    lines, place, missing = [" ".join(line.split()) for line in printed.splitlines()], 0, []
    for wanted in (" ".join(line.split()) for line in expected.splitlines()):
        if wanted in {"", "…"}:
            continue
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in wanted.split("…")))
        at = next((n for n in range(place, len(lines)) if pattern.search(lines[n])), None)
        if at is None:
            missing.append(wanted)
        else:
            place = at
    return missing


def all_pages() -> list[Path]:
    """Return every page of the documentation, and the project's README."""
    pages = [page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts]
    return [*pages, ROOT / "README.md"]


def runnable_pages() -> list[Path]:
    """Return the pages that show commands."""
    return [page for page in all_pages() if any(block.info == "sh" for block in blocks_of(page))]

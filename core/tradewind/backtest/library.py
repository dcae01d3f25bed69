"""Results stored in the state folder, one file each, named by their id."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from tradewind.backtest.result import Result
from tradewind.cache.atomic import private_folder, write_whole
from tradewind.errors import ResultError

LARGEST: Final = 1_000_000_000
"""A stored result may have this many bytes; more is not read."""

_ID: Final = re.compile(r"^[0-9a-f]{4,64}$")


class Library:
    """
    The results of a state folder.

    Files are readable by their owner alone and are replaced in one step: a reader sees the old
    result or the new one, never half of one.

    Args:
        folder: The state folder, such as `.tradewind`; it is made when something is stored.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder) / "results"

    def save(self, result: Result) -> Path:
        """Store a result under its id, in place of an earlier run of the same inputs; return the file."""
        private_folder(self.folder)
        path = self.folder / f"{result.id}.json"
        write_whole(path, result.to_json().encode(), private=True)
        return path

    def load(self, result_id: str) -> Result:
        """
        Return a stored result.

        Args:
            result_id: The id, or its first four digits or more where these tell it from others.

        Raises:
            ResultError: TW-R001 when there is none, TW-R002 when it is damaged.
        """
        return self._read(self._find(result_id))

    def file_of(self, result_id: str) -> Path:
        """
        Return the file of a stored result; its report lies beside it when one was written.

        Raises:
            ResultError: TW-R001 when there is none.
        """
        return self._find(result_id)

    def newest(self) -> Result:
        """
        Return the result that was stored last.

        Raises:
            ResultError: TW-R001 when there is none.
        """
        files = self._files()
        if not files:
            raise ResultError(
                f"there is no stored result in {self.folder}.", code="TW-R001", hint="Run `tradewind backtest` first."
            )
        return self._read(files[-1])

    def summaries(self) -> list[dict[str, Any]]:
        """Return id, strategy, symbols, timeframe, start, end and total return of all results, the newest last."""
        return self.listing()[0]

    def listing(self) -> tuple[list[dict[str, Any]], list[Path]]:
        """Return what `summaries` does, and the files that are no results and cannot be read."""
        read = [(path, _summary(path)) for path in self._files()]
        return [line for _, line in read if line is not None], [path for path, line in read if line is None]

    def _files(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        files = [path for path in self.folder.glob("*.json") if _ID.match(path.stem)]
        return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _find(self, result_id: str) -> Path:
        # The id becomes a file name: nothing but digits may pass.
        if not _ID.match(result_id):
            raise ResultError(
                f"the id was {result_id[:80]!r}, expected 4 to 12 hexadecimal digits.",
                code="TW-R001",
                hint="`tradewind results` lists the stored ones.",
            )
        found = [path for path in self._files() if path.stem.startswith(result_id)]
        if len(found) != 1:
            which = "no stored result" if not found else f"{len(found)} stored results"
            raise ResultError(
                f"{which} in {self.folder} has an id that begins with {result_id}.",
                code="TW-R001",
                hint="`tradewind results` lists the stored ones.",
                found=[path.stem for path in found],
            )
        return found[0]

    def _read(self, path: Path) -> Result:
        size = path.stat().st_size
        if size > LARGEST:
            raise ResultError(f"{path} has {size:,} bytes, expected at most {LARGEST:,}.", code="TW-R002")
        try:
            return Result.from_json(path.read_bytes())
        except ResultError as error:
            raise ResultError(f"{path}: {error.message}", code=error.code, hint=error.hint) from error


def _summary(path: Path) -> dict[str, Any] | None:
    """Return the line of one file; None for one that cannot be read, whose cause `load` tells."""
    try:
        values = json.loads(path.read_bytes())
        line = {name: values[name] for name in ("id", "strategy", "symbols", "timeframe", "start", "end")}
        return line | {"total_return": values["metrics"]["total_return"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None

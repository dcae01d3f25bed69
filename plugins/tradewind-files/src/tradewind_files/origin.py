"""Which file a fault is in, and on which line or row."""

from __future__ import annotations

import attrs

from tradewind.api import DataError


@attrs.frozen(kw_only=True)
class Origin:
    """
    A file as its user knows it.

    Args:
        name: Its path below the folder that was named.
        word: What its rows are counted in: `line` of a text file, `row` of a table.
        first: The number of the first row of bars.
    """

    name: str
    word: str = "row"
    first: int = 1

    def at(self, row: int) -> str:
        """Return the place of a row of bars, counted from 0, in words."""
        return f"{self.word} {row + self.first}"

    def unreadable(self, error: OSError) -> DataError:
        """Return the error to raise when the system does not let the file be read."""
        hint = "Check that the file is there and may be read."
        return self.fault(f"it cannot be read: {error.strerror or error}.", "TW-D007", hint)

    def fault(self, text: str, code: str, hint: str = "", row: int | None = None) -> DataError:
        """
        Return the error to raise.

        Args:
            text: What was and what was expected.
            code: The error code.
            hint: The remedy.
            row: The row of bars it was found in, counted from 0.
        """
        where = f"{self.name}, {self.at(row)}" if row is not None else self.name
        number = None if row is None else row + self.first
        return DataError(f"{where}: {text}", code=code, hint=hint, file=self.name, row=number)

"""What a cached history is of, and where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import attrs

from tradewind.errors import TradewindError, UsageError
from tradewind.model.instrument import check_symbol
from tradewind.model.timeframe import Timeframe

_SOURCE: Final = re.compile(r"^[A-Za-z0-9][\w.@+-]{0,79}$")


@attrs.frozen(kw_only=True)
class Key:
    """
    One cached history.

    Args:
        source: Who gave it: a source's name, letters, digits and `_ - . @ +`.
        symbol: The pair.
        timeframe: The bar length.

    Raises:
        UsageError: TW-U001 for a malformed symbol, TW-U008 for a malformed source name.
    """

    source: str = attrs.field()
    symbol: str = attrs.field(converter=check_symbol)
    timeframe: Timeframe

    @source.validator
    def _check_source(self, _: attrs.Attribute[str], value: str) -> None:
        if not _SOURCE.match(value) or ".." in value:
            raise UsageError(
                f"the name of a cached source was {value[:80]!r}, expected letters, digits, '-' and '_'.",
                code="TW-U008",
            )

    def __str__(self) -> str:
        return f"{self.symbol} {self.timeframe} from {self.source}"

    def folder(self, root: Path) -> Path:
        """Return the folder of this history; names are percent-encoded, whatever script they are in."""
        return root / quote(self.source, safe="") / quote(self.symbol, safe="") / self.timeframe.name


def keys_in(root: Path) -> Iterator[Key]:
    """Yield every history that has a folder below this one, in order; other folders are passed over."""
    for folder in sorted(root.glob("[!.]*/*/*/")):
        timeframe, symbol, source = folder.name, unquote(folder.parent.name), unquote(folder.parent.parent.name)
        try:
            key = Key(source=source, symbol=symbol, timeframe=Timeframe(timeframe))
        except TradewindError:
            continue
        if key.folder(root) == folder:
            yield key

"""Which column is what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tradewind_files.origin import Origin

FIELDS: Final = ("open", "high", "low", "close", "volume")
TIMES: Final = ("open_time", "timestamp", "time", "date", "datetime")
"""Names under which the opens of bars stand."""

KLINE: Final = (
    "open_time",
    *FIELDS,
    "close_time",
    "quote_volume",
    "trades",
    "taker_buy_base",
    "taker_buy_quote",
    "ignore",
)
"""The columns of Binance's archive, which come without a header."""


def roles(names: Sequence[str], origin: Origin) -> dict[str, int]:
    """
    Return the place of `time` and of the five fields; upper case, spaces and other columns do not matter.

    Raises:
        DataError: TW-D003 when one is missing, doubled, or the time stands in two columns.
    """
    plain = [name.strip().lower().replace(" ", "_") for name in names]
    times = [place for place, name in enumerate(plain) if name in TIMES]
    missing = [field for field in FIELDS if field not in plain]
    if missing or not times:
        wanted = ([] if times else ["a time (" + ", ".join(TIMES) + ")"]) + missing
        raise origin.fault(
            f"there is no column for {', '.join(wanted)}; found: {', '.join(names)[:200]}.",
            "TW-D003",
            "A price history has a time, open, high, low, close and volume, separated by commas in a CSV file.",
        )
    doubled = [field for field in FIELDS if plain.count(field) > 1]
    if doubled or len(times) > 1:
        which = doubled or [names[place] for place in times]
        raise origin.fault(
            f"more than one column could be the {doubled[0] if doubled else 'time'}: {', '.join(which)}.",
            "TW-D003",
            "Remove or rename all but one.",
        )
    return {"time": times[0]} | {field: plain.index(field) for field in FIELDS}

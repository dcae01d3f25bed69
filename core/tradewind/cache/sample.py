"""The small synthetic history that a first run needs, wherever Tradewind is installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from tradewind.errors import DataError

SAMPLE: Final = "BTCUSDT_4h.csv"
"""The sample that is used when nothing else is asked for: four-hour bars of a made-up BTCUSDT."""

SAMPLES: Final = (SAMPLE, "BTCUSDT_1d.csv")
"""Every sample: the days are those of the same made-up market, over more years."""


def sample_path(name: str = SAMPLE) -> Path:
    """
    Return where a sample lies: inside the installed package, or in the repository's `data/`.

    Raises:
        DataError: TW-D001 when it is in neither place.
    """
    packaged = Path(str(files("tradewind"))) / "sample" / name
    beside = Path(str(files("tradewind"))).parents[1] / "data" / name
    for place in (packaged, beside):
        if place.is_file():
            return place
    raise DataError(
        f"the embedded sample {name!r} is not there.",
        code="TW-D001",
        hint="Reinstall tradewind, or name a data source of your own.",
    )

"""Real price history, read as it is."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from tradewind.model.bars import Bars


@lru_cache(maxsize=4)
def read_bars(path: Path, timeframe: str) -> Bars:
    """Read one Parquet file of bars."""
    frame = pd.read_parquet(path)
    return Bars.from_frame(frame.set_index("open_time"), timeframe)

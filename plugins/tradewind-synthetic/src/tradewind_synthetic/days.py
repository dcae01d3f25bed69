"""The daily skeleton of a market: where each day opens and how much moves within it."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind_synthetic.draws import generator
from tradewind_synthetic.settings import SyntheticConfig

Floats = npt.NDArray[np.float64]

YEAR_DAYS: Final = 365.25
MOST_JUMPS: Final = 3
"""Jumps of one day beyond this many are left out."""

_REGIMES: Final = (
    # mean length in days, drift added per year, multiple of the volatility
    (60.0, 1.1, 0.9),
    (45.0, -0.9, 1.1),
    (40.0, 0.0, 0.6),
    (10.0, -0.8, 2.0),
)
"""Bull, bear, range and storm; after each comes any of the others, equally likely."""

_SPREAD: Final = 0.25
"""Standard deviation of the log of a day's volatility around its regime's."""


@attrs.frozen(kw_only=True, eq=False)
class Days:
    """
    One pair's days.

    Args:
        opens: Log price at each day's open, and at the end of the last.
        sigma: Standard deviation of each day's log return.
        jump_minute: When each jump of a day happens, minutes after its open; [days, jumps].
        jump: Each jump's log return, 0 for none; [days, jumps].
        outage_start: First minute without bars, counted from the first day's open; one per outage.
        outage_end: The minute after the last without bars.
    """

    opens: Floats
    sigma: Floats
    jump_minute: npt.NDArray[np.int64]
    jump: Floats
    outage_start: npt.NDArray[np.int64]
    outage_end: npt.NDArray[np.int64]


def make_days(config: SyntheticConfig, symbol: str, count: int, start_price: float) -> Days:
    """
    Return the first `count` days of a pair; more days never change earlier ones.

    A day's log return is drift − sigma²/2 + sigma z plus its jumps, with the normal z shared between
    pairs to the extent of their correlation.
    """
    flat = config.kind == "flat"
    drift, scale = _regimes(config, count) if config.kind == "regimes" else (np.zeros(count), np.ones(count))
    own = generator(config.seed, symbol, "days").standard_normal((count, 2))
    shared = generator(config.seed, "market").standard_normal(count)
    spread = _SPREAD if config.kind == "regimes" else 0.0
    sigma = config.volatility / np.sqrt(YEAR_DAYS) * scale * np.exp(spread * own[:, 1] - spread**2)
    jump_minute, jump = _jumps(config, symbol, count)
    z = np.sqrt(config.correlation) * shared + np.sqrt(1.0 - config.correlation) * own[:, 0]
    moves = (config.drift + drift) / YEAR_DAYS - sigma**2 / 2.0 + sigma * z + jump.sum(axis=1)
    if flat:
        moves, sigma = np.zeros(count), np.zeros(count)
    start, end = _outages(config, symbol, count)
    return Days(
        opens=np.log(start_price) + np.concatenate(([0.0], np.cumsum(moves))),
        sigma=sigma,
        jump_minute=jump_minute,
        jump=jump,
        outage_start=start,
        outage_end=end,
    )


def _regimes(config: SyntheticConfig, count: int) -> tuple[Floats, Floats]:
    draws = generator(config.seed, "regimes").random((count, 2))
    regime, path = 0, np.empty(count, dtype=np.intp)
    for day in range(count):
        if draws[day, 0] < 1.0 / _REGIMES[regime][0]:
            regime = (regime + 1 + int(draws[day, 1] * (len(_REGIMES) - 1))) % len(_REGIMES)
        path[day] = regime
    table = np.array(_REGIMES)
    return table[path, 1], table[path, 2]


def _jumps(config: SyntheticConfig, symbol: str, count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    if config.kind != "jumps":
        return np.zeros((count, MOST_JUMPS), dtype=np.int64), np.zeros((count, MOST_JUMPS))
    number = generator(config.seed, symbol, "jumps").poisson(config.jump_rate, count)
    minutes = generator(config.seed, symbol, "jump times").integers(0, 1440, (count, MOST_JUMPS))
    sizes = generator(config.seed, symbol, "jump sizes").standard_normal((count, MOST_JUMPS)) * config.jump_size
    return minutes, np.where(np.arange(MOST_JUMPS) < number[:, np.newaxis], sizes, 0.0)


def _outages(config: SyntheticConfig, symbol: str, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    if config.kind != "gaps":
        none = np.empty(0, dtype=np.int64)
        return none, none
    begins = generator(config.seed, symbol, "outages").random(count) < config.gap_rate
    minute = generator(config.seed, symbol, "outage times").integers(0, 1440, count)
    length = generator(config.seed, symbol, "outage lengths").exponential(config.gap_hours * 60.0, count)
    start = (np.arange(count) * 1440 + minute)[begins]
    return start, start + np.maximum(1, np.minimum(length[begins], 14_400.0)).astype(np.int64)

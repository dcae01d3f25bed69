"""Random numbers that depend on what they are for, never on when they are drawn."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


def generator(seed: int, *names: str, block: int = 0) -> np.random.Generator:
    """
    Return the generator of one purpose.

    Philox is a counter-based generator: its key is made from seed and names, its counter from
    the block, so that any block of any stream can be drawn alone, in any order, in any process.

    Args:
        seed: The seed of the market.
        names: What the numbers are for, such as a symbol and `minutes`.
        block: Which part of the stream, such as a day; each has 2^128 numbers.
    """
    text = "\0".join((str(seed), *names)).encode()
    key = int.from_bytes(hashlib.sha256(text).digest()[:16], "little")
    bits: Any = np.random.Philox(key=key, counter=block << 128)
    return np.random.Generator(bits)

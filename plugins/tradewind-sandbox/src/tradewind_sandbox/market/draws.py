"""Seeded draws that depend on what they are for and on nothing drawn before."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """
    Return a generator for one purpose: the same in every process, whatever else was drawn.

    Args:
        seed: The sandbox's seed.
        purpose: What it is for, such as a symbol, a word and a bar's open.
    """
    text = "\x1f".join(map(str, (seed, *purpose))).encode()
    key = np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))

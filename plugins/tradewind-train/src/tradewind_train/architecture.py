"""The sizes that both networks and their exported graphs are built from."""

from __future__ import annotations

from typing import Final

ARCHITECTURES: Final = ("cnn_lstm", "transformer")

CONVOLUTIONS: Final = (64, 32)
"""Filters of the two causal convolutions of width 3, each followed by a pool of 2."""

LSTMS: Final = (50, 25)
DENSE: Final = 25
DROPOUT: Final = 0.2

PATCH: Final = 8
"""Bars in a patch of the transformer."""

WIDTH: Final = 32
HEADS: Final = 4
BLOCKS: Final = 2
WIDER: Final = 64
"""Width inside a transformer block's dense part."""


def patches(length: int) -> int:
    """Return how many patches a window is cut into."""
    return length // PATCH

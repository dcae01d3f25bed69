"""Load many modules at once: what they make stays for good, and looking for garbage among it takes an eighth."""

from __future__ import annotations

import gc


def begin() -> None:
    """Look for no garbage from now on, until `done`."""
    gc.disable()


def done() -> None:
    """Look for garbage again, and never in what has been loaded by now."""
    gc.freeze()
    gc.enable()

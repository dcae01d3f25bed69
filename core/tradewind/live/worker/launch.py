"""
Start the strategies' process: nothing heavy is imported for that.

A session starts it first of all, so that it loads its libraries while the engine loads its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Self

LET_THROUGH: Final = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV",
    "PYTHONPATH", "PYTHONHASHSEED", "XDG_CACHE_HOME", "TRADEWIND_MARKET_DATA",
})  # fmt: skip
"""Variables of the environment that the strategies' process gets; every other one could be a key."""
FAMILIES: Final = ("LC_", "NUMBA_", "OMP_", "OPENBLAS_", "MKL_")
"""Beginnings of more such names: language, compiler and threads."""
END_S: Final = 5.0
"""How long a process may take to be gone once it was killed."""


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the strategies' process may see of an environment."""
    return {name: value for name, value in environ.items() if name in LET_THROUGH or name.startswith(FAMILIES)}


def launch() -> subprocess.Popen[bytes]:
    """Start a process that loads its libraries and waits to be told what it is there for; it has no keys."""
    return subprocess.Popen(
        [sys.executable, "-m", "tradewind.live.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=scrubbed(os.environ),
        start_new_session=True,  # Ctrl-C is the engine's affair: it ends this process when it is done
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End such a process at once; does nothing to one that has gone."""
    process.kill()
    process.wait(END_S)
    if process.stdin is not None:
        with suppress(OSError):  # what was not said any more
            process.stdin.close()


class Early:
    """
    A process that was started before anyone knows what to ask it.

    Whoever asks takes it; what nobody took is ended with the context.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it, when it has not been started."""
        if self._process is None:
            self._process = launch()

    def take(self) -> subprocess.Popen[bytes]:
        """Return it, started now when it was not before: it is the caller's."""
        process, self._process = self._process or launch(), None
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

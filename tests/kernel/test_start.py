"""What a process loads before its first bar."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import numpy as np
from tradewind.kernel.door import compiled_scan
compiled_scan()
print("numba.np.arraymath" in sys.modules)
print("scipy.linalg" in sys.modules, "scipy.linalg.cython_blas" in sys.modules)
import numba
print(numba.njit(lambda a, b: np.dot(a, b))(np.eye(2), np.full((2, 2), 3.0)).tolist())
"""


def started(cache: Path) -> list[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200, env=environment)
    return done.stdout.splitlines()


def test_a_kernel_from_the_cache_loads_nothing_that_only_compiling_needs(tmp_path: Path) -> None:
    product = "[[3.0, 3.0], [3.0, 3.0]]"
    assert started(tmp_path) == ["True", "False False", product]
    assert started(tmp_path) == ["False", "False False", product]

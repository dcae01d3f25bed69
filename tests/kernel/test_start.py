"""What a process loads before its first bar."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import numpy as np
from tradewind.kernel.door import compiled_scan
compiled_scan()
assert "numba.np.arraymath" in sys.modules
print("scipy.linalg" in sys.modules, "scipy.linalg.cython_blas" in sys.modules)
import numba
print(numba.njit(lambda a, b: np.dot(a, b))(np.eye(2), np.full((2, 2), 3.0)).tolist())
"""


def test_the_kernel_starts_without_scipy_and_leaves_linear_algebra_to_others() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=200)
    assert done.stdout.splitlines() == ["False False", "[[3.0, 3.0], [3.0, 3.0]]"]

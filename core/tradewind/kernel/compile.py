"""
How kernel functions are compiled, cached and, for checks, left uncompiled.

Compiled code lies in a folder of the user's cache that is named after everything the code depends on:
the sources of all kernel modules and the versions and settings of numba and numpy. numba itself looks
only at the file of the function it compiles, so an edited callee would go unnoticed.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import numba
import numpy as np

from tradewind.model import decisions

FOLDER: Final = Path(__file__).parent
KEPT: Final = 8
"""How many caches of other sources and versions are left in place, this one counted."""

OPTIONS: Final[dict[str, Any]] = {"error_model": "numpy", "nogil": True, "fastmath": False, "_nrt": False}
"""No fastmath: contraction and NaN assumptions would break equality with the uncompiled source."""


def kernel(function: Callable[..., Any]) -> Any:
    """
    Mark a function as part of the kernel: compiled when something compiled calls it, and only for that.

    It cannot be called from Python, but for its source: `uncompiled`.
    """
    return numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Mark a function as a part of the one function that calls it, kept apart for readers alone."""
    return numba.njit(inline="always", **OPTIONS)(function)


def sources(folder: Path = FOLDER) -> dict[str, bytes]:
    """Return the source of every kernel module by file name, and of the codes that are compiled into them."""
    return {path.name: path.read_bytes() for path in (*sorted(folder.glob("*.py")), Path(decisions.__file__))}


def cache_key(modules: dict[str, bytes]) -> str:
    """
    Return the name of the cache folder for code built from these sources, here and now.

    Args:
        modules: Source by file name.
    """
    digest = hashlib.sha256()
    for name, source in sorted(modules.items()):
        digest.update(f"{name}\0{len(source)}\0".encode())
        digest.update(source)
    settings = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith("NUMBA_") and k != "NUMBA_CACHE_DIR")
    facts = (sys.version, numba.__version__, np.__version__, platform.machine(), *settings)
    digest.update("\0".join(facts).encode())
    return digest.hexdigest()[:24]


def cache_folder() -> Path:
    """
    Return where compiled code of this source is kept.

    Below `NUMBA_CACHE_DIR` when that is set, else below `XDG_CACHE_HOME`, else below `~/.cache`.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = Path(chosen) if chosen else users / "tradewind"
    return root / f"kernel-{cache_key(sources())}"


@contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def _clear_old(folder: Path) -> None:
    """Remove the caches of sources and versions that were used longest ago."""
    folder.touch()
    known = sorted(folder.parent.glob("kernel-*"), key=lambda path: path.stat().st_mtime_ns)
    for old in known[: -KEPT or None]:
        shutil.rmtree(old, ignore_errors=True)


@functools.cache
def _load_numba() -> None:
    """
    Load what numba loads before it compiles, but for scipy.linalg.

    numba looks whether that is there by importing it, which takes a fifth of a second and thirteen megabytes. What
    needs it imports it again; while numba looks, an empty module has its name.
    """
    name = "scipy.linalg.cython_blas"
    stand_in = name not in sys.modules and importlib.util.find_spec("scipy") is not None
    if stand_in:
        sys.modules[name] = ModuleType(name)
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        if stand_in:
            del sys.modules[name]


def compiled(dispatcher: Any, signature: Any) -> Any:
    """
    Return the function compiled for exactly this signature, from the cache where it holds it.

    Nothing else is ever compiled for it: a call with other types raises TypeError. Where the cache
    folder cannot be written the code is compiled anew in every process.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_old(folder)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if numba.config.DISABLE_JIT:
        return _source(dispatcher)
    with _cached_in(folder):
        made = numba.njit(cache=writable, **OPTIONS)(_source(dispatcher))
        _look_in_cache_first(made)
        made.compile(signature)
        made.disable_compile()
        return made


def _look_in_cache_first(made: Any) -> None:
    """
    Have a function taken from numba's cache without what only compiling needs.

    numba loads the rules of everything it could compile before it looks into its cache: a third of a second and
    forty megabytes, for machine code that needs none of it.
    """
    cache: Any = vars(made).get("_cache")
    stored = getattr(cache, "_load_overload", None)
    if stored is None:
        _load_numba()
        return

    def load(signature: Any, context: Any) -> Any:
        try:
            found = stored(signature, context)
        except OSError:
            found = None
        if found is None:
            _load_numba()
        return found

    cache.load_overload = load


def _source(dispatcher: Any) -> Callable[..., Any]:
    """Return the Python function behind a kernel function; with NUMBA_DISABLE_JIT it is that function itself."""
    function: Callable[..., Any] = getattr(dispatcher, "py_func", dispatcher)
    return function


def uncompiled(dispatcher: Any) -> Callable[..., Any]:
    """Return the function, and all kernel functions it calls, as plain Python from the same source."""
    return _plain(dispatcher)


@functools.cache
def _plain(dispatcher: Any) -> Callable[..., Any]:
    function: Any = _source(dispatcher)
    names = dict(function.__globals__)
    plain = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    for name in function.__code__.co_names:
        if hasattr(names.get(name), "py_func"):
            names[name] = plain if names[name] is dispatcher else _plain(names[name])
    return plain

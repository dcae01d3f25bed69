"""TensorFlow, loaded when it is needed and with the threads and the determinism that training asks for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tradewind.api import ModelError


def installed() -> bool:
    """Whether training is possible here."""
    return find_spec("tensorflow") is not None and find_spec("keras") is not None


def require() -> None:
    """
    Refuse to train without TensorFlow, before anything else is done.

    Raises:
        ModelError: TW-M008.
    """
    if not installed():
        raise ModelError(
            "training needs TensorFlow and Keras, which are not installed.",
            code="TW-M008",
            hint="uv run --group train tradewind train …, or pip install 'tradewind-train[tensorflow]'.",
        )


@cache
def keras() -> Any:
    """Return Keras on TensorFlow."""
    require()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _silent():
        return import_module("keras")


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the library's notices about processors off stderr: it writes them before it heeds any setting of its own."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr to keep clean
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)


def prepare(seed: int, threads: int) -> None:
    """
    Make what follows repeatable: one seed for everything, operators that do not depend on timing.

    Args:
        seed: Of weights, order and dropout.
        threads: Threads to use; they can only be set once in a process.
    """
    k = keras()
    tensorflow: Any = import_module("tensorflow")
    # that the last batch of a pass is a shorter one costs nothing worth a warning
    tensorflow.get_logger().setLevel("ERROR")
    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # it has computed already, in a process that trains twice
    tensorflow.config.experimental.enable_op_determinism()
    k.utils.set_random_seed(seed)

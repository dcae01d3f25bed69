"""A module that imports what is private of Tradewind, in each way there is."""

from importlib import import_module
from typing import Any

import tradewind.kernel
from tradewind import model
from tradewind.pipeline.decide import Pipeline


def late() -> Any:
    """Import once more, out of sight of a linter."""
    return import_module("tradewind.plugins.catalog"), tradewind.kernel, model, Pipeline

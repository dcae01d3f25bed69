"""
Trend-following crypto trading with risk containment, as a plugin framework.

Importing this module loads pluggy and nothing else: a plugin's declaration module
(`plugin.py`) costs no more than this import.
"""

from typing import Final

from pluggy import HookimplMarker

__version__: Final = "0.1.0"

PROJECT: Final = "tradewind"
"""The name of the plugin project and of its one entry-point group."""

hookimpl: Final = HookimplMarker(PROJECT)
"""Marks a function of a plugin's declaration module as a hook implementation."""

__all__ = ["PROJECT", "__version__", "hookimpl"]

"""A working folder of its own for every test, and no settings from outside."""

from __future__ import annotations

from cli.conftest import folder, tradewind

__all__ = ["folder", "tradewind"]

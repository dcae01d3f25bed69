"""The tables, one module a group; importing this package knows them all."""

from __future__ import annotations

from tradewind.store.tables import accounts, books, decisions, orders, sessions
from tradewind.store.tables.metadata import METADATA

__all__ = ["METADATA", "accounts", "books", "decisions", "orders", "sessions"]

"""What plugins show on the dashboard: rows of plain values, asked for in time and held to what their record says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from threading import Lock, Thread
from typing import Any, Final

from tradewind.config.redaction import redact
from tradewind.config.schema import Settings
from tradewind.errors import TradewindError
from tradewind.live.board.board import Board
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.specs import PanelSpec, canonical

PATIENCE_S: Final = 2.0
"""How long a panel may take for its rows."""
MOST_ROWS: Final = 500
LONGEST: Final = 300
"""Letters that are shown of one value."""
_LARGEST: Final = 2**53


class Panels:
    """
    The panels that plugins offer.

    Args:
        settings: The settings in force.
        catalog: What plugins offer.
        board: What panels may look at.
    """

    def __init__(self, settings: Settings, catalog: Catalog, board: Board) -> None:
        self._settings = settings
        self._catalog = catalog
        self._board = board
        self._asked: dict[str, Future[list[dict[str, Any]]]] = {}
        self._asking = Lock()

    def listed(self) -> list[dict[str, Any]]:
        """Return the panels: name, title, what they show, columns, and whose they are."""
        return [
            {
                "name": entry.qualified,
                "title": spec.title,
                "summary": spec.summary,
                "shows": spec.shows,
                "columns": list(spec.columns),
                "distribution": entry.distribution,
            }
            for entry, spec in self._entries()
        ]

    def rows(self, name: str, session_id: int) -> dict[str, Any]:
        """
        Return the rows of a panel for a session, or why there are none.

        A panel that takes too long is left alone until it has ended; others are not held up by it.

        Args:
            name: Its name as it is listed.
            session_id: The session.

        Raises:
            UsageError: TW-U008 when there is no such session.
            PluginError: TW-P005 when there is no such panel.
        """
        self._board.session(session_id)
        entry = self._catalog.get("panels", name)
        with self._asking:
            before = self._asked.get(name)
            if before is not None and not before.done():
                return {"rows": [], "error": "it is still busy with an earlier question"}
            asked = self._asked[name] = Future()
            # A thread that holds up nobody's end: one that hangs is left behind.
            Thread(target=self._answer, args=(asked, entry, session_id), daemon=True).start()
        try:
            return {"rows": asked.result(PATIENCE_S), "error": ""}
        except LateError:
            return {"rows": [], "error": f"it took longer than {PATIENCE_S:g} s"}
        except Exception as error:  # noqa: BLE001  # whatever a plugin raises, the others are shown
            words = error.message if isinstance(error, TradewindError) else f"{type(error).__name__}: {error}"
            return {"rows": [], "error": redact(words)[:LONGEST]}

    def _entries(self) -> Iterable[tuple[Entry, PanelSpec]]:
        for entry in self._catalog.entries("panels"):
            if isinstance(entry.spec, PanelSpec):
                yield entry, entry.spec

    def _answer(self, asked: Future[list[dict[str, Any]]], entry: Entry, session_id: int) -> None:
        try:
            asked.set_result(self._made(entry, session_id))
        except BaseException as error:  # noqa: BLE001  # also what is no Exception is told to who waits
            asked.set_exception(error)

    def _made(self, entry: Entry, session_id: int) -> list[dict[str, Any]]:
        columns = entry.spec.columns if isinstance(entry.spec, PanelSpec) else ()
        panel = entry.build(self._settings.panels.get(canonical(entry.name), {}))
        return checked_rows(panel.rows(_View(self._board, session_id)), columns)


class _View:
    """One session of the board."""

    def __init__(self, board: Board, session_id: int) -> None:
        self._board = board
        self._id = session_id

    def session(self) -> Mapping[str, Any]:
        return self._board.session(self._id)

    def equity(self) -> Sequence[Mapping[str, Any]]:
        return self._board.equity(self._id)

    def trades(self) -> Sequence[Mapping[str, Any]]:
        return self._board.trades(self._id, limit=MOST_ROWS)

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        return self._board.decisions(self._id, limit=MOST_ROWS)


def checked_rows(found: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """
    Return rows as they may be shown: at most `MOST_ROWS`, each with exactly the columns, of plain values.

    Raises:
        ValueError: When a row has other columns, or a value is not text, a finite number, a boolean or None.
    """
    rows: list[dict[str, Any]] = []
    for row in found:
        if len(rows) == MOST_ROWS:
            break
        if not isinstance(row, Mapping) or set(row) != set(columns):
            has = ", ".join(map(str, row)) if isinstance(row, Mapping) else type(row).__name__
            raise ValueError(f"a row has {has}, expected {', '.join(columns)}")
        rows.append({name: _plain(name, row[name]) for name in columns})
    return rows


def _plain(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return redact(value)[:LONGEST]
    if isinstance(value, int) and abs(value) <= _LARGEST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise ValueError(f"{name} was {value!r}"[:LONGEST] + ", expected text, a finite number, a boolean or None")

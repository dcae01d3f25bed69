"""
The script that makes the tables of an empty SQLite file, from what the migrations leave behind.

    python tests/store/script.py       write it
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tradewind.store.files import APPLICATION_ID, HEAD, SCRIPT
from tradewind.store.opening import connect
from tradewind.store.schema import migrate


def script() -> str:
    """Return the statements, in the order in which the migrations made things."""
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder) / "new.db") as store:
        with store.transaction() as connection:
            migrate(connection)
        with store.snapshot() as connection:
            rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
            parts = ["\n".join(line.rstrip() for line in row[0].strip().splitlines()) for row in rows]
    parts += [
        f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')",  # noqa: S608  # a constant of ours
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {int(HEAD)}",
    ]
    return ";\n\n".join(parts) + "\n"


if __name__ == "__main__":
    SCRIPT.write_text(script(), encoding="utf-8")

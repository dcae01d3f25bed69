"""SQL never holds a value from outside: every value is bound, every name is ours."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")])
RUNS_SQL = {"text", "exec_driver_sql", "execute", "executemany", "executescript"}
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE|DROP|ALTER|WITH)\b")
ALLOWED = {
    "core/tradewind/store/integrity.py": {"PRAGMA integrity_check({_MOST:d})"},
    "core/tradewind/store/schema.py": {
        "PRAGMA user_version = {number:d}",
        "PRAGMA application_id = {APPLICATION_ID:d}",
    },
}
"""Where SQLite takes no bound value: numbers, formatted as such."""


def made_up(node: ast.expr) -> bool:
    """Tell whether text is put together when the program runs."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def faults(tree: ast.AST) -> list[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = (
        call.args[0]
        for call in calls
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) in RUNS_SQL
    )
    texts = (ast.unparse(argument) for argument in named if made_up(argument))
    return [words[2:-1] for words in texts if SQL.search(words)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_sql_is_not_put_together_from_values(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    assert set(faults(ast.parse(path.read_text()))) <= ALLOWED.get(name, set())


@pytest.mark.parametrize(
    "line",
    [
        "connection.execute(text(f'SELECT {x}'))",
        "connection.exec_driver_sql('SELECT %s' % x)",
        "connection.execute('SELECT ' + x)",
        "sqlalchemy.text('SELECT {}'.format(x))",
    ],
)
def test_the_ban_sees_every_way(line: str) -> None:
    assert faults(ast.parse(line)) != []

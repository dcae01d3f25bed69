"""Clock, chance and network have one door each: nothing else reads the machine, and nothing depends on hashing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tradewind

CORE = Path(tradewind.__file__).parent
DOORS = {"live/clock.py", "live/rng.py", "live/net.py", "live/orders/lease.py"}
BANNED = {"random", "uuid", "secrets", "threading", "multiprocessing", "socket", "ssl", "http", "urllib", "requests"}
CALLS = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "datetime.datetime.now",
    "asyncio.sleep",
    "asyncio.timeout",
    "asyncio.wait_for",
    "asyncio.open_connection",
    "asyncio.start_server",
    "asyncio.to_thread",
    "os.urandom",
}
_LIVE = CORE / "live"
ORDER_PATH = [*sorted((_LIVE / "orders").glob("*.py")), _LIVE / "breakers.py", _LIVE / "clock.py"]


def modules() -> list[Path]:
    found = list(ORDER_PATH)
    for layer in ("model", "kernel"):
        found += sorted((CORE / layer).rglob("*.py"))
    return found


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.critical
@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_only_the_doors_touch_the_machine(path: Path) -> None:
    if str(path.relative_to(CORE)) in DOORS:
        return
    touched = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            touched += [alias.name for alias in node.names if alias.name.split(".")[0] in BANNED]
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in BANNED:
            touched.append(node.module)
        elif isinstance(node, ast.Call) and dotted(node.func) in CALLS:
            touched.append(dotted(node.func))
    assert touched == []


@pytest.mark.critical
@pytest.mark.parametrize("path", ORDER_PATH, ids=lambda path: path.stem)
def test_nothing_on_the_order_path_goes_through_a_set(path: Path) -> None:
    tree = ast.parse(path.read_text())
    loops: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            loops.append(node.iter)
        elif isinstance(node, ast.Call) and dotted(node.func) in {"list", "tuple", "min", "max", "next", "iter"}:
            loops.extend(node.args[:1])
    sets = [
        ast.unparse(one)
        for one in loops
        if isinstance(one, ast.Set | ast.SetComp)
        or (isinstance(one, ast.Call) and dotted(one.func) in {"set", "frozenset"})
        or (isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitOr | ast.BitAnd) and "keys" in ast.unparse(one))
    ]
    assert sets == []

"""What the source may not contain: evaluation of text, unsafe files, hidden clocks, unseeded randomness."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")])

BANNED_CALLS = {
    "eval",
    "exec",
    "compile",
    "pickle.load",
    "pickle.loads",
    "marshal.load",
    "marshal.loads",
    "shelve.open",
    "yaml.load",
    "tempfile.mktemp",
    "os.system",
}
BANNED_IMPORTS = {"pickle", "marshal", "shelve", "dill", "joblib"}
CLOCKS = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "dt.datetime.now",
    "dt.datetime.utcnow",
    "Timestamp.now",
    "pd.Timestamp.now",
    "pd.Timestamp.utcnow",
}
MAY_READ_THE_CLOCK = {
    "core/tradewind/cli/options.py",
    "core/tradewind/cache/clock.py",
    "core/tradewind/live/clock.py",
    "plugins/tradewind-alerts/src/tradewind_alerts/clock.py",
    "plugins/tradewind-binance/src/tradewind_binance/clock.py",
}
MAY_DRAW_AT_RANDOM = {"core/tradewind/live/rng.py"}
UNSEEDED = {"random", "uuid"}
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "base"}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=SOURCES, ids=relative)
def source(request: pytest.FixtureRequest) -> tuple[str, ast.Module]:
    path: Path = request.param
    return relative(path), ast.parse(path.read_text())


def test_nothing_evaluates_text_or_reads_unsafe_files(source: tuple[str, ast.Module]) -> None:
    name, tree = source
    found = [(called, call.lineno) for called, call in calls(tree) if called in BANNED_CALLS]
    found += [
        (str(keyword.arg), call.lineno)
        for _, call in calls(tree)
        for keyword in call.keywords
        if (keyword.arg, ast.unparse(keyword.value))
        in {("shell", "True"), ("verify", "False"), ("allow_pickle", "True")}
    ]
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert not found, name
    assert not imported & BANNED_IMPORTS, name


def test_only_the_edges_read_the_wall_clock(source: tuple[str, ast.Module]) -> None:
    name, tree = source
    if name in MAY_READ_THE_CLOCK:
        return
    assert not [(called, call.lineno) for called, call in calls(tree) if called in CLOCKS], name


def test_no_randomness_without_a_seed(source: tuple[str, ast.Module]) -> None:
    name, tree = source
    if name in MAY_DRAW_AT_RANDOM:
        return
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {
        node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not imported & UNSEEDED, name
    for called, call in calls(tree):
        if called.endswith(("default_rng", "Philox", "PCG64")):
            assert call.args or call.keywords, f"{name}:{call.lineno}"
        assert not re.match(r"(np|numpy)\.random\.(rand|randn|random|seed|normal|uniform|choice)$", called), name


def test_runtime_checks_survive_optimisation(source: tuple[str, ast.Module]) -> None:
    name, tree = source
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)], name


def test_module_names_say_something() -> None:
    assert not [relative(path) for path in SOURCES if path.stem in VAGUE]


def test_tracked_files_name_no_machine_path_and_no_registry_host() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: the list of tracked files is not known")
    forbidden = re.compile(
        r"/(?:wo"
        r"rk|ho"
        r"me/[a-z]|ro"
        r"ot)/|https?://[a-z.-]*(?:py"
        r"pi|host"
        r"ed|regis"
        r"try)[a-z.-]*\.(?:org|com)"
    )
    found = []
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or path.suffix in {".parquet", ".png"} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if forbidden.search(line):
                found.append(f"{name}:{number}")
    assert not found

"""Which modules a plugin imports: read from its source, and seen in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tradewind import PROJECT

PUBLIC: Final = (PROJECT, f"{PROJECT}.api")
"""What a plugin may import of Tradewind."""

PUBLIC_IN_TESTS: Final = (*PUBLIC, f"{PROJECT}.testing")
"""What a plugin's tests may import of Tradewind."""

_PUBLIC_NAMES: Final = ("PROJECT", "__version__", "api", "hookimpl")
_LIGHT: Final = frozenset({"attr", "attrs", "packaging", "pluggy", PROJECT})
_PROBE: Final = """
import importlib, json, sys
sys.path[:] = json.loads(sys.argv[1])
import tradewind
before = set(sys.modules)
importlib.import_module(sys.argv[2])
json.dump(sorted(set(sys.modules) - before), sys.stdout)
"""


def private_imports(path: Path, allowed: tuple[str, ...]) -> list[str]:
    """
    Return what a source file imports of Tradewind beyond the modules allowed, as `module (line)`.

    Imports inside functions count, and `import_module("tradewind.…")` with a literal name too.
    """
    found = []
    for module, line in _imported(path):
        if module.partition(".")[0] == PROJECT and module not in allowed:
            found.append(f"{module} ({path.name}, line {line})")
    return found


def imported_packages(path: Path) -> set[str]:
    """Return the top-level packages that a source file imports."""
    return {module.partition(".")[0] for module, _ in _imported(path)}


@cache
def _imported(path: Path) -> tuple[tuple[str, int], ...]:
    return tuple(_walk(path))


def _walk(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module != PROJECT:
                yield node.module, node.lineno
            for alias in node.names if node.module == PROJECT else ():
                yield (PROJECT if alias.name in _PUBLIC_NAMES else f"{PROJECT}.{alias.name}"), node.lineno
        elif isinstance(node, ast.Call) and _calls_import(node.func) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value, node.lineno


def _calls_import(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


@cache
def loaded_by(module: str) -> tuple[str, ...]:
    """
    Return the packages that importing a module loads in a fresh interpreter, beyond the light ones.

    The standard library, Tradewind itself, attrs, packaging, pluggy and the module's own package are light.

    Raises:
        ImportError: With the interpreter's own words, when it cannot be imported there.
    """
    run = subprocess.run(  # noqa: S603  # this interpreter, with a fixed program
        [sys.executable, "-c", _PROBE, json.dumps(sys.path), module],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if run.returncode != 0:
        raise ImportError(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "no reason was given")
    light = _LIGHT | set(sys.stdlib_module_names) | {module.partition(".")[0]}
    tops = {name.partition(".")[0] for name in json.loads(run.stdout)}
    return tuple(sorted(top for top in tops if top not in light and not top.startswith("_")))

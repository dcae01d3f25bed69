"""Fault scripts in files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from tradewind.api import UsageError
from tradewind_sandbox.faults.script import FaultScript, faults_from
from tradewind_sandbox.faults.values import listed, whole

_LARGEST: Final = 4_000_000
"""A script may have this many bytes."""


def read_script(path: Path, start_ms: int, *, seed: int = 0) -> FaultScript:
    """
    Return the script of a TOML or JSON file: a list `fault` of tables and, if wished, a `seed`.

    Args:
        path: The file; its ending tells the form.
        start_ms: What durations in `at` count from, milliseconds UTC.
        seed: Seed of probabilities when the file names none.

    Raises:
        UsageError: TW-U007 when it cannot be read or says what cannot be meant.
    """
    return script_from(_read(path), start_ms, seed=seed)


def script_from(document: Any, start_ms: int, *, seed: int = 0) -> FaultScript:
    """Return the script that a parsed document says; see `read_script`."""
    if not isinstance(document, dict) or set(document) - {"seed", "fault"}:
        raise UsageError(
            "a fault script held something else, expected a list `fault` of tables and, if wished, a `seed`.",
            code="TW-U007",
            hint='Write each fault as a table that begins with [[fault]] and has a kind = "…".',
        )
    return FaultScript(
        faults=faults_from(listed(document.get("fault", ()), "fault"), start_ms),
        seed=whole(document.get("seed", seed), "seed"),
    )


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST:,} bytes.", code="TW-U007")
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the fault script {path} cannot be read: {error}.",
            code="TW-U007",
            hint="Scripts are TOML, or JSON in a file that ends in .json, in UTF-8.",
        ) from error

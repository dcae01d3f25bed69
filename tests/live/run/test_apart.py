"""What is loaded where the keys are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from tradewind.cli.context import Context
from tradewind.cli.run_live import cast_apart
from tradewind.live.session.session import Request
from tradewind.live.worker.launch import Early

context = Context(assignments=('executor="binance"', 'source="binance"'))
with Early() as apart, cast_apart(context, Request(strategies=("adaptive", "enhanced")), apart) as troupe:
    catalog = context.catalog
    assert ("adaptive", "enhanced") == troupe.players.names
    assert [] == catalog.names("strategies"), catalog.names("strategies")
    assert "binance" in catalog.names("executors")
    catalog.get("executors", "binance").resolve()
    catalog.get("data_sources", "binance").resolve()
loaded = sorted({name.partition(".")[0] for name in sys.modules})
deciding = [name for name in loaded if name in {
    "tradewind_adaptive", "tradewind_enhanced", "tradewind_high_risk", "tradewind_pandas_ta", "tradewind_protections",
    "tradewind_risk", "pandas_ta", "onnxruntime", "tensorflow",
}]
assert not deciding, deciding
assert "tradewind_binance" in loaded
"""


@pytest.mark.critical
def test_what_decides_is_never_imported_where_the_keys_are(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr

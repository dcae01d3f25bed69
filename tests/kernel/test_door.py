"""The door to the compiled kernel: one signature, read-only inputs, a cache that never serves an old answer."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from numba import types

from kernel.stage import FLAT, bars_of, pair, plan_of
from tradewind.backtest.simulate import run_plan
from tradewind.kernel import compile as compiling
from tradewind.kernel import door, layout
from tradewind.kernel.advance import advance
from tradewind.kernel.signatures import ARGUMENTS
from tradewind.model.bars import Bars


def test_read_only_inputs_compile_nothing_new() -> None:
    bars = bars_of([FLAT] * 40)
    plan = plan_of(bars, {3: {"enter": 1}, 9: {"exit_long": True}})
    arrays = {name: getattr(bars, name).copy() for name in ("time", "open", "high", "low", "close", "volume")}
    frozen = {name: values.view() for name, values in arrays.items()}
    for values in frozen.values():
        values.flags.writeable = False
    before = len(door.compiled_advance().signatures), len(door.compiled_scan().signatures)
    run_plan(Bars(timeframe=bars.timeframe, **arrays), plan, instrument=pair())
    run_plan(Bars(timeframe=bars.timeframe, **frozen), plan, instrument=pair())
    assert (len(door.compiled_advance().signatures), len(door.compiled_scan().signatures)) == before == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [lambda a: a.astype(np.float32), lambda a: np.repeat(a, 2)[::2], lambda a: a.reshape(1, -1), lambda a: a.tolist()],
    ids=["other type", "not contiguous", "other shape", "no array"],
)
def test_an_array_of_another_kind_is_an_error_and_never_compiled_for(wrong: Any) -> None:
    bars = bars_of([FLAT] * 5)
    with pytest.raises(TypeError):
        door.scan(bars.time, wrong(bars.open), bars.high, bars.low, bars.close, bars.volume, bars.timeframe.ms)
    assert len(door.compiled_scan().signatures) == 1


def test_the_arguments_of_the_door_are_those_of_the_kernel() -> None:
    names = [name.rstrip("_") for name in advance.py_func.__code__.co_varnames[: len(ARGUMENTS)]]
    assert list(ARGUMENTS) == names


def test_the_kernel_is_compiled_without_the_liberties_that_break_bit_equality() -> None:
    assert compiling.OPTIONS["fastmath"] is False
    assert not compiling.OPTIONS.get("parallel", False)


@pytest.mark.critical
def test_every_kernel_module_is_part_of_the_cache_key() -> None:
    modules = compiling.sources()
    key = compiling.cache_key(modules)
    assert {path.name for path in compiling.FOLDER.glob("*.py")} <= set(modules)
    assert "decisions.py" in modules
    for name, source in modules.items():
        assert compiling.cache_key({**modules, name: source + b"\n"}) != key
    assert compiling.cache_key(dict(reversed(modules.items()))) == key


def test_versions_and_settings_of_the_compiler_are_part_of_the_cache_key(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = compiling.sources()
    key = compiling.cache_key(modules)
    with monkeypatch.context() as patch:
        patch.setattr(numba, "__version__", "0.0")
        assert compiling.cache_key(modules) != key
    with monkeypatch.context() as patch:
        patch.setattr(np, "__version__", "0.0")
        assert compiling.cache_key(modules) != key
    monkeypatch.setenv("NUMBA_OPT", "1")
    assert compiling.cache_key(modules) != key


def test_the_cache_lies_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert compiling.cache_folder().parent == tmp_path / "xdg" / "tradewind"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    assert compiling.cache_folder().parent == tmp_path / "numba"


def load(folder: Path, name: str) -> ModuleType:
    """Import a module of this folder anew."""
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that builds a kernel of two modules whose callee adds this much, and compiles it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    monkeypatch.setattr(compiling, "FOLDER", folder)
    monkeypatch.setattr(compiling.sources, "__defaults__", (folder,))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    head = "from tradewind.kernel.compile import kernel\n"

    def build(added: int) -> Any:
        (folder / "toy_callee.py").write_text(f"{head}\n@kernel\ndef add(x):\n    return x + {added}\n")
        if not (folder / "toy_caller.py").exists():
            (folder / "toy_caller.py").write_text(
                f"{head}from toy_callee import add\n\n@kernel\ndef twice(x):\n    return add(add(x))\n"
            )
        load(folder, "toy_callee")
        caller = load(folder, "toy_caller")
        return caller.twice

    yield build
    for name in ("toy_callee", "toy_caller"):
        sys.modules.pop(name, None)


@pytest.mark.critical
def test_an_edited_callee_never_serves_an_old_answer(toy: Any) -> None:
    signature = types.int64(types.int64)
    assert compiling.compiled(toy(1), signature)(5) == 7
    assert compiling.compiled(toy(10), signature)(5) == 25
    again = compiling.compiled(toy(1), signature)
    assert again(5) == 7
    assert sum(again.stats.cache_hits.values()) == 1


def test_without_a_place_to_write_the_kernel_is_compiled_all_the_same(
    toy: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert compiling.compiled(toy(2), types.int64(types.int64))(1) == 5


def test_old_caches_are_cleared_away(toy: Any, tmp_path: Path) -> None:
    signature = types.int64(types.int64)
    for added in range(compiling.KEPT + 3):
        compiling.compiled(toy(added), signature)
    folders = list((tmp_path / "cache").glob("kernel-*"))
    assert len(folders) == compiling.KEPT
    assert compiling.cache_folder() in folders


def test_a_kernel_function_left_uncompiled_calls_uncompiled_ones(toy: Any) -> None:
    plain = compiling.uncompiled(toy(3))
    assert plain(10**30) == 10**30 + 6


def test_with_the_compiler_switched_off_the_same_source_runs_as_python() -> None:
    code = (
        "from kernel.stage import FLAT, play\n"
        "run = play([FLAT, FLAT, (94.0, 95.0, 93.0, 94.0)], {0: {'enter': 1}})\n"
        "print(run.equity['equity'].tolist())"
    )
    folders = os.pathsep.join(str(folder) for folder in sys.path)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": folders}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[10000.0, 10000.0, 9880.0]", done.stderr


def test_records_have_no_unaligned_fields() -> None:
    for dtype in (layout.ACCOUNT, layout.SLOT, layout.ASK, layout.FILL, layout.TRADE, layout.INSTRUMENT, layout.RULES):
        assert dtype.isalignedstruct

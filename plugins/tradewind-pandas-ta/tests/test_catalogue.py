"""The declaration: light, complete, and as documented."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tradewind.api import IndicatorSpec
from tradewind_pandas_ta import indicator, settings
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.catalogue.left_out import DIFFERENCES, LEFT_OUT, RENAMED
from tradewind_pandas_ta.compute.vendor import pandas_ta
from tradewind_pandas_ta.entry import OWN, TALIB, VENDOR
from tradewind_pandas_ta.plugin import tradewind_indicators
from tradewind_pandas_ta.reference import reference, write

SPECS = {spec.name: spec for spec in tradewind_indicators()}
README = Path(__file__).parents[1] / "README.md"
CATEGORIES = ("candle", "cycle", "momentum", "overlap", "performance", "statistics", "trend", "volatility", "volume")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_declaring_it_loads_no_numbers_library() -> None:
    code = """
import sys, tradewind_pandas_ta.plugin as plugin
list(plugin.tradewind_indicators())
print({"numpy", "pandas", "pandas_ta", "talib", "numba", "tradewind_pandas_ta.indicator"} & set(sys.modules))
"""
    assert run(code).strip() == "set()"


def test_what_talib_computes_needs_neither_pandas_ta_nor_numba() -> None:
    code = """
import sys, numpy as np
from tradewind_pandas_ta import indicator
bars = {name: np.linspace(1.0, 2.0, 500) for name in ("open", "high", "low", "close", "volume")}
names = "ema sma kama atr natr rsi adx macd bbands er donchian previous_high previous_low squeeze regime volr"
for name in names.split():
    getattr(indicator, name)().arrays(bars)
print({"pandas_ta", "numba"} & set(sys.modules))
"""
    assert run(code).strip() == "set()"


def test_every_entry_is_a_record_with_a_factory_and_settings() -> None:
    assert list(SPECS) == list(CATALOGUE)
    for name, spec in SPECS.items():
        assert isinstance(spec, IndicatorSpec)
        module, _, attribute = spec.config.partition(":") if spec.config else ("", "", "")
        assert module == "tradewind_pandas_ta.settings"
        built = getattr(indicator, spec.factory.partition(":")[2])(getattr(settings, attribute)())
        assert built.entry is CATALOGUE[name]
        assert built == getattr(indicator, name)()


def test_outputs_are_distinct_but_for_the_pivots() -> None:
    # the three kinds of pivots are alternatives and share their columns' names
    counts = Counter(out for name, spec in SPECS.items() if not name.startswith("pivots") for out in spec.outputs)
    allowed = {"adx", "er", "volr"}
    assert {out for out, count in counts.items() if count > 1} == allowed


def test_nothing_of_pandas_ta_is_forgotten() -> None:
    package = pandas_ta()
    theirs = {name for names in package.Category.values() for name in names}
    for category in CATEGORIES:
        theirs |= {name for name in getattr(package, category).__all__ if name.islower()}
    missing = {name for name in theirs if RENAMED.get(name, name) not in CATALOGUE and name not in LEFT_OUT}
    assert not missing
    assert set(LEFT_OUT) <= theirs
    assert not set(LEFT_OUT) & set(CATALOGUE)


def test_differences_are_told_of_what_is_there() -> None:
    named = {name for names in DIFFERENCES for name in names.split(", ")}
    assert named <= set(CATALOGUE)


def test_the_origin_is_one_of_three() -> None:
    assert {entry.origin for entry in CATALOGUE.values()} == {TALIB, VENDOR, OWN}


def test_a_name_that_is_not_there_is_no_attribute() -> None:
    for module in (indicator, settings):
        with pytest.raises(AttributeError, match="no_such_line"):
            getattr(module, "no_such_line")  # noqa: B009  # the name is the point


def test_the_readme_is_made_from_the_catalogue() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == write(text), "run `python -m tradewind_pandas_ta.reference README.md` in the plugin's folder"


def test_the_reference_names_every_setting_and_every_output() -> None:
    rows = {line.split("`")[1]: line for line in reference().splitlines() if line.startswith("| `")}
    assert set(rows) == set(CATALOGUE)
    for name, entry in CATALOGUE.items():
        for word in (*entry.outputs, *(param.name for param in entry.params)):
            assert f"`{word}`" in rows[name]

"""Settings are refused with their name, their value and what was expected."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import attrs
import numpy as np
import pytest

from tradewind.api import IndicatorError
from tradewind_pandas_ta import indicator, settings
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.settings import settings_class

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ema", {"lenght": 5}, "did you mean 'length'"),
    ("ema", {"length": 0}, "length was 0, expected a whole number from 1"),
    ("ema", {"length": -3}, "length was -3"),
    ("ema", {"length": 1_000_000}, "to 100000"),
    ("ema", {"length": 5.5}, "expected a whole number"),
    ("ema", {"length": True}, "length was True"),
    ("ema", {"length": "5"}, "length was '5'"),
    ("ema", {"length": None}, "length was None"),
    ("ema", {"source": "price"}, "expected one of close, open"),
    ("ema", {"source": 3}, "source was 3"),
    ("rsi", {"length": 1}, "expected a whole number from 2"),
    ("bbands", {"std": -1.0}, "expected a number from 0"),
    ("bbands", {"std": float("nan")}, "std was nan"),
    ("bbands", {"std": float("inf")}, "std was inf"),
    ("bbands", {"std": "2"}, "std was '2'"),
    ("bbands", {"ddof": 2}, "ddof was 2, expected a whole number from 0 to 1"),
    ("macd", {"fast": 26, "slow": 26}, "expected that fast is below slow"),
    ("macd", {"fast": 30}, "fast is below slow"),
    ("uo", {"medium": 40}, "medium is below slow"),
    ("increasing", {"strict": 1}, "expected true or false"),
    ("cdl_pattern", {"pattern": "cat"}, "pattern was 'cat'"),
    ("bop", {"length": 3}, "expected none at all"),
]


@pytest.mark.parametrize(("name", "given", "words"), WRONG)
def test_what_cannot_be_is_refused_in_words(name: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(IndicatorError) as caught:
        settings_class(name)(**given)
    assert caught.value.code == "TW-I001"
    assert words.lower() in str(caught.value).lower()
    assert repr(name) in caught.value.message
    assert caught.value.data["indicator"] == name


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_defaults_are_good_and_the_edges_of_every_range_are_taken(name: str) -> None:
    made = settings_class(name)
    default = made()
    for param in CATALOGUE[name].params:
        assert type(getattr(default, param.name)) is param.type
        for value in param.choices or ((True, False) if param.type is bool else (param.low, param.high)):
            given = int(value) if param.type is int else value
            try:
                assert getattr(made(**{param.name: given}), param.name) == given
            except IndicatorError as error:
                assert "expected that" in error.message  # noqa: PT017  # a rule between settings, not the range


def test_numpy_numbers_become_plain_ones() -> None:
    made = settings_class("bbands")(length=np.int64(30), std=np.float64(3.0), ddof=np.int8(1))
    assert [type(value) for value in attrs.astuple(made)] == [int, float, int, str]
    assert settings_class("bbands")(std=2).std == 2.0


def test_settings_compare_and_hash_by_value_so_that_results_are_found_again() -> None:
    made = settings_class("ema")
    assert made(length=5) == made(length=5) != made(length=6)
    assert {indicator.ema(made(length=5)): 1}[indicator.ema(made(length=5))] == 1
    assert indicator.ema(made(length=5)) != indicator.sma(settings_class("sma")(length=5))


def test_settings_are_frozen_pickled_and_described() -> None:
    made = settings.EmaSettings(length=7)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.length = 8
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes
    assert str(inspect.signature(settings.EmaSettings)) == "(*, length: int = 10, source: str = 'close')"
    assert "EmaSettings" in dir(settings)
    assert "length" in (settings.EmaSettings.__doc__ or "")


def test_another_indicators_settings_are_refused() -> None:
    with pytest.raises(IndicatorError, match="SmaSettings, expected EmaSettings") as caught:
        indicator.ema(settings_class("sma")())
    assert caught.value.code == "TW-I001"

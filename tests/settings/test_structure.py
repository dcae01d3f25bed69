"""Plain settings become objects of the declared types, strictly, and every fault is found at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from tradewind.errors import SettingsError
from tradewind.plugins.structure import structure


@attrs.frozen(kw_only=True)
class Inner:
    price: Decimal = Decimal(1)


@attrs.frozen(kw_only=True)
class Outer:
    amount: Decimal = Decimal(0)
    folder: Path = Path()
    place: str | tuple[str, ...] = ""
    limit: float | None = None
    mode: Literal["a", "b", 3] = "a"
    pair: tuple[int, str] = (0, "")
    many: list[float] = attrs.field(factory=list)
    inner: Inner = attrs.field(factory=Inner)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"amount": 0.1}, Outer(amount=Decimal("0.1"))),
        ({"amount": "0.10"}, Outer(amount=Decimal("0.10"))),
        ({"amount": 3}, Outer(amount=Decimal(3))),
        ({"folder": "a/b"}, Outer(folder=Path("a/b"))),
        ({"place": "x"}, Outer(place="x")),
        ({"place": ["x", "y"]}, Outer(place=("x", "y"))),
        ({"limit": 2}, Outer(limit=2.0)),
        ({"limit": None}, Outer()),
        ({"mode": 3}, Outer(mode=3)),
        ({"pair": [1, "one"]}, Outer(pair=(1, "one"))),
        ({"many": [1, 2.5]}, Outer(many=[1.0, 2.5])),
        ({"inner": {"price": "7.5"}}, Outer(inner=Inner(price=Decimal("7.5")))),
    ],
    ids=str,
)
def test_a_value_of_the_declared_type_is_taken_exactly(given: dict[str, Any], expected: Outer) -> None:
    made = structure(given, Outer, "table")
    assert (made, str(made.amount)) == (expected, str(expected.amount))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"amount": True}, "table.amount was True, expected a number."),
        ({"amount": "a lot"}, "table.amount was 'a lot', expected a number."),
        ({"amount": "NaN"}, "table.amount was 'NaN', expected a finite number."),
        ({"amount": [1]}, "table.amount was [1], expected a number."),
        ({"folder": 3}, "table.folder was 3, expected a path in quotes."),
        ({"place": 3}, "table.place was 3, expected text or tuple."),
        ({"limit": "much"}, "table.limit was 'much', expected a number."),
        ({"mode": True}, "table.mode was True, expected one of 'a', 'b', 3."),
        ({"mode": "c"}, "table.mode was 'c', expected one of 'a', 'b', 3."),
        ({"pair": [1]}, "table.pair was [1], expected 2 values."),
        ({"pair": "1,one"}, "table.pair was '1,one', expected a list such as"),
        ({"many": [1.0, "x"]}, "table.many[1] was 'x', expected a number."),
        ({"inner": 3}, "table.inner was 3, expected a table."),
        ({"inner": {"price": "x"}}, "table.inner.price was 'x', expected a number."),
        ({"inner": {"prices": 1}}, "table.inner.prices is not a setting. Did you mean 'price'?"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_named_by_its_path(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        structure(given, Outer, "table")
    assert caught.value.message.startswith(words)


def test_every_fault_is_found_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        structure({"amount": "x", "folder": 1, "inner": {"price": "y"}, "nope": 1}, Outer, "table")
    assert sorted(problem.split()[1] for problem in caught.value.problems) == [
        "table.amount", "table.folder", "table.inner.price", "table.nope",
    ]  # fmt: skip

"""The models that come along load, are what their cards say, prove nothing, and the documentation says so."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tradewind.api import ModelRegistry, RegisteredModel
from tradewind_onnx.model import load_model

ROOT = Path(__file__).parents[2]
ENTRIES = list(ModelRegistry(ROOT / "ml").entries())
PAGE = (ROOT / "docs" / "explanation" / "models.md").read_text("utf-8")

each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.card.kind}-{entry.stamp}")


def test_there_is_one_of_each_kind() -> None:
    assert sorted((entry.card.symbol, entry.card.kind) for entry in ENTRIES) == [
        ("BTCUSDT", "price"),
        ("BTCUSDT", "sentiment"),
    ]


@each
def test_it_loads_and_answers_its_golden_window_as_where_it_was_made(entry: RegisteredModel) -> None:
    assert load_model(entry.folder).card == entry.card


@each
def test_it_has_not_passed_its_gate_and_is_not_live(entry: RegisteredModel) -> None:
    assert entry.state == "staged"
    assert [check.name for check in entry.card.gate if not check.passed]


@each
def test_the_guides_names_hold_it(entry: RegisteredModel) -> None:
    stem = ROOT / "ml" / f"btcusdt_{entry.card.kind}"
    assert stem.with_suffix(".onnx").read_bytes() == (entry.folder / "model.onnx").read_bytes()
    card = (entry.folder / "card.json").read_bytes()
    assert Path(f"{stem}_metadata.json").read_bytes() == card


@each
def test_the_page_tells_what_its_card_tells(entry: RegisteredModel) -> None:
    card = entry.card

    def signed(value: float) -> str:
        return f"{value:+.3f}".replace("-", "−")

    skill = card.information_coefficient
    worth = card.after_cost
    told = [
        f"{signed(skill.value)} ({signed(skill.low)} to {signed(skill.high)})",
        f"{card.evaluation_results['hit_rate']:.1%}; {card.baselines['majority']['hit_rate']:.1%}",
        f"| {worth['trades']} |",
        f"{worth['profit_factor']['value']:.2f}",
        f"{worth['total_return']:+.1%}".replace("-", "−"),
        f"{worth['buy_and_hold']:+.1%}",
    ]
    assert [text for text in told if text not in PAGE] == []


@each
def test_no_path_of_the_machine_it_was_made_on_is_in_it(entry: RegisteredModel) -> None:
    for path in entry.folder.iterdir():
        content = path.read_bytes()
        places = (Path.home(), Path(tempfile.gettempdir()), Path(__file__).parents[2], Path("/home"), Path("/Users"))
        assert not [place for place in places if f"{place}/".encode() in content], path.name

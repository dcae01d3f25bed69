"""The registry: whole models or none, one log that is the pointer, copies for the guide's names."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.api import ModelError, ModelRegistry, UsageError
from tradewind_onnx.practice import PracticeModel

CONTENT = {proven: PracticeModel(proven=proven).model_file() for proven in (True, False)}


def stage(registry: ModelRegistry, at_ms: int, *, proven: bool = True, strength: float = 0.1) -> str:
    model = PracticeModel(proven=proven, strength=strength)
    content = model.model_file()
    return registry.stage(model.card(content), {"model.onnx": content}, now_ms=at_ms).name


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "ml")


def test_a_staged_model_lies_under_its_moment_and_is_not_live(registry: ModelRegistry) -> None:
    assert stage(registry, 1_750_000_000_000) == "20250615T150640Z"
    (entry,) = registry.entries()
    assert (entry.stamp, entry.state) == ("20250615T150640Z", "proven")
    assert registry.live("BTCUSDT", "price") == ""


def test_the_guides_names_hold_the_live_model_or_the_newest_staged_one(registry: ModelRegistry) -> None:
    first = stage(registry, 1_000_000, proven=False)
    second = stage(registry, 2_000_000, strength=0.2)
    shelf = registry.shelf("BTCUSDT", "price")

    def copied() -> str:
        names = [name for name in (first, second) if (shelf / name / "model.onnx").read_bytes() == file.read_bytes()]
        card = (registry.root / "btcusdt_price_metadata.json").read_bytes()
        assert card == (shelf / names[0] / "card.json").read_bytes()
        return names[0]

    file = registry.root / "btcusdt_price.onnx"
    assert copied() == second
    registry.promote("BTCUSDT", "price", second, now_ms=3_000_000)
    stage(registry, 4_000_000, strength=0.3)
    assert copied() == second


def test_a_card_of_another_file_is_not_staged(registry: ModelRegistry) -> None:
    card = PracticeModel().card(b"another")
    with pytest.raises(ModelError) as caught:
        registry.stage(card, {"model.onnx": CONTENT[True]}, now_ms=0)
    assert caught.value.code == "TW-M003"
    assert not registry.root.exists()


def test_one_moment_holds_one_model(registry: ModelRegistry) -> None:
    stage(registry, 1_000_000)
    with pytest.raises(ModelError) as caught:
        stage(registry, 1_000_400, strength=0.2)
    assert caught.value.code == "TW-M001"


def test_what_a_crash_left_half_written_is_no_model(registry: ModelRegistry) -> None:
    name = stage(registry, 1_000_000)
    left = registry.shelf("BTCUSDT", "price") / ".tmp-19700101T005000Z"
    left.mkdir()
    (left / "model.onnx").write_bytes(b"half")
    assert registry.stamps("BTCUSDT", "price") == (name,)
    assert stage(registry, 3_000_000) == "19700101T005000Z"


def test_an_unproven_model_is_not_promoted(registry: ModelRegistry) -> None:
    name = stage(registry, 1_000_000, proven=False)
    with pytest.raises(ModelError) as caught:
        registry.promote("BTCUSDT", "price", name, now_ms=2_000_000)
    assert caught.value.code == "TW-M009"
    assert "practice: nothing" in caught.value.message
    assert registry.changes("BTCUSDT", "price") == ()


@pytest.mark.parametrize("name", ["", "19700101T001640Y", "../x", "20250101T000000Z"])
def test_an_unknown_stamp_is_refused_with_what_there_is(registry: ModelRegistry, name: str) -> None:
    known = stage(registry, 1_000_000)
    with pytest.raises(ModelError) as caught:
        registry.promote("BTCUSDT", "price", name, now_ms=2_000_000)
    assert caught.value.code == "TW-M001"
    assert known in caught.value.message


@pytest.mark.parametrize("symbol", ["../../etc", "BTC USDT", "BTC/USDT", ""])
def test_a_symbol_is_never_a_path(registry: ModelRegistry, symbol: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry.stamps(symbol, "price")
    assert caught.value.code == "TW-U001"


def test_a_symbol_in_any_script_has_a_plain_folder(registry: ModelRegistry) -> None:
    assert registry.shelf("币安人生USDT", "price").parent.name.isascii()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"changes": [{"time": "x", "action": "promote", "stamp": ""}]}', '{"x": 1}']
)
def test_a_log_that_cannot_be_read_is_refused_and_not_taken_for_none(registry: ModelRegistry, text: str) -> None:
    name = stage(registry, 1_000_000)
    registry.promote("BTCUSDT", "price", name, now_ms=2_000_000)
    (registry.shelf("BTCUSDT", "price") / "live.json").write_text(text)
    with pytest.raises(ModelError) as caught:
        registry.live("BTCUSDT", "price")
    assert caught.value.code == "TW-M002"


def test_a_clock_that_was_set_back_keeps_the_log_in_order(registry: ModelRegistry) -> None:
    first, second = stage(registry, 1_000_000), stage(registry, 2_000_000)
    registry.promote("BTCUSDT", "price", first, now_ms=9_000_000)
    change = registry.promote("BTCUSDT", "price", second, now_ms=5_000_000)
    assert change.time_ms == 9_000_001
    assert registry.live("BTCUSDT", "price") == second


@settings(max_examples=12)
@given(st.lists(st.sampled_from(["a", "b", "c", "back"]), max_size=12))
def test_rollback_undoes_promotions_like_a_stack_and_every_change_is_logged(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    registry = ModelRegistry(tmp_path_factory.mktemp("ml"))
    names = {word: stage(registry, 1_000_000 * (place + 1)) for place, word in enumerate("abc")}
    stack: list[str] = []
    done = 0
    for place, step in enumerate(steps):
        if step == "back":
            if not stack:
                with pytest.raises(ModelError):
                    registry.rollback("BTCUSDT", "price", now_ms=10_000_000 + place)
                continue
            stack.pop()
            registry.rollback("BTCUSDT", "price", now_ms=10_000_000 + place)
        else:
            stack.append(names[step])
            registry.promote("BTCUSDT", "price", names[step], now_ms=10_000_000 + place)
        done += 1
        assert registry.live("BTCUSDT", "price") == (stack[-1] if stack else "")
    changes = registry.changes("BTCUSDT", "price")
    assert len(changes) == done
    assert [change.time_ms for change in changes] == sorted(change.time_ms for change in changes)


def test_a_promotion_that_the_disk_refuses_changes_nothing(
    registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stage(registry, 1_000_000), stage(registry, 2_000_000)
    registry.promote("BTCUSDT", "price", first, now_ms=3_000_000)
    before = (registry.shelf("BTCUSDT", "price") / "live.json").read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        registry.promote("BTCUSDT", "price", second, now_ms=4_000_000)
    monkeypatch.undo()
    assert (registry.shelf("BTCUSDT", "price") / "live.json").read_bytes() == before
    assert registry.live("BTCUSDT", "price") == first
    assert json.loads(before)["changes"][0]["stamp"] == first


def test_changes_made_at_once_are_all_logged(registry: ModelRegistry) -> None:
    names = [stage(registry, 1_000_000 * (place + 1)) for place in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: registry.promote("BTCUSDT", "price", name, now_ms=9_000_000), names))
    assert sorted(change.stamp for change in registry.changes("BTCUSDT", "price")) == names

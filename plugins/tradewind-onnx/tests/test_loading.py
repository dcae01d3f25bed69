"""A model that is damaged, foreign or of another card is refused with a code, before anything of it runs."""

from __future__ import annotations

import hashlib
import json
import pickle
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tradewind.api import ModelError
from tradewind_onnx.inspection import MAX_NODES, inspect_model
from tradewind_onnx.model import load_model
from tradewind_onnx.practice import PracticeModel

Edit = Callable[[Any], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return PracticeModel().write(tmp_path / "model")


def rewrite(folder: Path, content: bytes) -> None:
    """Put another file in, and its hash on the card: what is left to find is in the file."""
    (folder / "model.onnx").write_bytes(content)
    edit_card(folder, file_sha256=hashlib.sha256(content).hexdigest())


def edit_card(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **changes}))


def edited(folder: Path, edit: Edit) -> None:
    proto = onnx.ModelProto()
    proto.ParseFromString((folder / "model.onnx").read_bytes())
    edit(proto)
    rewrite(folder, proto.SerializeToString())


def refused(folder: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    return caught.value


def test_a_model_of_ours_is_loaded_and_answers(folder: Path) -> None:
    window = np.full((1, 120, 5), 100.0, dtype=np.float32)
    window[0, -1, 0] = 110.0
    mu, log_sigma = load_model(folder).run(window)
    assert mu[0] == pytest.approx(0.1 * np.log(1.1), rel=1e-5)
    assert log_sigma[0] == pytest.approx(-4.0)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "TW-M001"


def test_a_card_without_a_file_is_no_model(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    assert refused(folder).code == "TW-M001"


def test_a_changed_file_is_refused_by_its_hash(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[-1] ^= 1
    (folder / "model.onnx").write_bytes(bytes(content))
    error = refused(folder)
    assert error.code == "TW-M003"
    assert "its card says" in error.message


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused(folder: Path, share: float) -> None:
    content = (folder / "model.onnx").read_bytes()
    rewrite(folder, content[: int(len(content) * share)])
    assert refused(folder).code == "TW-M004"


def test_a_pickle_is_refused_and_not_opened(folder: Path) -> None:
    rewrite(folder, pickle.dumps({"weights": [1.0]}))
    assert refused(folder).code == "TW-M004"


def outside(tensor: Any) -> None:
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    tensor.ClearField("raw_data")


def weights_outside(proto: Any) -> None:
    outside(proto.graph.initializer[0])


def sparse_weights_outside(proto: Any) -> None:
    sparse = proto.graph.sparse_initializer.add()
    sparse.values.CopyFrom(numpy_helper.from_array(np.ones(1, dtype=np.float32), "sparse"))
    outside(sparse.values)


def constant_outside(proto: Any) -> None:
    value = numpy_helper.from_array(np.ones(1, dtype=np.float32), "hidden")
    outside(value)
    proto.graph.node.append(helper.make_node("Constant", [], ["hidden"], value=value))


def foreign_operator(proto: Any) -> None:
    proto.graph.node.append(helper.make_node("Anything", ["mu"], ["other"], domain="com.example"))
    proto.opset_import.append(helper.make_opsetid("com.example", 1))


def hidden_domain(proto: Any) -> None:
    proto.graph.node.append(helper.make_node("FusedMatMul", ["mu", "mu"], ["other"], domain="com.microsoft"))


def chance(proto: Any) -> None:
    proto.graph.node.append(helper.make_node("RandomNormal", [], ["other"], shape=[1]))


def control_flow(proto: Any) -> None:
    value = helper.make_tensor_value_info("inner", TensorProto.FLOAT, [1])
    branch = helper.make_graph([helper.make_node("Identity", ["strength"], ["inner"])], "branch", [], [value])
    proto.graph.node.append(helper.make_node("If", ["first"], ["other"], then_branch=branch, else_branch=branch))


def function(proto: Any) -> None:
    made = helper.make_function("here", "F", ["x"], ["y"], [helper.make_node("Identity", ["x"], ["y"])], [])
    proto.functions.append(made)


def too_many_operators(proto: Any) -> None:
    proto.graph.node.extend(helper.make_node("Identity", ["mu"], [f"n{i}"]) for i in range(MAX_NODES))


@pytest.mark.parametrize(
    "edit",
    [
        weights_outside, sparse_weights_outside, constant_outside, foreign_operator, hidden_domain, chance,
        control_flow, function, too_many_operators,
    ],
)  # fmt: skip
def test_what_no_model_needs_is_refused_before_a_runtime_sees_it(folder: Path, edit: Edit) -> None:
    edited(folder, edit)
    with pytest.raises(ModelError) as caught:
        inspect_model((folder / "model.onnx").read_bytes())
    assert caught.value.code == "TW-M004"
    assert refused(folder).code == "TW-M004"


def test_weights_that_are_no_numbers_are_refused(folder: Path) -> None:
    def spoil(proto: Any) -> None:
        for place, tensor in enumerate(proto.graph.initializer):
            if tensor.name == "strength":
                spoilt = numpy_helper.from_array(np.array([[np.nan]], dtype=np.float32), "strength")
                proto.graph.initializer[place].CopyFrom(spoilt)

    edited(folder, spoil)
    error = refused(folder)
    assert error.code == "TW-M006"
    assert "NaN" in error.hint


def hungry(size: int) -> Edit:
    """Return what makes a model take some gigabytes on the way to its answer."""

    def edit(proto: Any) -> None:
        add = proto.graph.node.add
        proto.graph.initializer.append(numpy_helper.from_array(np.array([1, size, size], dtype=np.int64), "huge"))
        proto.graph.initializer.append(numpy_helper.from_array(np.zeros(1, dtype=np.float32), "nought"))
        name = proto.graph.input[0].name
        last = next(node for node in proto.graph.node if "mu" in node.output)
        last.output[list(last.output).index("mu")] = "plain_mu"
        add().CopyFrom(helper.make_node("ReduceMax", [name], ["most"], axes=[1, 2], keepdims=1))
        add().CopyFrom(helper.make_node("Expand", ["most", "huge"], ["wide"]))
        add().CopyFrom(helper.make_node("ReduceMin", ["wide"], ["least"], axes=[1], keepdims=0))
        add().CopyFrom(helper.make_node("ReduceMin", ["least"], ["low"], axes=[1], keepdims=1))
        add().CopyFrom(helper.make_node("Mul", ["low", "nought"], ["added"]))
        add().CopyFrom(helper.make_node("Add", ["plain_mu", "added"], ["mu"]))

    return edit


def test_a_model_that_wants_more_memory_than_there_is_for_models_is_refused(folder: Path) -> None:
    edited(folder, hungry(20_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refused(folder)
    assert error.code == "TW-M006"
    assert "fails on the window of its card" in error.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000


def test_a_batch_that_is_too_large_fails_and_the_next_one_does_not(folder: Path) -> None:
    edited(folder, hungry(1_000))
    model = load_model(folder, batch=1_024)
    windows = np.full((1_024, 120, 5), 100.0, dtype=np.float32)
    assert np.isnan(model.answer(windows).mu).all()
    assert np.isfinite(model.answer(windows[:16]).mu).all()


def test_a_model_that_computes_something_else_than_when_it_was_made_is_refused(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["golden"]["outputs"][1] = 0.01
    (folder / "card.json").write_text(json.dumps(card))
    assert refused(folder).code == "TW-M006"


def test_the_card_of_another_kind_of_model_is_refused(folder: Path, tmp_path: Path) -> None:
    other = PracticeModel(kind="sentiment").write(tmp_path / "other")
    content = (folder / "model.onnx").read_bytes()
    (other / "model.onnx").write_bytes(content)
    edit_card(other, file_sha256=hashlib.sha256(content).hexdigest())
    error = refused(other)
    assert error.code == "TW-M005"
    assert "inputs" in error.message


def test_other_outputs_are_refused(folder: Path) -> None:
    edited(folder, lambda proto: proto.graph.output.pop())
    assert refused(folder).code == "TW-M005"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "prices"},
        {"feature_names": ["close"]},
        {"has_sentiment": True},
        {"horizon": 0},
        {"horizon": "12"},
        {"sequence_length": 60},
        {"seen_until": "yesterday"},
        {"data_end": "2024-01-01"},
        {"calibration": {"score": [], "probability": [], "count": []}},
        {"calibration": {"score": [0.0], "probability": [1.5], "count": [1.0]}},
        {"unknown_key": 1},
        {"file_sha256": None},
    ],
    ids=str,
)
def test_a_card_that_contradicts_itself_is_refused_with_its_fault(folder: Path, changes: dict[str, Any]) -> None:
    edit_card(folder, **changes)
    error = refused(folder)
    assert error.code == "TW-M002"
    assert next(iter(changes)).split("_")[0] in error.message or "golden" in error.message


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"symbol": NaN}', '{"symbol": 1, "symbol": 2}', "\x00", "[" * 100_000]
)
def test_what_is_no_card_is_refused(folder: Path, text: str) -> None:
    (folder / "card.json").write_text(text)
    assert refused(folder).code == "TW-M002"


def test_a_card_survives_writing_and_reading(folder: Path) -> None:
    card = load_model(folder).card
    (folder / "card.json").write_text(card.to_json())
    assert load_model(folder).card == card

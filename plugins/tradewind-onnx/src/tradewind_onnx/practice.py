"""
A model that nobody trained, to try the machinery with: it expects a part of the last move to go on.

It is made of a handful of operators, obeys the whole contract of a model and proves nothing of any market.
Tests and first steps need no TensorFlow with it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from tradewind.api import (
    MODEL_KINDS,
    MODEL_WINDOW,
    NOTHING_KNOWN,
    Calibration,
    GateCheck,
    GoldenWindow,
    ModelCard,
)

OPSET: Final = 17
BEGINNING: Final = "1970-01-01T00:00:00+00:00"
LONG_AHEAD: Final = "2100-01-01T00:00:00+00:00"


@attrs.frozen(kw_only=True)
class PracticeModel:
    """
    What a practice model is like.

    Args:
        symbol: The pair on its card.
        kind: `price`, or `sentiment` for one that takes the eight features too and heeds the score.
        timeframe: The bars on its card.
        horizon: Bars ahead on its card.
        strength: The share of the last move that it expects to go on.
        span: Bars of that move.
        seen_until: The end of what it claims to have been fitted on, ISO 8601, UTC.
        data_end: The end of what it claims to have been judged on.
        proven: Whether its card says that it has passed its gate.
    """

    symbol: str = "BTCUSDT"
    kind: str = "price"
    timeframe: str = "4h"
    horizon: int = 12
    strength: float = 0.1
    span: int = 10
    seen_until: str = BEGINNING
    data_end: str = LONG_AHEAD
    proven: bool = True

    def model_file(self) -> bytes:
        """Return the model file."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        length, features = MODEL_WINDOW, len(MODEL_KINDS[self.kind])
        heed = 0.01 if self.kind == "sentiment" else 0.0
        weights = np.zeros((1, 1, features), dtype=np.float32)
        weights[0, 0, 5:6] = heed

        def numbers(name: str, values: Any, kind: Any) -> Any:
            return numpy_helper.from_array(np.asarray(values, dtype=kind), name)

        constants = [
            numbers("last", [length - 1], np.int64),
            numbers("before", [length - 1 - self.span], np.int64),
            numbers("first", [0], np.int64),
            numbers("one", [1], np.int64),
            numbers("end", [length], np.int64),
            numbers("after", [length - self.span], np.int64),
            numbers("axes", [1], np.int64),
            numbers("columns", [2], np.int64),
            numbers("both", [1, 2], np.int64),
            numbers("strength", [[self.strength]], np.float32),
            numbers("weights", weights, np.float32),
            numbers("spread", [[-4.0]], np.float32),
            numbers("nothing", [[0.0]], np.float32),
        ]
        nodes = [
            helper.make_node("Slice", ["window", "first", "one", "columns"], ["closes"]),
            helper.make_node("Slice", ["closes", "last", "end", "axes"], ["now_"]),
            helper.make_node("Slice", ["closes", "before", "after", "axes"], ["then_"]),
            helper.make_node("Squeeze", ["now_", "columns"], ["now"]),
            helper.make_node("Squeeze", ["then_", "columns"], ["then"]),
            helper.make_node("Div", ["now", "then"], ["ratio"]),
            helper.make_node("Log", ["ratio"], ["move"]),
            helper.make_node("Mul", ["move", "strength"], ["part"]),
            helper.make_node("Slice", ["window", "last", "end", "axes"], ["newest"]),
            helper.make_node("Mul", ["newest", "weights"], ["weighed"]),
            helper.make_node("ReduceSum", ["weighed", "both"], ["heeded"], keepdims=0),
            helper.make_node("Unsqueeze", ["heeded", "axes"], ["heed"]),
            helper.make_node("Add", ["part", "heed"], ["mu"]),
            helper.make_node("Mul", ["mu", "nothing"], ["still"]),
            helper.make_node("Add", ["still", "spread"], ["log_sigma"]),
            helper.make_node("Exp", ["mu"], ["growth"]),
            helper.make_node("Mul", ["now", "growth"], ["price"]),
        ]
        window = helper.make_tensor_value_info("window", TensorProto.FLOAT, ["batch", length, features])
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1])
            for name in ("price", "mu", "log_sigma")
        ]
        graph = helper.make_graph(nodes, "practice", [window], outputs, constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tradewind")
        made.ir_version = 9
        onnx.checker.check_model(made)
        return bytes(made.SerializeToString(deterministic=True))

    def card(self, content: bytes) -> ModelCard:
        """Return the card of a model file."""
        names = MODEL_KINDS[self.kind]
        window = np.zeros((MODEL_WINDOW, len(names)))
        window[:, [0, 2, 3, 4]] = 100.0
        check = GateCheck(name="practice", passed=self.proven, found="nothing", expected="nothing")
        return ModelCard(
            symbol=self.symbol,
            kind=self.kind,
            timeframe=self.timeframe,
            horizon=self.horizon,
            model_type="practice",
            training_date=BEGINNING,
            feature_names=names,
            sequence_length=MODEL_WINDOW,
            has_sentiment=self.kind == "sentiment",
            training_params={},
            evaluation_results={},
            ranges={},
            seen_until=self.seen_until,
            data_end=self.data_end,
            data_sha256="",
            file_sha256=hashlib.sha256(content).hexdigest(),
            trials=0,
            information_coefficient=NOTHING_KNOWN,
            calibration=Calibration(score=(0.0, 3.0), probability=(0.5, 0.6), count=(0.0, 0.0)),
            baselines={},
            after_cost={},
            inputs={},
            golden=GoldenWindow(window=tuple(tuple(line) for line in window.tolist()), outputs=(100.0, 0.0, -4.0)),
            opset=OPSET,
            packages={},
            gate=(check,),
        )

    def write(self, folder: Path) -> Path:
        """Write file and card into a folder, and return it."""
        content = self.model_file()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_bytes(content)
        (folder / "card.json").write_text(self.card(content).to_json())
        return folder

"""
The ONNX graph of a network, written operator by operator from its weights.

Scaling stands inside the graph, so that whoever asks the model hands over raw values. The graph
uses standard operators alone, one per step, in the layout the runtime is fastest in; equal
weights give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[np.float32]]

OPSET: Final = 17
IR_VERSION: Final = 9
TINY: Final = 1e-12
LEAST_SIGMA: Final = 1e-6
LOG_SIGMA: Final = 3.0
"""The log deviation, in units of the window's sigma, is held within this much either way."""


@attrs.define
class GraphWriter:
    """
    A graph in the making: every step adds an operator and answers with its output's name.

    Args:
        nodes: Operators, in order.
        weights: Constants, in order.
    """

    nodes: list[Any] = attrs.field(factory=list)
    weights: list[Any] = attrs.field(factory=list)

    def constant(self, values: Any, kind: Any = np.float32) -> str:
        """Add a constant."""
        from onnx import numpy_helper

        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=kind), name))
        return name

    def add(self, operator: str, *inputs: str, outputs: Sequence[str] = (), **attributes: Any) -> str:
        """Add an operator and return its first output that is used."""
        from onnx import helper

        names = list(outputs) or [f"v{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return next(name for name in names if name)

    def part(self, value: str, start: int, stop: int, axis: int) -> str:
        """Add a slice along an axis."""
        bounds = (self.constant([each], np.int64) for each in (start, stop, axis))
        return self.add("Slice", value, *bounds)

    def spread(self, value: str, axes: Sequence[int]) -> str:
        """Add a scaling of each window to [0, 1] by its own least and greatest value along these axes."""
        low = self.add("ReduceMin", value, axes=list(axes), keepdims=1)
        high = self.add("ReduceMax", value, axes=list(axes), keepdims=1)
        span = self.add("Max", self.add("Sub", high, low), self.constant([TINY]))
        return self.add("Div", self.add("Sub", value, low), span)

    def scaled(self, window: str, features: int, weights: Weights) -> str:
        """Add the scaling of raw inputs: prices together, volume as a logarithm, sentiment by fixed figures."""
        prices = self.add("Concat", self.part(window, 0, 1, 2), self.part(window, 2, 5, 2), axis=2)
        volume = self.add("Log", self.add("Add", self.part(window, 1, 2, 2), self.constant([1.0])))
        parts = [self.spread(prices, (1, 2)), self.spread(volume, (1,))]
        if features > 5:
            rest = self.add("Sub", self.part(window, 5, features, 2), self.constant(weights["scaling/mean"]))
            parts.append(self.add("Div", rest, self.constant(weights["scaling/deviation"])))
        return self.add("Concat", *parts, axis=2)

    def dense(self, value: str, weights: Weights, name: str) -> str:
        """Add a dense layer over the last axis."""
        kernel = self.add("MatMul", value, self.constant(weights[f"{name}/kernel"]))
        return self.add("Add", kernel, self.constant(weights[f"{name}/bias"]))

    def conv(self, value: str, weights: Weights, name: str) -> str:
        """Add a causal convolution over [batch, channels, time] with its ReLU."""
        kernel = weights[f"{name}/kernel"].transpose(2, 1, 0)
        width = int(kernel.shape[2])
        made = self.add(
            "Conv", value, self.constant(kernel), self.constant(weights[f"{name}/bias"]),
            kernel_shape=[width], pads=[width - 1, 0],
        )  # fmt: skip
        return self.add("Relu", made)

    def lstm(self, value: str, weights: Weights, name: str, *, last: bool) -> str:
        """Add an LSTM over [time, batch, channels]; `last` answers with the last step alone, [batch, units]."""
        kernel, recurrent = weights[f"{name}/kernel"], weights[f"{name}/recurrent_kernel"]
        bias, units = weights[f"{name}/bias"], int(recurrent.shape[0])
        both = np.concatenate([_gates(bias), np.zeros(4 * units, dtype=np.float32)])
        found = self.add(
            "LSTM", value,
            self.constant(_gates(kernel).T[None]),
            self.constant(_gates(recurrent).T[None]),
            self.constant(both[None]),
            outputs=["", f"v{len(self.nodes)}"] if last else [f"v{len(self.nodes)}"],
            hidden_size=units,
        )  # fmt: skip
        return self.add("Squeeze", found, self.constant([0 if last else 1], np.int64))

    def norm(self, value: str, weights: Weights, name: str) -> str:
        """Add a layer normalisation over the last axis."""
        gamma, beta = self.constant(weights[f"{name}/gamma"]), self.constant(weights[f"{name}/beta"])
        return self.add("LayerNormalization", value, gamma, beta, axis=-1, epsilon=1e-5)

    def outlook(self, window: str, heads: str, horizon: int, length: int) -> None:
        """Add the outputs: the heads are mu and the log of its deviation, both in units of the window's sigma."""
        close = self.part(window, 0, 1, 2)
        later, earlier = self.part(close, 1, length, 1), self.part(close, 0, length - 1, 1)
        returns = self.add("Log", self.add("Div", later, earlier))
        mean = self.add("ReduceMean", returns, axes=[1], keepdims=1)
        off = self.add("Sub", returns, mean)
        variance = self.add("ReduceMean", self.add("Mul", off, off), axes=[1, 2], keepdims=0)
        scaled = self.add("Sqrt", self.add("Mul", variance, self.constant([float(horizon)])))
        sigma = self.add(
            "Unsqueeze", self.add("Max", scaled, self.constant([LEAST_SIGMA])), self.constant([1], np.int64)
        )
        mu = self.add("Mul", self.part(heads, 0, 1, 1), sigma, outputs=["mu"])
        bounds = (self.constant(each) for each in (-LOG_SIGMA, LOG_SIGMA))
        own = self.add("Clip", self.part(heads, 1, 2, 1), *bounds)
        self.add("Add", own, self.add("Log", sigma), outputs=["log_sigma"])
        last = self.add("Squeeze", self.part(close, length - 1, length, 1), self.constant([2], np.int64))
        self.add("Mul", last, self.add("Exp", mu), outputs=["price"])

    def finished(self, length: int, features: int) -> bytes:
        """Return the file."""
        import onnx
        from onnx import TensorProto, helper

        inputs = [helper.make_tensor_value_info("window", TensorProto.FLOAT, ["batch", length, features])]
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1])
            for name in ("price", "mu", "log_sigma")
        ]
        graph = helper.make_graph(self.nodes, "tradewind", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="tradewind")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))


def _gates(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Reorder the last axis from Keras's gates (i, f, c, o) to ONNX's (i, o, f, c)."""
    i, f, c, o = np.split(values, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)

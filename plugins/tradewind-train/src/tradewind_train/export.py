"""From the weights of a network to its model file."""

from __future__ import annotations

import numpy as np

from tradewind_train.architecture import BLOCKS, HEADS, WIDTH, patches
from tradewind_train.graph import GraphWriter, Weights


def model_bytes(architecture: str, weights: Weights, *, length: int, features: int, horizon: int) -> bytes:
    """
    Return the ONNX file of a network.

    Args:
        architecture: `cnn_lstm` or `transformer`.
        weights: By layer and name, such as `conv_1/kernel`, in Keras's layouts.
        length: Bars in a window.
        features: Inputs per bar.
        horizon: Bars ahead.
    """
    graph = GraphWriter()
    scaled = graph.scaled("window", features, weights)
    body = (
        _cnn_lstm(graph, scaled, weights)
        if architecture == "cnn_lstm"
        else _transformer(graph, scaled, weights, length)
    )
    hidden = graph.add("Relu", graph.dense(body, weights, "dense"))
    graph.outlook("window", graph.dense(hidden, weights, "heads"), horizon, length)
    return graph.finished(length, features)


def _cnn_lstm(graph: GraphWriter, scaled: str, weights: Weights) -> str:
    value = graph.add("Transpose", scaled, perm=[0, 2, 1])
    for name in ("conv_1", "conv_2"):
        value = graph.add("MaxPool", graph.conv(value, weights, name), kernel_shape=[2], strides=[2])
    value = graph.add("Transpose", value, perm=[2, 0, 1])
    return graph.lstm(graph.lstm(value, weights, "lstm_1", last=False), weights, "lstm_2", last=True)


def _transformer(graph: GraphWriter, scaled: str, weights: Weights, length: int) -> str:
    count = patches(length)
    cut = graph.add("Reshape", scaled, graph.constant([0, count, -1], np.int64))
    value = graph.add("Add", graph.dense(cut, weights, "embed"), graph.constant(weights["position/table"]))
    for block in range(1, BLOCKS + 1):
        value = graph.add("Add", value, _attention(graph, value, weights, block, count))
        inner = graph.dense(graph.norm(value, weights, f"norm_{block}b"), weights, f"widen_{block}")
        value = graph.add("Add", value, graph.dense(graph.add("Relu", inner), weights, f"narrow_{block}"))
    return graph.add("ReduceMean", graph.norm(value, weights, "norm_last"), axes=[1], keepdims=0)


def _attention(graph: GraphWriter, value: str, weights: Weights, block: int, count: int) -> str:
    normal = graph.norm(value, weights, f"norm_{block}a")
    shape = graph.constant([0, count, HEADS, WIDTH // HEADS], np.int64)
    query, key, content = (
        graph.add("Reshape", graph.dense(normal, weights, f"{name}_{block}"), shape)
        for name in ("query", "key", "value")
    )
    first = graph.add("Transpose", query, perm=[0, 2, 1, 3])
    scores = graph.add("MatMul", first, graph.add("Transpose", key, perm=[0, 2, 3, 1]))
    scale = graph.constant([1.0 / np.sqrt(WIDTH // HEADS)])
    shares = graph.add("Softmax", graph.add("Mul", scores, scale), axis=-1)
    mixed = graph.add("MatMul", shares, graph.add("Transpose", content, perm=[0, 2, 1, 3]))
    back = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    whole = graph.add("Reshape", back, graph.constant([0, count, WIDTH], np.int64))
    return graph.dense(whole, weights, f"project_{block}")

"""
The networks, in Keras: a convolutional LSTM and a small patch transformer under one contract.

Both take raw windows and answer with two numbers in units of the window's own sigma: the expected
log return and the logarithm of its standard deviation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind_train.architecture import (
    BLOCKS,
    CONVOLUTIONS,
    DENSE,
    DROPOUT,
    HEADS,
    LSTMS,
    PATCH,
    WIDER,
    WIDTH,
    patches,
)
from tradewind_train.graph import LOG_SIGMA, TINY
from tradewind_train.tensorflow import keras


def network(architecture: str, *, length: int, features: int, scaling: tuple[Any, Any] | None) -> Any:
    """
    Return a network that has seen nothing yet.

    Args:
        architecture: `cnn_lstm` or `transformer`.
        length: Bars in a window.
        features: Inputs per bar, 5 or 13.
        scaling: Mean and standard deviation of each sentiment input on the training range; None without sentiment.
    """
    k = keras()
    window = k.Input((length, features), dtype="float32", name="window")
    scaled = _scaled(window, features, scaling)
    body = _cnn_lstm(scaled) if architecture == "cnn_lstm" else _transformer(scaled, length, features)
    hidden = k.layers.Dense(DENSE, activation="relu", name="dense")(body)
    heads = k.layers.Dense(2, name="heads", kernel_initializer="zeros")(hidden)
    return k.Model(window, heads, name=architecture)


def _scaled(window: Any, features: int, scaling: tuple[Any, Any] | None) -> Any:
    ops = keras().ops

    def spread(values: Any, axes: tuple[int, ...]) -> Any:
        low = ops.min(values, axis=axes, keepdims=True)
        span = ops.maximum(ops.max(values, axis=axes, keepdims=True) - low, TINY)
        return (values - low) / span

    prices = ops.concatenate([window[:, :, 0:1], window[:, :, 2:5]], axis=2)
    parts = [spread(prices, (1, 2)), spread(ops.log(window[:, :, 1:2] + 1.0), (1,))]
    if scaling is not None:
        mean, deviation = (np.asarray(each, dtype=np.float32) for each in scaling)
        parts.append((window[:, :, 5:features] - mean) / deviation)
    return ops.concatenate(parts, axis=2)


def _cnn_lstm(value: Any) -> Any:
    layers = keras().layers
    for place, filters in enumerate(CONVOLUTIONS, 1):
        value = layers.Conv1D(filters, 3, padding="causal", activation="relu", name=f"conv_{place}")(value)
        value = layers.MaxPooling1D(2)(value)
    value = layers.LSTM(LSTMS[0], return_sequences=True, name="lstm_1")(value)
    value = layers.Dropout(DROPOUT)(value)
    return layers.Dropout(DROPOUT)(layers.LSTM(LSTMS[1], name="lstm_2")(value))


def _transformer(value: Any, length: int, features: int) -> Any:
    layers, count = keras().layers, patches(length)
    value = layers.Reshape((count, PATCH * features))(value)
    value = layers.Dense(WIDTH, name="embed")(value)
    # a table of positions is a bias per patch: an embedding of a constant would need an input of its own
    value = _position()(name="position")(value)
    for block in range(1, BLOCKS + 1):
        normal = layers.LayerNormalization(epsilon=1e-5, name=f"norm_{block}a")(value)
        value = value + layers.Dropout(DROPOUT)(_attention(normal, block, count))
        normal = layers.LayerNormalization(epsilon=1e-5, name=f"norm_{block}b")(value)
        inner = layers.Dense(WIDER, activation="relu", name=f"widen_{block}")(normal)
        value = value + layers.Dropout(DROPOUT)(layers.Dense(WIDTH, name=f"narrow_{block}")(inner))
    value = layers.LayerNormalization(epsilon=1e-5, name="norm_last")(value)
    return keras().ops.mean(value, axis=1)


def _attention(normal: Any, block: int, count: int) -> Any:
    k, size = keras(), WIDTH // HEADS

    def heads(name: str) -> Any:
        flat = k.layers.Dense(WIDTH, name=f"{name}_{block}")(normal)
        return k.ops.transpose(k.ops.reshape(flat, (-1, count, HEADS, size)), (0, 2, 1, 3))

    query, key, content = heads("query"), heads("key"), heads("value")
    scores = k.ops.matmul(query, k.ops.transpose(key, (0, 1, 3, 2))) * (1.0 / np.sqrt(size))
    mixed = k.ops.matmul(k.ops.softmax(scores, axis=-1), content)
    whole = k.ops.reshape(k.ops.transpose(mixed, (0, 2, 1, 3)), (-1, count, WIDTH))
    return k.layers.Dense(WIDTH, name=f"project_{block}")(whole)


def _position() -> Any:
    k = keras()

    class Position(k.layers.Layer):  # type: ignore[misc, name-defined]  # keras is loaded when it is needed
        """A learned bias per patch and channel."""

        def build(self, input_shape: Any) -> None:
            self.table = self.add_weight(shape=tuple(input_shape[1:]), initializer="zeros", name="table")

        def call(self, inputs: Any) -> Any:
            return inputs + self.table

    return Position


def loss(expected: Any, heads: Any) -> Any:
    """
    Return the mean negative log likelihood of a normal distribution with the heads' mean and deviation.

    Its constant is left out. Targets are outcomes in units of the window's sigma.
    """
    ops = keras().ops
    log_sigma = ops.clip(heads[:, 1:2], -LOG_SIGMA, LOG_SIGMA)
    off = (expected - heads[:, 0:1]) * ops.exp(-log_sigma)
    return ops.mean(0.5 * off * off + log_sigma)


def weights_of(made: Any, scaling: tuple[Any, Any] | None) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights by layer and name, such as `conv_1/kernel`, and the scaling of sentiment."""
    found = {
        f"{layer.name}/{weight.name}": np.asarray(weight, dtype=np.float32)
        for layer in made.layers
        for weight in layer.weights
    }
    if scaling is not None:
        found["scaling/mean"], found["scaling/deviation"] = (np.asarray(each, dtype=np.float32) for each in scaling)
    return found

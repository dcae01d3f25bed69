"""
Trains tiny networks for real, in a process of its own, and prints what was found as JSON.

TensorFlow takes seconds to load and keeps its threads for as long as a process lives, so that all that needs
it is done here, once.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from models.planted import HORIZON
from models.test_gate import market
from tradewind.api import MODEL_KINDS, MODEL_WINDOW, ModelRegistry
from tradewind.config.schema import Settings
from tradewind_onnx.model import load_model
from tradewind_train.architecture import ARCHITECTURES
from tradewind_train.dataset import Dataset, make_dataset
from tradewind_train.export import model_bytes
from tradewind_train.fitting import Pass, fit
from tradewind_train.making import make
from tradewind_train.networks import network, weights_of
from tradewind_train.settings import Task, TrainConfig


def quiet(_: Pass) -> None:
    """Say nothing of a pass."""


class Stopped(KeyboardInterrupt):
    """What Ctrl-C raises, after a pass."""


def stop_after(epoch: int) -> Any:
    def tell(done: Pass) -> None:
        if done.epoch == epoch:
            raise Stopped

    return tell


def data_of(kind: str, rows: int = 2_600) -> Dataset:
    bars = market(rows)
    if kind == "price":
        return make_dataset(bars, kind, HORIZON)
    rng = np.random.default_rng(5)
    frame = bars.to_frame()
    names = MODEL_KINDS[kind][5:]
    sentiment = frame[[]].assign(**{name: 0.3 + rng.normal(0.0, 0.1, rows) for name in names})
    return make_dataset(bars, kind, HORIZON, sentiment)


def parity(arch: str, data: Dataset) -> float:
    """Return how far the exported file is from a network of random weights, in units of the window's sigma."""
    length, features = MODEL_WINDOW, data.table.shape[1]
    made = network(arch, length=length, features=features, scaling=data.scaling())
    rng = np.random.default_rng(1)
    for layer in made.layers:
        for weight in layer.weights:
            weight.assign(rng.normal(0.0, 0.2, weight.shape))
    weights = weights_of(made, data.scaling())
    content = model_bytes(arch, weights, length=length, features=features, horizon=data.horizon)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    windows = np.ascontiguousarray(data.windows[-64:])
    price, mu, log_sigma = session.run(None, {"window": windows})
    heads, sigma = np.asarray(made(windows)), data.sigma[-64:]
    off = np.abs(mu[:, 0] / sigma - heads[:, 0]).max()
    off = max(off, np.abs(log_sigma[:, 0] - np.log(sigma) - np.clip(heads[:, 1], -3.0, 3.0)).max())
    return float(max(off, np.abs(price[:, 0] / (windows[:, -1, 0] * np.exp(mu[:, 0])) - 1.0).max()))


def main(folder: Path) -> None:
    warnings.simplefilter("error")
    found: dict[str, Any] = {}
    data = data_of("price")
    task = Task(
        symbol="BTCUSDT",
        kind="price",
        config=TrainConfig(folder=folder / "ml", epochs=2, batch=256, threads=1),
    )
    straight = fit(task, data, folder / "straight.npz", resume=False, tell=quiet)
    stopped = folder / "stopped.npz"
    try:
        make(task, data, stopped, Settings(), now_ms=1_000_000, tell=stop_after(1))
    except Stopped:
        found["checkpoint_left"] = stopped.is_file()
        found["no_half_model"] = list(ModelRegistry(task.config.folder).entries()) == []
    made = make(task, data, stopped, Settings(), now_ms=2_000_000, resume=True, tell=quiet)
    content = model_bytes(
        task.config.arch, straight.weights, length=MODEL_WINDOW, features=data.table.shape[1], horizon=data.horizon
    )
    found["same_file"] = content == (made.folder / "model.onnx").read_bytes()
    found["checkpoint_removed"] = not stopped.exists()
    found["card"] = json.loads(made.card.to_json())
    found["files"] = sorted(path.name for path in made.folder.iterdir())
    found["loads"] = load_model(made.folder).card == made.card
    for kind in MODEL_KINDS:
        its = data_of(kind)
        found |= {f"parity {arch} {kind}": parity(arch, its) for arch in ARCHITECTURES}
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

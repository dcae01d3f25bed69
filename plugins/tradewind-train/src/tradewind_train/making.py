"""One model from history to registry."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
import numpy as np

from tradewind.api import MODEL_KINDS, MODEL_WINDOW, NOTHING_KNOWN, ModelCard, ModelRegistry
from tradewind_train.dataset import Dataset
from tradewind_train.export import model_bytes
from tradewind_train.fitting import Fitted, Pass, fit
from tradewind_train.graph import OPSET
from tradewind_train.judging import golden, golden_window, judged, neutral_calibration
from tradewind_train.settings import Task

_PACKAGES: Final = ("tradewind", "tensorflow", "keras", "numpy", "onnx", "onnxruntime")


@attrs.frozen(kw_only=True)
class Made:
    """
    A model that was made and staged.

    Args:
        card: Its card.
        folder: Where it lies.
    """

    card: ModelCard
    folder: Path


def make(
    task: Task,
    data: Dataset,
    checkpoint: Path,
    settings: Any,
    *,
    now_ms: int,
    resume: bool = False,
    tell: Callable[[Pass], None],
) -> Made:
    """
    Fit a network, export it, judge it on unseen history and add it to the registry, staged.

    Args:
        task: What to make.
        data: What to make it of.
        checkpoint: Where to keep what is needed to go on after a stop.
        settings: The settings in force: costs, limits and sources of the judging backtest.
        now_ms: The moment, UTC milliseconds, for the card and the folder's name.
        resume: Go on from the checkpoint.
        tell: Called after every pass over the data.

    Raises:
        ModelError: TW-M008 without TensorFlow, TW-M010 when there is nothing to go on with.
    """
    registry = ModelRegistry(task.config.folder)
    fitted = fit(task, data, checkpoint, resume=resume, tell=tell)
    content = model_bytes(
        task.config.arch,
        fitted.weights,
        length=MODEL_WINDOW,
        features=len(MODEL_KINDS[task.kind]),
        horizon=task.config.horizon,
    )
    trials = len(registry.stamps(task.symbol, task.kind)) + 1
    draft = _draft(task, data, fitted, content, now_ms=now_ms, trials=trials)
    with TemporaryDirectory(prefix="tradewind-") as scratch:
        card = judged(draft, content, task, data, settings, Path(scratch) / "model")
    files = {"model.onnx": content, "model.keras": fitted.keras}
    return Made(card=card, folder=registry.stage(card, files, now_ms=now_ms))


def _draft(task: Task, data: Dataset, fitted: Fitted, content: bytes, *, now_ms: int, trials: int) -> ModelCard:
    import hashlib

    time, length = data.bars.time, data.bars.timeframe.ms
    names = MODEL_KINDS[task.kind]
    seen = int(time[data.split.validation[1] - 1 + data.horizon]) + length
    scaling = data.scaling()
    fixed: dict[str, Any] = {} if scaling is None else {"scaling": [each.tolist() for each in scaling]}
    return ModelCard(
        symbol=task.symbol,
        kind=task.kind,
        timeframe=task.config.timeframe,
        horizon=task.config.horizon,
        model_type=task.config.arch,
        training_date=_iso(now_ms),
        feature_names=names,
        sequence_length=MODEL_WINDOW,
        has_sentiment=task.kind == "sentiment",
        training_params={**task.params(), **fixed},
        evaluation_results={
            "best_epoch": fitted.best_epoch,
            "losses": [[round(one, 6), round(other, 6)] for one, other in fitted.losses],
        },
        ranges={
            name: (_iso(int(time[rows[0]])), _iso(int(time[rows[-1]]) + length))
            for name, rows in ((name, data.rows(name)) for name in data.split.ranges())
        },
        seen_until=_iso(seen),
        data_end=_iso(int(time[-1]) + length),
        data_sha256=data.sha256(),
        file_sha256=hashlib.sha256(content).hexdigest(),
        trials=trials,
        information_coefficient=NOTHING_KNOWN,
        calibration=neutral_calibration(),
        baselines={},
        after_cost={},
        inputs={},
        golden=golden(data, _answer(content, data)),
        opset=OPSET,
        packages={"python": platform.python_version(), **_versions()},
        gate=(),
    )


def _answer(content: bytes, data: Dataset) -> tuple[float, float, float]:
    """Return what the file answers to the golden window."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    window = np.asarray(golden_window(data), dtype=np.float32)[None]
    price, mu, log_sigma = (float(each[0, 0]) for each in session.run(None, {"window": window}))
    return price, mu, log_sigma


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _iso(time_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat()

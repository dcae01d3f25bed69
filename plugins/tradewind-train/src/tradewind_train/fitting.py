"""Fitting a network: passes over the training range until the validation loss no longer falls."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import MODEL_WINDOW
from tradewind_train.checkpoint import Checkpoint, load_checkpoint
from tradewind_train.dataset import Dataset
from tradewind_train.networks import loss, network, weights_of
from tradewind_train.settings import Task
from tradewind_train.tensorflow import keras, prepare

Weights = Mapping[str, npt.NDArray[np.float32]]


@attrs.frozen(kw_only=True)
class Pass:
    """
    One pass over the training range, done.

    Args:
        epoch: Its number, from 1.
        epochs: Most passes.
        train_loss: Mean loss over the training range.
        validation_loss: Mean loss over the validation range.
        best_epoch: The best pass so far.
        seconds_left: What the remaining passes would take at most.
        last: No pass follows.
    """

    epoch: int
    epochs: int
    train_loss: float
    validation_loss: float
    best_epoch: int
    seconds_left: float
    last: bool


@attrs.frozen(kw_only=True)
class Fitted:
    """
    A network that was fitted.

    Args:
        weights: The weights of the best pass.
        best_epoch: Which pass that was.
        losses: Training and validation loss of every pass.
        keras: The network as Keras writes it.
    """

    weights: Weights
    best_epoch: int
    losses: list[tuple[float, float]]
    keras: bytes


def fit(task: Task, data: Dataset, checkpoint: Path, *, resume: bool, tell: Callable[[Pass], None]) -> Fitted:
    """
    Fit a network; equal tasks over equal data give equal weights on one machine, interrupted or not.

    Args:
        task: What to make.
        data: What to learn from.
        checkpoint: Where to keep what a later call needs to go on; removed when the fit is done.
        resume: Go on from there.
        tell: Called after every pass.

    Raises:
        ModelError: TW-M008 without TensorFlow, TW-M010 when there is nothing to go on with.
    """
    c = task.config
    told = {**task.params(), "data": data.sha256()}
    before = load_checkpoint(checkpoint, told) if resume else None
    prepare(c.seed, c.threads)
    made, scaling = _compiled(task, data)
    if before is not None:
        _put_back(made, before)
    best = dict(before.best) if before else weights_of(made, scaling)
    losses = list(before.losses) if before else []
    best_epoch, epoch = (before.best_epoch, before.epoch) if before else (0, 0)

    def goes_on() -> bool:
        return epoch < c.epochs and epoch - best_epoch < c.patience

    while goes_on():
        epoch += 1
        steps, looks = Batches(), Batches()
        losses.append((_one_pass(made, data, task, epoch, steps), _validation_loss(made, data, c.clip, looks)))
        if losses[-1][1] <= min(each for _, each in losses):
            best, best_epoch = weights_of(made, scaling), epoch
        state = [np.asarray(each) for each in _variables(made)]
        Checkpoint(told=told, epoch=epoch, best_epoch=best_epoch, losses=losses, best=best, state=state).save(
            checkpoint
        )
        left = (c.epochs - epoch) * (steps.seconds + looks.seconds)
        tell(
            Pass(
                epoch=epoch, epochs=c.epochs, train_loss=losses[-1][0], validation_loss=losses[-1][1],
                best_epoch=best_epoch, seconds_left=left, last=not goes_on(),
            )
        )  # fmt: skip
    # without the optimiser, which is most of a compiled network and of no use to anybody
    plain = network(c.arch, length=MODEL_WINDOW, features=data.table.shape[1], scaling=scaling)
    _set_weights(plain, best)
    fitted = Fitted(weights=best, best_epoch=best_epoch, losses=losses, keras=_saved(plain, checkpoint))
    checkpoint.unlink(missing_ok=True)
    return fitted


def _compiled(task: Task, data: Dataset) -> tuple[Any, Any]:
    scaling = data.scaling()
    made = network(task.config.arch, length=MODEL_WINDOW, features=data.table.shape[1], scaling=scaling)
    optimiser = keras().optimizers.Adam(task.config.learning_rate, clipnorm=1.0)
    made.compile(optimizer=optimiser, loss=loss, jit_compile=False)
    optimiser.build(made.trainable_variables)
    return made, scaling


def _clipped(data: Dataset, rows: npt.NDArray[np.intp], clip: float) -> npt.NDArray[np.float32]:
    return np.clip(data.target[rows], -clip, clip).astype(np.float32)[:, None]


class Batches:
    """How long the batches of a pass take."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._at = [clock()]

    def done(self) -> None:
        """Take note of the end of a batch."""
        self._at.append(self._clock())

    @property
    def seconds(self) -> float:
        """What so many batches take; the very first one builds the graph, which no later pass does."""
        return (len(self._at) - 1) * float(np.median(np.diff(self._at)))


def _one_pass(made: Any, data: Dataset, task: Task, epoch: int, batches: Batches) -> float:
    rows, windows = data.rows("train"), data.windows
    order = np.random.default_rng([task.config.seed, epoch]).permutation(rows)
    target = _clipped(data, order, task.config.clip)
    total = 0.0
    for start in range(0, len(order), task.config.batch):
        part = order[start : start + task.config.batch]
        lost = made.train_on_batch(windows[part - MODEL_WINDOW + 1], target[start : start + len(part)])
        made.reset_metrics()
        total += float(lost) * len(part)
        batches.done()
    return total / len(order)


def _validation_loss(made: Any, data: Dataset, clip: float, batches: Batches) -> float:
    rows, windows = data.rows("validation"), data.windows
    target = _clipped(data, rows, clip)
    total = 0.0
    for start in range(0, len(rows), 512):
        part = rows[start : start + 512]
        lost = made.test_on_batch(windows[part - MODEL_WINDOW + 1], target[start : start + len(part)])
        made.reset_metrics()
        total += float(lost) * len(part)
        batches.done()
    return total / len(rows)


def _variables(made: Any) -> list[Any]:
    # those of dropout's generators are among them: a resumed pass draws what it would have drawn
    return [*made.variables, *made.optimizer.variables]


def _put_back(made: Any, checkpoint: Checkpoint) -> None:
    for variable, values in zip(_variables(made), checkpoint.state, strict=True):
        variable.assign(values)


def _set_weights(made: Any, weights: Weights) -> None:
    for layer in made.layers:
        for weight in layer.weights:
            weight.assign(weights[f"{layer.name}/{weight.name}"])


def _saved(made: Any, beside: Path) -> bytes:
    path = beside.with_suffix(".keras")
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # Keras still takes its arrays the way numpy is giving up
        warnings.simplefilter("ignore", DeprecationWarning)
        made.save(path)
    content = path.read_bytes()
    path.unlink()
    return content

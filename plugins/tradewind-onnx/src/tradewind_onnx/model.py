"""A model that was read, checked and made ready to answer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import ModelCard, ModelError, read_card
from tradewind_onnx.inspection import MAX_BYTES, inspect_model, refused
from tradewind_onnx.session import first_line, session_of

Table = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

OUTPUTS: Final = ("price", "mu", "log_sigma")
GOLDEN: Final = 1e-5
"""How far the answer to the golden window may be from the one on the card."""

_ASKED: Final = list(OUTPUTS[1:])
_WORTH_THREADS: Final = 1_024
_CHUNK: Final = 4_096


@attrs.frozen(kw_only=True, eq=False)
class Answers:
    """
    What a model said of windows.

    Args:
        mu: Expected log return over the horizon, NaN where it failed.
        log_sigma: Logarithm of its standard deviation.
        milliseconds: What one window took, per window.
    """

    mu: Floats
    log_sigma: Floats
    milliseconds: Floats


@attrs.frozen(kw_only=True, eq=False)
class Model:
    """
    A model ready to answer.

    Args:
        card: Its card.
        session: The runtime's session.
        threads: How many windows batches are worked on at once.
        batch: Windows asked at once.
    """

    card: ModelCard
    session: Any
    threads: int
    batch: int
    reads: str = attrs.field(init=False)

    @reads.default
    def _first_input(self) -> str:
        return str(self.session.get_inputs()[0].name)

    def answer(self, windows: Table) -> Answers:
        """
        Return what the model says of each window, NaN where the runtime fails or its answer is not finite.

        Args:
            windows: Raw values, float32, shape [windows, bars, features]; a view will do.
        """
        out = Answers(
            mu=np.full(len(windows), np.nan),
            log_sigma=np.full(len(windows), np.nan),
            milliseconds=np.zeros(len(windows)),
        )
        starts = range(0, len(windows), _CHUNK)
        if self.threads == 1 or len(windows) < _WORTH_THREADS:
            for start in starts:
                self._chunk(windows, out, start)
            return out
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(lambda start: self._chunk(windows, out, start), starts))
        return out

    def _chunk(self, windows: Table, out: Answers, start: int) -> None:
        for first in range(start, min(start + _CHUNK, len(windows)), self.batch):
            rows = slice(first, min(first + self.batch, start + _CHUNK, len(windows)))
            began = time.perf_counter()
            try:
                mu, log_sigma = self.run(np.ascontiguousarray(windows[rows]))
            except RuntimeError:
                continue  # what is not answered stays NaN, which is no opinion
            good = np.isfinite(mu) & np.isfinite(log_sigma)
            out.mu[rows] = np.where(good, mu, np.nan)
            out.log_sigma[rows] = np.where(good, log_sigma, np.nan)
            out.milliseconds[rows] = (time.perf_counter() - began) * 1000.0 / len(mu)

    def run(self, windows: Table) -> tuple[Floats, Floats]:
        """
        Return mu and log_sigma of one batch as the runtime gives them.

        Raises:
            RuntimeError: When the runtime fails, out of memory among other things.
        """
        try:
            mu, log_sigma = self.session.run(_ASKED, {self.reads: windows})
        except Exception as error:  # the runtime's errors have no common class of their own
            raise RuntimeError(first_line(error)) from error
        return mu[:, 0].astype(np.float64), log_sigma[:, 0].astype(np.float64)


def load_model(folder: Path, *, threads: int = 1, batch: int = 32) -> Model:
    """
    Read a model's folder, check file and card against each other, and make it ready.

    The file is read once: what is hashed and inspected is what is loaded.

    Args:
        folder: Holds `model.onnx` and `card.json`.
        threads: How many threads answer windows of a history.
        batch: Windows asked at once.

    Raises:
        ModelError: TW-M001 when there is none, TW-M002 for a bad card, TW-M003 when the file is not the card's,
            TW-M004 when the file may not be loaded, TW-M005 when its inputs or outputs are others, TW-M006 when it
            does not answer its golden window as it did.
    """
    card = read_card(folder)
    path = folder / "model.onnx"
    if not path.is_file():
        raise ModelError(f"{folder} holds no model.onnx.", code="TW-M001", hint="Card and file belong together.")
    if path.stat().st_size > MAX_BYTES:
        raise refused(f"it has more than {MAX_BYTES:,} bytes")
    content = path.read_bytes()
    found = _sha256(content)
    if found != card.file_sha256:
        raise ModelError(
            f"{path} has the hash {found[:12]}, its card says {card.file_sha256[:12]}.",
            code="TW-M003",
            hint="Copy file and card again from one folder; a file that was changed is not loaded.",
        )
    inspect_model(content)
    made = Model(card=card, session=session_of(content), threads=threads, batch=batch)
    _check_shapes(made, path)
    _check_golden(made, path)
    return made


def _sha256(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def _check_shapes(model: Model, path: Path) -> None:
    card, inputs, outputs = model.card, model.session.get_inputs(), model.session.get_outputs()
    wanted = [card.sequence_length, len(card.feature_names)]
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or inputs[0].shape[1:] != wanted:
        was = "; ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise _other(path, f"its inputs were {was}", f"one float tensor of shape [batch, {wanted[0]}, {wanted[1]}]")
    found = {each.name: (each.type, each.shape[1:]) for each in outputs}
    if tuple(found) != OUTPUTS or any(each != ("tensor(float)", [1]) for each in found.values()):
        was = ", ".join(f"{each.name} {each.type} {each.shape}" for each in outputs)
        raise _other(path, f"its outputs were {was}", f"{', '.join(OUTPUTS)} of shape [batch, 1]")


def _other(path: Path, was: str, expected: str) -> ModelError:
    return ModelError(
        f"{path} does not belong to its card: {was}, expected {expected}.",
        code="TW-M005",
        hint="Copy file and card again from one folder.",
    )


def _check_golden(model: Model, path: Path) -> None:
    golden = model.card.golden
    window = np.asarray(golden.window, dtype=np.float32)[None]
    try:
        mu, log_sigma = model.run(window)
    except RuntimeError as error:
        raise ModelError(
            f"{path} fails on the window of its card: {error}.",
            code="TW-M006",
            hint="The file cannot be used; train anew.",
        ) from error
    found, expected = np.array([mu[0], log_sigma[0]]), np.asarray(golden.outputs[1:])
    if not np.isfinite(found).all():
        raise ModelError(
            f"{path} answers the window of its card with {found.tolist()}, expected finite numbers.",
            code="TW-M006",
            hint="Its weights hold NaN or infinities; train anew.",
        )
    if np.abs(found - expected).max() > GOLDEN:
        raise ModelError(
            f"{path} answers the window of its card with {found.tolist()}, expected {expected.tolist()}.",
            code="TW-M006",
            hint="The runtime computes something else than where the model was made; train anew on this machine.",
        )

"""
A training that can be gone on with: everything that decides the next step, in one file.

The file holds plain arrays and one piece of JSON, is written whole or not at all after every pass
over the data, and is read without pickle.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import ModelError

_MANIFEST: Final = "manifest"
Arrays = list[npt.NDArray[Any]]


@attrs.frozen(kw_only=True)
class Checkpoint:
    """
    Where a training stands after a pass.

    Args:
        told: What decides the weights: settings and the hash of the data.
        epoch: Passes done.
        best_epoch: The pass with the least validation loss.
        losses: Training and validation loss of every pass.
        best: Weights of the best pass, by name.
        state: Every variable of network and optimiser, in order.
    """

    told: Mapping[str, Any]
    epoch: int
    best_epoch: int
    losses: list[tuple[float, float]]
    best: Mapping[str, npt.NDArray[np.float32]]
    state: Arrays

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        manifest = {
            "told": dict(self.told),
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "losses": self.losses,
            "best": list(self.best),
        }
        arrays: dict[str, Any] = {f"best_{place}": values for place, values in enumerate(self.best.values())}
        arrays |= {f"state_{place}": values for place, values in enumerate(self.state)}
        arrays[_MANIFEST] = np.frombuffer(json.dumps(manifest).encode(), dtype=np.uint8)
        content = io.BytesIO()
        np.savez(content, **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with unfinished.open("wb") as stream:
            stream.write(content.getvalue())
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)


def load_checkpoint(path: Path, told: Mapping[str, Any]) -> Checkpoint:
    """
    Return the checkpoint of a training.

    Args:
        path: Where it lies.
        told: What the training is told now; it must be what it was told then.

    Raises:
        ModelError: TW-M010 when there is none, it is damaged, or it belongs to another training.
    """
    if not path.is_file():
        raise ModelError(f"there is no training to go on with at {path}.", code="TW-M010", hint="Leave out --resume.")
    try:
        # numpy leaves a file open that it fails to read
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            manifest = json.loads(found[_MANIFEST].tobytes())
            best = {name: found[f"best_{place}"] for place, name in enumerate(manifest["best"])}
            count = sum(name.startswith("state_") for name in found.files)
            state = [found[f"state_{place}"] for place in range(count)]
        was = manifest["told"]
        made = Checkpoint(
            told=was,
            epoch=int(manifest["epoch"]),
            best_epoch=int(manifest["best_epoch"]),
            losses=[(float(one), float(other)) for one, other in manifest["losses"]],
            best=best,
            state=state,
        )
    except Exception as error:  # a damaged archive fails in many ways
        raise ModelError(
            f"{path} is damaged: {type(error).__name__}.", code="TW-M010", hint="Leave out --resume."
        ) from error
    now = json.loads(json.dumps(dict(told)))
    different = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    if different:
        raise ModelError(
            f"the training at {path} was told another {', '.join(different)}.",
            code="TW-M010",
            hint="Train with the settings and the data that it began with, or leave out --resume.",
        )
    return made

"""The card of a model: where it comes from, what it may be asked, and what it was worth."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.errors import ModelError, SettingsError
from tradewind.learning.calibration import Calibration
from tradewind.learning.contract import MODEL_KINDS
from tradewind.learning.drift import InputProfile
from tradewind.learning.gate import GateCheck
from tradewind.learning.moments import ms_of
from tradewind.learning.skill import Estimate
from tradewind.plugins.structure import structure

CARD: Final = "card.json"
MODEL: Final = "model.onnx"
MAX_CARD_BYTES: Final = 1_000_000


@attrs.frozen(kw_only=True)
class GoldenWindow:
    """
    One window and what the model answered to it when it was made.

    Args:
        window: Raw values, one row per bar, one column per feature.
        outputs: price, mu and log_sigma.
    """

    window: tuple[tuple[float, ...], ...]
    outputs: tuple[float, ...]


@attrs.frozen(kw_only=True)
class ModelCard:
    """
    What is known of a model, as strict JSON beside its file.

    Args:
        symbol: The pair it was fitted on.
        kind: `price` or `sentiment`.
        timeframe: The bars it was fitted on.
        horizon: Bars ahead that it tells of.
        model_type: The network.
        training_date: When it was made, ISO 8601, UTC.
        feature_names: Its inputs, in order.
        sequence_length: Bars in a window.
        has_sentiment: It reads sentiment.
        training_params: What the training was told, the seed included.
        evaluation_results: Further figures of the validation and test ranges.
        ranges: Opens of the first bar and after the last bar of train, validation and test, ISO 8601, UTC.
        seen_until: The last moment whose price took part in fitting, stopping or calibrating.
        data_end: Close of the last bar that it was judged on.
        data_sha256: Hash of the bars, and of the sentiment where there is any.
        file_sha256: Hash of the model file.
        trials: How many models were made of this data.
        information_coefficient: Rank correlation of mu and outcome on the test range.
        calibration: From score to the chance that the sign is right.
        baselines: What persistence and the more frequent direction are worth on the test range.
        after_cost: What the shipped strategy made of it on the test range, after costs.
        inputs: Distribution of its inputs in the training range.
        golden: One window and its answer.
        opset: The ONNX operator set of the file.
        packages: Versions of what made it.
        gate: The checks of the gate and their outcome.
    """

    symbol: str
    kind: str
    timeframe: str
    horizon: int
    model_type: str
    training_date: str
    feature_names: tuple[str, ...]
    sequence_length: int
    has_sentiment: bool
    training_params: dict[str, Any]
    evaluation_results: dict[str, Any]
    ranges: dict[str, tuple[str, str]]
    seen_until: str
    data_end: str
    data_sha256: str
    file_sha256: str
    trials: int
    information_coefficient: Estimate
    calibration: Calibration
    baselines: dict[str, Any]
    after_cost: dict[str, Any]
    inputs: dict[str, InputProfile]
    golden: GoldenWindow
    opset: int
    packages: dict[str, str]
    gate: tuple[GateCheck, ...]

    @property
    def proven(self) -> bool:
        """Whether it has passed every check of the gate."""
        return bool(self.gate) and all(check.passed for check in self.gate)

    @property
    def seen_until_ms(self) -> int:
        """`seen_until` in milliseconds UTC."""
        return ms_of(self.seen_until)

    @property
    def data_end_ms(self) -> int:
        """`data_end` in milliseconds UTC."""
        return ms_of(self.data_end)

    def to_json(self) -> str:
        """Return the card as strict JSON, the same for equal cards."""
        plain = attrs.asdict(self)
        plain["information_coefficient"] = self.information_coefficient.to_dict()
        return json.dumps(plain, indent=1, sort_keys=True, allow_nan=False) + "\n"


def read_card(folder: Path) -> ModelCard:
    """
    Return the card of a model's folder.

    Raises:
        ModelError: TW-M001 when there is none, TW-M002 when it cannot be read or contradicts itself.
    """
    path = folder / CARD
    if not path.is_file():
        raise ModelError(
            f"{folder} holds no {CARD}.", code="TW-M001", hint="A model is a folder with model.onnx and card.json."
        )
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise _bad(path, f"it is larger than {MAX_CARD_BYTES:,} bytes")
        plain = json.loads(path.read_bytes(), parse_constant=_no_constant, object_pairs_hook=_once)
        card = structure(plain, ModelCard, "")
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(path, str(error)) from error
    except SettingsError as error:
        raise _bad(path, f"{error.message} {error.hint}".strip()) from error
    _check(card, path)
    return card


def _check(card: ModelCard, path: Path) -> None:
    if card.kind not in MODEL_KINDS:
        raise _bad(path, f"kind was {card.kind!r}, expected {' or '.join(MODEL_KINDS)}")
    if card.feature_names != MODEL_KINDS[card.kind]:
        raise _bad(
            path, f"feature_names were {', '.join(card.feature_names)}, expected {', '.join(MODEL_KINDS[card.kind])}"
        )
    if card.has_sentiment != (card.kind == "sentiment"):
        raise _bad(path, f"has_sentiment was {card.has_sentiment} for the kind {card.kind!r}")
    if not 1 <= card.horizon <= 10_000 or not 2 <= card.sequence_length <= 10_000:
        raise _bad(path, f"horizon and sequence_length were {card.horizon} and {card.sequence_length}")
    curve = card.calibration
    if not 0 < len(curve.score) == len(curve.probability) or not all(0.0 <= p <= 1.0 for p in curve.probability):
        raise _bad(path, "the calibration is no curve of probabilities")
    golden = card.golden
    shape = {len(row) for row in golden.window}
    if len(golden.window) != card.sequence_length or shape != {len(card.feature_names)} or len(golden.outputs) != 3:
        raise _bad(path, "the golden window has another shape than the model's inputs")
    for name in ("seen_until", "data_end", "training_date"):
        try:
            ms_of(getattr(card, name))
        except ValueError as error:
            raise _bad(path, f"{name} was {getattr(card, name)!r}, expected a moment in UTC") from error


def _bad(path: Path, why: str) -> ModelError:
    return ModelError(
        f"{path} is no card of a model: {why.rstrip('.')}.",
        code="TW-M002",
        hint="Take the folder of the model from where it was trained, unchanged.",
    )


def _no_constant(word: str) -> Any:
    raise ValueError(f"it holds {word}, which is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it names a key twice")
    return found


def sha256_of_bytes(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()

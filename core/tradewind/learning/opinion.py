"""Why a model has an opinion on a bar, or has none."""

from __future__ import annotations

from typing import Final

OPINIONS: Final[dict[int, str]] = {
    0: "opinion",
    1: "no_model",
    2: "unproven",
    3: "in_sample",
    4: "expired",
    5: "drift",
    6: "inputs_unknown",
    7: "late",
    8: "error",
}
"""The values of a model indicator's column `state`."""

OPINION_CODES: Final[dict[str, int]] = {word: code for code, word in OPINIONS.items()}

OPINION_WORDS: Final[dict[str, str]] = {
    "opinion": "the model has an opinion",
    "no_model": "there is no model for it",
    "unproven": "the model has not passed its gate",
    "in_sample": "the model was fitted on these bars or on later ones",
    "expired": "the model is too old",
    "drift": "the market no longer looks like the one the model was fitted on",
    "inputs_unknown": "an input is not known",
    "late": "the answer took too long",
    "error": "the model failed or answered with no usable number",
}
"""What each state means, in words for a sentence."""

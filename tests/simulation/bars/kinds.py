"""What goes wrong with bars and with those who decide on them, by its number in the design's list."""

from __future__ import annotations

from typing import Final

MARKET: Final = {
    "stalled": "F14",
    "broken": "F15a",
    "ended": "F15b",
    "unsubscribed": "F15c",
    "missing": "F16a",
    "late": "F16b",
    "duplicate": "F16c",
    "unfinished": "F16d",
    "hole": "F17a",
    "revised": "F17b",
    "revised_later": "F17c",
    "not_a_number": "F19a",
    "zero": "F19b",
    "negative": "F19c",
    "huge": "F19d",
    "text": "F19e",
    "wrong_order": "F19f",
    "spike": "F19g",
    "wick": "F19h",
    "incomplete": "F19i",
    "off_grid": "F19j",
    "crash": "price",
    "history_down": "F17d",
    "history_slow": "F17e",
    "history_lags": "F17f",
    "history_raises": "F17g",
    "history_garbled": "F19k",
}
"""What happens between the exchange and the session."""
GARBLED: Final = (
    "not_a_number",
    "zero",
    "negative",
    "huge",
    "text",
    "wrong_order",
    "spike",
    "wick",
    "incomplete",
    "off_grid",
)
"""Ways in which a bar is garbled on its way."""
PLUGINS: Final = {
    "raises": "F42a",
    "hangs": "F42b",
    "wrong_kind": "F42c",
    "wrong_shape": "F42d",
    "answers_nan": "F42e",
    "mutates": "F42f",
    "exits": "F42g",
}
"""What a strategy does that it should not do."""
MODELS: Final = {
    "model_missing": "F43a",
    "model_nan": "F43b",
    "model_slow": "F43c",
    "model_raises": "F43d",
    "model_shape": "F43e",
}
"""What a model does."""
MOODS: Final = {
    "sentiment_down": "F44a",
    "sentiment_stale": "F44b",
    "sentiment_garbage": "F44c",
}
"""What becomes of sentiment."""
PROCESS: Final = {
    "killed": "F30a",
    "killed_in_commit": "F30b",
    "stopped": "F32",
    "clock_skewed": "F20",
}
"""What becomes of the process."""
KINDS: Final = {**MARKET, **PLUGINS, **MODELS, **MOODS, **PROCESS}
"""Every kind of fault that concerns bars and strategies."""

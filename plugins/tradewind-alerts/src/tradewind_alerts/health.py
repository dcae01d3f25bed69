"""Whether alerts reached somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tradewind_alerts.receipts import read_receipts, undelivered
from tradewind_alerts.settings import ReceiptsConfig

_TRY: Final = "Send a test: `tradewind alerts test`."


def delivered(config: ReceiptsConfig) -> Iterator[tuple[str, str]]:
    """Yield what the receipts say of the last deliveries."""
    try:
        lines = read_receipts(Path(config.receipts))
    except OSError as error:
        yield "error", f"the receipts {config.receipts} cannot be read: {error.strerror}. Look at the file's rights."
        return
    missed = undelivered(lines)
    if missed:
        last = f"{_one_line(missed[-1].get('title'))} ({_when(missed[-1])})"
        yield "error", f"{len(missed)} alerts reached nobody, the last: {last}. {_TRY}"
    for channel, line in _last_tries(lines).items():
        if line.get("why"):
            why = f"({_when(line)}): {_one_line(line['why'])}"
            yield "warning", f"the {channel} channel did not take its last message {why}. {_TRY}"
        else:
            yield "ok", f"the {channel} channel took its last message ({_when(line)})"
    if not lines:
        yield "ok", "no alert was sent from here yet"


def _last_tries(lines: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(line.get("channel")): line for line in lines if line["what"] in {"delivered", "failed", "test"}}


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())[:200]


def _when(line: Mapping[str, Any]) -> str:
    stamp = line.get("time_ms")
    if not isinstance(stamp, int):
        return "at an unknown time"
    return dt.datetime.fromtimestamp(stamp / 1000, tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")

"""`tradewind panic --flatten` as a process of its own: it has the keys, which this one never sees."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any, Final

from tradewind.api import Steering, TradewindError, UsageError, now_ms, redact

PATIENCE_S: Final = 120.0
"""How long it may take; what rests at the venue rests there meanwhile."""
COMMAND: Final = (sys.executable, "-m", "tradewind", "panic", "--flatten")
_LONGEST: Final = 4_000


async def run_panic(steering: Steering, session: Mapping[str, Any], asker: str) -> dict[str, Any]:
    """
    Leave every position at the venue with keys and REST alone, and write down that this was asked.

    Args:
        steering: Where it is written down.
        session: The session.
        asker: Who asked.

    Returns:
        What came of it, as other commands are answered.

    Raises:
        UsageError: TW-U008 for a session that has nothing at a venue.
    """
    if session["mode"] == "paper":
        raise UsageError(
            f"session {session['id']} trades on paper: nothing of it is at a venue.",
            code="TW-U008",
            hint="`flatten` closes what is open on paper.",
        )
    words, code = await _run()
    text = redact(words)
    try:
        note = f"exit code {code}: {text[-200:]}"
        await asyncio.to_thread(steering.note, session["account"], "panic", by=asker, answer=note, now_ms=now_ms())
    except TradewindError as error:
        text += f"\nIt could not be written down: {error.message}"
    return {"account": session["account"], "verb": "panic", "heard": True, "done": code == 0, "text": text}


async def _run() -> tuple[str, int]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            told, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return f"it did not end within {PATIENCE_S:g} s; look at the venue's own page.", 3
    return told.decode("utf-8", "replace").strip()[-_LONGEST:], process.returncode or 0

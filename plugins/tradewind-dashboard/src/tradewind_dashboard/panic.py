"""`tradewind panic --flatten` as a process of its own: it has the keys, which this one never sees."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tradewind.api import Steering, TradewindError, UsageError, now_ms, redact

PATIENCE_S: Final = 120.0
"""How long it may take; what rests at the venue rests there meanwhile."""
CAME: Final = {
    0: "Done: no order of Tradewind rests at the venue any more.",
    1: "Not done: orders of Tradewind still rest at the venue. Ask again, or use the venue's own page.",
    2: "Nothing was done, because it could not begin:",
    3: "It is not known whether it is done: the venue did not say. Look at the venue's own page.",
}
"""What each exit code of the process means."""
_LONGEST: Final = 4_000


async def run_panic(
    tradewind: Sequence[str], steering: Steering, session: Mapping[str, Any], asker: str
) -> dict[str, Any]:
    """
    Leave every position at the venue with keys and REST alone, and write down that this was asked.

    Entries are paused beside it, so that an engine that still runs buys nothing back.

    Args:
        tradewind: How the command line is started with the settings of this dashboard.
        steering: Where it is written down.
        session: The session; nothing is done at another account than its own.
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
    account = str(session["account"])
    (words, code), paused = await asyncio.gather(_run(tradewind, account), _pause(steering, account, asker))
    text = redact("\n".join((CAME.get(code, f"It ended with exit code {code}:"), words, paused)))
    try:
        note = f"exit code {code}: {redact(words)[-200:]}"
        await asyncio.to_thread(steering.note, account, "panic", by=asker, answer=note, now_ms=now_ms())
    except TradewindError as error:
        text += f"\nIt could not be written down: {error.message}"
    return {"account": account, "verb": "panic", "heard": True, "done": code == 0, "text": text}


async def _pause(steering: Steering, account: str, asker: str) -> str:
    asked = {"verb": "pause", "asker": asker}
    try:
        found = await asyncio.to_thread(steering.command, account, asked, now_ms=now_ms())
    except TradewindError as error:
        return f"Entries could not be paused: {error.message}"
    return found.text


async def _run(tradewind: Sequence[str], account: str) -> tuple[str, int]:
    process = await asyncio.create_subprocess_exec(
        *tradewind,
        *("panic", "--flatten", "--account", account),
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
        return f"it did not end within {PATIENCE_S:g} s.", 3
    return told.decode("utf-8", "replace").strip()[-_LONGEST:], process.returncode or 0

"""Answers that refuse, and bodies that are read with patience and no further than they may go."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from tradewind.api import TradewindError, redact

LONGEST_BODY: Final = 64 * 1024
BODY_S: Final = 5.0
"""How long a body may take to come."""


def refused(status: int, why: str, **more: str) -> JSONResponse:
    """Return a refusal with its reason."""
    return JSONResponse({"error": why, **more}, status_code=status)


def in_words(error: TradewindError) -> JSONResponse:
    """Return an error of ours as an answer: 404 where there is no such thing, else 409."""
    status = 404 if error.code in ("TW-U008", "TW-R001", "TW-P005") else 409
    return refused(status, redact(error.message), code=error.code, hint=redact(error.hint))


async def body_of(request: Request) -> Any:
    """Return a short body as JSON; None when it is longer, later or something else."""
    taken = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                taken += piece
                if len(taken) > LONGEST_BODY:
                    return None
        return json.loads(taken)
    except (TimeoutError, ValueError, RecursionError):
        return None

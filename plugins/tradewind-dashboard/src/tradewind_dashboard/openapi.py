"""The API as OpenAPI 3.1 describes it."""

from __future__ import annotations

from typing import Any, Final

_SESSION: Final = {"name": "session_id", "in": "path", "required": True, "schema": {"type": "integer"}}


def _query(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": text}


PATHS: Final[dict[str, tuple[str, list[dict[str, Any]]]]] = {
    "/api/v1/sessions": ("The newest session of each account, with what its engine says of itself.", []),
    "/api/v1/sessions/{session_id}": ("One session: status, open positions, stress, halts.", [_SESSION]),
    "/api/v1/sessions/{session_id}/equity": (
        "The account's history, thinned out when it is long.",
        [_SESSION, _query("after_ms", "integer", "Only points after this moment, UTC milliseconds.")],
    ),
    "/api/v1/sessions/{session_id}/trades": (
        "The newest closed trades.",
        [_SESSION, _query("limit", "integer", "At most so many.")],
    ),
    "/api/v1/sessions/{session_id}/decisions": (
        "Rows of the decision ledger, the newest first.",
        [
            _SESSION,
            _query("outcome", "string", "Only this outcome, such as filled or blocked:cooldown."),
            _query("before", "integer", "Only rows before this id, to page on."),
            _query("limit", "integer", "At most so many."),
        ],
    ),
    "/api/v1/sessions/{session_id}/explain": (
        "The words of the decision at the close of one bar.",
        [
            _SESSION,
            _query("symbol", "string", "The pair."),
            _query("time_ms", "integer", "A moment in the bar, UTC milliseconds."),
        ],
    ),
    "/api/v1/sessions/{session_id}/events": (
        "Server-sent events: once a second the session as above, with the newest point of its equity.",
        [_SESSION],
    ),
    "/api/v1/backtests": ("The stored results of backtests.", []),
    "/api/v1/log": ("The end of the log for people.", []),
}
"""What each path answers, and what can be asked with it."""


def openapi() -> dict[str, Any]:
    """Return the description."""
    refusals = {
        "401": {"description": "Not logged in."},
        "403": {"description": "Asked under another name, or by another site."},
        "404": {"description": "There is no such session, bar or outcome."},
    }
    paths: dict[str, Any] = {
        path: {
            "get": {
                "summary": summary,
                "parameters": parameters,
                "responses": {"200": {"description": "Plain values; money is text in full digits."}, **refusals},
            }
        }
        for path, (summary, parameters) in PATHS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tradewind dashboard", "version": "1"},
        "paths": paths,
        "components": {
            "securitySchemes": {"cookie": {"type": "apiKey", "in": "cookie", "name": "tradewind_dashboard"}}
        },
        "security": [{"cookie": []}],
    }

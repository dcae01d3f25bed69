"""The API as OpenAPI 3.1 describes it."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_SESSION: Final = {"name": "session_id", "in": "path", "required": True, "schema": {"type": "integer"}}
_PANEL: Final = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": text}


_MOST: Final = _query("limit", "integer", "At most so many.")
_OF: Final = "/api/v1/sessions/{session_id}"

PATHS: Final[dict[str, tuple[str, list[dict[str, Any]]]]] = {
    "/api/v1/sessions": ("The newest session of each account, with what its engine says of itself.", []),
    _OF: ("One session: status, newest equity, open positions, stress, halts.", [_SESSION]),
    f"{_OF}/equity": (
        "The account's history, thinned out when it is long.",
        [_SESSION, _query("after_ms", "integer", "Only points after this moment, UTC milliseconds.")],
    ),
    f"{_OF}/trades": ("The newest closed trades.", [_SESSION, _MOST]),
    f"{_OF}/orders": ("The newest orders; on paper stops that are watched, and what was decided.", [_SESSION, _MOST]),
    f"{_OF}/decisions": (
        "Rows of the decision ledger, the newest first.",
        [
            _SESSION,
            _query("outcome", "string", "Only this outcome, such as filled or blocked:cooldown."),
            _query("before", "integer", "Only rows before this id, to page on."),
            _MOST,
        ],
    ),
    f"{_OF}/explain": (
        "The words of the decision at the close of one bar.",
        [
            _SESSION,
            _query("symbol", "string", "The pair."),
            _query("time_ms", "integer", "A moment in the bar, UTC milliseconds."),
        ],
    ),
    f"{_OF}/reconciliation": ("How the books stand, as findings.", [_SESSION]),
    f"{_OF}/freshness": ("How fresh is what the session decides on, as findings.", [_SESSION]),
    f"{_OF}/journal": ("What people asked of the account: who, when, and what came of it.", [_SESSION]),
    f"{_OF}/panels/{{name}}": ("The rows of a plugin's panel.", [_SESSION, _PANEL]),
    f"{_OF}/events": (
        "Server-sent events: once a second the session as above.",
        [_SESSION],
    ),
    "/api/v1/panels": ("The panels that plugins offer.", []),
    "/api/v1/outcomes": ("Every outcome that a decision can have.", []),
    "/api/v1/health": ("Level and findings of a look at everything, each with what to do.", []),
    "/api/v1/strategies": ("The installed strategies.", []),
    "/api/v1/backtests": ("The stored results of backtests.", []),
    "/api/v1/backtests/compare": (
        "What differs between two stored results.",
        [_query("first", "string", "The id of one."), _query("second", "string", "The id of the other.")],
    ),
    "/api/v1/controls": ("Whether anything may be done, and what.", []),
    "/api/v1/log": ("The end of the log for people.", []),
}
"""What each path answers, and what can be asked with it."""

_WORDS: Final = {"type": "string"}
_SWAP: Final = {"strategy": _WORDS, "policy": {"enum": ["adopt", "close", "freeze"]}, "slot": _WORDS}

DEEDS: Final[dict[str, tuple[str, dict[str, Any], list[str]]]] = {
    f"{_OF}/commands": (
        "Do what the command line does, when commands.dashboard.controls is true; it is written down.",
        {
            "verb": {"enum": ["pause", "resume", "stop", "flatten", "swap", "panic"]},
            "confirm": {"type": "string", "description": "Mode and number of the session, such as live 3."},
            "breaker": _WORDS,
            **_SWAP,
        },
        ["verb"],
    ),
    f"{_OF}/swap-plan": ("What an exchange of strategies would do; nothing is changed.", _SWAP, ["strategy"]),
}
"""What can be posted: a summary, the body's properties, and those that it must have."""

_REFUSALS: Final = {
    "401": {"description": "Not logged in."},
    "403": {"description": "Asked under another name, by another site, or controls are off."},
    "404": {"description": "There is no such session, bar, outcome or result."},
    "409": {"description": "Refused, or not confirmed; the answer says why."},
}


def openapi() -> dict[str, Any]:
    """Return the description."""
    asked = {path: {"get": _get(summary, parameters)} for path, (summary, parameters) in PATHS.items()}
    done = {path: {"post": _post(*deed)} for path, deed in DEEDS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tradewind dashboard", "version": "1"},
        "paths": asked | done,
        "components": {
            "securitySchemes": {"cookie": {"type": "apiKey", "in": "cookie", "name": "tradewind_dashboard"}}
        },
        "security": [{"cookie": []}],
    }


def _get(summary: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    good = {"200": {"description": "Plain values; money is text in full digits."}}
    return {"summary": summary, "parameters": parameters, "responses": good | _REFUSALS}


def _post(summary: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    header = {"name": "x-tradewind", "in": "header", "required": True, "schema": _WORDS}
    return {
        "summary": summary,
        "parameters": [_SESSION, header],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "What came of it, in words."}} | _REFUSALS,
    }


async def described(_: Request) -> Response:
    """Answer with the description."""
    return JSONResponse(openapi())

"""What may be asked under `/api/v1`, and what answers it; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request

from tradewind.api import OUTCOME_CODES
from tradewind_dashboard.sight import Sight

Ask = Callable[[Sight, Request], Any]
_LATEST: Final = 2**53


def _number(request: Request, name: str, otherwise: int, most: int) -> int:
    return max(-1, min(most, int(request.query_params.get(name, otherwise))))


def _id(request: Request) -> int:
    return int(request.path_params["session_id"])


def _limit(request: Request) -> int:
    return _number(request, "limit", 100, 500)


def _text(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _decisions(sight: Sight, request: Request) -> Any:
    before = _text(request, "before")
    return sight.board.decisions(
        _id(request),
        outcome=_text(request, "outcome"),
        before_id=int(before) if before else None,
        limit=_limit(request),
    )


def _explain(sight: Sight, request: Request) -> Any:
    return {
        "text": sight.board.explain(_id(request), _text(request, "symbol"), _number(request, "time_ms", 0, _LATEST))
    }


_SESSION: Final = "/api/v1/sessions/{session_id:int}"

QUESTIONS: Final[dict[str, Ask]] = {
    "/api/v1/sessions": lambda sight, _: sight.board.sessions(),
    _SESSION: lambda sight, request: sight.board.session(_id(request)),
    f"{_SESSION}/equity": lambda sight, request: sight.board.equity(
        _id(request), after_ms=_number(request, "after_ms", -1, _LATEST)
    ),
    f"{_SESSION}/trades": lambda sight, request: sight.board.trades(_id(request), limit=_limit(request)),
    f"{_SESSION}/orders": lambda sight, request: sight.board.orders(_id(request), limit=_limit(request)),
    f"{_SESSION}/decisions": _decisions,
    f"{_SESSION}/explain": _explain,
    f"{_SESSION}/reconciliation": lambda sight, request: sight.board.reconciliation(_id(request)),
    f"{_SESSION}/freshness": lambda sight, request: sight.board.freshness(_id(request)),
    f"{_SESSION}/journal": lambda sight, request: sight.board.commands(_id(request)),
    f"{_SESSION}/panels/{{name}}": lambda sight, request: sight.panels.rows(request.path_params["name"], _id(request)),
    "/api/v1/panels": lambda sight, _: sight.panels.listed(),
    "/api/v1/outcomes": lambda *_: list(OUTCOME_CODES),
    "/api/v1/health": lambda sight, _: sight.outlook.health(),
    "/api/v1/strategies": lambda sight, _: sight.outlook.strategies(),
    "/api/v1/backtests": lambda sight, _: sight.outlook.backtests(),
    "/api/v1/backtests/compare": lambda sight, request: sight.outlook.comparison(
        _text(request, "first"), _text(request, "second")
    ),
    "/api/v1/log": lambda sight, _: {"text": sight.board.log()},
}
"""What may be asked, by path."""

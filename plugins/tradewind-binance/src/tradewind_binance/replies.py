"""What the venue's answer to a mutating request says, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tradewind.api import FillReport, OrderReport, OrderRequest, Reply, ReplyKind, Verb
from tradewind_binance.answers import Answer, fault_of, parsed
from tradewind_binance.reports import fills_of, order_of

_UNKNOWN: Final = frozenset({-1000, -1001, -1006, -1007})
"""Codes that leave the outcome open ("Error codes", 10xx)."""
_DOWN: Final = frozenset({-1008, -1016})
_KEY: Final = frozenset({-2014, -2015})
_LIMITED: Final = frozenset({-1003, -1015})
_DOWN_WORDS: Final = ("market is closed", "trading is not enabled", "trading is disabled")


def reply_of(request: OrderRequest, answer: Answer) -> Reply:
    """Classify an answer; one that cannot be read in full is unknown, whatever its status."""
    if answer.status < 300:
        try:
            orders, fills = _facts(request, parsed(answer.text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Reply(
                kind=ReplyKind.UNKNOWN,
                http=answer.status,
                message=f"the answer could not be read: {type(error).__name__}: {error}",
            )
        return Reply(kind=ReplyKind.DONE, orders=orders, fills=fills, http=answer.status)
    code, words = fault_of(answer)
    orders, fills = (), ()
    kind = _kind(answer.status, code, words)
    if code in (-2021, -2022):
        kind, orders, words = _swap(answer, words)
    if request.verb is Verb.CANCEL and code == -2011:
        kind = ReplyKind.GONE if words.startswith("Unknown order") else ReplyKind.REFUSED
    retry = (answer.number("retry-after") or 60) * 1000 if kind is ReplyKind.LIMITED and code != -1015 else 0
    if code == -1015:
        retry = (answer.number("retry-after") or 10) * 1000
    return Reply(
        kind=kind, orders=orders, fills=fills, code=code, message=words, http=answer.status, retry_after_ms=retry
    )


def _kind(status: int, code: int, words: str) -> ReplyKind:
    if status in (418, 429) or code in _LIMITED:
        return ReplyKind.LIMITED
    if status >= 500 or code in _UNKNOWN or code == 0:
        return ReplyKind.UNKNOWN
    if code in _DOWN or any(phrase in words.lower() for phrase in _DOWN_WORDS):
        return ReplyKind.VENUE_DOWN
    if status == 401 or code in _KEY:
        return ReplyKind.UNAUTHORISED
    if code == -2010 and words.startswith("Duplicate order"):
        return ReplyKind.DUPLICATE
    return ReplyKind.REFUSED


def _swap(answer: Answer, words: str) -> tuple[ReplyKind, tuple[OrderReport, ...], str]:
    """Read a `cancelReplace` that was not carried out in full ("Cancel an Existing Order and Send a New Order")."""
    try:
        data: Mapping[str, Any] = parsed(answer.text)["data"]
        old, new = data["cancelResponse"], data.get("newOrderResponse") or {}
        told = "; ".join([words, *(str(part["msg"]) for part in (old, new) if "msg" in part)])
        cancelled = data["cancelResult"] == "SUCCESS"
        refused = data["newOrderResult"] == "FAILURE"
        placed = data["newOrderResult"] == "SUCCESS"
        gone = old.get("code") == -2011 and str(old.get("msg")).startswith("Unknown order")
        orders = _cancelled(old) if cancelled else ()
    except (ValueError, KeyError, TypeError, AttributeError):
        return ReplyKind.UNKNOWN, (), words
    # With STOP_ON_FAILURE no new order can stand beside an old one that stayed: such an answer is looked into.
    if cancelled or placed:
        return (ReplyKind.HALF_DONE if cancelled and refused else ReplyKind.UNKNOWN), orders, told
    return (ReplyKind.GONE if gone else ReplyKind.REFUSED), (), told


def _cancelled(body: Mapping[str, Any]) -> tuple[OrderReport, ...]:
    """Return the orders that a cancel ended: one, or all of the list that it was part of."""
    rows = body.get("orderReports", [body])
    return tuple(order_of(row, cancelled=True) for row in rows)


def _facts(request: OrderRequest, body: Any) -> tuple[tuple[OrderReport, ...], tuple[FillReport, ...]]:
    if request.verb is Verb.ENTER:
        rows = body["orderReports"]
        listed = [row | {"listClientOrderId": body["listClientOrderId"]} for row in rows]
        return tuple(map(order_of, listed)), tuple(fill for row in rows for fill in fills_of(row))
    if request.verb is Verb.CANCEL:
        return _cancelled(body), ()
    if request.verb is Verb.SWAP:
        new = body["newOrderResponse"]
        return (*_cancelled(body["cancelResponse"]), order_of(new)), fills_of(new)
    return (order_of(body),), fills_of(body)

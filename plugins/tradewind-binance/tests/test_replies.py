"""What the venue's answers to mutating requests are taken for."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tradewind.api import OrderKind, OrderRequest, OrderStatus, ReplyKind, Side, Verb
from tradewind_binance.answers import Answer
from tradewind_binance.replies import reply_of


def answer(text: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, text=text)


def request(verb: Verb) -> OrderRequest:
    return OrderRequest(
        verb=verb, symbol="BTCUSDT", client_id="x", timestamp_ms=0, recv_window_ms=5000, consumes="old", list_id="L"
    )


def refused(code: int, words: str, status: int = 400, **headers: str):
    return answer(json.dumps({"code": code, "msg": words}), status, **headers)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (answer("", 200), ReplyKind.UNKNOWN),
        (answer("{}", 200), ReplyKind.UNKNOWN),
        (answer('{"symbol": "BTC', 200), ReplyKind.UNKNOWN),
        (answer("<html>502 Bad Gateway</html>", 502), ReplyKind.UNKNOWN),
        (answer("<html>403 Forbidden</html>", 403), ReplyKind.UNKNOWN),
        (refused(-1000, "An unknown error occurred while processing the request."), ReplyKind.UNKNOWN),
        (refused(-1006, "An unexpected response was received.", 500), ReplyKind.UNKNOWN),
        (refused(-1007, "Timeout waiting for response from backend server.", 504), ReplyKind.UNKNOWN),
        (refused(-1008, "Server is currently overloaded with other requests.", 503), ReplyKind.UNKNOWN),
        (refused(-1016, "This service is no longer available."), ReplyKind.VENUE_DOWN),
        (refused(-2010, "Market is closed."), ReplyKind.VENUE_DOWN),
        (refused(-1021, "Timestamp for this request is outside of the recvWindow."), ReplyKind.REFUSED),
        (refused(-1013, "Filter failure: LOT_SIZE"), ReplyKind.REFUSED),
        (refused(-2010, "Account has insufficient balance for requested action."), ReplyKind.REFUSED),
        (refused(-2010, "Duplicate order sent."), ReplyKind.DUPLICATE),
        (refused(-2015, "Invalid API-key, IP, or permissions for action.", 401), ReplyKind.UNAUTHORISED),
        (refused(-1003, "Too much request weight used.", 429, retry_after="7"), ReplyKind.LIMITED),
        (refused(-1003, "Way too much request weight used.", 418, retry_after="120"), ReplyKind.LIMITED),
        (refused(-1015, "Too many new orders.", 429), ReplyKind.LIMITED),
    ],
)
def test_only_a_clear_refusal_is_a_refusal(given, kind):
    assert reply_of(request(Verb.PLACE), given).kind is kind


def test_a_ban_says_how_long_nothing_may_be_sent():
    reply = reply_of(request(Verb.PLACE), refused(-1003, "Banned.", 418, retry_after="120"))
    assert reply.retry_after_ms == 120_000


def test_a_cancel_of_what_is_not_open_is_gone():
    assert reply_of(request(Verb.CANCEL), refused(-2011, "Unknown order sent.")).kind is ReplyKind.GONE


def test_a_cancel_that_its_restrictions_forbid_is_refused():
    words = "Order was not canceled due to cancel restrictions."
    assert reply_of(request(Verb.CANCEL), refused(-2011, words)).kind is ReplyKind.REFUSED


_SWAPS = "docs/rest/cancel-an-existing-order-and-send-a-new-order-trade-{}.json"


@pytest.mark.parametrize(
    ("number", "status", "kind"),
    [
        (1, 400, ReplyKind.GONE),
        (2, 409, ReplyKind.HALF_DONE),
        (3, 409, ReplyKind.UNKNOWN),
        (4, 400, ReplyKind.GONE),
        (5, 429, ReplyKind.LIMITED),
        (6, 409, ReplyKind.HALF_DONE),
    ],
)
def test_documented_answers_to_a_swap_are_told_apart(number, status, kind, payload):
    assert reply_of(request(Verb.SWAP), answer(payload(_SWAPS.format(number)), status)).kind is kind


def test_a_half_done_swap_shows_the_order_that_is_gone(payload):
    reply = reply_of(request(Verb.SWAP), answer(payload(_SWAPS.format(2)), 409))
    (order,) = reply.orders
    assert (order.client_id, order.status) == ("86M8erehfExV8z2RC8Zo8k", OrderStatus.CANCELED)


def test_a_documented_swap_shows_both_orders(payload):
    told = json.loads(payload("docs/ws-api/cancel-and-replace-order-trade-2.json"))["result"]
    reply = reply_of(request(Verb.SWAP), answer(json.dumps(told)))
    assert reply.kind is ReplyKind.DONE
    assert [order.status for order in reply.orders] == [OrderStatus.CANCELED, OrderStatus.ACCEPTED]


def test_a_documented_entry_shows_the_working_order_and_the_held_stop(payload):
    reply = reply_of(request(Verb.ENTER), answer(payload("docs/rest/new-order-list-opo-trade-1.json")))
    assert reply.kind is ReplyKind.DONE
    working, held = reply.orders
    assert (working.status, working.kind, working.side) == (OrderStatus.ACCEPTED, OrderKind.LIMIT, Side.BUY)
    assert (held.status, held.quantity, held.side) == (OrderStatus.HELD, Decimal(0), Side.SELL)
    assert {working.list_id, held.list_id} == {"H94qCqO27P74OEiO4X8HOG"}


def test_a_documented_full_answer_carries_its_executions_exactly(payload):
    reply = reply_of(request(Verb.PLACE), answer(payload("docs/rest/new-order-trade-3.json")))
    (order,) = reply.orders
    assert order.status is OrderStatus.FILLED
    assert sum((fill.quantity for fill in reply.fills), Decimal(0)) == order.executed
    assert all(isinstance(fill.commission, Decimal) for fill in reply.fills)

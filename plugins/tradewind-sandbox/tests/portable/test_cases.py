"""
Contract cases that only speak to the venue, and say of any address whether it keeps what our orders rest on.

The numbers are those of the cases beside. The last ones are what the guarantees of our orders assume of the venue.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

SYMBOL = "BTCUSDT"

Venue = Any
"""What the fixture gives."""


# security and timing


def test_a_wrong_signature_is_refused(venue: Venue) -> None:
    assert venue.call("GET", "/api/v3/account", secret="another").fault == (400, -1022)  # noqa: S106  # wrong on purpose


def test_c006_a_request_that_is_too_old_or_too_early_is_refused(venue: Venue) -> None:
    now = int(time.time() * 1000) + venue.offset_ms
    answers = [venue.call("GET", "/api/v3/account", timestamp=now + apart) for apart in (-7_000, 5_000)]
    assert [answer.fault for answer in answers] == [(400, -1021)] * 2


def test_c006_a_window_is_at_most_a_minute(venue: Venue) -> None:
    # The venue's pages tell both codes.
    assert venue.call("GET", "/api/v3/account", recvWindow=60_001).fault in {(400, -1102), (400, -1131)}


def test_an_entry_that_comes_after_its_window_is_refused(venue: Venue) -> None:
    late = int(time.time() * 1000) + venue.offset_ms - 1_500
    answer = venue.order(
        "BUY", "LIMIT", quantity=venue.quantity(), price=venue.price("0.8"), timeInForce="GTC", timestamp=late,
        recvWindow=1_000,
    )  # fmt: skip
    assert answer.fault == (400, -1021)


def test_a_parameter_that_is_missing_is_named(venue: Venue) -> None:
    assert venue.order("BUY", "LIMIT", quantity=venue.quantity()).fault == (400, -1102)


def test_a_symbol_that_there_is_not_is_refused(venue: Venue) -> None:
    assert venue.ask("/api/v3/ticker/price", symbol="NOSUCHPAIR").fault == (400, -1121)


# filters


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("PRICE_FILTER", {"price": "0.001234567"}),
        ("LOT_SIZE", {"quantity": "0.000000001"}),
        ("NOTIONAL", {"price": "0.8"}),
    ],
)
def test_an_order_that_breaks_a_filter_is_refused_and_nothing_rests(venue: Venue, what: str, given: Any) -> None:
    wanted = {"quantity": venue.filters["LOT_SIZE"]["minQty"], "price": venue.price("0.8"), **given}
    if what == "NOTIONAL":
        wanted["price"] = venue.price("0.8")
    answer = venue.order("BUY", "LIMIT", timeInForce="GTC", **wanted)
    assert answer.status == 400
    assert answer.body["code"] in {-1013, -1111}
    assert venue.call("GET", "/api/v3/openOrders", symbol=SYMBOL).body == []


# orders


def test_an_id_is_taken_while_its_order_is_open_and_free_again_after(venue: Venue) -> None:
    cid = venue.resting()
    again = venue.order(
        "BUY", "LIMIT", newClientOrderId=cid, quantity=venue.quantity("8"), price=venue.price("0.8"), timeInForce="GTC"
    )
    assert (again.fault, again.body["msg"]) == ((400, -2010), "Duplicate order sent.")
    assert venue.call("DELETE", "/api/v3/order", symbol=SYMBOL, origClientOrderId=cid).status == 200
    assert venue.resting(newClientOrderId=cid) == cid


def test_an_order_that_is_gone_cannot_be_taken_away(venue: Venue) -> None:
    cid = venue.resting()
    answers = [venue.call("DELETE", "/api/v3/order", symbol=SYMBOL, origClientOrderId=cid) for _ in range(2)]
    assert answers[0].body["status"] == "CANCELED"
    assert answers[1].fault == (400, -2011)


def test_an_immediate_order_that_cannot_fill_whole_expires(venue: Venue) -> None:
    answer = venue.order("BUY", "LIMIT", quantity=venue.quantity(), price=venue.price("0.9"), timeInForce="FOK")
    assert (answer.status, answer.body["status"], float(answer.body["executedQty"])) == (200, "EXPIRED", 0.0)


def test_a_stop_that_would_trigger_at_once_is_refused(venue: Venue) -> None:
    assert venue.order("BUY", "MARKET", quantity=venue.quantity()).body["status"] == "FILLED"
    answer = venue.order("SELL", "STOP_LOSS", quantity=venue.quantity("2"), stopPrice=venue.price("1.05"))
    assert (answer.fault, "immediately" in answer.body["msg"]) == ((400, -2010), True)


def test_c092_asking_for_no_change_tells_whether_an_order_rests(venue: Venue) -> None:
    quantity = venue.quantity("8")
    cid = venue.resting(quantity=quantity)
    amend = {"symbol": SYMBOL, "newQty": quantity}
    rests = venue.call("PUT", "/api/v3/order/amend/keepPriority", origClientOrderId=cid, **amend)
    none = venue.call("PUT", "/api/v3/order/amend/keepPriority", origClientOrderId=venue.name(), **amend)
    assert rests.body["code"] == -2038
    assert none.body["code"] in {-2011, -2013, -2038}
    assert rests.body["msg"] != none.body["msg"]
    assert venue.status(cid) == "NEW"


# what the guarantees of our orders rest on


def bought(venue: Venue) -> dict[str, str]:
    """Buy with a stop and wait until both are as they should be."""
    named: dict[str, str] = venue.protected()
    assert venue.last.status == 200, venue.last.body
    venue.wait_for(named["entry"], "FILLED")
    named["protects"] = venue.wait_for(named["stop"], "NEW")["origQty"]
    return named


def test_c100_an_entry_that_fills_at_once_brings_its_stop(venue: Venue) -> None:
    named = bought(venue)
    assert 0 < float(named["protects"]) <= float(named["quantity"])


def test_c101_the_same_entry_is_refused_while_its_stop_rests(venue: Venue) -> None:
    named = bought(venue)
    again = venue.call("POST", "/api/v3/orderList/opo", **venue.list_of(named))
    assert (again.fault, again.body["msg"]) == ((400, -2010), "Duplicate order sent.")
    assert venue.status(named["stop"]) == "NEW"


def test_c086_a_stop_is_swapped_for_a_higher_one_once(venue: Venue) -> None:
    named = bought(venue)
    wanted = {"quantity": named["protects"], "stopPrice": venue.price("0.92"), "newClientOrderId": venue.name()}
    first, second = (venue.replace(named["stop"], "STOP_LOSS", **wanted) for _ in range(2))
    assert (first.status, first.body["cancelResult"], first.body["newOrderResult"]) == (200, "SUCCESS", "SUCCESS")
    assert second.fault == (400, -2022)
    assert second.body["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    (open_now,) = venue.call("GET", "/api/v3/openOrders", symbol=SYMBOL).body
    assert open_now["clientOrderId"] == wanted["newClientOrderId"]


def test_c091_a_stop_is_swapped_for_the_sale_of_what_it_kept_locked_once(venue: Venue) -> None:
    named = bought(venue)
    wanted = {"quantity": named["protects"], "newClientOrderId": venue.name()}
    first, second = (venue.replace(named["stop"], "MARKET", **wanted) for _ in range(2))
    assert first.status == 200
    assert second.fault == (400, -2022)
    sold = venue.wait_for(wanted["newClientOrderId"], "FILLED")
    assert float(sold["executedQty"]) == float(named["protects"])


def test_c087_a_swap_whose_new_half_is_refused_has_taken_the_old_order_away(venue: Venue) -> None:
    named = bought(venue)
    answer = venue.replace(named["stop"], "STOP_LOSS", quantity=named["protects"], stopPrice=venue.price("1.05"))
    assert answer.fault == (409, -2021)
    assert venue.wait_for(named["stop"], "CANCELED")["executedQty"] in {"0.00000000", "0"}


def test_c102_an_entry_that_expires_leaves_no_stop_and_nothing_locked(venue: Venue) -> None:
    named: dict[str, str] = {"entry": venue.name(), "stop": venue.name(), "list": venue.name()}
    wanted = venue.list_of({**named, "quantity": venue.quantity("6")})
    answer = venue.call("POST", "/api/v3/orderList/opo", **{**wanted, "workingPrice": venue.price("0.95")})
    assert answer.status == 200
    assert [venue.wait_for(named[one], "EXPIRED")["executedQty"] for one in ("entry", "stop")] == ["0.00000000"] * 2
    assert venue.call("GET", "/api/v3/openOrders", symbol=SYMBOL).body == []

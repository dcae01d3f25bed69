"""Requests, events and rules in the venue's words and in ours."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tradewind.api import Conditional, Guarantee, OrderKind, OrderRequest, OrderStatus, Side, VenueError, Verb
from tradewind_binance.answers import decimal, parsed
from tradewind_binance.klines import frame_of, kline_of_push
from tradewind_binance.reports import event_of, order_of, trade_of
from tradewind_binance.requests import call_of, text
from tradewind_binance.rules import capabilities_of, instrument_of

_TIMES = {"timestamp_ms": 1, "recv_window_ms": 5000}


def entry(**changes) -> OrderRequest:
    plain = {
        "verb": Verb.ENTER,
        "symbol": "BTCUSDT",
        "client_id": "E",
        "side": Side.BUY,
        "kind": OrderKind.LIMIT,
        "quantity": Decimal("0.01000"),
        "price": Decimal("50100.10"),
        "stop_price": Decimal(49000),
        "time_in_force": "FOK",
        "list_id": "L",
        "stop_id": "S",
    }
    return OrderRequest(**(plain | _TIMES | changes))


def test_an_entry_and_its_stop_are_one_list_whose_stop_sells_what_was_received():
    call = call_of(entry())
    assert (call.method, call.path) == ("post", "orderList/opo")
    assert call.parameters == {
        "symbol": "BTCUSDT",
        "listClientOrderId": "L",
        "newOrderRespType": "FULL",
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingClientOrderId": "E",
        "workingPrice": "50100.1",
        "workingQuantity": "0.01",
        "workingTimeInForce": "FOK",
        "pendingType": "STOP_LOSS",
        "pendingSide": "SELL",
        "pendingClientOrderId": "S",
        "pendingStopPrice": "49000",
    }


def test_an_entry_whose_stop_states_its_quantity_is_a_list_of_the_older_kind():
    call = call_of(entry(stop_quantity=Decimal("0.00999"), stop_limit=Decimal(48000)))
    assert call.path == "orderList/oto"
    wanted = {"pendingType": "STOP_LOSS_LIMIT", "pendingPrice": "48000", "pendingQuantity": "0.00999"}
    assert wanted.items() <= call.parameters.items()


def test_an_entry_without_a_stop_is_never_sent_as_a_list():
    with pytest.raises(VenueError, match="TW-V005"):
        call_of(entry(stop_price=None))


def test_a_swap_never_lets_two_orders_exist():
    call = call_of(
        OrderRequest(verb=Verb.SWAP, symbol="BTCUSDT", client_id="X", consumes="S", quantity=Decimal("0.01"), **_TIMES)
    )
    assert (call.method, call.path) == ("post", "order/cancelReplace")
    assert call.parameters["cancelReplaceMode"] == "STOP_ON_FAILURE"
    assert (call.parameters["cancelOrigClientOrderId"], call.parameters["newClientOrderId"]) == ("S", "X")
    assert "timeInForce" not in call.parameters


@pytest.mark.parametrize(
    ("number", "plain"),
    [("0.00001", "0.00001"), ("1E-8", "0.00000001"), ("100", "100"), ("1E+3", "1000"), ("0.0", "0"), ("5.50", "5.5")],
)
def test_numbers_are_written_in_plain_digits(number, plain):
    assert text(Decimal(number)) == plain


def test_a_recorded_report_of_a_new_order_is_read(payload):
    event = event_of(parsed(payload("live/executionReport_NEW_BNBUSDT_2025-10-20.json")))
    assert event.fill is None
    assert (event.execution_id, event.order.status) == (20702625198, OrderStatus.ACCEPTED)
    assert (event.order.quantity, event.order.price) == (Decimal("0.007"), Decimal("1125.22"))


def test_a_cancel_is_reported_under_the_id_of_the_order(payload):
    row = json.loads(payload("live/executionReport_NEW_BNBUSDT_2025-10-20.json"))
    row |= {"c": "the-cancel", "C": "the-order", "x": "CANCELED", "X": "CANCELED"}
    assert event_of(row).order.client_id == "the-order"


def test_an_execution_is_reported_with_its_commission(payload):
    row = json.loads(payload("live/executionReport_NEW_BNBUSDT_2025-10-20.json"))
    row |= {"x": "TRADE", "X": "FILLED", "t": 7, "l": "0.007", "z": "0.007", "L": "1125.2", "Y": "7.8764"}
    fill = event_of(row | {"n": "0.000007", "N": "BNB"}).fill
    assert fill is not None
    assert (fill.trade_id, fill.quantity, fill.commission, fill.commission_asset) == (
        7, Decimal("0.007"), Decimal("0.000007"), "BNB",
    )  # fmt: skip


def test_documented_orders_and_executions_are_read(payload):
    rows = parsed(payload("docs/rest/all-orders-user-data-1.json"))
    assert [order_of(row).client_id for row in rows] == [row["clientOrderId"] for row in rows]
    trades = parsed(payload("docs/rest/account-trade-list-user-data-1.json"))
    assert [trade_of(row).trade_id for row in trades] == [row["id"] for row in trades]


def test_recorded_rules_become_instruments(payload):
    table = parsed(payload("live/exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json"))
    found = {row["symbol"]: instrument_of(row) for row in table["symbols"]}
    bitcoin = found["BTCUSDT"]
    assert (bitcoin.tick_size, bitcoin.lot_step, bitcoin.min_notional) == (
        Decimal("0.01"), Decimal("0.00001"), Decimal(5),
    )  # fmt: skip
    # A market order may be of at most 119.27 BTC, a limit order of 9,000.
    assert bitcoin.max_qty == Decimal("119.27356195")
    assert (bitcoin.percent_price_up, bitcoin.percent_price_down) == (Decimal("1.2"), Decimal("0.8"))


def test_recorded_rules_of_today_give_the_best_guarantee(payload):
    table = parsed(payload("live/exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json"))
    can = capabilities_of(table["symbols"][0])
    assert (can.conditional_entry, can.swap_token, can.stop_market, can.order_slots) == (
        Conditional.SIZED,
        True,
        True,
        4,
    )
    assert can.guarantee is Guarantee.A


def test_recorded_rules_of_2021_give_no_more_than_they_have(payload):
    table = parsed(payload("live/exchangeInfo_2021-10-22_BTC_ETH_legacy_MIN_NOTIONAL.json"))
    row = table["symbols"][0]
    assert instrument_of(row).min_notional == Decimal(10)
    assert capabilities_of(row).guarantee is Guarantee.C


@pytest.mark.parametrize("missing", ["PRICE_FILTER", "LOT_SIZE"])
def test_rules_without_a_step_are_refused(missing, payload):
    row = parsed(payload("live/exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json"))["symbols"][0]
    row["filters"] = [one for one in row["filters"] if one["filterType"] != missing]
    with pytest.raises(VenueError, match="TW-V004"):
        instrument_of(row)


def test_a_step_of_zero_is_refused(payload):
    row = parsed(payload("live/exchangeInfo_2026-09-25_BTC_ETH_SOL_BRL.json"))["symbols"][0]
    for one in row["filters"]:
        if one["filterType"] == "LOT_SIZE":
            one["stepSize"] = "0.00000000"
    with pytest.raises(VenueError, match="stepSize"):
        instrument_of(row)


def test_recorded_klines_become_bars(payload):
    frame = frame_of(parsed(payload("live/klines_BTCUSDT_1h_1000_to_2025-06-25.json")))
    assert (len(frame), str(frame.index.tz), list(frame.columns)) == (
        1000, "UTC", ["open", "high", "low", "close", "volume"],
    )  # fmt: skip
    assert (frame["high"] >= frame["low"]).all()


def test_a_recorded_closing_push_becomes_a_bar(payload):
    event = json.loads(payload("live/kline_stream_BTCUSDT_1m_closed_2026-07-06.json"))
    k = event.get("data", event)["k"]
    assert k["x"] is True
    assert kline_of_push(k).time == k["t"]


@pytest.mark.parametrize("value", ["NaN", "inf", "", None, "1,5"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="expected a"):
        decimal(value, "price")


@pytest.mark.parametrize("body", ["NaN", "[Infinity]", "[" * 40 + "]" * 40, "{", ""])
def test_what_is_no_bounded_json_is_refused(body):
    with pytest.raises(ValueError):
        parsed(body)

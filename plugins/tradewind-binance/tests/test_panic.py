"""The way out by keys and REST alone: what it takes for its own, what it sends, and when it stops."""

from __future__ import annotations

import pytest

from tradewind_binance.panic.asking import Account
from tradewind_binance.panic.flatten import OWN, carry_out, flatten, own_orders, step_of

STOP = "tw1-BCDFG-0123456-HJKL-S001-XYZ"
ENTRY = "tw1-BCDFG-0123457-HJKL-E001-XYZ"


def order(name: str, side: str = "SELL", status: str = "NEW", executed: str = "0.0"):
    return {
        "symbol": "BTCUSDT", "clientOrderId": name, "side": side, "status": status,
        "origQty": "0.01000000", "executedQty": executed,
    }  # fmt: skip


class Venue:
    """Answers as a venue would, and remembers what it was asked."""

    def __init__(self, *resting, silent: int = 0) -> None:
        self.resting = list(resting)
        self.silent = silent
        self.asked = []

    def ask(self, method, path, **parameters):
        self.asked.append((method, path, parameters))
        if path == "openOrders":
            if self.silent:
                self.silent -= 1
                return 0, {"msg": "no answer"}
            return 200, list(self.resting)
        name = parameters.get("cancelOrigClientOrderId") or parameters["origClientOrderId"]
        if name not in [row["clientOrderId"] for row in self.resting]:
            return 400, {"code": -2022}
        self.resting = [row for row in self.resting if row["clientOrderId"] != name]
        return 200, {}


def run(venue):
    return flatten(venue, sleep=lambda _: None, tell=lambda _: None)


@pytest.mark.parametrize("name", ["x-HNA2TXFJ123", "", "tw1-", "tw1-bcdfg-0123456-HJKL-S001-XYZ", "mine", f"{STOP}0"])
def test_orders_of_others_are_not_touched(name):
    venue = Venue(order(name))
    assert run(venue) == ([], [])
    assert [path for _, path, _ in venue.asked] == ["openOrders"]
    assert not OWN.match(name)


def test_a_stop_is_turned_into_a_sale_of_exactly_its_quantity():
    venue = Venue(order(STOP, executed="0.004"))
    done, left = run(venue)
    assert left == []
    assert [step["do"] for step in done] == ["sell"]
    method, path, sent = venue.asked[1]
    assert (method, path) == ("POST", "order/cancelReplace")
    assert sent["cancelReplaceMode"] == "STOP_ON_FAILURE"
    assert (sent["quantity"], sent["type"], sent["side"]) == ("0.00600000", "MARKET", "SELL")


def test_working_entries_go_before_any_sale():
    venue = Venue(order(STOP), order(ENTRY, side="BUY"))
    done, _ = run(venue)
    assert [step["do"] for step in done] == ["cancel", "sell"]


def test_a_stop_that_waits_for_its_entry_is_taken_away_and_sells_nothing():
    assert step_of(order(STOP, status="PENDING_NEW"))["do"] == "cancel"


def test_a_stop_that_is_gone_sells_nothing_when_asked_again():
    venue = Venue()
    assert carry_out(venue, step_of(order(STOP)))["status"] == 400


def test_a_silent_venue_is_asked_again_and_named_at_last():
    assert run(Venue(order(STOP), silent=3))[1] == []
    with pytest.raises(ConnectionError, match="did not list"):
        run(Venue(order(STOP), silent=99))


def test_what_stays_is_told():
    class Stubborn(Venue):
        def ask(self, method, path, **parameters):
            return super().ask(method, path, **parameters) if path == "openOrders" else (503, {})

    done, left = run(Stubborn(order(STOP)))
    assert [row["clientOrderId"] for row in left] == [STOP]
    assert len(done) == 5


def test_own_orders_raise_what_the_venue_said():
    class Refusing(Venue):
        def ask(self, method, path, **parameters):
            return 401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}

    with pytest.raises(ConnectionError, match="Invalid API-key"):
        own_orders(Refusing())


class Clocked(Account):
    """An account whose venue says so many times that the clock is off."""

    def __init__(self, late: int) -> None:
        super().__init__("http://127.0.0.1:1", "key", "secret")
        self.late = late
        self.sent = []

    def _send(self, method, url):
        self.sent.append((method, url.partition("/api/v3/")[2].partition("?")[0]))
        if url.endswith("/time"):
            return 200, {"serverTime": 1}
        self.late -= 1
        return (400, {"code": -1021}) if self.late >= 0 else (200, [])


def test_a_venue_whose_time_runs_otherwise_is_asked_for_it_again():
    account = Clocked(late=2)
    assert account.ask("GET", "openOrders") == (200, [])
    assert [path for _, path in account.sent] == ["openOrders", "time", "openOrders", "time", "openOrders"]
    assert Clocked(late=99).ask("POST", "order/cancelReplace")[0] == 400

"""
Leave every position that Tradewind opened, by the stops that rest for them.

Each position of Tradewind has exactly one resting stop, and the stop's quantity is what was bought. One
request takes the stop away and sells its quantity at the market, and does nothing when the stop is gone: it
can be sent any number of times, beside an engine that still runs, and never sells what is not Tradewind's.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Protocol

OWN: Final = re.compile(r"^tw[0-9]-[0-9A-Z_]{5}-[0-9A-Z_]{7}-[0-9A-Z_]{4}-[A-Z][0-9A-Z_]{3}-[0-9A-Z_]{3}$")
"""Client ids of Tradewind."""
_DIGITS: Final = "0123456789BCDFGHJKLMNPQRSTVWXYZ_"
TRIES: Final = 5
PAUSE: Final = 2.0


class Asks(Protocol):
    """What sends a signed request."""

    def ask(self, method: str, path: str, **parameters: str) -> tuple[int, Any]:
        """Return status and body."""
        ...


def own_orders(account: Asks) -> list[dict[str, Any]]:
    """
    Return the resting orders that Tradewind placed.

    Raises:
        ConnectionError: The venue did not say.
    """
    status, body = account.ask("GET", "openOrders")
    if status != 200 or not isinstance(body, list):
        words = body.get("msg") if isinstance(body, dict) else body
        raise ConnectionError(f"the venue did not list the open orders ({status}: {words})")
    return [row for row in body if OWN.match(str(row.get("clientOrderId")))]


def step_of(order: dict[str, Any]) -> dict[str, str]:
    """Return what is done about one order: sell what a stop protects, take everything else away."""
    name = str(order["clientOrderId"])
    if order["side"] == "SELL" and order.get("status") != "PENDING_NEW":
        return {"do": "sell", "symbol": str(order["symbol"]), "order": name, "quantity": _left(order)}
    return {"do": "cancel", "symbol": str(order["symbol"]), "order": name, "quantity": _left(order)}


def _left(order: dict[str, Any]) -> str:
    return format(Decimal(str(order["origQty"])) - Decimal(str(order["executedQty"])), "f")


def sale_of(stop: str) -> str:
    """
    Return the client id of the sale that takes a stop's place: that of the engine's own exit after it.

    By it the engine knows whose sale it is and books it. Should both sell at one moment, one of them finds the stop
    gone and sells nothing.
    """
    *parts, role, _ = stop.split("-")
    number = sum(_DIGITS.index(digit) * 32**place for place, digit in enumerate(reversed(role[1:])))
    k = (number + 1) % 32**3
    head = "-".join((*parts, "X" + "".join(_DIGITS[k // 32**place % 32] for place in (2, 1, 0))))
    check = zlib.crc32(head.encode()) & 0x7FFF
    return f"{head}-" + "".join(_DIGITS[check // 32**place % 32] for place in (2, 1, 0))


def carry_out(account: Asks, step: dict[str, str]) -> dict[str, Any]:
    """Send one step and return what came of it, with the venue's own words."""
    if step["do"] == "sell":
        status, body = account.ask(
            "POST", "order/cancelReplace", symbol=step["symbol"], side="SELL", type="MARKET", quantity=step["quantity"],
            cancelReplaceMode="STOP_ON_FAILURE", cancelOrigClientOrderId=step["order"], newOrderRespType="FULL",
            newClientOrderId=sale_of(step["order"]),
        )  # fmt: skip
    else:
        status, body = account.ask("DELETE", "order", symbol=step["symbol"], origClientOrderId=step["order"])
    return step | {"status": status, "answer": body}


def flatten(
    account: Asks, *, sleep: Callable[[float], None] = time.sleep, tell: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """
    Sell what every own stop protects, take every other own order away, and look whether anything is left.

    Returns:
        What was done, step by step, and the own orders that still rest: none when it worked.

    Raises:
        ConnectionError: The venue did not say what rests, again and again.
    """
    done: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for attempt in range(TRIES):
        if attempt:
            sleep(PAUSE)
        try:
            left = own_orders(account)
        except ConnectionError as error:
            if attempt == TRIES - 1:
                raise
            tell(f"{error}; again")
            continue
        if not left:
            break
        # Working entries go first: none may fill after its exit was looked for.
        for order in sorted(left, key=lambda row: row["side"] == "SELL"):
            step = step_of(order)
            done.append(carry_out(account, step))
            tell(f"{step['do']} {step['quantity']} {step['symbol']} ({step['order']}): {done[-1]['status']}")
    else:
        left = own_orders(account)
    return done, left

"""Request weight by address and unfilled orders by account, in windows aligned to the clock."""

from __future__ import annotations

from typing import Any, Final

from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.rules import LimitRules

_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_TEN_SECONDS_US: Final = 10 * _SECOND_US
_FIVE_MINUTES_US: Final = 5 * _MINUTE_US
_DAY_US: Final = 86_400 * _SECOND_US


class Window:
    """A counter that starts at zero whenever a new stretch of the clock begins."""

    __slots__ = ("_bucket", "_count", "_length_us")

    def __init__(self, length_us: int) -> None:
        self._length_us = length_us
        self._bucket = -1
        self._count = 0

    def count(self, now_us: int) -> int:
        """Return the present count."""
        return self._count if now_us // self._length_us == self._bucket else 0

    def add(self, amount: int, now_us: int) -> int:
        """Add (or give back, never below zero) and return the count."""
        bucket = now_us // self._length_us
        if bucket != self._bucket:
            self._bucket = bucket
            self._count = 0
        self._count = max(0, self._count + amount)
        return self._count

    def left_us(self, now_us: int) -> int:
        """Return how long the present window still lasts."""
        return self._length_us - now_us % self._length_us


class _Address:
    __slots__ = ("banned_until_us", "bans", "raw", "refused", "weight")

    def __init__(self) -> None:
        self.weight = Window(_MINUTE_US)
        self.raw = Window(_FIVE_MINUTES_US)
        self.refused = 0
        self.bans = 0
        self.banned_until_us = 0


class Limits:
    """Every counter of the exchange (rest-api.md, Limits; faqs/order_count_decrement.md)."""

    def __init__(self, rules: LimitRules) -> None:
        self.rules = rules
        self._addresses: dict[str, _Address] = {}
        self._ten_seconds: dict[str, Window] = {}
        self._days: dict[str, Window] = {}

    def _address(self, ip: str) -> _Address:
        found = self._addresses.get(ip)
        if found is None:
            found = self._addresses[ip] = _Address()
        return found

    # weight

    def admit(self, ip: str, weight: int, now_us: int) -> None:
        """
        Let a request in and charge its weight.

        Raises:
            Refusal: 429 over the limit, 418 while banned; both carry `Retry-After` seconds.
        """
        address = self._address(ip)
        if now_us < address.banned_until_us:
            raise _banned(address.banned_until_us, now_us)
        address.raw.add(1, now_us)
        over_weight = address.weight.count(now_us) + max(weight, 1) > self.rules.weight_per_minute
        over_raw = address.raw.count(now_us) > self.rules.raw_per_five_minutes
        if not over_weight and not over_raw:
            address.refused = 0
            address.weight.add(weight, now_us)
            return
        address.refused += 1
        if address.refused >= self.rules.calls_until_ban:
            self.ban(ip, min(self.rules.ban_seconds << address.bans, self.rules.longest_ban_seconds), now_us)
            raise _banned(address.banned_until_us, now_us)
        limit, unit = (
            (self.rules.weight_per_minute, "request weight per 1 MINUTE")
            if over_weight
            else (self.rules.raw_per_five_minutes, "raw requests per 5 MINUTE")
        )
        window = address.weight if over_weight else address.raw
        raise Limited(
            f"Too much request weight used; current limit is {limit} {unit}. "
            "Please use WebSocket Streams for live updates to avoid polling the API.",
            429,
            -(-window.left_us(now_us) // _SECOND_US),
        )

    def charge(self, ip: str, weight: int, now_us: int) -> None:
        """Add weight afterwards: an order that failed costs what a successful one does not."""
        self._address(ip).weight.add(weight, now_us)

    def used_weight(self, ip: str, now_us: int) -> int:
        """Return an address's weight of this minute."""
        return self._address(ip).weight.count(now_us)

    def ban(self, ip: str, seconds: int, now_us: int) -> None:
        """Ban an address."""
        address = self._address(ip)
        address.bans += 1
        address.refused = 0
        address.banned_until_us = now_us + seconds * _SECOND_US

    # orders

    def _order_windows(self, account: str) -> tuple[Window, Window]:
        short = self._ten_seconds.get(account)
        if short is None:
            short = self._ten_seconds[account] = Window(_TEN_SECONDS_US)
            self._days[account] = Window(_DAY_US)
        return short, self._days[account]

    def order_excess(self, account: str, orders: int, now_us: int) -> Refusal | None:
        """Return the -1015 that so many more orders would meet, None when they fit."""
        short, day = self._order_windows(account)
        if short.count(now_us) + orders > self.rules.orders_per_ten_seconds:
            return _too_many(self.rules.orders_per_ten_seconds, "10 SECOND")
        if day.count(now_us) + orders > self.rules.orders_per_day:
            return _too_many(self.rules.orders_per_day, "1 DAY")
        return None

    def count_orders(self, account: str, orders: int, now_us: int) -> None:
        """Add to the unfilled orders, or give back with a negative number."""
        for window in self._order_windows(account):
            window.add(orders, now_us)

    def order_counts(self, account: str, now_us: int) -> tuple[int, int]:
        """Return the unfilled orders of the present ten seconds and of the UTC day."""
        short, day = self._order_windows(account)
        return short.count(now_us), day.count(now_us)

    def order_rows(self, account: str, now_us: int) -> list[dict[str, Any]]:
        """Return the body of `GET rateLimit/order`."""
        short, day = self.order_counts(account, now_us)
        rows = self.rows()
        return [{**rows[1], "count": short}, {**rows[2], "count": day}]

    def weight_row(self, ip: str, now_us: int) -> dict[str, Any]:
        """Return the weight row of a WebSocket API answer."""
        return {**self.rows()[0], "count": self.used_weight(ip, now_us)}

    def rows(self) -> list[dict[str, Any]]:
        """Return `rateLimits` of exchangeInfo: weight, ten seconds, day, raw."""
        return [
            _row("REQUEST_WEIGHT", "MINUTE", 1, self.rules.weight_per_minute),
            _row("ORDERS", "SECOND", 10, self.rules.orders_per_ten_seconds),
            _row("ORDERS", "DAY", 1, self.rules.orders_per_day),
            _row("RAW_REQUESTS", "MINUTE", 5, self.rules.raw_per_five_minutes),
        ]


class Limited(Refusal):
    """A 429 or 418 and after how many whole seconds to come back."""

    def __init__(self, message: str, status: int, retry_after: int) -> None:
        super().__init__(-1003, message, status)
        self.retry_after = retry_after


def _banned(until_us: int, now_us: int) -> Limited:
    return Limited(
        f"Way too much request weight used; IP banned until {until_us // 1000}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
        418,
        -(-(until_us - now_us) // _SECOND_US),
    )


def _too_many(limit: int, interval: str) -> Refusal:
    return Refusal(-1015, f"Too many new orders; current limit is {limit} orders per {interval}.", 429)


def _row(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}

"""The WebSocket API: sessions, user data subscriptions and the same endpoints (web-socket-api.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.arrival import Arrival
from tradewind_sandbox.exchange.context import Endpoint
from tradewind_sandbox.exchange.core import Core
from tradewind_sandbox.exchange.gateway import Gateway
from tradewind_sandbox.exchange.limits import Limited
from tradewind_sandbox.exchange.messages import UserEvent
from tradewind_sandbox.exchange.methods import METHODS
from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.routes import ENDPOINTS
from tradewind_sandbox.exchange.rules import ApiKey
from tradewind_sandbox.exchange.signing import is_valid

_SIGNED: Final = Endpoint(serve=lambda _: {}, params={}, security="USER_DATA", weight=2)
_SIGNED_METHODS: Final = frozenset({"session.logon", "userDataStream.subscribe.signature"})
_REVOKED: Final = (-2015, "Invalid API-key, IP, or permissions for action.", 401)


@attrs.define(kw_only=True, slots=True)
class Subscription:
    """One account's events on one connection."""

    account: Account
    key: str
    by_logon: bool
    stop: Callable[[], None]


@attrs.define(kw_only=True, eq=False)
class Connection:
    """One open WebSocket API connection."""

    ip: str
    connected_us: int
    deliver: Callable[[dict[str, Any]], None]
    account: Account | None = None
    key: ApiKey | None = None
    authorized_us: int = 0
    revoked: bool = False
    subscriptions: dict[int, Subscription] = attrs.field(factory=dict)
    next_subscription: int = 0


class Sessions:
    """Every open connection and what it may do."""

    def __init__(self, core: Core, gateway: Gateway) -> None:
        self._core = core
        self._gateway = gateway
        self._open: list[Connection] = []
        self._own: Mapping[str, Callable[[Connection, Mapping[str, Any]], Any]] = {
            "session.logon": self._logon,
            "session.status": self._status,
            "session.logout": self._logout,
            "session.subscriptions": self._subscriptions,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }

    # connections

    def connect(self, deliver: Callable[[dict[str, Any]], None], ip: str) -> Connection:
        """Open a connection; it costs weight 2."""
        now = self._core.venue.now()
        self._core.limits.charge(ip, 2, now)
        connection = Connection(ip=ip, connected_us=now, deliver=deliver)
        self._open.append(connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Close a connection and end its subscriptions without a word."""
        for subscription in connection.subscriptions.values():
            subscription.stop()
        connection.subscriptions.clear()
        if connection in self._open:
            self._open.remove(connection)

    def forget_key(self, key: str) -> None:
        """End what a revoked key has opened; the next answer of a session logged on with it says so."""
        for connection in self._open:
            for number, subscription in tuple(connection.subscriptions.items()):
                if subscription.key == key:
                    self._terminate(connection, number)
            if connection.key is not None and connection.key.key == key:
                connection.account = connection.key = None
                connection.revoked = True

    # messages

    def request(self, connection: Connection, message: Mapping[str, Any] | str) -> dict[str, Any]:
        """Answer one message."""
        arrived = self.arrive(connection, message)
        return self.execute(connection, message, arrived) if isinstance(arrived, Arrival) else arrived

    def arrive(self, connection: Connection, message: Mapping[str, Any] | str) -> Arrival | dict[str, Any]:
        """Take a message in; session methods and refusals are answered at once."""
        number = None
        try:
            message = _object(message)
            number = message.get("id")
            if connection.revoked:
                connection.revoked = False
                number = None
                raise Refusal(*_REVOKED)
            method, params = str(message.get("method", "")), _params(message)
            own = self._own.get(method)
            if own is not None:
                if method not in _SIGNED_METHODS:
                    self._core.limits.admit(connection.ip, _SIGNED.cost({}), self._core.venue.now())
                return self._reply(connection, message, own(connection, params), None)
            route = METHODS.get(method)
            if route is None:
                raise Refusal(-1020, f"Method '{method}' is not supported.")
            return self._admit(connection, ENDPOINTS[route], route[1], params)
        except Refusal as refusal:
            return self._error(connection, number, refusal, None)

    def execute(self, connection: Connection, message: Mapping[str, Any] | str, arrival: Arrival) -> dict[str, Any]:
        """Carry a message out that has arrived."""
        message = _object(message)
        account = arrival.account if arrival.endpoint is not None and arrival.endpoint.orders else None
        try:
            body, _ = self._gateway.serve(arrival)
        except Refusal as refusal:
            return self._error(connection, message.get("id"), refusal, account)
        return self._reply(connection, message, body, account)

    def _admit(self, connection: Connection, endpoint: Endpoint, path: str, params: Mapping[str, Any]) -> Arrival:
        given = {name: value for name, value in params.items() if name not in {"apiKey", "returnRateLimits"}}
        key = str(params.get("apiKey") or (connection.key.key if connection.key else ""))
        logged_on = connection.key is not None and "signature" not in params and connection.key.key == key
        payload = "&".join(f"{name}={_spelled(params[name])}" for name in sorted(params) if name != "signature")

        def verify(api_key: ApiKey) -> bool:
            return is_valid(api_key, payload, str(params.get("signature", "")))

        return self._gateway.admit(endpoint, path, given, key, None if logged_on else verify, connection.ip)

    # answers

    def _rate_limits(self, connection: Connection, account: Account | None) -> list[dict[str, Any]]:
        now = self._core.venue.now()
        rows = [self._core.limits.weight_row(connection.ip, now)]
        return [*self._core.limits.order_rows(account.name, now), *rows] if account is not None else rows

    def _reply(
        self, connection: Connection, message: Mapping[str, Any], body: Any, account: Account | None
    ) -> dict[str, Any]:
        reply: dict[str, Any] = {"id": message.get("id"), "status": 200, "result": body}
        if _params(message).get("returnRateLimits", True):
            reply["rateLimits"] = self._rate_limits(connection, account)
        return reply

    def _error(self, connection: Connection, number: Any, refusal: Refusal, account: Account | None) -> dict[str, Any]:
        error = refusal.body()
        if isinstance(refusal, Limited):
            now_ms = self._core.venue.now() // 1000
            error["data"] = {"serverTime": now_ms, "retryAfter": now_ms + refusal.retry_after * 1000}
        return {
            "id": number,
            "status": refusal.status,
            "error": error,
            "rateLimits": self._rate_limits(connection, account),
        }

    # sessions

    def _logon(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
        arrival = self._admit(connection, _SIGNED, "", params)
        if arrival.key is None or arrival.key.kind != "ED25519":
            raise Refusal(-4056, f"{arrival.key.kind if arrival.key else None}_SHA256 API key is not supported.")
        connection.account, connection.key = arrival.account, arrival.key
        connection.authorized_us = self._core.venue.now()
        return self._status(connection, params)

    def _status(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        on = connection.key is not None
        return {
            "apiKey": connection.key.key if connection.key else None,
            "authorizedSince": connection.authorized_us // 1000 if on else None,
            "connectedSince": connection.connected_us // 1000,
            "returnRateLimits": True,
            "serverTime": self._core.venue.now() // 1000,
            "userDataStream": any(one.by_logon for one in connection.subscriptions.values()),
        }

    def _logout(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
        for number, subscription in tuple(connection.subscriptions.items()):
            if subscription.by_logon:
                self._terminate(connection, number)
        connection.account = connection.key = None
        return self._status(connection, params)

    # subscriptions

    def _subscriptions(self, connection: Connection, params: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG002
        return [{"subscriptionId": number} for number in connection.subscriptions]

    def _subscribe(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        if connection.account is None or connection.key is None:
            raise Refusal(-2015, "The session is not logged on; use session.logon first.", 401)
        return self._add(connection, connection.account, connection.key, by_logon=True)

    def _subscribe_signed(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
        arrival = self._admit(connection, _SIGNED, "", params)
        if arrival.account is None or arrival.key is None:
            raise Refusal(*_REVOKED)
        return self._add(connection, arrival.account, arrival.key, by_logon=False)

    def _add(self, connection: Connection, account: Account, key: ApiKey, *, by_logon: bool) -> dict[str, Any]:
        if any(one.account is account for one in connection.subscriptions.values()):
            raise Refusal(-2035, "User data stream subscription is already active for this account.")
        number = connection.next_subscription
        connection.next_subscription += 1

        def pass_on(event: UserEvent) -> None:
            connection.deliver({"subscriptionId": number, "event": event.payload})

        stop = self._core.venue.listen_user(account.name, pass_on)
        connection.subscriptions[number] = Subscription(account=account, key=key.key, by_logon=by_logon, stop=stop)
        return {"subscriptionId": number}

    def _unsubscribe(self, connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
        asked = params.get("subscriptionId")
        numbers = tuple(connection.subscriptions) if asked is None else (asked,)
        if not numbers or any(number not in connection.subscriptions for number in numbers):
            raise Refusal(-2036, "User data stream subscription is not active.")
        for number in numbers:
            self._terminate(connection, number)
        return {}

    def _terminate(self, connection: Connection, number: int) -> None:
        connection.subscriptions.pop(number).stop()
        event = {"e": "eventStreamTerminated", "E": self._core.venue.now() // 1000}
        connection.deliver({"subscriptionId": number, "event": event})


def _object(message: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Return a message as an object; text is read as JSON (-1135 when it is none)."""
    if not isinstance(message, str):
        return message
    try:
        found = json.loads(message)
    except ValueError:
        raise Refusal(-1135, "Invalid JSON Request") from None
    if not isinstance(found, dict):
        raise Refusal(-1135, "Invalid JSON Request")
    return found


def _params(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message's parameters (-1135 when they are no object)."""
    params = message.get("params") or {}
    if not isinstance(params, Mapping):
        raise Refusal(-1135, "JSON sent for parameter 'params' is not valid")
    return params


def _spelled(value: Any) -> str:
    """Return a parameter as it stands in the payload to sign."""
    return str(value).lower() if isinstance(value, bool) else str(value)

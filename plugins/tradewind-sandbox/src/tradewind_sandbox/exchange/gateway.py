"""
The two stages of a request: arrival at the gateway, execution at the engine.

The gateway checks limits, key, signature, timing, permission and parameters and counts orders;
the engine checks the timing once more, which is what makes `recvWindow` a fence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.arrival import Arrival, check_timing, split
from tradewind_sandbox.exchange.context import Context, Endpoint
from tradewind_sandbox.exchange.core import Core
from tradewind_sandbox.exchange.limits import Limited
from tradewind_sandbox.exchange.messages import Call, Request, Response
from tradewind_sandbox.exchange.params import parse
from tradewind_sandbox.exchange.refusals import Refusal, missing
from tradewind_sandbox.exchange.routes import ALWAYS, ENDPOINTS, GONE
from tradewind_sandbox.exchange.rules import ApiKey
from tradewind_sandbox.exchange.signing import is_valid, payload_of

_MICROSECONDS_FROM: Final = 10**14
_NOTHING: Final[Mapping[str, Any]] = {}

Verify = Callable[[ApiKey], bool]


class Gateway:
    """What stands before the engine, and how it hands requests on."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.timing_scale = 1.0

    # arrival

    def arrive(self, request: Request | Call) -> Arrival:
        """Take a request in; a refusal is in the arrival's `response`."""
        try:
            return self._arrive_call(request) if isinstance(request, Call) else self._arrive_text(request)
        except Refusal as refusal:
            return Arrival(path=request.path, response=self.refused(refusal, request.ip))

    def _endpoint(self, method: str, path: str) -> Endpoint:
        found = ENDPOINTS.get((method, path))
        if found is not None:
            return found
        if path == GONE:
            raise Refusal(-1020, "This operation is not supported.", 410)
        raise Refusal(-1000, f"Path {path}, Method {method} is invalid", 404)

    def _arrive_call(self, call: Call) -> Arrival:
        return self.admit(self._endpoint(call.method, call.path), call.path, call.params, call.key, None, call.ip)

    def _arrive_text(self, request: Request) -> Arrival:
        endpoint = self._endpoint(request.method, request.path)
        headers = {name.upper(): value for name, value in request.headers.items()}
        body = "" if request.method == "GET" else request.body
        given: dict[str, Any] = {}
        split(request.query, given)
        split(body, given)
        per = self._unit(headers.get("X-MBX-TIME-UNIT", "MILLISECOND"))

        def verify(key: ApiKey) -> bool:
            payload = payload_of(request.query, body)
            return payload.isascii() and is_valid(key, payload, str(given["signature"]))

        return self.admit(endpoint, request.path, given, headers.get("X-MBX-APIKEY", ""), verify, request.ip, per)

    def _unit(self, name: str) -> int:
        per = {"MILLISECOND": 1000, "MICROSECOND": 1}.get(name.upper())
        if per is None:
            raise Refusal(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
        return per

    def admit(
        self,
        endpoint: Endpoint,
        path: str,
        given: Mapping[str, Any],
        key_text: str,
        verify: Verify | None,
        ip: str,
        per: int = 1000,
    ) -> Arrival:
        """
        Check and charge a request of any transport.

        Args:
            endpoint: What it asks for.
            path: Its REST path, also when it came over the WebSocket API.
            given: Its parameters as sent.
            key_text: The API key as sent.
            verify: Tells whether the signature is a key's; None skips timestamp and signature.
            ip: Whom it is charged to.
            per: The divisor of microseconds in the answer.

        Raises:
            Refusal: Whatever the gateway refuses.
        """
        core = self._core
        now = core.venue.now()
        weight = 0 if endpoint.free_when_good else endpoint.cost(given)
        core.limits.admit(ip, weight, now)
        try:
            arrival = Arrival(path=path, endpoint=endpoint, ip=ip, per=per)
            if endpoint.security != "NONE":
                self._authenticate(arrival, given, key_text, verify, now)
            always = ALWAYS if endpoint.security != "NONE" else _NOTHING
            arrival.params = parse(given, endpoint.params, endpoint.required, always)
            if endpoint.orders and arrival.account is not None:
                self._count(arrival, endpoint, arrival.account, now)
        except Refusal:
            if endpoint.free_when_good:
                core.limits.charge(ip, 1, now)
            raise
        return arrival

    def _authenticate(
        self, arrival: Arrival, given: Mapping[str, Any], key_text: str, verify: Verify | None, now: int
    ) -> None:
        if not key_text:
            raise Refusal(-2014, "API-key format invalid.", 401)
        found = self._core.venue.keys.get(key_text)
        if found is None or (found[1].ips and arrival.ip not in found[1].ips):
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        arrival.account, arrival.key = found
        if verify is not None:
            for name in ("timestamp", "signature"):
                if given.get(name, "") == "":
                    raise missing(name)
            if not verify(arrival.key):
                raise Refusal(-1022, "Signature for this request is not valid.")
        self._note_timing(arrival, given, now)
        if arrival.endpoint is not None and arrival.endpoint.security == "TRADE" and not arrival.key.trade:
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def _note_timing(self, arrival: Arrival, given: Mapping[str, Any], now: int) -> None:
        if "timestamp" not in given:
            return
        sent = ALWAYS["timestamp"]("timestamp", given["timestamp"])
        arrival.sent_us = sent if sent >= _MICROSECONDS_FROM else sent * 1000
        if "recvWindow" in given:
            arrival.window_us = ALWAYS["recvWindow"]("recvWindow", given["recvWindow"])
        check_timing(arrival.sent_us, arrival.window_us, now, self.timing_scale)

    def _count(self, arrival: Arrival, endpoint: Endpoint, account: Account, now: int) -> None:
        arrival.excess = self._core.limits.order_excess(account.name, endpoint.orders, now)
        if arrival.excess is None:
            self._core.limits.count_orders(account.name, endpoint.orders, now)
        elif not endpoint.goes_on_over_limit:
            raise arrival.excess

    def by_hand(self, account: Account, call: Call) -> Response:
        """Carry out what an account's owner does without an API key: counted as any order, never limited."""
        try:
            endpoint = self._endpoint(call.method, call.path)
            params = parse(call.params, endpoint.params, endpoint.required, _NOTHING)
        except Refusal as refusal:
            return Response(status=refusal.status, headers={}, body=refusal.body())
        self._core.limits.count_orders(account.name, endpoint.orders, self._core.venue.now())
        return self.execute(Arrival(path=call.path, endpoint=endpoint, params=params, account=account, ip="by-hand"))

    # execution

    def execute(self, arrival: Arrival) -> Response:
        """Let the engine carry an arrival out and return the answer."""
        if arrival.response is not None:
            return arrival.response
        try:
            body, status = self.serve(arrival)
        except Refusal as refusal:
            return self.refused(refusal, arrival.ip)
        headers = self._headers(arrival.ip)
        if arrival.endpoint is not None and arrival.endpoint.orders and arrival.account is not None:
            short, day = self._core.limits.order_counts(arrival.account.name, self._core.venue.now())
            headers["X-MBX-ORDER-COUNT-10S"] = str(short)
            headers["X-MBX-ORDER-COUNT-1D"] = str(day)
        return Response(status=status, headers=headers, body=body)

    def serve(self, arrival: Arrival) -> tuple[Any, int]:
        """
        Return an arrival's good answer and its HTTP status.

        Raises:
            Refusal: -1021 when it arrives too late at the engine, and what the endpoint refuses.
        """
        core, endpoint = self._core, arrival.endpoint
        if endpoint is None:
            raise RuntimeError("an arrival without an endpoint carries its answer already")
        venue = core.venue
        try:
            if arrival.sent_us is not None:
                check_timing(arrival.sent_us, arrival.window_us, venue.now(), self.timing_scale)
            lags = venue.read_lag_us
            ctx = Context(
                core=core,
                params=arrival.params,
                account=arrival.account,
                key=arrival.key,
                per=arrival.per,
                ip=arrival.ip,
                excess=arrival.excess,
                late=(lags.get(arrival.path) or lags.get(endpoint.source) or 0) if lags else 0,
            )
            return endpoint.serve(ctx), ctx.status
        except Refusal as refusal:
            self._settle_refusal(arrival, endpoint, refusal)
            raise
        finally:
            core.contingency.drain()

    def _settle_refusal(self, arrival: Arrival, endpoint: Endpoint, refusal: Refusal) -> None:
        """Charge a failed order's weight; what never reached the engine does not stay counted as an order."""
        now = self._core.venue.now()
        if endpoint.free_when_good:
            self._core.limits.charge(arrival.ip, 1, now)
        never_placed = refusal.code == -1013 or -1300 < refusal.code <= -1100
        if never_placed and endpoint.orders and arrival.account is not None:
            self._core.limits.count_orders(arrival.account.name, -endpoint.orders, now)

    def refused(self, refusal: Refusal, ip: str) -> Response:
        """Return the answer of a refusal."""
        headers = self._headers(ip)
        if isinstance(refusal, Limited):
            headers["Retry-After"] = str(refusal.retry_after)
        return Response(status=refusal.status, headers=headers, body=refusal.body())

    def _headers(self, ip: str) -> dict[str, str]:
        used = str(self._core.limits.used_weight(ip, self._core.venue.now()))
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

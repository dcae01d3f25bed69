"""What an endpoint is given and how endpoints are described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.market import Market
from tradewind_sandbox.exchange.params import Parser
from tradewind_sandbox.exchange.refusals import Refusal, missing
from tradewind_sandbox.exchange.rules import ApiKey

if TYPE_CHECKING:
    from tradewind_sandbox.exchange.core import Core


@attrs.define(kw_only=True, slots=True)
class Context:
    """
    One request as its endpoint sees it.

    Args:
        core: The engine's parts.
        params: Parsed parameters.
        account: Whose request it is; absent on public endpoints.
        key: With which key.
        per: What microseconds are divided by in the answer: 1000, or 1 when it was asked for µs.
        excess: The order-count refusal that the gateway found, for endpoints that go on after it.
        ip: Whom limits are charged to.
        status: The HTTP status of a good answer.
        late: How far reads lag behind, in microseconds.
    """

    core: Core
    params: dict[str, Any]
    account: Account | None
    key: ApiKey | None
    per: int
    ip: str
    excess: Refusal | None = None
    status: int = 200
    late: int = 0

    @property
    def owner(self) -> Account:
        """The account of a signed request."""
        if self.account is None:
            raise RuntimeError("a public endpoint asked for its account")
        return self.account

    def time(self, time_us: int) -> int:
        """Return a time in the unit that was asked for; -1 stays."""
        return time_us if time_us < 0 else time_us // self.per

    def market(self) -> Market:
        """
        Return the market of parameter `symbol`.

        Raises:
            Refusal: -1102 without it, -1121 when there is none of that name.
        """
        name = self.params.get("symbol")
        if name is None:
            raise missing("symbol")
        found = self.core.venue.markets.get(name)
        if found is None:
            raise Refusal(-1121, "Invalid symbol.")
        return found


@attrs.frozen(kw_only=True)
class Endpoint:
    """
    One endpoint.

    Args:
        serve: What answers.
        params: The parameters that it reads.
        required: Those it needs.
        security: `NONE`, `USER_DATA` or `TRADE`.
        weight: Its request weight, or a function of the parsed parameters.
        free_when_good: Whether a good answer costs nothing (CHANGELOG 2026-04-02).
        orders: How many orders it adds to the unfilled-order count.
        goes_on_over_limit: Whether it is served over the order limit (`orderRateLimitExceededMode`).
        source: `engine`, `memory` or `database`: which read lag applies.
    """

    serve: Callable[[Context], Any]
    params: Mapping[str, Parser]
    required: tuple[str, ...] = ()
    security: str = "NONE"
    weight: int | Callable[[Mapping[str, Any]], int] = 1
    free_when_good: bool = False
    orders: int = 0
    goes_on_over_limit: bool = False
    source: str = "memory"

    def cost(self, given: Mapping[str, Any]) -> int:
        """Return the weight of a request with these parameters, as sent."""
        return self.weight if isinstance(self.weight, int) else self.weight(given)

"""History of the venue, page by page, within the weight that it allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import requests

from tradewind.api import DataError, VenueError
from tradewind_binance.answers import LARGEST, fault_of, parsed, unreadable
from tradewind_binance.clients import AskingClient
from tradewind_binance.clock import wall_seconds
from tradewind_binance.rest import PAUSES, TRIES, refusal
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.weight import Budget

PAGE: Final = 1000
_UNKNOWN_SYMBOL: Final = -1121
_LONGEST_WAIT: Final = 3600.0


@attrs.define(eq=False)
class History:
    """
    Public REST, asked from a blocking caller.

    Args:
        config: The settings.
        clock: The machine's clock, seconds since 1970.
        sleep: Waits this many seconds.
    """

    config: BinanceConfig
    clock: Callable[[], float] = wall_seconds
    sleep: Callable[[float], None] = time.sleep
    budget: Budget = attrs.field(init=False)
    _client: AskingClient | None = attrs.field(default=None, init=False)

    @budget.default
    def _fresh_budget(self) -> Budget:
        return Budget(limit=self.config.weight_per_minute)

    @property
    def client(self) -> AskingClient:
        """The library's client, made when it is first used."""
        if self._client is None:
            self._client = AskingClient(self.config.addresses, self.config.timeout)
        return self._client

    def now_ms(self) -> int:
        """Ask the venue's time, UTC milliseconds."""
        return int(self.ask("time", "time", {}, weight=1)["serverTime"])

    def pages(self, symbol: str, interval: str, start_ms: int, end_ms: int) -> Iterator[list[Any]]:
        """
        Yield pages of klines that open in [start, end), oldest first; both ends are the venue's milliseconds.

        Raises:
            DataError: TW-D001 for a symbol that the venue does not know.
            VenueError: TW-V001 when it does not answer, TW-V003 when it bans.
        """
        at = start_ms
        while at < end_ms:
            asked = {"symbol": symbol, "interval": interval, "startTime": at, "endTime": end_ms - 1, "limit": PAGE}
            rows: list[Any] = self.ask(f"klines of {symbol}", "klines", asked, weight=2, symbol=symbol)
            if rows:
                yield rows
            if len(rows) < PAGE:
                return
            at = int(rows[-1][0]) + 1

    def symbols(self, symbols: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Return the venue's table of symbols that trade on spot; of these alone when they are named."""
        asked: dict[str, Any] = {"permissions": "SPOT", "symbolStatus": "TRADING", "showPermissionSets": "false"}
        if symbols:
            quoted = ",".join(f'"{symbol}"' for symbol in symbols)
            asked = {"symbols": f"[{quoted}]", "showPermissionSets": "false"}
        body = self.ask("exchangeInfo", "exchangeInfo", asked, weight=20, largest=8 * LARGEST)
        return list(body["symbols"])

    def ask(
        self, what: str, path: str, parameters: dict[str, Any], *, weight: int, symbol: str = "", largest: int = LARGEST
    ) -> Any:
        """Return the answer to a public GET as plain data; it is repeated when the network or the venue fails."""
        for attempt in range(TRIES):
            self._wait(weight, what)
            try:
                answer = self.client.ask(path, parameters)
            except (requests.RequestException, OSError) as error:
                if attempt == TRIES - 1:
                    raise VenueError(
                        f"Binance did not answer to {what}: {type(error).__name__}.",
                        code="TW-V001",
                        hint="Look at the connection, then run the same command: what was fetched is kept.",
                    ) from None
                self.sleep(PAUSES[attempt])
                continue
            now = self.clock()
            self.budget.note(answer.number("x-mbx-used-weight-1m"), now)
            if answer.status in (418, 429):
                self.budget.close(float(answer.number("retry-after") or 60), now)
                continue
            if answer.status < 300:
                try:
                    return parsed(answer.text, largest=largest)
                except ValueError as error:
                    if attempt == TRIES - 1:
                        raise unreadable(what, error) from error
                    continue
            code, words = fault_of(answer)
            if code == _UNKNOWN_SYMBOL:
                raise DataError(
                    f"Binance has no symbol {symbol!r}.",
                    code="TW-D001",
                    hint="Write it as Binance does, such as BTCUSDT; `tradewind data list --source binance` has all.",
                    symbol=symbol,
                )
            if answer.status < 500 or attempt == TRIES - 1:
                raise refusal(what, answer.status, code, words)
            self.sleep(PAUSES[attempt])
        raise refusal(what, 429, -1003, "too many requests")

    def _wait(self, weight: int, what: str) -> None:
        while (seconds := self.budget.wait(weight, self.clock())) > 0:
            if seconds > _LONGEST_WAIT:
                raise VenueError(
                    f"Binance must not be asked for {what} within the next {seconds / 3600:.1f} hours: it banned this "
                    "address for too many requests.",
                    code="TW-V003",
                    hint="Wait, then run the same command: what was fetched is kept.",
                )
            self.sleep(seconds)

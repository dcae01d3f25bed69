"""
A venue that is only spoken to, by HTTP: the sandbox on this machine, or another address that was named.

    pytest plugins/tradewind-sandbox/tests/portable
    pytest plugins/tradewind-sandbox/tests/portable --base-url https://testnet.binance.vision --keys ~/testnet.keys

The file of keys has the API key on its first line and the secret of HMAC on its second; only its owner can read it.
`TRADEWIND_CONTRACT_URL` and `TRADEWIND_CONTRACT_KEYS` say the same. An address where orders cost money is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import attrs
import pytest

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PRACTICE = ("testnet", "demo")
"""Words of which one stands in the name of every host of practice."""
SYMBOL = "BTCUSDT"
PATIENCE_S = 60.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run name an address."""
    group = parser.getgroup("portable contract")
    group.addoption("--base-url", default=None, help="Where the portable contract cases go; the sandbox by default.")
    group.addoption("--keys", default=None, help="File with API key and secret, one a line.")


@attrs.frozen
class Answer:
    """What came back."""

    status: int
    body: Any

    @property
    def fault(self) -> tuple[int, int]:
        """Status and code of a refusal."""
        return self.status, int(self.body["code"])


@attrs.define(kw_only=True)
class Venue:
    """A venue of which nothing is known but its address and a key."""

    base: str
    key: str
    secret: str
    offset_ms: int = 0
    filters: dict[str, Any] = attrs.field(factory=dict)
    count: int = 0

    def send(self, method: str, path: str, query: str = "", *, key: str | None = None) -> Answer:
        """Send a request as it is spelled."""
        place = urlsplit(self.base)
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        link = kind(place.netloc, timeout=20)
        try:
            headers = {} if key is None else {"X-MBX-APIKEY": key}
            link.request(method, f"{path}?{query}" if query else path, headers=headers)
            answer = link.getresponse()
            return Answer(answer.status, json.loads(answer.read() or b"null"))
        finally:
            link.close()

    def ask(self, path: str, **params: Any) -> Answer:
        """Ask without a signature."""
        return self.send("GET", path, _spelled(params))

    def call(self, method: str, path: str, *, secret: str | None = None, **params: Any) -> Answer:
        """Send a signed request; `timestamp` is the venue's now unless it is given."""
        params = {name: value for name, value in params.items() if value is not None}
        params.setdefault("timestamp", int(time.time() * 1000) + self.offset_ms)
        query = _spelled(params)
        signature = hmac.new((secret or self.secret).encode(), query.encode(), hashlib.sha256).hexdigest()
        return self.send(method, path, f"{query}&signature={signature}", key=self.key)

    def learn(self) -> None:
        """Read the venue's time and the rules of the pair."""
        before = time.time()
        told = int(self.ask("/api/v3/time").body["serverTime"])
        self.offset_ms = told - int((before + time.time()) * 500)
        row = self.ask("/api/v3/exchangeInfo", symbol=SYMBOL).body["symbols"][0]
        self.filters = {one["filterType"]: one for one in row["filters"]}

    # what cases ask for

    def name(self) -> str:
        """Return a client order id that was never used."""
        self.count += 1
        return f"portable-{int(time.time() * 1000):x}-{self.count}"

    def price(self, times: str = "1") -> str:
        """Return the last price times this, on the tick."""
        last = Decimal(self.ask("/api/v3/ticker/price", symbol=SYMBOL).body["price"])
        return str(_on(last * Decimal(times), self.filters["PRICE_FILTER"]["tickSize"], ROUND_FLOOR))

    def quantity(self, worth: str = "4") -> str:
        """Return a quantity worth so many times the least notional at the last price, on the lot."""
        notional = self.filters.get("NOTIONAL") or self.filters["MIN_NOTIONAL"]
        wanted = Decimal(notional["minNotional"]) * Decimal(worth) / Decimal(self.price())
        return str(_on(wanted, self.filters["LOT_SIZE"]["stepSize"], ROUND_CEILING))

    def order(self, side: str, kind: str, **params: Any) -> Answer:
        """Place an order."""
        return self.call("POST", "/api/v3/order", symbol=SYMBOL, side=side, type=kind, **params)

    def resting(self, **params: Any) -> str:
        """Place a purchase far below the market, which rests; return its client id."""
        cid = str(params.pop("newClientOrderId", None) or self.name())
        given = {"quantity": self.quantity("8"), "price": self.price("0.8"), "timeInForce": "GTC", **params}
        placed = self.order("BUY", "LIMIT", newClientOrderId=cid, **given)
        assert (placed.status, placed.body.get("status", "NEW")) == (200, "NEW"), placed.body
        return cid

    def protected(self, **params: Any) -> dict[str, str]:
        """Buy at once with a stop below, in one request; return what was named."""
        named = {
            "entry": self.name(),
            "stop": self.name(),
            "list": self.name(),
            "quantity": self.quantity("6"),
            **params,
        }
        self.last = self.call("POST", "/api/v3/orderList/opo", **self.list_of(named))
        return named

    def list_of(self, named: Mapping[str, str]) -> dict[str, Any]:
        """Return the parameters of a purchase with its stop."""
        return {
            "symbol": SYMBOL,
            "listClientOrderId": named["list"],
            "workingType": "LIMIT",
            "workingSide": "BUY",
            "workingTimeInForce": "FOK",
            "workingPrice": self.price("1.01"),
            "workingQuantity": named["quantity"],
            "workingClientOrderId": named["entry"],
            "pendingType": "STOP_LOSS_LIMIT" if "limit" in named else "STOP_LOSS",
            "pendingSide": "SELL",
            "pendingStopPrice": self.price("0.9"),
            "pendingClientOrderId": named["stop"],
        }

    last: Answer | None = None

    def status(self, cid: str) -> str:
        """Return the status of an order; waits for a look-up that lags."""
        until = time.monotonic() + PATIENCE_S
        while (found := self.call("GET", "/api/v3/order", symbol=SYMBOL, origClientOrderId=cid)).status != 200:
            assert time.monotonic() < until, found.body
            time.sleep(0.5)
        return str(found.body["status"])

    def wait_for(self, cid: str, status: str) -> dict[str, Any]:
        """Wait until an order has a status; return the order."""
        until = time.monotonic() + PATIENCE_S
        while self.status(cid) != status:
            assert time.monotonic() < until, f"{cid} is {self.status(cid)}, expected {status}"
            time.sleep(0.5)
        found: dict[str, Any] = self.call("GET", "/api/v3/order", symbol=SYMBOL, origClientOrderId=cid).body
        return found

    def replace(self, cid: str, kind: str, **params: Any) -> Answer:
        """Take an order away and place a sale, in one request."""
        return self.call(
            "POST", "/api/v3/order/cancelReplace", symbol=SYMBOL, side="SELL", type=kind,
            cancelReplaceMode="STOP_ON_FAILURE", cancelOrigClientOrderId=cid, **params,
        )  # fmt: skip

    def tidy(self) -> None:
        """Leave nothing that rests."""
        self.call("DELETE", "/api/v3/openOrders", symbol=SYMBOL)


def _spelled(params: Mapping[str, Any]) -> str:
    return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())


def _on(value: Decimal, step: str, how: str) -> Decimal:
    return ((value / Decimal(step)).to_integral_value(how) * Decimal(step)).normalize() + Decimal(0)


def _keys(path: Path) -> tuple[str, str]:
    if path.stat().st_mode & 0o077:
        raise pytest.UsageError(f"{path} can be read by others; run: chmod 600 {path}")
    key, secret = path.read_text().split()[:2]
    return key, secret


@pytest.fixture(scope="session")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Give an address and its keys: what was named, else a sandbox of this run."""
    option = request.config.getoption
    base = option("--base-url", None) or os.environ.get("TRADEWIND_CONTRACT_URL", "")
    if base:
        host = urlsplit(base).hostname or ""
        if host not in LOOPBACK and not any(word in host for word in PRACTICE):
            raise pytest.UsageError(f"{base} is no address of practice: the cases buy and sell")
        named = option("--keys", None) or os.environ.get("TRADEWIND_CONTRACT_KEYS", "")
        if not named:
            raise pytest.UsageError("an address needs --keys FILE, or TRADEWIND_CONTRACT_KEYS")
        yield (base.rstrip("/"), *_keys(Path(named).expanduser()))
        return
    folder = tmp_path_factory.mktemp("portable")
    words = ("sandbox", "--source", "synthetic", "--symbol", SYMBOL, "--speed", "1", "--seconds", "280")
    program = (sys.executable, "-m", "tradewind", *words, "--port", "0", "--control-port", "0")
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(program, cwd=folder, stdout=said, stderr=said)
    try:
        facts, until = folder / ".tradewind" / "sandbox.json", time.monotonic() + PATIENCE_S
        while not facts.exists():
            assert process.poll() is None, (folder / "said").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        told = json.loads(facts.read_text())
        yield told["base_url"], told["api_key"], told["api_secret"]
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture
def venue(address: tuple[str, str, str]) -> Iterator[Venue]:
    """Give a venue on which nothing of ours rests, and leave it so."""
    base, key, secret = address
    one = Venue(base=base, key=key, secret=secret)
    one.learn()
    one.tidy()
    yield one
    one.tidy()

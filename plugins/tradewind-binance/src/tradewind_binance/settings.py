"""Settings of the source and the executor `binance`."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from tradewind.api import SettingsError, one_of, whole, within

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Hosts that are this machine itself."""

Place = Literal["live", "testnet", "demo", "custom"]

_KNOWN: Final = {
    "live": ("https://api.binance.com", "wss://stream.binance.com:9443", "wss://ws-api.binance.com/ws-api/v3"),
    "testnet": (
        "https://testnet.binance.vision",
        "wss://stream.testnet.binance.vision",
        "wss://ws-api.testnet.binance.vision/ws-api/v3",
    ),
    "demo": (
        "https://demo-api.binance.com",
        "wss://demo-stream.binance.com",
        "wss://demo-ws-api.binance.com/ws-api/v3",
    ),
}


@attrs.frozen(kw_only=True)
class Addresses:
    """
    Where the venue answers.

    Args:
        rest: Of REST, without a path.
        streams: Of market streams, without a path.
        ws_api: Of the WebSocket API, whole.
    """

    rest: str
    streams: str
    ws_api: str

    @property
    def is_private(self) -> bool:
        """Whether this machine answers itself: no money is at stake."""
        return all(_host(one) in LOOPBACK for one in (self.rest, self.streams, self.ws_api))


def _host(url: str) -> str:
    rest = url.split("://", 1)[-1].split("/", 1)[0]
    return rest if rest.startswith("[") and rest.endswith("]") else rest.rsplit(":", 1)[0] if ":" in rest else rest


@attrs.frozen(kw_only=True)
class BinanceConfig:
    """
    Settings of `binance`, the same for history, stream and orders.

    Args:
        place: `live`, `testnet`, `demo`, or `custom` with the three addresses below.
        rest_url: Of REST, for `custom`, such as `http://127.0.0.1:9001`.
        stream_url: Of market streams, for `custom`.
        ws_api_url: Of the WebSocket API, for `custom`.
        recv_window_ms: How long after it was signed the venue may act on a request, milliseconds.
        weight_per_minute: Request weight used of the venue's 6,000 a minute, orders and looks excepted.
        timeout: Longest wait for an answer, seconds.
        stall: Silence of a market stream after which it is opened anew, seconds.
        speed: How fast the venue's clock runs: 1, but for a sandbox that replays faster.
        max_age_hours: Age at which a connection is replaced before the venue closes it.
        api_key_file: File that holds the API key, readable by you alone.
        api_secret_file: File that holds the secret of an HMAC key.
        private_key_file: File that holds the private key (PEM) of an Ed25519 or RSA key.
    """

    place: Place = attrs.field(default="live", validator=one_of("live", "testnet", "demo", "custom"))
    rest_url: str = ""
    stream_url: str = ""
    ws_api_url: str = ""
    recv_window_ms: int = attrs.field(default=5000, validator=whole(100, 60_000))
    weight_per_minute: int = attrs.field(default=4500, validator=whole(50, 6000))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    stall: float = attrs.field(default=10.0, converter=float, validator=within(1.0, 600.0))
    max_age_hours: float = attrs.field(default=23.0, converter=float, validator=within(0.001, 23.9))
    speed: float = attrs.field(default=1.0, converter=float, validator=within(0.001, 1_000_000.0))
    api_key_file: str = ""
    api_secret_file: str = ""
    private_key_file: str = ""

    def __attrs_post_init__(self) -> None:
        if self.place == "custom" and not self.rest_url:
            raise SettingsError(
                "rest_url was empty, expected an address with place = 'custom'.",
                code="TW-S004",
                hint="Write rest_url = 'http://127.0.0.1:9001', or place = 'live', 'testnet' or 'demo'.",
            )
        found = self.addresses
        for url in (found.rest, found.streams, found.ws_api):
            if not url.startswith(("https://", "wss://")) and _host(url) not in LOOPBACK:
                raise SettingsError(
                    f"the address was {url!r}, expected one that begins with https:// or wss://.",
                    code="TW-S004",
                    hint="Requests carry keys: they leave this machine encrypted or not at all.",
                )

    @property
    def addresses(self) -> Addresses:
        """Where the venue answers."""
        if self.place != "custom":
            rest, streams, ws_api = _KNOWN[self.place]
            return Addresses(rest=rest, streams=streams, ws_api=ws_api)
        rest = self.rest_url.rstrip("/")
        socket = "ws" + rest.removeprefix("http")
        return Addresses(
            rest=rest,
            streams=self.stream_url.rstrip("/") or socket,
            ws_api=self.ws_api_url or f"{socket}/ws-api/v3",
        )

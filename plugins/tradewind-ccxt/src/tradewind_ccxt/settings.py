"""Settings of the source and the executor `ccxt`."""

from __future__ import annotations

import attrs

from tradewind.api import SettingsError, whole, within


@attrs.frozen(kw_only=True)
class CcxtConfig:
    """
    Settings of `ccxt`, the same for history, stream and orders.

    Args:
        exchange: ccxt's name of the venue, such as `kraken`.
        base_url: Address that takes the place of every address of the venue, such as `http://127.0.0.1:9001`; empty
            for the venue's own.
        page: Bars asked for at once.
        poll: Pause between two looks for news, seconds.
        timeout: Longest wait for an answer, seconds.
        api_key_file: File that holds the API key, readable by you alone.
        api_secret_file: File that holds its secret.
        api_password_file: File that holds its password, where the venue has one.
    """

    exchange: str = "kraken"
    base_url: str = ""
    page: int = attrs.field(default=500, validator=whole(1, 5000))
    poll: float = attrs.field(default=2.0, converter=float, validator=within(0.05, 60.0))
    timeout: float = attrs.field(default=10.0, converter=float, validator=within(0.1, 60.0))
    api_key_file: str = ""
    api_secret_file: str = ""
    api_password_file: str = ""

    def __attrs_post_init__(self) -> None:
        local = ("http://127.0.0.1", "http://localhost", "http://[::1]")
        if self.base_url and not self.base_url.startswith(("https://", *local)):
            raise SettingsError(
                f"base_url was {self.base_url!r}, expected an address that begins with https://.",
                code="TW-S004",
                hint="Requests carry keys: they leave this machine encrypted or not at all.",
            )

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where orders are sent, when that is not ccxt's to know."""
        return (self.base_url,) if self.base_url else ()

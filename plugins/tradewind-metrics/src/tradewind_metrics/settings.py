"""Where figures are served."""

from __future__ import annotations

import ipaddress

import attrs

from tradewind.api import SettingsError, whole


@attrs.frozen(kw_only=True)
class MetricsConfig:
    """
    Where figures are served.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 for any that is free.
        allow_remote: Listen on an address that others can reach: they see balance, positions and profit.
        hosts: Names beside the address under which Prometheus may ask, such as a container's name for this machine.

    Raises:
        SettingsError: TW-S004 when the address is another machine's business and `allow_remote` does not say so.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=9464, validator=whole(0, 65_535))
    allow_remote: bool = False
    hosts: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.allow_remote and not is_loopback(self.host):
            raise SettingsError(
                f"services.metrics.host was {self.host!r}, expected an address of this machine alone.",
                code="TW-S004",
                hint="There is no password on it: let a proxy that has one ask 127.0.0.1, or say allow_remote = true.",
            )


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Where the dashboard is served, and to whom."""

from __future__ import annotations

import ipaddress

import attrs

from tradewind.api import SettingsError, whole


@attrs.frozen(kw_only=True)
class DashboardConfig:
    """
    Where the dashboard is served, and to whom.

    Args:
        host: Address to listen on; of this machine, unless a proxy with TLS stands before it.
        port: Port to listen on; 0 for any that is free.
        allow_remote: Listen on an address that others can reach.
        behind_proxy: A proxy that speaks TLS and is trusted stands before it.
        hosts: Names beside the address under which browsers may ask, such as the proxy's.
        idle_minutes: A browser that asked nothing for so long has to log in again.
        controls: Let browsers pause, stop, flatten, resume and swap, too; otherwise they only look.

    Raises:
        SettingsError: TW-S004 when others could reach it and not everything is said that this needs.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=8080, validator=whole(0, 65_535))
    allow_remote: bool = False
    behind_proxy: bool = False
    hosts: tuple[str, ...] = ()
    idle_minutes: int = attrs.field(default=30, validator=whole(1, 1_440))
    controls: bool = False

    def __attrs_post_init__(self) -> None:
        if not is_loopback(self.host) and not (self.allow_remote and self.behind_proxy):
            raise SettingsError(
                f"commands.dashboard.host was {self.host!r}, expected an address of this machine alone.",
                code="TW-S004",
                hint="Let a proxy with TLS ask 127.0.0.1, or say allow_remote = true and behind_proxy = true.",
            )


def is_loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

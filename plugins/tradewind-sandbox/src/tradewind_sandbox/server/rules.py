"""How the sockets of the sandbox behave."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class SocketRules:
    """
    Limits of connections, in the network's own time: they do not run faster with the market.

    The defaults are the venue's (web-socket-streams.md, General WSS information).

    Args:
        ping_s: Seconds between pings of the server.
        pong_s: A connection whose pong is missing for so many seconds is closed.
        life_s: A connection lives at most so many seconds.
        inbound_per_s: A stream connection that sends more messages in a second is closed.
        streams: Streams on one connection.
        attempts: Connection attempts of one address in five minutes.
        backlog: Messages that wait for a slow reader before its connection is closed.
        silence_s: How long a call whose answer never comes is held open.
    """

    ping_s: float = 20.0
    pong_s: float = 60.0
    life_s: float = 86_400.0
    inbound_per_s: int = 5
    streams: int = 1024
    attempts: int = 300
    backlog: int = 10_000
    silence_s: float = 60.0

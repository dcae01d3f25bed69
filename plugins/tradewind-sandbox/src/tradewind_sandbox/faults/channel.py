"""Between a stream and its reader: messages are lost, doubled, held back or changed as the script says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

from tradewind_sandbox.faults.delivery import corrupted
from tradewind_sandbox.faults.script import Fault, FaultScript

Deliver = Callable[[dict[str, Any]], None]
Later = Callable[[float, Callable[[], None]], object]
"""Calls something after so many milliseconds of the network's time."""

Ending = Literal["close", "shutdown", "lost", "ended"]


@attrs.frozen(kw_only=True)
class Message:
    """
    One message of a stream.

    Args:
        stream: The stream's name, or `user`.
        event: What it tells: `kline`, `aggTrade`, `executionReport`, …
        symbol: The pair it is about.
        closing: Whether a kline is closing; None for other events.
        payload: The event object.
    """

    stream: str
    event: str
    payload: dict[str, Any]
    symbol: str = ""
    closing: bool | None = None

    @classmethod
    def of(cls, stream: str, payload: dict[str, Any]) -> Message:
        """Return the message of an event object."""
        kline = payload.get("k")
        return cls(
            stream=stream,
            event=str(payload.get("e", stream.partition("@")[2])),
            symbol=str(payload.get("s", "")),
            closing=bool(kline["x"]) if isinstance(kline, dict) and "x" in kline else None,
            payload=payload,
        )


@attrs.define(kw_only=True, eq=False)
class Channel:
    """
    One stream on its way to one reader.

    Args:
        script: What goes wrong.
        now_ms: The exchange's time, milliseconds UTC.
        later: Calls something after milliseconds of the network's time.
        deliver: Takes what arrives.
        end: Called when the stream, or its connection, comes to an end by script.
    """

    script: FaultScript
    now_ms: Callable[[], int]
    later: Later
    deliver: Deliver
    end: Callable[[Ending, Fault], None] = lambda _ending, _fault: None
    lost: bool = attrs.field(default=False, init=False)
    """Nothing comes until somebody subscribes again."""
    _held: list[dict[str, Any]] = attrs.field(factory=list, init=False)

    def send(self, message: Message) -> None:
        """Send one message on its way."""
        if self.lost:
            return
        faults = {
            fault.kind: fault
            for fault in self.script.on_message(
                message.stream,
                event=message.event,
                symbol=message.symbol,
                closing=message.closing,
                now_ms=self.now_ms(),
            )
        }
        if faults and self._ended(faults):
            return
        if "stall" in faults or "lose-event" in faults:
            return
        payload = message.payload
        if "corrupt-event" in faults:
            payload = corrupted(payload, faults["corrupt-event"]["field"], faults["corrupt-event"]["value"])
        if "reorder-event" in faults:
            self._held.append(payload)
            return
        self._give(payload, faults.get("delay-event"))
        if "duplicate-event" in faults:
            self._give(payload, faults.get("delay-event"))
        held, self._held = self._held, []
        for one in held:
            self._give(one, None)

    def _give(self, payload: dict[str, Any], delay: Fault | None) -> None:
        if delay is None or delay["by"] <= 0:
            self.deliver(payload)
        else:
            self.later(delay["by"], lambda: self.deliver(payload))

    def _ended(self, faults: dict[str, Fault]) -> bool:
        endings: dict[str, Ending] = {
            "close-stream": "close",
            "server-shutdown": "shutdown",
            "lose-subscription": "lost",
            "end-subscription": "ended",
        }
        for kind, ending in endings.items():
            if kind in faults:
                self.lost = ending in {"lost", "ended"}
                self.end(ending, faults[kind])
                return ending != "shutdown"
        return False

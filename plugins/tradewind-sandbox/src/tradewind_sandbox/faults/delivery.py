"""What comes back from a call when the network and the exchange may fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from tradewind_sandbox.exchange.messages import Response

Ending = Literal["answered", "reset", "silence"]
"""An answer came, the connection was cut, or nothing comes until the caller gives up."""

HTML: Final = (
    "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {words}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_WORDS: Final = {403: "Forbidden", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}
_JSON: Final = "application/json;charset=UTF-8"


@attrs.frozen(kw_only=True)
class Delivery:
    """
    How a call ended.

    Args:
        ending: Whether an answer came.
        status: Its HTTP status.
        headers: Its headers.
        body: Its bytes, whole or broken.
        content_type: What they claim to be.
        executed: Whether the exchange carried the call out, or refused it by itself.
        genuine: The body is the exchange's own answer, whole.
    """

    ending: Ending = "answered"
    status: int = 0
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    content_type: str = _JSON
    executed: bool = True
    genuine: bool = False

    @classmethod
    def of(cls, response: Response) -> Delivery:
        """Return an answer as the exchange gave it."""
        return cls(status=response.status, headers=response.headers, body=plain_json(response.body), genuine=True)

    @classmethod
    def error(
        cls, status: int, code: int, message: str, *, executed: bool, headers: Mapping[str, str] | None = None
    ) -> Delivery:
        """Return an error of the venue's form."""
        body = plain_json({"code": code, "msg": message})
        return cls(status=status, headers=headers or {}, body=body, executed=executed)

    @classmethod
    def page(cls, status: int, *, executed: bool) -> Delivery:
        """Return the page that a proxy in front of the exchange shows."""
        text = HTML.format(status=status, words=_WORDS.get(status, "Error"))
        return cls(status=status, body=text.encode(), content_type="text/html", executed=executed)

    @classmethod
    def lost(cls, ending: Ending, *, executed: bool) -> Delivery:
        """Return that no answer came."""
        return cls(ending=ending, executed=executed)

    def json(self) -> Any:
        """
        Return the body as plain values.

        Raises:
            ValueError: It is no JSON.
        """
        return json.loads(self.body)


def plain_json(body: Any) -> bytes:
    """Return a body as the venue writes it: no spaces, non-ASCII symbols as they are."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def corrupted(body: Any, field: str, value: Any) -> Any:
    """
    Return plain values of which one is another; a field that is not there changes nothing.

    Args:
        body: An event, or the body of an answer.
        field: Which one, its names and list places joined by dots: `k.c`, `0.4`.
        value: What it is instead.
    """
    changed = copy.deepcopy(body)
    *path, last = field.split(".")
    inner: Any = changed
    for name in path:
        inner = _inside(inner, name)
    if isinstance(inner, dict):
        inner[last] = value
    elif isinstance(inner, list) and last.isdigit() and int(last) < len(inner):
        inner[int(last)] = value
    return changed


def _inside(outer: Any, name: str) -> Any:
    if isinstance(outer, dict):
        return outer.get(name)
    return outer[int(name)] if isinstance(outer, list) and name.isdigit() and int(name) < len(outer) else None

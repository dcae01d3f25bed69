"""
Ask a host for JSON, and believe nothing: bounded in time, size and repeats, over TLS, never led elsewhere.

A host that is slow, gone, moved, or answers with a page for people is an error with a code, and
soon: whoever asks goes on without the values.
"""

from __future__ import annotations

import http.client
import json
import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import attrs

from tradewind.errors import DataError, SettingsError

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that are this machine itself: they may be asked without encryption."""

_PAUSES: Final = (0.5, 2.0, 5.0)
"""Seconds before the second, third and every later try."""
_LONGEST_WAIT: Final = 10.0
"""A host that wants more seconds of peace than this is not asked again now."""
_REDIRECTS: Final = 3
_DEPTH: Final = 32
_AGENT: Final = "tradewind"


def check_url(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Refuse an address that is not https, but for this machine's own; for settings' validators."""
    parts = urlsplit(value)
    private = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or parts.username or not (parts.scheme == "https" or private):
        raise SettingsError(
            f"{attribute.name} was {value!r}, expected an address that begins with https://.",
            code="TW-S004",
            hint="Only this machine itself may be asked without encryption.",
            setting=attribute.name,
        )


class _Passing(Exception):  # noqa: N818  # what another try may mend
    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@attrs.define(kw_only=True, eq=False)
class Web:
    """
    The way to one host, for a source of data.

    Args:
        url: Its address, such as `https://api.example.com`.
        name: The source's name, for messages.
        timeout: Longest wait for one whole answer, seconds.
        tries: How often one question is put at most.
        max_bytes: Longest answer.
        per_minute: Most questions a minute.
        headers: Sent with every question, such as a key.
        sleep: Waits this many seconds.
        clock: Seconds that only grow.
    """

    url: str = attrs.field(validator=check_url)
    name: str
    timeout: float = 10.0
    tries: int = 3
    max_bytes: int = 8_000_000
    per_minute: float = 60.0
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _asked_at: float = attrs.field(default=-math.inf, init=False)

    def json(self, path: str, query: Mapping[str, str | int] | None = None, *, missing: Any = ...) -> Any:
        """
        Return the answer to a GET as plain values.

        Args:
            path: Below the address.
            query: Parameters.
            missing: Stands for an answer that is not there (status 404); without it that is an error.

        Raises:
            DataError: TW-D014 when the host does not answer in time, fails or wants fewer questions;
                TW-D015 when it answers with something that is no JSON, too long, or leads to another
                host; TW-D016 when it refuses the key.
        """
        target = f"{self.url.rstrip('/')}/{path.lstrip('/')}" + (f"?{urlencode(query)}" if query else "")
        why = ""
        for attempt in range(self.tries):
            try:
                body = self._body(target, may_lack=missing is not ...)
                return missing if body is None else _plain(body, self)
            except _Passing as error:
                why = str(error)
                pause = _PAUSES[min(attempt, len(_PAUSES) - 1)] if error.wait_s is None else error.wait_s
                if attempt + 1 == self.tries or pause > _LONGEST_WAIT:
                    break
                self.sleep(pause)
        raise DataError(
            f"{self.name}: {urlsplit(self.url).netloc} did not answer: {why}.",
            code="TW-D014",
            hint="It is asked again later; what was fetched before is kept.",
            source=self.name,
        )

    def refuse(self, what: str, code: str = "TW-D015", hint: str = "") -> NoReturn:
        """Raise the error for an answer that cannot be used."""
        raise DataError(
            f"{self.name}: {urlsplit(self.url).netloc} {what}.",
            code=code,
            hint=hint or "Nothing of this answer is used; what was fetched before is kept.",
            source=self.name,
        )

    def _body(self, target: str, *, may_lack: bool) -> bytes | None:
        for _ in range(_REDIRECTS + 1):
            self._keep_quota()
            status, headers, body = _exchange(target, self.headers, self.timeout, self.max_bytes)
            if not 300 <= status < 400:
                break
            there = urljoin(target, headers.get("location", ""))
            if _origin(there) != _origin(target):
                self.refuse(f"leads to another host, {urlsplit(there).netloc[:80]!r}")
            target = there
        else:
            self.refuse("leads in circles")
        if status == 429 or status >= 500:
            raise _Passing(f"status {status}", _seconds(headers.get("retry-after", "")) if status == 429 else None)
        if status == 404 and may_lack:
            return None
        if status in (401, 403):
            self.refuse(f"refused the key or the question (status {status})", "TW-D016", "Check the source's key.")
        if status >= 400:
            self.refuse(f"refused the question (status {status})")
        if headers.get("content-encoding", "identity") != "identity":
            self.refuse("answered in an encoding that was not asked for")
        if len(body) > self.max_bytes:
            self.refuse(f"answered with more than {self.max_bytes:,} bytes")
        return body

    def _keep_quota(self) -> None:
        wait = self._asked_at + 60.0 / self.per_minute - self.clock()
        if wait > 0:
            self.sleep(wait)
        self._asked_at = self.clock()


def _origin(target: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(target)
    return parts.scheme, parts.hostname, parts.port


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else _LONGEST_WAIT + 1.0


def _exchange(
    target: str, headers: Mapping[str, str], timeout: float, max_bytes: int
) -> tuple[int, dict[str, str], bytes]:
    """Put one question; whatever the host does, it is over after `timeout` seconds."""
    parts = urlsplit(target)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            str(parts.hostname), parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)
    late = threading.Event()

    def cut() -> None:
        # each wait of a socket has its own limit: a host that sends a byte now and then keeps every one of them
        late.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(2)

    watch = threading.Timer(timeout, cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", headers={
            "Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": _AGENT, **headers
        })  # fmt: skip
        response = connection.getresponse()
        body = response.read(max_bytes + 1)
        promised = response.getheader("content-length")
        if late.is_set() or (promised is not None and len(body) < min(int(promised), max_bytes + 1)):
            raise _Passing(f"the answer was not there in {timeout:g} s" if late.is_set() else "the answer was cut off")
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise _Passing(f"the answer was not there in {timeout:g} s") from None
        raise _Passing(type(error).__name__) from None
    finally:
        watch.cancel()
        connection.close()


def _plain(body: bytes, web: Web) -> Any:
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
        shallow = _depth_within(value, _DEPTH)
    except (ValueError, RecursionError) as error:
        start = body[:200].lstrip().lower()
        what = "a page for people" if start.startswith(b"<") else f"no JSON ({type(error).__name__})"
        web.refuse(f"answered with {what}")
    if not shallow:
        web.refuse(f"answered with JSON nested more than {_DEPTH} deep")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _depth_within(value: Any, most: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return most > 0 and all(_depth_within(one, most - 1) for one in value if isinstance(one, dict | list))

"""One way to people: an address as apprise knows it, and whether a message was taken there."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tradewind.api import Secret, SettingsError, redact

_KINDS: Final = {"info": "info", "warning": "warning", "critical": "failure"}
"""apprise's word for each severity: it chooses colours and icons."""
_SHORTEST: Final = 6
_PUBLIC: Final = frozenset({"localhost", "sendmessage"})


class Channel:
    """
    One address.

    Args:
        name: `first` or `second`.
        url: The address, a secret as a whole and in its parts.
        attempt_s: How long connecting and each read may take, seconds.
    """

    def __init__(self, name: str, url: Secret, attempt_s: float) -> None:
        self.name = name
        self._url = url
        self._attempt_s = attempt_s
        self._service: Any = None
        # Held while the channel lives: what is a living secret is taken out of every log line.
        self._parts = [Secret(part) for part in secret_parts(url.reveal())]

    def __repr__(self) -> str:
        return f"Channel({self.name})"

    @property
    def kind(self) -> str:
        """What it is, such as `tgram`: the part of the address that is no secret."""
        scheme = self._url.reveal().partition("://")[0]
        return scheme if scheme.isalnum() and len(scheme) < 20 else "an address without a scheme"

    def open(self) -> None:
        """
        Make ready to send; nothing is sent.

        Raises:
            SettingsError: TW-S004 when apprise does not know the address, or it gives up checking certificates.
        """
        apprise = _apprise()
        quiet = logging.getLogger("apprise")
        if quiet.level == logging.NOTSET:
            # Below this it writes whole addresses down.
            quiet.setLevel(logging.WARNING)
        asset = apprise.AppriseAsset(
            app_id="Tradewind", app_desc="Tradewind alerts", app_url="", storage_mode=apprise.PersistentStoreMode.MEMORY
        )
        with _said(), _its_own_warnings():
            # The first call loads every service there is.
            service = apprise.Apprise.instantiate(self._url.reveal(), asset=asset)
        if service is None:
            raise SettingsError(
                f"services.alerts.{self.name}_url ({self.kind}) is no address that apprise can use.",
                code="TW-S004",
                hint="For example tgram://BOT_TOKEN/CHAT_ID, mailtos://USER:PASSWORD@HOST?to=YOU or jsons://HOST/PATH. "
                "Characters such as @ in a password are written percent-encoded, as %40.",
            )
        if not service.verify_certificate:
            raise SettingsError(
                f"services.alerts.{self.name}_url says verify=no.",
                code="TW-S004",
                hint="Certificates are always checked: take verify=no out of the address.",
            )
        service.socket_connect_timeout = service.socket_read_timeout = self._attempt_s
        self._service = service

    def send(self, title: str, body: str, severity: str) -> str:
        """
        Send one message, and return why it was not taken; empty when it was.

        It may take longer than `attempt_s` when the receiver answers byte by byte: whoever calls keeps the time.
        """
        if self._service is None:
            self.open()
        with _said() as words:
            try:
                taken = self._service.notify(body=body, title=title, notify_type=_KINDS[severity], body_format="text")
            except Exception as error:  # noqa: BLE001  # whatever a library raises, the message was not taken
                return redact(f"{type(error).__name__}: {error}")[:300]
        return "" if taken else redact("; ".join(words) or "it was not taken, no reason was given")[:300]


def _apprise() -> Any:
    with _its_own_warnings():
        import apprise  # a second of imports, paid for only where alerts are sent
    return apprise


@contextmanager
def _its_own_warnings() -> Iterator[None]:
    """Keep to themselves what the library's many services say of modules that Python gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def secret_parts(url: str) -> Iterator[str]:
    """
    Yield the parts of an address that must not be seen by themselves: user, password, tokens of the path and query.

    A host is no secret where it is one; services without a host of their own keep a token in its place.
    """
    found = urlsplit(url)
    place = found.netloc.rpartition("@")
    host = place[2].partition(":")[0]
    pieces = [found.netloc, *place[0].split(":"), *found.path.split("/"), *_values(found.query)]
    if "." not in host and not host.startswith("["):
        pieces += place[2].split(":")
    else:
        pieces.remove(found.netloc)
    for piece in dict.fromkeys(pieces):
        for form in {piece, unquote(piece)}:
            if len(form) >= _SHORTEST and form.lower() not in _PUBLIC:
                yield form


def _values(query: str) -> list[str]:
    return [pair.partition("=")[2] for pair in query.split("&")]


@contextmanager
def _said() -> Iterator[list[str]]:
    """Gather what apprise says in this thread: the reasons of a failure stand nowhere else."""
    words: list[str] = []
    thread = threading.get_ident()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                words.append(record.getMessage())

    ear = Ear(logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.addHandler(ear)
    try:
        yield words
    finally:
        logger.removeHandler(ear)

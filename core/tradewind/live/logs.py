"""
Log files of a session: `trading.log` for people, `trading.jsonl` for programs, secrets in neither.

Everything that is logged in the process goes through one door: our own events, other libraries' records,
warnings, the event loop's complaints, and errors that nobody caught. The last thing that happens to a text
before it is written is that secrets are taken out.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.stdlib import ProcessorFormatter

from tradewind.backtest.tables import iso_time
from tradewind.cache.atomic import private_folder
from tradewind.config.redaction import cleaned, redact
from tradewind.config.schema import LogSettings

HUMAN: Final = "trading.log"
MACHINE: Final = "trading.jsonl"

_LOGGER: Final = "tradewind.session"

Log = Any
"""A structlog logger."""


class _PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner can read, whatever the umask."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.fchmod(handle, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8")


class _LastDoor(ProcessorFormatter):
    """Renders a record, traceback included, and takes the secrets out."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _stamped(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    record = event.get("_record")
    moment = record.created if record is not None else 0.0
    return {"timestamp": iso_time(int(moment * 1000)), **event}


def _cleaned(_: Any, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Take secrets out of every text value, so that what is rendered stays well-formed."""
    return {name: cleaned(value) for name, value in event.items()}


_SHARED: Final[list[Any]] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name]
_HUMAN: Final[list[Any]] = [
    _stamped,
    ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    _cleaned,
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0),
]
_MACHINE: Final[list[Any]] = [
    _stamped,
    ProcessorFormatter.remove_processors_meta,
    structlog.processors.format_exc_info,
    _cleaned,
    structlog.processors.JSONRenderer(default=str),
]


@contextmanager
def session_log(settings: LogSettings, *, debug: bool = False) -> Iterator[Log]:
    """
    Write everything that is logged to the log files, and give a logger for the session's own events.

    Args:
        settings: Where and how much.
        debug: Write everything there is.

    Raises:
        OSError: When the files cannot be written.
    """
    private_folder(settings.folder)
    handlers = [
        _handler(settings.folder / HUMAN, settings, _HUMAN),
        _handler(settings.folder / MACHINE, settings, _MACHINE),
    ]
    root = logging.getLogger()
    level = root.level
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if debug else settings.level)
    logging.captureWarnings(capture=True)
    with _uncaught():
        try:
            yield structlog.wrap_logger(
                logging.getLogger(_LOGGER),
                processors=[*_SHARED, ProcessorFormatter.wrap_for_formatter],
                wrapper_class=structlog.stdlib.BoundLogger,
            )
        finally:
            logging.captureWarnings(capture=False)
            root.setLevel(level)
            for handler in handlers:
                root.removeHandler(handler)
                handler.close()


def _handler(path: Path, settings: LogSettings, processors: list[Any]) -> logging.Handler:
    handler = _PrivateFile(path, maxBytes=settings.max_bytes, backupCount=settings.backups, encoding="utf-8")
    handler.setFormatter(_LastDoor(processors=processors, foreign_pre_chain=_SHARED))
    return handler


@contextmanager
def _uncaught() -> Iterator[None]:
    """Log errors that nobody caught, in this thread, in another or where none can be raised, and show them clean."""
    log = logging.getLogger(_LOGGER)
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    def tell(kind: Any, error: Any, trace: Any, where: str) -> None:
        log.critical("uncaught %s in %s", getattr(kind, "__name__", kind), where, exc_info=(kind, error, trace))
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))

    sys.excepthook = lambda kind, error, trace: tell(kind, error, trace, "the main thread")
    threading.excepthook = lambda args: tell(args.exc_type, args.exc_value, args.exc_traceback, "a thread")
    sys.unraisablehook = lambda args: tell(args.exc_type, args.exc_value, args.exc_traceback, str(args.err_msg or ""))
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before

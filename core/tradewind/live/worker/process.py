"""The strategies' process, seen from the engine's: started without keys, asked with a deadline, replaced."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, Final

from tradewind import errors
from tradewind.errors import LiveError, TradewindError
from tradewind.live.worker.wire import Message, packed, read

LET_THROUGH: Final = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV",
    "PYTHONPATH", "PYTHONHASHSEED", "XDG_CACHE_HOME", "TRADEWIND_MARKET_DATA",
})  # fmt: skip
"""Variables of the environment that the strategies' process gets; every other one could be a key."""
FAMILIES: Final = ("LC_", "NUMBA_", "OMP_", "OPENBLAS_", "MKL_")
"""Beginnings of more such names: language, compiler and threads."""

START_S: Final = 60.0
"""How long the process may take to start, and a strategy for its first answer, which loads and compiles."""
END_S: Final = 5.0
LINE: Final = 2_000
"""The most that is logged of a line which a plugin prints."""

_LOG: Final = logging.getLogger("tradewind.worker")


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the strategies' process may see of an environment."""
    return {name: value for name, value in environ.items() if name in LET_THROUGH or name.startswith(FAMILIES)}


class Worker:
    """
    One process that waits for questions.

    Whoever asks waits for the answer, at most as long as he says. A process that takes longer, says
    nonsense or dies is ended; the next question starts another one.

    Args:
        opening: What every process is told first.
    """

    def __init__(self, opening: Message) -> None:
        self._opening = opening
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Message | TradewindError | None] = queue.SimpleQueue()
        self.starts = 0
        """How many processes there were."""

    @property
    def pid(self) -> int:
        """The process's number; 0 when none runs."""
        return self._process.pid if self._process is not None else 0

    def ask(self, message: Message, *, within_s: float) -> Message:
        """
        Return the answer to a message.

        A process that was ended from outside since the last question is replaced, and asked again once.

        Raises:
            TimeoutError: When there was none in time.
            LiveError: TW-L016 when the process died of the question, or said nonsense.
            TradewindError: What the process answered instead.
        """
        with self._turn:
            fresh = self._process is None
            if fresh:
                self._start()
            answer = self._exchange(message, within_s)
            if answer is None and not fresh:
                self._start()
                answer = self._exchange(message, max(within_s, START_S))
        if answer is None:
            raise LiveError(
                "the strategies' process ended while it was asked.",
                code="TW-L016",
                hint="The log has what it printed last; a crash of a library or too little memory does this.",
            )
        _raise_told(answer)
        return answer

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        """Start a process and tell it what it is there for."""
        self._end()
        self.starts += 1
        self._answers = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tradewind.live.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=scrubbed(os.environ),
            start_new_session=True,  # Ctrl-C is the engine's affair: it ends this process when it is done
        )
        for target, arguments in ((_hear, (self._process.stdout, self._answers)), (_log, (self._process.stderr,))):
            threading.Thread(target=target, args=arguments, name="tradewind-worker", daemon=True).start()
        answer = self._exchange(self._opening, START_S)
        if answer is None:
            raise LiveError(
                "the strategies' process could not be started.",
                code="TW-L016",
                hint="The log has what it printed.",
            )
        _raise_told(answer)

    def _exchange(self, message: Message, within_s: float) -> Message | None:
        """Say something and return what comes back; None when the process is gone."""
        if self._process is None or self._process.stdin is None:
            return None
        try:
            self._process.stdin.write(packed(message))
            self._process.stdin.flush()
            answer = self._answers.get(timeout=within_s)
        except OSError:
            answer = None
        except queue.Empty:
            self._end()
            raise TimeoutError from None
        if isinstance(answer, TradewindError):
            self._end()
            raise answer
        if answer is None:
            self._end()
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(END_S)
        if process.stdin is not None:
            with suppress(OSError):  # what was not said any more
                process.stdin.close()


def _hear(pipe: IO[bytes], answers: queue.SimpleQueue[Message | TradewindError | None]) -> None:
    """Hand on what a process says, and None when it says nothing more."""
    with pipe:
        while True:
            try:
                message = read(pipe.read)
            except TradewindError as error:
                answers.put(error)
                return
            answers.put(message)
            if message is None:
                return


def _log(pipe: IO[bytes]) -> None:
    """Log what a plugin prints; the log takes out what must not be seen."""
    with pipe:
        while line := pipe.readline(LINE):
            _LOG.info("%s", line.decode("utf-8", "replace").rstrip())


def _raise_told(answer: Message) -> None:
    told = answer.head.get("error")
    if not isinstance(told, dict):
        return
    kind = getattr(errors, str(told.get("kind")), LiveError)
    code = str(told.get("code"))
    if not (isinstance(kind, type) and issubclass(kind, TradewindError)) or code not in errors.CODES:
        kind, code = LiveError, "TW-L016"
    raise kind(str(told.get("message")), code=code, hint=str(told.get("hint") or ""))


def told(error: Exception) -> dict[str, Any]:
    """Return an error as plain values, to be raised in the other process."""
    if isinstance(error, TradewindError):
        return {"kind": type(error).__name__, "code": error.code, "message": error.message, "hint": error.hint}
    return {
        "kind": "StrategyError",
        "code": "TW-K007",
        "message": f"a plugin raised {type(error).__name__}: {error}.",
        "hint": "Run a backtest with --debug for the traceback.",
    }

"""The strategies' process, seen from the engine's: started without keys, asked with a deadline, replaced."""

from __future__ import annotations

import logging
import queue
import subprocess
import threading
from typing import IO, Any, Final

from tradewind import errors
from tradewind.errors import LiveError, TradewindError
from tradewind.live.worker.launch import end, launch
from tradewind.live.worker.wire import Message, packed, read

START_S: Final = 60.0
"""How long the process may take to start, and a strategy for its first answer, which loads and compiles."""
LINE: Final = 2_000
"""The most that is logged of a line which a plugin prints."""

_LOG: Final = logging.getLogger("tradewind.worker")


class Worker:
    """
    One process that waits for questions.

    Whoever asks waits for the answer, at most as long as he says. A process that takes longer, says
    nonsense or dies is ended; the next question starts another one.

    Args:
        opening: What every process is told first.
        launched: The first process, when it was started already; it was told nothing yet.
    """

    def __init__(self, opening: Message, launched: subprocess.Popen[bytes] | None = None) -> None:
        self._opening = opening
        self._launched = launched
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
        """Start a process, or take the one that was, and tell it what it is there for."""
        launched, self._launched = self._launched, None
        self._end()
        self.starts += 1
        self._answers = queue.SimpleQueue()
        self._process = launched if launched is not None and launched.poll() is None else launch()
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
        process, self._process = self._process or self._launched, None
        self._launched = None
        if process is not None:
            end(process)


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

"""
The socket through which people talk to a running session: JSON lines over a Unix socket of its owner's.

One connection asks one thing. The session greets first, and only then is it asked: what a process that was
stopped has never greeted for is not carried out when it wakes up. The answer is any number of lines with
`progress` and one with `ok`; the first comes within a second. Lines are bounded, and so are connections and
their patience. No secret ever passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final

from tradewind.cache.atomic import private_folder
from tradewind.config.redaction import cleaned
from tradewind.errors import LiveError

Piece = Mapping[str, Any]
Answer = Callable[[Mapping[str, Any], str], AsyncIterator[Piece]]
"""Carries out a request (what was asked, who asked) and yields the lines of the answer."""

LONGEST: Final = 65_536
"""Bytes of a line."""
CROWD: Final = 8
"""Connections at once."""
PATIENCE_S: Final = 5.0
"""How long a connection may take to say what it wants."""
FIRST_S: Final = 4.0
"""How long a caller waits for the greeting, and for the first line: an engine that needs longer does not answer."""
GREETING: Final = {"hello": "tradewind", "version": 1}
SUFFIX: Final = ".sock"
_PATH_LIMIT: Final = 100
"""Bytes that the name of a Unix socket may have; systems differ by a few."""


def folder_of(state_dir: Path) -> Path:
    """Return the folder of the sockets of a state folder."""
    return state_dir / "control"


def path_of(state_dir: Path, name: str) -> Path:
    """Return the socket of a session."""
    return folder_of(state_dir) / f"{name}{SUFFIX}"


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Give a name for the socket that is short enough for the system, however deep its folder lies."""
    if len(os.fsencode(path)) <= _PATH_LIMIT or not sys.platform.startswith("linux"):
        yield str(path)
        return
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)


class ControlSocket:
    """
    The listening end.

    Args:
        path: Where it lies; its folder is made for its owner alone.
        answer: Carries out what is asked.
    """

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """
        Listen.

        A socket that an earlier process left behind is removed.

        Raises:
            OSError: When the system refuses.
        """
        private_folder(self.path.parent)
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _reachable(self.path) as name:
                listening.bind(name)
            self.path.chmod(0o600)
            self._server = await asyncio.start_unix_server(self._come, sock=listening, limit=LONGEST)
        except OSError:
            listening.close()
            raise

    async def close(self, *, wait_s: float = 2.0) -> None:
        """Let talks end, for a moment, and stop listening."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        # Who knocked just before becomes a talk first.
        for _ in range(3):
            await asyncio.sleep(0)
        if self._talks:
            await asyncio.wait(set(self._talks), timeout=wait_s)
        left = set(self._talks)
        for talk in left:
            talk.cancel()
        if left:
            await asyncio.wait(left)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await server.wait_closed()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        try:
            if len(self._talks) > CROWD:
                await _say(writer, refusal(_busy()))
            else:
                await self._talk(reader, writer)
        except (OSError, TimeoutError):
            pass  # the caller has gone
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _say(writer, GREETING)
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readuntil(b"\n")
            request = json.loads(line)
            request = request if isinstance(request, dict) else {"verb": None}
        except (ValueError, RecursionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            words = f"the request was not one line of JSON of at most {LONGEST} bytes."
            await _say(writer, refusal(LiveError(words, code="TW-L014")))
            return
        async with aclosing(self._answer(request, _caller(writer))) as pieces:  # type: ignore[type-var]  # a generator
            async for piece in pieces:
                await _say(writer, piece)


async def _say(writer: asyncio.StreamWriter, piece: Piece) -> None:
    writer.write(json.dumps(cleaned(piece), allow_nan=False).encode() + b"\n")
    async with asyncio.timeout(PATIENCE_S):
        await writer.drain()


def _busy() -> LiveError:
    return LiveError("the engine answers others already.", code="TW-L014", hint="Try again in a moment.")


def refusal(error: Any) -> Piece:
    """Return the last line of an answer that refuses, from an error of ours."""
    return {"ok": False, "code": error.code, "message": error.message, "hint": error.hint}


def _caller(writer: asyncio.StreamWriter) -> str:
    """Return who is at the other end, as the kernel knows it."""
    other = writer.get_extra_info("socket")
    if other is None or not hasattr(socket, "SO_PEERCRED"):
        return user_name(os.getuid())
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack("3i", other.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return f"{user_name(uid)} (process {pid})"


def user_name(uid: int) -> str:
    """Return the name of a user of this machine."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def sockets(state_dir: Path) -> list[Path]:
    """Return the sockets at which somebody listens, by name."""
    folder = folder_of(state_dir)
    found = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return [path for path in found if _listens(path)]


def _listens(path: Path) -> bool:
    try:
        with closing(_connected(path)):
            return True
    except OSError:
        return False


def _connected(path: Path) -> socket.socket:
    other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    other.settimeout(FIRST_S)
    try:
        with _reachable(path) as name:
            other.connect(name)
    except OSError:
        other.close()
        raise
    return other


def ask(path: Path, request: Mapping[str, Any], *, wait_s: float = 60.0) -> Iterator[dict[str, Any]]:
    """
    Ask a session something and yield the lines of its answer, the last one with `ok`.

    Args:
        path: Its socket.
        request: What is asked: `verb` and its arguments.
        wait_s: How long to wait between lines after the first.

    Raises:
        LiveError: TW-L008 when it does not answer.
    """
    try:
        with closing(_connected(path)) as other, other.makefile("rb") as lines:
            piece = _line(lines)
            if "hello" in piece:
                other.sendall(json.dumps(request, allow_nan=False).encode() + b"\n")
                piece = _line(lines)
            other.settimeout(wait_s)
            while True:
                yield piece
                if "ok" in piece:
                    return
                piece = _line(lines)
    except (OSError, ValueError) as error:
        raise LiveError(
            f"the engine behind {path.name} does not answer: {error}.",
            code="TW-L008",
            hint="Look whether its process lives. `pause`, `stop` and `flatten` are then left in the database.",
        ) from error


def _line(lines: IO[bytes]) -> dict[str, Any]:
    line = lines.readline(64 * LONGEST)
    if not line.endswith(b"\n"):
        raise OSError("the connection ended before the answer did")
    piece = json.loads(line)
    return piece if isinstance(piece, dict) else {}

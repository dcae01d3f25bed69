"""The two processes of a drill: an exchange on this machine, and a session that trades there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.errors import LiveError

_PROGRAM: Final = (sys.executable, "-c", "from tradewind.cli.main import main; main()")
_START_S: Final = 60.0
_END_S: Final = 60.0


@attrs.frozen(kw_only=True)
class Venue:
    """
    The exchange.

    Args:
        folder: The drill's folder.
        common: Arguments that both processes share, before the command.
        facts: What it left for other programs: addresses, keys, the control port's token.
        seen: How many lines of its ledger have been read.
    """

    folder: Path
    common: tuple[str, ...]
    facts: Mapping[str, Any] = attrs.field(repr=False)
    seen: list[int] = attrs.field(factory=list)

    def ask(self, path: str, body: Mapping[str, Any] | None = None, method: str = "GET") -> dict[str, Any]:
        """
        Ask the control port.

        Raises:
            LiveError: TW-L008 when it does not answer.
        """
        headers = {"Authorization": f"Bearer {self.facts['control_token']}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # the exchange's own address, on this machine
            self.facts["control_url"] + path, data=content, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # as above
                found: dict[str, Any] = json.load(answer)
        except (OSError, ValueError) as error:
            raise LiveError(f"the sandbox does not answer: {error}.", code="TW-L008") from error
        return found

    def trade(self, strategy: str, options: Sequence[str]) -> Session:
        """Start a session here, with the flags of real money."""
        words = ("run", strategy, "--live-trading", "--i-understand-the-risks", "--profile", "sandbox", "--json")
        told, summary = self.folder / "session.out", self.folder / "session.json"
        with told.open("ab") as err, summary.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [*_PROGRAM, *self.common, *words, *options], stdout=out, stderr=err
            )
        return Session(process=process, told=told)


@attrs.frozen(kw_only=True)
class Session:
    """
    The session.

    Args:
        process: Its process.
        told: What it says.
    """

    process: subprocess.Popen[bytes]
    told: Path

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def last_words(self) -> str:
        """Return the end of what it said."""
        return self.told.read_text(errors="replace")[-1500:].strip()

    def end(self) -> int:
        """End it in order, at last by force; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextmanager
def venue(folder: Path, common: Sequence[str], options: Sequence[str]) -> Iterator[Venue]:
    """
    Give an exchange in a process of its own, and end it.

    Args:
        folder: The drill's folder, which is its state folder.
        common: Arguments before the command.
        options: Arguments of `tradewind sandbox`.

    Raises:
        LiveError: TW-L008 when it does not start, with what it said.
    """
    said, path = folder / "sandbox.out", folder / "sandbox.json"
    with said.open("wb") as out:
        command = [*_PROGRAM, *common, "sandbox", *options, "--port", "0", "--control-port", "0", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=out)  # noqa: S603  # our own program
    try:
        deadline = time.monotonic() + _START_S
        while not path.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                words = said.read_text(errors="replace").strip()
                raise LiveError(
                    f"the sandbox did not start: {words or 'it said nothing'}",
                    code="TW-L008",
                    hint="A drill needs the plugin tradewind-sandbox and a source with history (--source, --start).",
                )
            time.sleep(0.05)
        yield Venue(folder=folder, common=tuple(common), facts=json.loads(path.read_text()))
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

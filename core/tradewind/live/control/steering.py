"""What a person asks of sessions reaches them: through an engine that answers, else through the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.errors import LiveError, UsageError
from tradewind.live.control.outcome import Outcome
from tradewind.live.control.socket import ask, sockets

if TYPE_CHECKING:
    from tradewind.config.schema import Settings

Say = Callable[[str], None]


def _silent(_: str) -> None:
    """Tell nobody."""


def steer(
    settings: Settings, request: Mapping[str, Any], paths: Sequence[Path], *, accounts: Sequence[str] = (),
    now_ms: int, progress: Say = _silent, trouble: Say = _silent, wait: bool = True,
) -> list[Outcome]:  # fmt: skip
    """
    Carry a command out at sessions, and leave it in the database for those whose engine does not answer.

    Args:
        settings: Where state and database lie.
        request: What is asked: `verb` and its arguments; `asker` says for whom, where that is not the user of
            this process.
        paths: The sockets of the sessions that are meant; none when no engine listens.
        accounts: Which accounts are meant when no engine listens; none means the newest session.
        now_ms: The wall clock, UTC milliseconds.
        progress: Is told how it goes.
        trouble: Is told why an engine did not answer.
        wait: Wait until everything is closed, when that is what was asked.

    Raises:
        UsageError: TW-U008 for a breaker that there is not.
        LiveError: TW-L008 when there has never been a session.
    """
    if request["verb"] == "resume":
        _check_breaker(str(request["breaker"]))
    outcomes = [_asked(path, request, progress=progress, trouble=trouble, wait=wait) for path in paths]
    unheard = [outcome.account for outcome in outcomes if not outcome.heard]
    if not outcomes or unheard:
        outcomes = [outcome for outcome in outcomes if outcome.heard]
        outcomes += _left_in_the_database(settings, request, unheard or accounts, now_ms=now_ms)
    return outcomes


class Steering:
    """
    The controls of sessions for programs that are not the command line.

    Args:
        settings: Where state and database lie.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def command(self, account: str, request: Mapping[str, Any], *, now_ms: int) -> Outcome:
        """
        Carry a command out at the session of one account, without waiting until everything is closed.

        Raises what `steer` raises.
        """
        paths = [path for path in sockets(self._settings.state_dir) if path.stem == account]
        return steer(self._settings, request, paths, accounts=[account], now_ms=now_ms, wait=False)[0]

    def note(self, account: str, verb: str, *, by: str, answer: str, now_ms: int) -> None:
        """
        Write down a command that was carried out without an engine: who asked for it, and what came of it.

        Raises:
            StoreError: When the database cannot be written.
        """
        from tradewind.live.control.commands import Command, CommandLog
        from tradewind.store.address import address_of
        from tradewind.store.opening import open_store
        from tradewind.store.sql_journal import SqlJournal

        command = Command(verb=verb, by=by, via="process", asked_ms=now_ms, done_ms=now_ms, answer=answer)
        with open_store(address_of(self._settings), pool_size=1) as store:
            CommandLog(SqlJournal(store), account).note(command)


def _check_breaker(name: str) -> None:
    from tradewind.live.breakers import BREAKERS

    if name not in BREAKERS:
        raise UsageError(f"the breaker was {name!r}, expected one of {', '.join(sorted(BREAKERS))}.", code="TW-U008")


def _asked(path: Path, request: Mapping[str, Any], *, progress: Say, trouble: Say, wait: bool) -> Outcome:
    verb, told = str(request["verb"]), 0
    try:
        for piece in ask(path, request):
            if "ok" in piece:
                return Outcome.from_answer(path.stem, verb, piece)
            words = str(piece.get("progress", ""))
            progress(words)
            told += "open" in piece
            # What the second line tells of is written down and under way, whether somebody listens or not.
            if not wait and verb == "flatten" and told == 2:
                return Outcome(account=path.stem, verb=verb, heard=True, text=f"Everything is being closed; {words}.")
    except LiveError as error:
        trouble(error.message)
    return Outcome(account=path.stem, verb=verb, heard=False)


def _left_in_the_database(
    settings: Settings, request: Mapping[str, Any], accounts: Sequence[str], *, now_ms: int
) -> list[Outcome]:
    # The database's library is not paid for by commands that an engine answers.
    from tradewind.live.control.remote import leave_word
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store

    place = address_of(settings)
    if place.path is not None and not place.path.is_file():
        raise _nobody(settings.state_dir)
    with open_store(place, pool_size=1) as store:
        found = leave_word(store, request, accounts, now_ms=now_ms)
    if not found:
        raise _nobody(settings.state_dir)
    return found


def _nobody(state_dir: Path) -> LiveError:
    return LiveError(
        f"no engine is running in {state_dir}, and none has been.",
        code="TW-L008",
        hint="Name the settings that the session was started with: --settings FILE, or --set state_dir=FOLDER.",
    )

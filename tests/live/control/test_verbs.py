"""The control socket: every verb, answered at once, written down, and the same when it is asked twice."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import attrs
import pytest

from live.control.stage import ACCOUNT, Stage, stage
from live.market import Busy, Leaving, Raising, Silent
from tradewind.errors import LiveError, StoreError, VenueError
from tradewind.live.control.commands import Command, CommandLog
from tradewind.live.control.socket import CROWD, GREETING, LONGEST, ask, path_of, sockets
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.store.disk import Disk
from tradewind.store.memory import MemoryJournal

BLOCKED = OUTCOME_CODES["blocked:halted_operator"]


def play(folder: Path, story: Callable[[Stage], Coroutine[Any, Any, None]], *strategies: Any, **more: Any) -> Stage:
    """Live a session through and return it."""

    async def whole() -> Stage:
        async with stage(folder, *strategies, **more) as made:
            await story(made)
        return made

    return asyncio.run(whole())


def test_the_socket_is_its_owners_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        path = path_of(tmp_path, ACCOUNT)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert sockets(tmp_path) == [path]

    play(tmp_path, story)
    assert sockets(tmp_path) == []
    assert not path_of(tmp_path, ACCOUNT).exists()


def test_a_socket_whose_process_was_killed_is_nobodys_and_does_not_stand_in_the_way(tmp_path: Path) -> None:
    path = path_of(tmp_path, ACCOUNT)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert sockets(tmp_path) == []

    async def story(made: Stage) -> None:
        assert (await made.last("status"))["ok"] is True

    play(tmp_path, story)


def test_a_state_folder_may_lie_deeper_than_a_sockets_name_is_long(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)

    async def story(made: Stage) -> None:
        assert (await made.last("status"))["status"]["account"] == ACCOUNT

    play(deep, story)


@pytest.mark.critical
def test_a_pause_holds_until_it_is_resumed_and_both_are_written_down(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(3)
        first, second = await made.last("pause"), await made.last("pause")
        assert first["text"].startswith("Entries are paused;")
        assert second["text"].startswith("Entries were paused already;")
        await made.go(10)
        decided = [ask for one in made.session.told[4:] for ask in one.step.decided]
        assert {int(one["outcome"]) for one in decided} == {BLOCKED}
        assert (await made.last("resume"))["cleared"] is True
        again = await made.last("resume")
        assert (again["cleared"], again["halts"]) == (False, [])
        await made.go(10)

    made = play(tmp_path, story, Busy())
    later = [ask for one in made.session.told[14:] for ask in one.step.decided]
    assert len(later) > 0
    assert BLOCKED not in {int(one["outcome"]) for one in later}
    told = [(one.verb, one.via, one.answer) for one in made.log.all()]
    assert told == [
        ("pause", "socket", "paused"),
        ("pause", "socket", "paused"),
        ("resume", "socket", "cleared"),
        ("resume", "socket", "it did not stand"),
    ]
    assert made.log.all()[0].bar_ms == made.session.told[2].step.moment.open_ms
    assert all("(process " in one.by for one in made.log.all())


def test_a_pause_before_the_first_bar_can_be_taken_back(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.last("pause")
        assert (await made.last("status"))["status"]["halts"] == ["OPERATOR"]
        assert (await made.last("resume"))["cleared"] is True
        await made.go(5)

    made = play(tmp_path, story)
    assert len(made.session.told[-1].step.positions) == 1


@pytest.mark.critical
def test_stop_ends_the_session_and_says_that_stops_remain(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        said = await made.last("stop")
        assert "stops remain at the exchange" in said["text"]
        assert [one["symbol"] for one in said["positions"]] == ["BTCUSDT"]
        assert made.running is not None
        assert (await made.running).startswith("stopped by ")

    made = play(tmp_path, story)
    assert len(made.session.account.positions()) == 1
    assert [(one.verb, one.done_ms is not None) for one in made.log.all()] == [("stop", True)]


@pytest.mark.critical
def test_flatten_tells_how_it_goes_and_ends_when_zero_is_verified(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        asking = asyncio.create_task(made.ask("flatten"))
        while not made.log.waiting():
            await asyncio.sleep(0.001)
        await made.go(1)
        pieces = await asking
        assert pieces[0] == {"progress": "closing everything", "open": 1}
        assert pieces[-1]["ok"] is True
        assert "zero positions verified" in pieces[-1]["text"]

    made = play(tmp_path, story)
    assert made.session.account.positions() == ()
    (command,) = made.log.all()
    assert (command.verb, command.answer) == ("flatten", "flattened")


@pytest.mark.critical
def test_flatten_that_did_not_come_to_zero_says_so_and_stays_asked_for(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        asking = asyncio.create_task(made.ask("flatten"))
        while not made.log.waiting():
            await asyncio.sleep(0.001)
        made.session.engine.stop("the machine went down")
        last = (await asking)[-1]
        assert (last["ok"], last["code"]) == (False, "TW-L015")
        assert "BTCUSDT" in last["message"]

    made = play(tmp_path, story)
    assert [one.verb for one in made.log.waiting()] == ["flatten"]


@pytest.mark.critical
def test_what_was_left_in_the_database_is_done_at_the_start(tmp_path: Path) -> None:
    disk = Disk()

    async def nothing(made: Stage) -> None:
        command = Command(verb="flatten", by="somebody", via="database", asked_ms=1)
        made.log.ask(command)
        made.log.ask(attrs.evolve(command, verb="stop"))
        assert len(made.log.waiting()) == 2

    play(tmp_path, nothing, disk=disk)

    async def story(made: Stage) -> None:
        assert made.running is not None
        assert await made.running == "flattened"

    made = play(tmp_path, story, disk=disk)
    assert [(one.verb, one.via, one.answer) for one in made.log.all()] == [
        ("flatten", "database", "handed to the engine"),
        ("stop", "database", "the engine had ended before it read this"),
        ("flatten", "database", "flattened"),
    ]
    assert "The database asks for it: flatten, by somebody." in made.said


@pytest.mark.critical
def test_a_running_engine_reads_what_is_left_in_the_database_and_files(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(3)
        made.log.ask(Command(verb="pause", by="somebody", via="database", asked_ms=1))
        while made.log.waiting():
            await asyncio.sleep(0.01)
        assert made.session.account.halts() == ("OPERATOR",)
        (tmp_path / "STOP").touch()
        assert made.running is not None
        assert (await made.running).startswith("stopped by the file ")

    made = play(tmp_path, story)
    assert [(one.verb, one.via, one.answer) for one in made.log.all()] == [
        ("pause", "database", "handed to the engine"),
        ("pause", "database", "paused"),
        ("stop", "file", "the session ends after the bar at hand"),
    ]
    assert made.log.all()[1].bar_ms == made.session.told[2].step.moment.open_ms


@pytest.mark.critical
def test_a_pause_that_was_left_and_taken_back_is_not_heeded(tmp_path: Path) -> None:
    disk = Disk()
    log = CommandLog(MemoryJournal(disk), ACCOUNT)
    command = Command(verb="pause", by="somebody", via="database", asked_ms=1)
    log.pause(command)
    log.ask(command)
    assert log.clear("OPERATOR", "somebody", 2) is True
    assert log.waiting() == ()

    async def story(made: Stage) -> None:
        await made.go(3)

    made = play(tmp_path, story, disk=disk)
    assert len(made.session.account.positions()) == 1


def test_a_swap_is_tried_planned_and_done_between_two_bars(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        planned = await made.last("swap", strategy="leaving", plan=True)
        assert planned["text"] == "Nothing was changed."
        assert made.session.engine.seats[0].strategy == "s0"
        done = await made.last("swap", strategy="leaving")
        assert done["plan"] == planned["plan"]
        assert made.session.engine.seats[0].strategy == "leaving"
        await made.go(2)
        assert made.session.account.positions() == ()

    made = play(tmp_path, story, others={"leaving": Leaving()})
    (command,) = made.log.all()
    assert (command.verb, command.arguments["strategy"], command.answer) == ("swap", "leaving", "swapped")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"strategy": "nowhere"}, "TW-P005"),
        ({"strategy": "raising"}, "TW-L010"),
        ({"strategy": "silent", "policy": "sell"}, "TW-L014"),
        ({"strategy": "silent", "slot": "s9"}, "TW-L010"),
    ],
)
def test_a_swap_that_cannot_be_leaves_everything_as_it_is(tmp_path: Path, arguments: Any, code: str) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        assert (await made.last("swap", **arguments))["code"] == code
        assert made.session.engine.seats[0].strategy == "s0"
        await made.go(1)

    play(tmp_path, story, others={"raising": Raising(0), "silent": Silent()})


def test_status_positions_and_performance_are_plain_values(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(5)
        status = (await made.last("status"))["status"]
        assert (status["account"], status["session_id"], status["bars"], status["positions"]) == (ACCOUNT, 7, 5, 1)
        assert status["last_bar_ms"] == made.session.told[-1].step.moment.open_ms
        assert status["machine"]["memory_bytes"] > 1_000_000
        assert set(status["machine"]["bar_ms"]) == {"median", "p99", "max"}
        (held,) = (await made.last("positions"))["positions"]
        assert (held["symbol"], held["side"]) == ("BTCUSDT", "long")
        assert (await made.last("performance"))["performance"] == made.session.engine.get_performance_summary()

    play(tmp_path, story)


def test_a_session_that_is_not_kept_obeys_all_the_same(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(2)
        assert (await made.last("pause"))["ok"] is True
        assert (await made.last("stop"))["ok"] is True

    made = play(tmp_path, story, kept=False)
    assert made.log.all() == ()


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\n",
        b"[1]\n",
        b'{"verb": "fly"}\n',
        b'{"verb": 3}\n',
        b"[" * 5000 + b"\n",
        b"x" * (LONGEST + 10) + b"\n",
    ],
    ids=["no json", "no object", "no verb of ours", "no word", "deep", "long"],
)
def test_what_is_no_request_is_refused_and_the_session_goes_on(tmp_path: Path, sent: bytes) -> None:
    def talk() -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(str(path_of(tmp_path, ACCOUNT)))
            other.settimeout(10)
            with other.makefile("rb") as lines:
                assert json.loads(lines.readline()) == GREETING
                other.sendall(sent)
                found: dict[str, Any] = json.loads(lines.readline())
                return found

    async def story(made: Stage) -> None:
        answer = await asyncio.to_thread(talk)
        assert (answer["ok"], answer["code"]) == (False, "TW-L014")
        await made.go(1)

    play(tmp_path, story)


def test_a_crowd_is_turned_away(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        silent = []
        for _ in range(CROWD):
            _, writer = await asyncio.open_unix_connection(path_of(tmp_path, ACCOUNT))
            silent.append(writer)
        assert (await made.last("status"))["code"] == "TW-L014"
        for writer in silent:
            writer.close()
        while not (await made.last("status"))["ok"]:
            await asyncio.sleep(0.01)

    play(tmp_path, story)


def test_nobody_at_the_other_end_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(LiveError, match="does not answer") as refused:
        list(ask(path_of(tmp_path, "nobody"), {"verb": "status"}))
    assert refused.value.code == "TW-L008"


class BrokenLog(CommandLog):
    """A database that takes no writes."""

    def pause(self, command: Command) -> None:
        raise StoreError("the disk is full.", code="TW-B005")

    note = ask = pause  # type: ignore[assignment]  # none of them writes


@pytest.mark.critical
def test_a_database_that_takes_no_writes_keeps_nobody_from_pausing_and_stopping(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        made.control._commands._log = BrokenLog(MemoryJournal(made.disk), ACCOUNT)
        await made.go(2)
        paused = await made.last("pause")
        assert (paused["ok"], "does not outlast this process" in paused["text"]) == (True, True)
        assert made.session.account.halts() == ("OPERATOR",)
        assert (await made.last("stop"))["ok"] is True

    made = play(tmp_path, story)
    assert made.session.events[-1]["reason"].startswith("stopped by ")


@pytest.mark.critical
def test_what_goes_wrong_while_closing_is_told_and_can_be_asked_for_again(tmp_path: Path) -> None:
    async def story(made: Stage) -> None:
        await made.go(2)
        flatten = made.session.account.flatten

        async def fail(slot: int | None = None) -> None:
            raise VenueError("the venue does not answer.", code="TW-V001")

        made.session.account.flatten = fail  # type: ignore[method-assign]  # a venue that is away
        assert (await made.last("flatten"))["code"] == "TW-V001"
        made.session.account.flatten = flatten  # type: ignore[method-assign]
        asking = asyncio.create_task(made.ask("flatten"))
        while not made.session.account.halts():
            await asyncio.sleep(0.001)
        await made.go(1)
        assert (await asking)[-1]["ok"] is True

    play(tmp_path, story)


def test_a_command_to_a_session_that_answers_loads_nothing_heavy(tmp_path: Path) -> None:
    words = (
        "import sys; import tradewind.cli.control; from tradewind.live.control import outcome, socket; "
        "print([name for name in ('numpy', 'pandas', 'numba', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")

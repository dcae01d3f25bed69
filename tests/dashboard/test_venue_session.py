"""A session at a venue on the dashboard: its orders, its books, and the way out that needs no engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboard.serving import Served, served
from store import samples
from tradewind.config.schema import Settings
from tradewind.errors import UsageError
from tradewind.live.board.board import Board
from tradewind.live.board.rows import order_rows
from tradewind.live.control.commands import CommandLog, on_behalf
from tradewind.live.control.steering import Steering
from tradewind.live.health.parts import venue_as_told
from tradewind.model.orders import OrderStatus
from tradewind.store.opening import open_store
from tradewind.store.records import ChainState
from tradewind.store.sql_journal import SqlJournal

ENTRY = '{"kind":"limit","price":"43300","quantity":"0.1","side":"buy","symbol":"BTCUSDT","verb":"enter"}'
STOP = '{"kind":"stop","quantity":"0.1","side":"sell","stop_price":"41000","symbol":"BTCUSDT","verb":"place"}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a session at a venue that has seen trouble."""
    place = tmp_path_factory.mktemp("venue")
    (place / "tradewind.toml").write_text("[commands.dashboard]\ncontrols = true\n")
    (place / ".tradewind").mkdir(mode=0o700)
    with open_store(place / ".tradewind" / "tradewind.db") as store:
        journal = SqlJournal(store)
        lease = journal.acquire_lease(samples.ACCOUNT, samples.owner(), now_ms=samples.BAR)
        with journal.begin(lease) as unit:
            session = unit.add_session(samples.session())
            chain = unit.add_chain(samples.chain(session.id, state=ChainState.BARE, qty=Decimal("0.1")))
            unit.add_attempt(samples.attempt(chain.id, payload_json=ENTRY))
            stop = {"n": 2, "client_id": "tw1-slot-bar-S", "list_client_id": "", "payload_json": STOP}
            unit.add_attempt(samples.attempt(chain.id, **stop))
            filled = {"executed_qty": Decimal("0.1"), "cum_quote": Decimal("4325.5")}
            unit.save_fact(samples.fact(chain.id, status=OrderStatus.FILLED, terminal=True, **filled))
            later = {"order_id": 502, "client_id": "tw1-slot-bar-S", "role": "S", "updated_ms": samples.BAR + 20}
            unit.save_fact(samples.fact(chain.id, **later))
            unit.save_foreign_order(samples.foreign_order())
        log = CommandLog(journal, samples.ACCOUNT)
        with journal.begin(None) as unit:
            unit.raise_halt(samples.halt(breaker="UNEXPLAINED_BALANCE", scope="BTC", detail="the venue has +1 BTC"))
        assert log.all() == ()
    return place


@pytest.fixture(scope="module")
def helm(folder: Path) -> Iterator[Served]:
    """Give a dashboard with controls over it."""
    with served(folder) as one:
        yield one


@pytest.fixture
def board(folder: Path) -> Iterator[Board]:
    """Give the board itself."""
    one = Board(Settings(state_dir=folder / ".tradewind"))
    yield one
    one.close()


def test_orders_at_a_venue_are_told_with_what_was_asked_and_what_came(board: Board) -> None:
    stop, entry = board.orders(1)

    told = {
        name: entry[name] for name in ("what", "side", "status", "quantity", "limit", "executed", "average", "open")
    }
    assert told == {
        "what": "entry", "side": "buy", "status": "filled", "quantity": "0.1", "limit": "43300", "executed": "0.1",
        "average": "43255.00000000", "open": False,
    }  # fmt: skip
    assert (stop["what"], stop["trigger"], stop["open"], stop["average"]) == ("stop", "41000", True, "")
    assert board.orders(1, limit=1) == [stop]


def test_a_stop_that_came_with_its_entry_is_told_by_the_entrys_request() -> None:
    with_stop = json.loads(ENTRY) | {"stop_id": "tw1-slot-bar-S", "stop_price": "41000", "stop_quantity": "0"}
    entry = samples.attempt(1, payload_json=json.dumps(with_stop))
    bought = samples.fact(1, client_id=entry.client_id, status=OrderStatus.FILLED, terminal=True)
    rests = samples.fact(1, order_id=502, client_id="tw1-slot-bar-S", role="S")
    stop, came = order_rows([(rests, None), (bought, entry)])

    assert (stop["side"], stop["trigger"], stop["quantity"]) == ("sell", "41000", "")
    assert (came["side"], came["trigger"], came["quantity"]) == ("buy", "", "0.1")


def test_open_orders_stand_before_newer_ones_that_ended(board: Board) -> None:
    assert [one["open"] for one in board.orders(1)] == [True, False]


def test_the_books_tell_what_is_not_as_it_should_be_and_what_to_do(board: Board) -> None:
    found = {one["area"]: one for one in board.reconciliation(1) if one["level"] != "ok"}

    assert set(found) == {"books", "chains", "foreign orders"}
    assert "UNEXPLAINED_BALANCE of BTC" in found["books"]["text"]
    assert "tradewind resume --breaker UNEXPLAINED_BALANCE" in found["books"]["todo"]
    assert "nothing protects it" in found["chains"]["text"]
    assert "BTCUSDT sell 1.5" in found["foreign orders"]["text"]
    assert all(one["todo"] for one in found.values())


def test_panic_is_a_process_of_its_own_that_has_the_keys_and_is_written_down(helm: Served) -> None:
    assert helm.post("/sessions/1/commands", {"verb": "panic", "confirm": "paper 1"}).status == 409
    answer = helm.post("/sessions/1/commands", {"verb": "panic", "confirm": "live 1"})

    assert answer.status == 200, answer.body
    assert answer.json["done"] is False
    assert "Nothing was done, because it could not begin:\nTW-L006 no profile" in answer.json["text"]
    (noted,) = [one for one in helm.get("/sessions/1/journal") if one["verb"] == "panic"]
    assert noted["via"] == "process"
    assert noted["by"].startswith("browser ")
    assert "exit code 2" in noted["answer"]
    assert noted["done"] is not None


def test_a_command_for_a_session_that_does_not_answer_is_left_in_the_database(helm: Served) -> None:
    answer = helm.post("/sessions/1/commands", {"verb": "flatten", "confirm": "live 1"})

    assert answer.status == 200
    assert (answer.json["heard"], answer.json["done"]) == (False, False)
    assert "The flatten is written in the database" in answer.json["text"]
    (waits,) = [one for one in helm.get("/sessions/1/journal") if one["verb"] == "flatten"]
    assert (waits["via"], waits["done"]) == ("database", None)
    assert ", for browser " in waits["by"]


def test_a_breaker_that_there_is_not_is_refused_before_anything_is_asked(folder: Path) -> None:
    steering = Steering(Settings(state_dir=folder / ".tradewind"))
    with pytest.raises(UsageError, match="expected one of") as raised:
        steering.command(samples.ACCOUNT, {"verb": "resume", "breaker": "NO_SUCH"}, now_ms=samples.BAR)
    assert raised.value.code == "TW-U008"


@pytest.mark.parametrize(
    ("asker", "told"),
    [
        ("browser 1a2b at 127.0.0.1", "me (process 7), for browser 1a2b at 127.0.0.1"),
        ("a\nb\x00c", "me (process 7), for abc"),
        ("x" * 500, "me (process 7), for " + "x" * 80),
        ("  ", "me (process 7)"),
        (None, "me (process 7)"),
        (["root"], "me (process 7)"),
    ],
)
def test_whom_a_process_asks_for_stands_behind_the_process_itself(asker: Any, told: str) -> None:
    assert told == on_behalf("me (process 7)", {"verb": "pause", "asker": asker})


def test_health_says_who_is_in_touch_with_the_venue_when_it_does_not_ask_itself() -> None:
    running = {"mode": "practice", "session_id": 3, "clock_error_ms": 12}

    (told,) = venue_as_told(Settings(), [running, {"mode": "paper"}])
    assert "not asked from here (`tradewind health` does that, with the keys)" in told.text
    assert "session 3 (practice) is in touch with it and knows its time to 12 ms" in told.text
    (paper,) = venue_as_told(Settings(), [{"mode": "paper"}])
    assert paper.text == "the settings name none: paper needs no venue"
    (nobody,) = venue_as_told(Settings(executor="binance"), [])
    assert nobody.text.startswith("not asked from here")

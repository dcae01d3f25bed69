"""Health: each thing that can be wrong is found, said with what to do, and told by the exit code."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.config.schema import Settings
from tradewind.live.health import health
from tradewind.live.health import parts as health_parts
from tradewind.live.health.findings import Level, worst
from tradewind.live.health.health import Running
from tradewind.live.health.positions import compare_positions, compared
from tradewind.model.venue import AccountSnapshot, Balance
from tradewind.plugins.catalog import Catalog, load_catalog
from tradewind.plugins.loader import PluginRow, State
from tradewind.plugins.lock import Trust
from tradewind.plugins.specs import HealthCheckSpec
from tradewind.store.accounts import Position, Session
from tradewind.store.address import Address
from tradewind.store.memory import MemoryJournal
from tradewind.store.opening import open_store
from tradewind.store.records import Halt, LeaseOwner, LedgerEntry

NOW = 1_700_000_000_000
ACCOUNT = "fp"


def status(**changes: Any) -> dict[str, Any]:
    return {
        "account": ACCOUNT,
        "mode": "live",
        "strategies": {"a BTCUSDT": "adaptive"},
        "quarantined": {},
        "symbols": ["BTCUSDT"],
        "market_bars": "1h",
        "market_bar_ms": 3_600_000,
        "replay": False,
        "last_bar_ms": NOW - 2 * 3_600_000,
        "last_bar": "2023-11-14T20:13Z",
        "time_ms": NOW,
        "feed_time_ms": NOW,
        "clock_error_ms": 20,
        "rate": 1.0,
        "bars": 5,
        "equity": 1000.0,
        "positions": 0,
        "halts": [],
        "held": [],
        "machine": {"pid": 1},
        **changes,
    }


def running(**changes: Any) -> Running:
    return Running(statuses=(status(**changes),))


def session(journal: MemoryJournal, *, lease: LeaseOwner | None = None, **changes: Any) -> Session:
    values: dict[str, Any] = {
        "strategy_name": "adaptive", "symbol": "BTCUSDT", "mode": "live", "initial_balance": Decimal(1000),
        "start_time": NOW, "account_fp": ACCOUNT, **changes,
    }  # fmt: skip
    if lease is not None:
        journal.acquire_lease(values["account_fp"], lease, now_ms=NOW)
    with journal.begin(None) as unit:
        return unit.add_session(Session(**values))


def test_bars_that_do_not_come_are_told_before_and_after_they_matter() -> None:
    levels = {
        late_s: worst(health.data_findings(running(last_bar_ms=NOW - 2 * 3_600_000 - late_s * 1000)))
        for late_s in (0, 50, 70, 3_000, 4_000)
    }
    assert levels == {
        0: Level.OK,
        50: Level.OK,
        70: Level.WARNING,
        3_000: Level.WARNING,
        4_000: Level.ERROR,
    }
    assert worst(health.data_findings(running(replay=True, last_bar_ms=0))) is Level.OK
    hours_late = running(rate=3600.0, last_bar_ms=NOW - 10 * 3_600_000)
    assert worst(health.data_findings(hours_late)) is Level.OK  # eight seconds, where an hour takes one


def test_a_clock_that_is_not_known_well_enough_is_a_warning() -> None:
    assert worst(health.clock_findings(running(clock_error_ms=250))) is Level.OK
    assert worst(health.clock_findings(running(clock_error_ms=251))) is Level.WARNING
    assert worst(health.clock_findings(running(clock_error_ms=9_000, mode="practice"))) is Level.WARNING
    assert worst(health.clock_findings(running(clock_error_ms=9_000, mode="paper"))) is Level.OK


def test_a_session_at_a_venue_that_these_settings_do_not_name_is_told_of() -> None:
    at_venue = running(mode="practice").statuses
    (found,), shown = health_parts.venue_findings(Settings(), load_catalog(), at_venue)
    assert (found.level, "--profile sandbox" in found.todo, shown) == (Level.WARNING, True, None)
    (found,), _ = health_parts.venue_findings(Settings(), load_catalog(), running(mode="paper").statuses)
    assert found.level is Level.OK


def test_a_session_at_a_venue_of_practice_that_was_cut_off_is_found_though_a_newer_one_ran() -> None:
    journal = MemoryJournal()
    dead = LeaseOwner(uuid="a", host=health_host(), pid=2**22 + 1, boot_id="")
    row = session(journal, lease=dead, mode="practice")
    newer = attrs.evolve(row, id=row.id + 1, account_fp="another", mode="paper", ended_ms=NOW)
    found = health.engine_findings(Running(), journal, [newer, row], NOW)
    assert ["was cut off" in one.text for one in found] == [True]


def test_a_session_whose_process_is_gone_is_found() -> None:
    journal = MemoryJournal()
    dead = LeaseOwner(uuid="a", host=health_host(), pid=2**22 + 1, boot_id="")
    row = session(journal, lease=dead)
    (found,) = health.engine_findings(Running(), journal, [row], NOW)
    assert (found.level, "was cut off" in found.text, "tradewind run" in found.todo) == (Level.ERROR, True, True)
    paper = attrs.evolve(row, mode="paper")
    assert health.engine_findings(Running(), journal, [paper], NOW)[0].level is Level.WARNING
    ended = attrs.evolve(row, ended_ms=NOW)
    assert worst(health.engine_findings(Running(), journal, [ended], NOW)) is Level.OK
    assert worst(health.engine_findings(running(), journal, [row], NOW)) is Level.OK


def health_host() -> str:
    import socket

    return socket.gethostname()


def test_a_session_on_another_machine_is_judged_by_its_heartbeat() -> None:
    journal = MemoryJournal()
    row = session(journal, lease=LeaseOwner(uuid="a", host="elsewhere.example", pid=1, boot_id=""))
    assert worst(health.engine_findings(Running(), journal, [row], NOW + 5_000)) is Level.OK
    (found,) = health.engine_findings(Running(), journal, [row], NOW + 60_001)
    assert (found.level, "elsewhere.example" in found.text) == (Level.ERROR, True)


def test_an_engine_that_listens_and_does_not_answer_is_an_error() -> None:
    (found,) = health.engine_findings(Running(silent={"fp": "no answer"}), None, [], NOW)
    assert found.level is Level.ERROR


def test_halts_say_why_and_what_clears_them() -> None:
    journal = MemoryJournal()
    row = session(journal)
    with journal.begin(None) as unit:
        for name, scope in (("DRAWDOWN", "account"), ("FOREIGN_ORDER", "BTCUSDT"), ("VENUE_DOWN", "account")):
            unit.raise_halt(Halt(account_fp=ACCOUNT, scope=scope, breaker=name, detail="because", raised_ms=NOW))
    drawdown, foreign, down = health.halt_findings(journal, [row], Running())
    assert "because" in drawdown.text
    assert "tradewind resume --breaker DRAWDOWN" in drawdown.todo
    assert "on BTCUSDT" in foreign.text
    assert down.todo == "It clears itself when its cause has passed."
    quiet = health.halt_findings(MemoryJournal(), [], running(quarantined={"a BTCUSDT": "it raised"}))
    assert [(one.level, "it raised" in one.text) for one in quiet] == [(Level.ERROR, True)]


def test_a_database_is_looked_at_whole_and_a_missing_one_is_no_fault(tmp_path: Path) -> None:
    place = Address(path=tmp_path / "tradewind.db")
    assert worst(health.database_findings(place, tmp_path)) is Level.OK
    open_store(place).close()
    assert worst(health.database_findings(place, tmp_path)) is Level.OK
    assert place.path is not None
    with sqlite3.connect(place.path) as connection:
        connection.execute("update alembic_version set version_num = '0000'")
    found = health.database_findings(place, tmp_path)
    assert worst(found) is Level.ERROR
    assert "upgrade" in found[0].todo


def test_a_full_disk_is_an_error_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = {"now": 0}
    usage = type("Usage", (), {"free": property(lambda _: free["now"])})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage())
    place = Address(path=tmp_path / "tradewind.db")
    levels = []
    for free["now"] in (199_999_999, 999_999_999, 1_000_000_000):
        levels.append(health.database_findings(place, tmp_path)[1].level)
    assert levels == [Level.ERROR, Level.WARNING, Level.OK]


def test_broken_plugins_are_errors_and_unlocked_ones_matter_where_there_is_money() -> None:
    rows = [
        PluginRow(distribution="good", version="1", state=State.LOADED),
        PluginRow(distribution="worse", version="2", state=State.BROKEN, cause="it raised\nat length"),
    ]
    broken, rest = health_parts.plugin_findings(rows, {"good": Trust.NEW}, money=False)
    assert (broken.level, broken.text) == (Level.ERROR, "worse 2 is broken: it raised")
    assert rest.level is Level.OK
    assert health_parts.plugin_findings(rows[:1], {"good": Trust.NEW}, money=True)[0].level is Level.WARNING
    assert health_parts.plugin_findings(rows[:1], {"good": Trust.LOCKED}, money=True)[0].level is Level.OK


@pytest.mark.parametrize(
    ("venue", "booked", "ledger", "engine", "differences"),
    [
        ("1.5", "1.5", "0.5", "0.5", ()),
        ("1.50000001", "1.5", "0.5", "0.5", ("the venue shows +0.00000001 against the ledger",)),
        ("1.5", "1.5", "0.5", "0.4", ("the engine holds -0.1 against the journal",)),
        (None, None, "0.5", "0.5000000000001", ()),
        (None, None, "0.5", None, ()),
        (None, None, "0", "0.00001", ("the engine holds +0.00001 against the journal",)),
    ],
)
def test_positions_are_compared_three_ways_to_the_last_unit(
    venue: str | None, booked: str | None, ledger: str, engine: str | None, differences: tuple[str, ...]
) -> None:
    found = compared(
        "BTCUSDT",
        venue=None if venue is None else Decimal(venue),
        booked=None if booked is None else Decimal(booked),
        ledger=Decimal(ledger),
        engine=None if engine is None else Decimal(engine),
    )
    assert found.differences == differences


def test_what_only_one_of_the_three_knows_is_a_difference() -> None:
    journal = MemoryJournal()
    row = session(journal)
    lease = journal.acquire_lease(ACCOUNT, LeaseOwner(uuid="a", host="h", pid=1, boot_id=""), now_ms=NOW)
    with journal.begin(lease) as unit:
        unit.post(
            LedgerEntry(
                account_fp=ACCOUNT,
                asset="BTC",
                delta=Decimal("0.3"),
                cause="transfer",
                ref="1",
                leg="transfer",
                time_ms=NOW,
            )
        )
        unit.add_position(
            Position(
                session_id=row.id,
                strategy_name="adaptive",
                symbol="BTCUSDT",
                side="long",
                quantity=Decimal("0.1"),
                entry_time=NOW,
                entry_price=Decimal(1),
                current_price=Decimal(1),
                unrealized_pnl=Decimal(0),
                updated_ms=NOW,
            )
        )
    shown = AccountSnapshot(balances={"BTC": Balance(free=Decimal("0.2"), locked=Decimal("0.1"))})
    held = [{"symbol": "ETHUSDT", "side": "long", "quantity": 2.0}]
    bitcoin, ether = compare_positions(Settings(), journal, [row], [status(held=held)], shown)
    assert (bitcoin.venue, bitcoin.booked, bitcoin.ledger, bitcoin.engine) == (
        Decimal("0.3"),
        Decimal("0.3"),
        Decimal("0.1"),
        Decimal(0),
    )
    assert bitcoin.differences == ("the engine holds -0.1 against the journal",)
    assert ether.differences == ("the engine holds +2.0 against the journal",)


def quick() -> Iterator[tuple[str, str]]:
    yield "ok", "the host answered"
    yield "warning", "the queue is long"


def raising() -> Iterator[tuple[str, str]]:
    raise OSError("no route")


def hanging() -> Iterator[tuple[str, str]]:
    time.sleep(3)
    yield "ok", "at last"


def silent() -> list[tuple[str, str]]:
    return []


def test_checks_of_plugins_are_heard_in_time_whatever_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_catalog(allow=())
    names = ("hanging", "quick", "raising", "silent")
    records = tuple(
        ("health_checks", HealthCheckSpec(name=name, summary="A check.", factory=f"{__name__}:{name}"))
        for name in names
    )
    row = PluginRow(distribution="acme", version="1", state=State.LOADED, records=records)
    catalog = Catalog(plugins=(row,), manager=loaded.manager)
    monkeypatch.setattr(health_parts, "CHECK_S", 0.3)
    begun = time.perf_counter()
    found = {(one.area, one.level): one.text for one in health_parts.check_findings(Settings(), catalog)}
    assert time.perf_counter() - begun < 2.0
    assert found == {
        ("hanging", Level.ERROR): "the check did not end within 0.3 s",
        ("quick", Level.OK): "the host answered",
        ("quick", Level.WARNING): "the queue is long",
        ("raising", Level.ERROR): "the check failed: OSError: no route",
        ("silent", Level.WARNING): "the check said nothing",
    }

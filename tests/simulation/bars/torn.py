"""
Files that are torn, cut and flipped: what reads them refuses in words, or finds what is whole.

Nothing reads wrong content as if it were right, where content has a hash; and nothing ends in a traceback.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from data.histories import HOUR, START, hourly
from live.market import busy_setting
from live.paper.test_resume import saved_after, stopped
from sentiment.days import DAY, FIRST
from store.samples import ACCOUNT
from store.test_schema import filled
from tradewind.api import ModelRegistry
from tradewind.cache.key import Key
from tradewind.cache.store import BarCache
from tradewind.config.load import load_settings
from tradewind.config.schema import Settings
from tradewind.errors import TradewindError
from tradewind.live.paper.checkpoint import SCHEMA, Saved, digest
from tradewind.model.bars import FIELDS
from tradewind.model.timeframe import Timeframe
from tradewind.sentiment.answers import daily_frame
from tradewind.sentiment.archive import SeriesArchive
from tradewind.sentiment.archive_file import SeriesKey
from tradewind.store.backup import back_up, sidecar, verify
from tradewind.store.opening import open_store
from tradewind.store.sql_journal import SqlJournal
from tradewind_onnx.model import load_model
from tradewind_onnx.practice import PracticeModel

BARS: Final = Key(source="venue", symbol="BTCUSDT", timeframe=Timeframe("1h"))
MOODS: Final = SeriesKey(source="sayings", symbol="BTCUSDT")
HOURS: Final = 1_000
SETTINGS: Final = b"""strategy = "adaptive"
symbols = ["BTCUSDT", "ETHUSDT"]
timeframe = "4h"
initial_balance = 2500.0

[limits]
max_position = 0.05
max_drawdown = 0.1

[live]
late_seconds = 5.0
"""


def damaged(content: bytes, random: Random) -> bytes:
    """Return bytes that are not those any more: cut, emptied, flipped, overwritten or torn in the middle."""
    at, length = random.randrange(len(content)), random.randint(1, 64)
    ways = (
        content[:at],
        b"",
        content[:at]
        + bytes(byte ^ random.randint(1, 255) for byte in content[at : at + length])
        + content[at + length :],
        content[:at] + bytes(length) + content[at + length :],
        content[:at] + random.randbytes(length) + content[at:],
        content[:at] + random.randbytes(len(content) - at),
        content[at:],
        content + content[:at],
    )
    found = random.choice(ways)
    return found if found != content else content[:-1]


@functools.cache
def originals() -> Path:
    """Return a folder with a whole file of every kind, made once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="tradewind-whole-"))
    span = (START, START + HOURS * HOUR)
    BarCache(folder / "cache").write(BARS, hourly(0, HOURS), span, fetched_at_ms=START)
    days = np.arange(FIRST, FIRST + 200)
    SeriesArchive(folder / "moods").add(
        MOODS, daily_frame(days, {"mean": np.sin(days)}), (FIRST * DAY, (FIRST + 200) * DAY),
        now_ms=(FIRST + 300) * DAY, settle_ms=0, live_from_ms=None, origin="test",
    )  # fmt: skip
    (folder / "settings").mkdir()
    (folder / "settings" / "tradewind.toml").write_bytes(SETTINGS)
    model = PracticeModel()
    content = model.model_file()
    registry = ModelRegistry(folder / "ml")
    name = registry.stage(model.card(content), {"model.onnx": content}, now_ms=1_000_000).name
    registry.promote("BTCUSDT", "price", name, now_ms=2_000_000)
    model.write(folder / "model")
    (folder / "store").mkdir()
    filled(str(folder / "store" / "tradewind.db"))
    with open_store(folder / "store" / "tradewind.db", mode="read") as store:
        back_up(store, folder / "backups" / "good.db")
    saved = saved_after(stopped(busy_setting(hours=300), 9)).to_bytes()
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "state").write_bytes(saved)
    return folder


def _tear(file: Path, random: Random) -> None:
    file.write_bytes(damaged(file.read_bytes(), random))


def _checkpoint(folder: Path, random: Random) -> Iterator[str]:
    whole = (folder / "state").read_bytes()
    _tear(folder / "state", random)
    Saved.from_bytes((folder / "state").read_bytes(), sha256=digest(whole), schema_version=SCHEMA)
    yield "a torn checkpoint was read"


def _bars(folder: Path, random: Random, name: str) -> Iterator[str]:
    cache = BarCache(folder)
    _tear(random.choice(sorted(BARS.folder(folder).glob(name))), random)
    whole = hourly(0, HOURS)
    bars, damage = cache.read(BARS, START, START + HOURS * HOUR)
    places = np.searchsorted(whole.time, bars.time)
    if any(getattr(bars, field).tobytes() != getattr(whole, field)[places].tobytes() for field in FIELDS):
        yield "a torn cache told other bars"
    if len(bars) < HOURS and not damage:
        yield f"{HOURS - len(bars)} bars are missing from a torn cache, and nobody says so"
    cache.repair(BARS)
    if len(cache.read(BARS, START, START + HOURS * HOUR)[0]) > HOURS:
        yield "a repaired cache has more bars than there were"


def _moods(folder: Path, random: Random) -> Iterator[str]:
    archive = SeriesArchive(folder)
    before = archive.read(MOODS).frame(0, 2**50)
    _tear(random.choice(sorted(path for path in MOODS.folder(folder).iterdir() if path.is_file())), random)
    if not archive.read(MOODS).frame(0, 2**50).equals(before):
        yield "a torn archive of sentiment told something else"


def _settings(folder: Path, random: Random) -> Iterator[str]:
    _tear(folder / "tradewind.toml", random)
    found = load_settings(folder / "tradewind.toml", environ={}).settings
    if not isinstance(found, Settings):
        yield "torn settings are no settings"


def _model(folder: Path, random: Random) -> Iterator[str]:
    _tear(folder / "model.onnx", random)
    load_model(folder)
    yield "a torn model was loaded"


def _card(folder: Path, random: Random) -> Iterator[str]:
    _tear(folder / "card.json", random)
    model = load_model(folder)
    if model.card.file_sha256 != PracticeModel().card((folder / "model.onnx").read_bytes()).file_sha256:
        yield "the card of another model was taken"


def _log(folder: Path, random: Random) -> Iterator[str]:
    registry = ModelRegistry(folder)
    shelf = registry.shelf("BTCUSDT", "price")
    logs = sorted(path for path in shelf.iterdir() if path.is_file() and path.stat().st_size)
    names = {*registry.stamps("BTCUSDT", "price"), ""}
    _tear(random.choice(logs), random)
    if registry.live("BTCUSDT", "price") not in names:
        yield "a model is live that there is not"


def _backup(folder: Path, random: Random) -> Iterator[str]:
    good = folder / "good.db"
    whole = good.read_bytes()
    _tear(random.choice((good, good, sidecar(good))), random)
    if not verify(good).problems and good.read_bytes() != whole:
        yield "a torn backup was found whole"


def _database(folder: Path, random: Random) -> Iterator[str]:
    _tear(folder / "tradewind.db", random)
    journal = SqlJournal(open_store(folder / "tradewind.db"))
    try:
        for session in journal.sessions(ACCOUNT):
            journal.checkpoint(session.id)
            journal.positions(session.id)
            journal.trades(session.id)
        journal.open_chains(ACCOUNT)
        journal.balances(ACCOUNT)
        with journal.begin(None) as unit:
            unit.active_halts(ACCOUNT)
    finally:
        journal.close()
    yield from ()


TORN: Final[dict[str, tuple[str, Callable[[Path, Random], Iterator[str]]]]] = {
    "torn_checkpoint": ("checkpoint", _checkpoint),
    "torn_cache": ("cache", lambda folder, random: _bars(folder, random, "*.parquet")),
    "torn_manifest": ("cache", lambda folder, random: _bars(folder, random, "*.json")),
    "torn_sentiment": ("moods", _moods),
    "torn_settings": ("settings", _settings),
    "torn_model": ("model", _model),
    "torn_card": ("model", _card),
    "torn_registry": ("ml", _log),
    "torn_backup": ("backups", _backup),
    "torn_database": ("store", _database),
}
"""Every kind of file that is torn: where a whole one lies, and what reads it; all of them are F27."""


def tear(kind: str, seed: int) -> tuple[str, ...]:
    """Tear a file of a kind and read it; return what should not have happened, in words."""
    random = Random(f"{kind}|{seed}")  # noqa: S311 - repeatable on purpose
    where, read = TORN[kind]
    with tempfile.TemporaryDirectory(prefix="tradewind-torn-") as place:
        folder = Path(place) / where
        shutil.copytree(originals() / where, folder)
        try:
            return tuple(f"{kind}: {words}" for words in read(folder, random))
        except TradewindError as error:
            return () if error.code and error.message else (f"{kind}: {error!r} says nothing",)
        except Exception as error:  # noqa: BLE001 - a traceback is what must not be
            return (f"{kind}: {type(error).__name__}: {error}",)


def tear_one(seed: int) -> tuple[Counter[str], tuple[str, ...]]:
    """Tear the file of one kind, all kinds in turn; return what was torn and what should not have happened."""
    kind = tuple(TORN)[seed % len(TORN)]
    return Counter({kind: 1}), tear(kind, seed)

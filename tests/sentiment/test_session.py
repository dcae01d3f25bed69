"""A source that stops answering amid a session: fresh, stale, absent, each told once, and trading goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from live.market import START, Busy, Setting, Sitting, catalog, histories_of, sitting, walk
from sentiment.hosts import Host, scores, senticrypt
from tradewind.api import SENTIMENT_COLUMNS, Need, Signals
from tradewind.backtest.assembly import Assembly, assemble
from tradewind.backtest.strategy import adopt_strategy
from tradewind.config.schema import Settings
from tradewind.live.control.status import Facts, status_of
from tradewind.live.engine import Told
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.health.health import Running, sentiment_findings
from tradewind.pipeline.decide import Pipeline
from tradewind.plugins.structure import structure
from tradewind.sentiment.archived import ArchivedSource
from tradewind.sentiment.by_symbol import SymbolSeries

DAY = 86_400_000
HOUR = 3_600_000


class Moody(Busy):
    """Trades as the busy one does, and only on fresh sentiment."""

    def needs(self) -> list[Need]:
        return [Need("sentiment", kind="series", columns={name: name for name in SENTIMENT_COLUMNS}, optional=True)]

    def signals(self, frame: pd.DataFrame) -> Signals:
        fresh = (frame["sentiment_state"] == 2.0).to_numpy()
        size = frame["close"].to_numpy() + 1.0
        return Signals.from_arrays(frame.index, enter=fresh.astype(np.int8), exit_long=~fresh, stop_dist=0.05 * size)


def settings(host: Host, folder: Path) -> Settings:
    chosen = {
        "risk": [],
        "cache_dir": str(folder),
        "sentiment": {"sources": ["senticrypt"], "refresh_minutes": 0.0005},
        "sources": {"senticrypt": {"url": host.url, "tries": 1, "timeout": 2.0, "per_minute": 6000.0}},
    }
    found: Settings = structure(chosen, Settings, "")
    return found


def assembled(chosen: Settings) -> Assembly:
    return assemble(adopt_strategy(Moody(), "moody"), chosen, catalog())


def on_the_clock_of(feed: ReplayFeed, assembly: Assembly) -> None:
    """Let the series live in the time of the history."""
    series = assembly.series["sentiment"]
    series.clock = feed.clock.now_ms
    for speaker in series.speakers:
        assert isinstance(speaker.source, ArchivedSource)
        speaker.source.clock = feed.clock.now_ms


class Stage:
    """A session of days, in which the series has looked before the next bar comes."""

    def __init__(self, host: Host, folder: Path, *, days: int) -> None:
        chosen = settings(host, folder)
        self.host = host
        self.assembly = assembled(chosen)
        bars = {"BTCUSDT": walk(200 + days * 24, seed=1)}
        setting = Setting(
            assemblies=(self.assembly,), histories=histories_of(bars, first=200, fine=False), settings=chosen
        )
        self.feed = setting.feed()
        on_the_clock_of(self.feed, self.assembly)
        self.over_ms = 0
        self.session: Sitting = sitting(setting, feed=self.feed, tell=self._after)
        for seat in self.session.engine.seats:
            # as in a session on a stream
            seat.decider.pipeline = self.assembly.pipeline.on(seat.key.symbol, watched=True)

    @property
    def series(self) -> SymbolSeries:
        pipeline = self.session.engine.seats[0].decider.pipeline
        assert isinstance(pipeline, Pipeline)
        found = pipeline.series["sentiment"]
        assert isinstance(found, SymbolSeries)
        return found

    def _after(self, told: Told) -> None:
        now = told.step.moment.close_ms
        if self.over_ms and now >= self.over_ms:
            self.host.close()
            self.over_ms = 0
        deadline = time.monotonic() + 20.0
        while (self.series.known_to_ms or 0) < now and time.monotonic() < deadline:
            time.sleep(0.002)

    def states(self) -> list[tuple[float, str]]:
        """Return (days since the session began, state) of every change that was told."""
        begun = self.session.told[0].step.moment.open_ms
        return [
            (round((event["time_ms"] - begun) / DAY, 2), event["state"])
            for event in self.session.events
            if event["kind"] == "sentiment_state"
        ]


@pytest.fixture
def host() -> Any:
    first = str(pd.Timestamp(START, unit="ms") - pd.Timedelta(days=220))[:10]
    host = Host(senticrypt(scores(first, 260)))
    yield host
    if host.runs:
        host.close()


def test_a_source_that_is_shut_down_goes_from_fresh_to_absent_and_the_session_runs_on(
    host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(host, tmp_path, days=9)
    stage.over_ms = START + 200 * HOUR + 3 * DAY
    assert stage.session.run() == "the data ended"
    states = stage.states()
    assert [state for _, state in states] == ["fresh", "stale", "absent"]
    assert 10 / 24 <= states[1][0] - 3.0 <= 1.6
    assert states[2][0] - states[1][0] == pytest.approx(1.5, abs=0.2)
    lost = [record.getMessage() for record in caplog.records if record.name.startswith("tradewind.sentiment")]
    assert [line.partition(":")[0] for line in lost] == ["senticrypt has no answer for BTCUSDT"]
    assert "TW-D014" in lost[0]
    assert len(stage.session.told) == 9 * 6
    entries = [int(fill["time"]) for one in stage.session.told for fill in one.step.fills if fill["reason"] == 0]
    begun = stage.session.told[0].step.moment.open_ms
    assert entries
    assert max(entries) < begun + states[1][0] * DAY + 4 * HOUR


def test_health_says_that_sentiment_is_absent(host: Host, tmp_path: Path) -> None:
    stage = Stage(host, tmp_path, days=6)
    stage.over_ms = START + 200 * HOUR + DAY
    stage.session.run()
    facts = Facts(name="paper-1", session_id=0, mode="paper", started_ms=0)

    async def status() -> dict[str, Any]:
        return status_of(stage.session.engine, facts, 0)

    told = asyncio.run(status())
    assert told["sentiment"]["BTCUSDT"]["state"] == "absent"
    streaming = sentiment_findings(Running(statuses=({**told, "replay": False},)))
    assert [(one.level.value, one.area) for one in streaming] == [("warning", "sentiment")]
    assert "absent" in streaming[0].text


def test_what_a_session_decided_on_is_what_a_backtest_joins_from_the_archive(host: Host, tmp_path: Path) -> None:
    stage = Stage(host, tmp_path, days=6)
    stage.over_ms = START + 200 * HOUR + 2 * DAY
    stage.session.run()
    rows = [one.rows[0] for one in stage.session.told]
    lived = pd.DataFrame([{name: row.frame[name].iloc[-1] for name in SENTIMENT_COLUMNS} for row in rows if row])
    again = assembled(settings(host, tmp_path))
    on_the_clock_of(stage.feed, again)
    joined = again.series["sentiment"].of("BTCUSDT").joined(stage.session.engine.windows[0].bars())
    assert joined is not None
    pd.testing.assert_frame_equal(joined.tail(len(lived)).reset_index(drop=True), lived, check_exact=True)

"""From a request to a stored result: what the command line does, as functions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from tradewind.backtest.assembly import assemble
from tradewind.backtest.history import Window, left_out, load_histories
from tradewind.backtest.inputs import differences, plain_value
from tradewind.backtest.library import Library
from tradewind.backtest.made_up import made_up
from tradewind.backtest.pages.document import page
from tradewind.backtest.report import text_report
from tradewind.backtest.result import Result
from tradewind.backtest.runner import Job, run_job
from tradewind.backtest.source import SAMPLE, build_source
from tradewind.backtest.strategy import ChosenStrategy, choose_strategy
from tradewind.backtest.trials import count_trial
from tradewind.config.schema import Settings
from tradewind.errors import ResultError
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.events import EventQueue
from tradewind.plugins.structure import structure

_OF_THE_MACHINE = frozenset(
    {
        "state_dir",
        "live",
        "logs",
        "cache_dir",
        "database_url",
        "database_pool",
        "market_data",
        "plugins",
        "sources",
        "certificate",
        "executors",
        "services",
        "commands",
    }
)
"""Settings that say where things lie or what is checked, not what is computed: a rerun takes today's."""


@attrs.frozen(kw_only=True)
class Request:
    """
    What a backtest was asked for, beside the settings.

    Args:
        strategy: Name, `distribution:name` or `file.py:Class`.
        start_ms: First bar open, UTC milliseconds; None for the start of the data.
        end_ms: End, UTC milliseconds, not part of the run; None for the end of the data.
        days: Days before the end, in place of a start.
        close_at_end: Close what is open at the last close.
        certificate: Make the look-ahead and warm-up certificate.
        use_cache: Take cached market data where there are any.
        cache_ttl_hours: How long the open end of cached history holds; None for the default.
    """

    strategy: str
    start_ms: int | None = None
    end_ms: int | None = None
    days: float | None = None
    close_at_end: bool = False
    certificate: bool = True
    use_cache: bool = True
    cache_ttl_hours: float | None = None


@attrs.frozen(kw_only=True)
class Outcome:
    """
    A finished request.

    Args:
        result: The result, with certificate, interval and trials.
        report: The report as text.
        path: Where the result is stored.
    """

    result: Result
    report: str
    path: Path

    def report_as(self, suffix: str) -> str:
        """Return the report as HTML for `.html`, else as plain text."""
        return page(self.result) if suffix == ".html" else self.report + "\n"


@attrs.frozen(kw_only=True)
class Repeated:
    """
    A stored run that was repeated.

    Args:
        same: The outcome has the same hash.
        lines: What to tell.
    """

    same: bool
    lines: tuple[str, ...]


def run_request(request: Request, settings: Settings, catalog: Catalog, *, now_ms: int) -> Outcome:
    """
    Run a backtest, count the trial, store the result and write its report.

    Args:
        request: What was asked for.
        settings: The settings in force.
        catalog: What the loaded plugins offer.
        now_ms: The wall clock, UTC milliseconds, for the trial ledger alone.

    Raises:
        TradewindError: With the code of what was wrong.
    """
    result = compute(request, settings, catalog, now_ms=now_ms)
    result = attrs.evolve(result, trials=count_trial(settings.state_dir, result, now_ms=now_ms))
    path = Library(settings.state_dir).save(result)
    with EventQueue(catalog.manager) as events:
        events.emit("run_finished", time_ms=now_ms, id=result.id, strategy=result.strategy, mode="backtest")
    return Outcome(result=result, report=text_report(result), path=path)


def compute(request: Request, settings: Settings, catalog: Catalog, *, now_ms: int) -> Result:
    """Run a backtest and return its result; nothing is stored but fetched market data."""
    return run_job(job_of_request(request, settings, catalog, now_ms=now_ms))


def job_of_request(
    request: Request, settings: Settings, catalog: Catalog, *, now_ms: int, chosen: ChosenStrategy | None = None
) -> Job:
    """Load the bars of a request and return what there is to run; the strategy may be made already."""
    chosen = chosen or choose_strategy(request.strategy, settings, catalog)
    timeframe = Timeframe(settings.timeframe or chosen.timeframe)
    source = cached_source(request, settings, catalog, now_ms)
    window = Window(start_ms=request.start_ms, end_ms=request.end_ms, days=request.days)
    histories = load_histories(source, settings.symbols, timeframe, window, chosen.warmup, settings)
    if not request.certificate:
        settings = attrs.evolve(settings, certificate=attrs.evolve(settings.certificate, enabled=False))
    first = next(iter(histories.values()))
    resolved = {
        "strategy": request.strategy,
        "timeframe": timeframe.name,
        "start_ms": first.start_ms,
        "end_ms": int(first.bars.time[-1]) + timeframe.ms,
        "close_at_end": request.close_at_end,
        "settings": portable(settings),
    }
    return Job(
        assembly=assemble(chosen, settings, catalog),
        histories=histories,
        settings=settings,
        close_at_end=request.close_at_end,
        synthetic=made_up(settings.source, histories, catalog),
        notes=left_out(source, histories, window),
        request=resolved,
    )


def portable(settings: Settings) -> dict[str, Any]:
    """Return what settings say of a run as plain values, without what belongs to the machine."""
    plain = plain_value(settings)
    return {name: value for name, value in plain.items() if name not in _OF_THE_MACHINE}


def cached_source(request: Request, settings: Settings, catalog: Catalog, now_ms: int) -> Any:
    """Return the source, behind the cache when it asks the network."""
    source = build_source(settings.source, settings, catalog)
    plain = settings.source == SAMPLE or ".py:" in settings.source
    if plain or not getattr(catalog.get("data_sources", settings.source).spec, "needs_network", False):
        return source
    from tradewind.cache.cached import CachedDataProvider, source_name

    hours = request.cache_ttl_hours
    return CachedDataProvider(
        source,
        cache_dir=settings.cache_dir,
        name=source_name(source, settings.source),
        no_cache=not request.use_cache,
        clock=lambda: now_ms,
        **({} if hours is None else {"ttl": hours * 3600.0}),
    )


def rerun(stored: Result, settings: Settings, catalog: Catalog, *, now_ms: int) -> Repeated:
    """
    Repeat a stored run with its own settings and compare the outcome to the last bit.

    Where things lie (data folders, caches) is taken from the settings in force.

    Raises:
        ResultError: TW-R002 when the result does not say how it was asked for.
    """
    asked: Mapping[str, Any] = stored.settings.get("request", {})
    if "settings" not in asked:
        raise ResultError(
            f"result {stored.id} was made by a script and does not say where its bars came from.",
            code="TW-R002",
            hint="Repeat it with the script.",
        )
    here = {name: value for name, value in plain_value(settings).items() if name in _OF_THE_MACHINE}
    then = structure({**here, **asked["settings"]}, Settings, "")
    request = Request(
        strategy=asked["strategy"],
        start_ms=asked["start_ms"],
        end_ms=asked["end_ms"],
        close_at_end=asked["close_at_end"],
        certificate=False,
    )
    again = compute(request, then, catalog, now_ms=now_ms)
    if again.hash == stored.hash and again.id == stored.id:
        return Repeated(same=True, lines=(f"The same result, to the last bit: {again.hash}",))
    named = differences(stored.inputs, again.inputs)
    if not named:
        named = ("no input differs: the machine or the compiled kernel computes otherwise",)
    head = f"TW-R003 another result: {stored.hash[:16]}… was {again.hash[:16]}… now."
    if again.hash == stored.hash:
        head = "The same trades and equity from other inputs."
    return Repeated(same=again.hash == stored.hash, lines=(head, *(f"  {line}" for line in named)))

"""Run one strategy over loaded histories: decide, simulate, certify, and say what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from tradewind.backtest.assembly import Assembly
from tradewind.backtest.clusters import clusters_of
from tradewind.backtest.history import History
from tradewind.backtest.in_sample import left_out
from tradewind.backtest.inputs import Inputs, plain_value
from tradewind.backtest.interval import Interval, Order, instrument_at, measure, one_way_bps
from tradewind.backtest.result import Result, market_of, rows_of, span_of
from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.config.schema import CertificateSettings, Settings
from tradewind.model.plan import Plan
from tradewind.pipeline.certificate import Certificate
from tradewind.pipeline.certify import certify_all
from tradewind.pipeline.decide import Decided, Pipeline
from tradewind.pipeline.quality import describe
from tradewind.sentiment.series import ABSENT, FRESH, STALE, STATE, sha256_of


@attrs.frozen(kw_only=True, eq=False)
class Job:
    """
    Everything one backtest needs.

    Args:
        assembly: Strategy, policies and indicators, put together.
        histories: Bars by symbol.
        settings: The settings in force.
        close_at_end: Close what is open at the last close.
        synthetic: The bars are made up, not history.
        request: How the run was asked for, so that it can be repeated.
        notes: What the result should say of the bars that were loaded.
        in_sample: A model had seen every bar, which was found before the run.
    """

    assembly: Assembly
    histories: Mapping[str, History]
    settings: Settings
    close_at_end: bool = False
    synthetic: bool = False
    request: Mapping[str, Any] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()
    in_sample: bool = False

    def pipeline(self, symbol: str) -> Pipeline:
        """Return what decides on a symbol, with that symbol's series."""
        return self.assembly.pipeline.on(symbol)


def run_job(job: Job) -> Result:
    """
    Run a backtest and return its result, with interval and certificate.

    Raises:
        StrategyError: When the strategy or a policy breaks its contract or refuses the market.
    """
    decided = {symbol: job.pipeline(symbol)(history.bars, history.key) for symbol, history in job.histories.items()}
    warnings = [*job.notes, *_asked(job, decided), *_silent(job)]
    seen = left_out(job.histories, {symbol: each.plan for symbol, each in decided.items()})
    job = attrs.evolve(job, histories=seen.histories)
    first = next(iter(job.histories.values()))
    plans = {
        symbol: _cut(decided[symbol].plan, history.first_row, len(history.bars))
        for symbol, history in job.histories.items()
    }
    run = _runner(job, plans)
    base = run("pessimistic", 1.0)
    instruments = [history.instrument for history in job.histories.values()]
    cost_bps = one_way_bps(job.settings.costs, instruments)
    balance = job.settings.initial_balance
    conditions = next(iter(plans.values())).conditions

    def interval() -> Interval:
        return measure(run, initial_balance=balance, cost_bps=cost_bps, base=base)

    def certificate() -> Certificate | None:
        return certificate_of(job) if job.settings.certificate.enabled else None

    start, end = span_of(first.run_bars.time, first.bars.timeframe.ms)
    return Result(
        strategy=job.assembly.strategy.name,
        symbols=tuple(job.histories),
        timeframe=first.bars.timeframe.name,
        start=start,
        end=end,
        initial_balance=balance,
        tables=base,
        inputs=lambda: inputs_of(job),
        interval=interval,
        certificate=certificate,
        markets={symbol: market_of(history.run_bars) for symbol, history in job.histories.items()},
        bars={symbol: history.run_bars for symbol, history in job.histories.items()},
        bar_ms=first.market_bars.timeframe.ms,
        settings=lambda: effective_settings(job),
        conditions=conditions,
        rows=lambda: rows_of({(job.assembly.strategy.name, symbol): plan for symbol, plan in plans.items()}),
        warnings=(*seen.notes, *warnings),
        quality=lambda: _quality(job, decided),
        synthetic=job.synthetic,
        in_sample=seen.whole,
    )


def _cut(plan: Plan, start: int, stop: int) -> Plan:
    return plan if start == 0 and stop == len(plan) else plan.rows(start, stop)


def _runner(job: Job, plans: Mapping[str, Plan]) -> Any:
    name = job.assembly.strategy.name
    limits = job.assembly.pipeline.limits
    bars = {symbol: history.bars for symbol, history in job.histories.items()}
    clusters = clusters_of(bars) if limits.max_correlated_risk < 1.0 else None
    market = {symbol: history.market_bars for symbol, history in job.histories.items()}
    plain = all(history.fine is None and history.first_row == 0 for history in job.histories.values())

    def run(order: Order, scale: float) -> Run:
        return run_plan(
            bars,
            {(name, symbol): plan for symbol, plan in plans.items()},
            limits=limits,
            costs=job.settings.costs if scale == 1.0 else job.settings.costs.scaled(scale),
            instrument={
                symbol: history.instrument if scale == 1.0 else instrument_at(history.instrument, scale)
                for symbol, history in job.histories.items()
            },
            initial_balance=job.settings.initial_balance,
            fine=None if plain else market,
            clusters=clusters,
            order=order,
            close_at_end=job.close_at_end,
        )

    return run


def _asked(job: Job, decided: Mapping[str, Decided]) -> list[str]:
    """Let the strategy look at market and costs once; return its warnings."""
    pipeline, costs = job.assembly.pipeline, job.settings.costs
    return [
        f"{symbol}: {line}"
        for symbol, history in job.histories.items()
        for line in pipeline.warnings(history.instrument, costs, decided[symbol].frame)
    ]


def _silent(job: Job) -> list[str]:
    """Tell which sources of series have no answer, and on how many bars there was no sentiment."""
    lines = []
    for name, series in job.assembly.series.items():
        if series.blended and not series.speakers:
            lines.append(f"nobody was asked for {name}: name its sources with sentiment.sources")
            continue
        lines += [f"{who}: {trouble}; decisions were made without it" for who, trouble in series.troubles.items()]
        for symbol, history in job.histories.items():
            joined = series.of(symbol).joined(history.run_bars)
            if joined is not None and STATE in joined.columns and (joined[STATE] < FRESH).any():
                stale, absent = ((joined[STATE] == state).mean() for state in (STALE, ABSENT))
                lines.append(f"{symbol}: {name} was stale on {stale:.0%} of the bars and absent on {absent:.0%}")
    return lines


def certificate_of(job: Job) -> Certificate:
    """Return the certificate over the bars of every symbol."""
    wanted: CertificateSettings = job.settings.certificate
    pipeline = job.assembly.pipeline
    bars = {symbol: history.bars for symbol, history in job.histories.items()}
    decide = {symbol: job.pipeline(symbol) for symbol in bars}
    return certify_all(decide, bars, warmup=pipeline.warmup, cuts=wanted.cuts, seed=wanted.seed)


def effective_settings(job: Job) -> dict[str, Any]:
    """Return what decides the result, as plain values: request, limits, costs, components' settings."""
    settings = job.settings
    return {
        "request": plain_value(dict(job.request)),
        "strategy": plain_value(job.assembly.strategy.settings),
        "risk": list(job.assembly.pipeline.policies),
        "policies": plain_value({name: settings.policies[name] for name in sorted(settings.policies)}),
        "indicators": plain_value({name: settings.indicators[name] for name in sorted(settings.indicators)}),
        "limits": plain_value(settings.limits),
        "costs": plain_value(settings.costs),
        "initial_balance": settings.initial_balance,
        "instruments": {symbol: plain_value(history.instrument) for symbol, history in job.histories.items()},
        "max_gap": settings.max_gap,
        "close_at_end": job.close_at_end,
        **_series_settings(job),
    }


def _series_settings(job: Job) -> dict[str, Any]:
    if not job.assembly.series:
        return {}
    return {
        "series": {
            name: [{"source": one.name, "reliability": one.reliability} for one in series.speakers]
            for name, series in job.assembly.series.items()
        }
    }


def inputs_of(job: Job, data: Mapping[str, str] | None = None) -> Inputs:
    """Return the hashes of everything the result depends on; those of the bars may be known already."""
    return Inputs(
        strategy=job.assembly.strategy.name,
        data=data_of(job) if data is None else data,
        plugins=job.assembly.versions(),
        settings=effective_settings(job),
        seed=job.settings.seed,
    )


def data_of(job: Job) -> dict[str, str]:
    """Return the hashes of a job's bars by symbol and timeframe, and of the series joined with them."""
    data: dict[str, str] = {}
    for symbol, history in job.histories.items():
        data[f"{symbol} {history.bars.timeframe}"] = history.bars.sha256()
        if history.fine is not None:
            data[f"{symbol} {history.fine.timeframe}"] = history.fine.sha256()
        for name, series in job.assembly.series.items():
            joined = series.of(symbol).joined(history.bars)
            if joined is not None:
                data[f"{symbol} {name}"] = sha256_of(joined)
    return data


def _quality(job: Job, decided: Mapping[str, Decided]) -> dict[str, Any]:
    return {
        symbol: describe(history.market_bars).to_dict()
        | {"decisions_from": _decisions_from(decided[symbol].plan, history)}
        for symbol, history in job.histories.items()
    }


def _decisions_from(plan: Plan, history: History) -> str | None:
    """Return from when on decisions were possible, ISO 8601; None when they never were."""
    free = (plan.veto[history.first_row :] == 0).nonzero()[0]
    if not len(free):
        return None
    return str(history.bars.index[history.first_row + int(free[0])].isoformat())

"""`tradewind walk-forward`: choose settings on one stretch of time, judge them on the next, and go on."""

from __future__ import annotations

import json
from typing import Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.cli.optimize import search, search_options
from tradewind.cli.options import now_ms, positive, run_options
from tradewind.cli.progress import progress

DAY_MS = 86_400_000


@click.command(name="walk-forward")
@click.argument("strategy", required=False, shell_complete=completing.strategies)
@run_options
@search_options
@click.option("--train", type=float, default=365.0, show_default=True, metavar="DAYS", help="Stretch to choose on.")
@click.option("--test", type=float, default=90.0, show_default=True, metavar="DAYS", help="Stretch to judge on.")
@with_context
def walk_forward(context: Context, **options: Any) -> None:
    """
    Choose settings for STRATEGY on one stretch of time, judge them on the next one, and go on to the end.

    --set PATH=V1,V2,V3 names what is varied, as for `tradewind optimize`. The stretches that were judged on are joined
    to one account: what it earned was chosen without looking at it. Every trial counts as a look at its stretch.
    """
    from tradewind.backtest.sweep_desk import prepared
    from tradewind.backtest.sweep_grid import trials_of
    from tradewind.backtest.trials import TrialLedger
    from tradewind.backtest.walk_forward import folds
    from tradewind.backtest.walk_forward import walk_forward as walk
    from tradewind.backtest.walk_report import walk_dict, walk_text

    lengths = {name: int(positive(options[name], f"--{name}") * DAY_MS) for name in ("train", "test")}
    request, found = search(context, options)
    trials = trials_of(found.grid)
    now = now_ms()
    job, choose = prepared(request, context.settings, context.catalog, trials, now_ms=now)
    leading = next(iter(job.histories.values()))
    length = leading.bars.timeframe.ms
    steps = folds(
        leading.start_ms,
        int(leading.bars.time[-1]) + length,
        train_ms=max(length, lengths["train"] // length * length),
        test_ms=max(length, lengths["test"] // length * length),
    )
    with progress("Trials", len(trials) * len(steps)) as told:
        outcome = walk(
            job,
            choose,
            context.catalog,
            trials,
            steps,
            metric=options["metric"],
            threads=options["threads"],
            progress=told,
        )
    ledger = TrialLedger(context.settings.state_dir)
    entries = outcome.trials(now_ms=now)
    ledger.enter_all(entries)
    standing = ledger.standing(entries[-1], outcome.metrics)
    if options["as_json"]:
        click.echo(json.dumps(walk_dict(outcome, standing), indent=2, allow_nan=False))
    else:
        click.echo(walk_text(outcome, standing))

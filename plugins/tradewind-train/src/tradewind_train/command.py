"""`tradewind train`: make a model of a symbol's history."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import click

from tradewind.api import (
    Bars,
    ModelRegistry,
    UsageError,
    load_bars,
    load_sentiment,
    moment,
    now_ms,
    read_card,
    structure,
    with_context,
)
from tradewind_train import tensorflow
from tradewind_train.architecture import ARCHITECTURES
from tradewind_train.settings import Task, TrainConfig

_DAY_MS = 86_400_000


@click.command()
@click.argument("symbol")
@click.option("--force-sentiment", is_flag=True, help="Train the model that reads sentiment too, and nothing else.")
@click.option("--force-price-only", is_flag=True, help="Train the price model, whatever sentiment there is.")
@click.option("--arch", type=click.Choice(ARCHITECTURES), help="The network.")
@click.option("--timeframe", metavar="T", help="Bars to learn from, such as 4h.")
@click.option("--horizon", type=int, metavar="BARS", help="Bars ahead to tell of.")
@click.option("--source", metavar="NAME", help="Data source; the settings' own by default.")
@click.option("--start", metavar="DATE", help="First bar, ISO 8601, UTC.")
@click.option("--end", metavar="DATE", help="End, ISO 8601, UTC; not part of the history.")
@click.option("--days", type=float, metavar="N", help="The last N days before the end, in place of --start.")
@click.option("--epochs", type=int, metavar="N", help="Most passes over the training range.")
@click.option("--seed", type=int, metavar="N", help="Seed of weights, order and dropout.")
@click.option("--threads", type=int, metavar="N", help="Threads to use.")
@click.option("--stage", is_flag=True, help="Add it to the registry, and never make it live.")
@click.option("--resume", is_flag=True, help="Go on where a training of the same settings was stopped.")
@click.option("--schedule", type=float, metavar="DAYS", help="Train only when the newest model is older than this.")
@click.option("--auto-promote", is_flag=True, help="With --schedule: make it live when it passes its gate.")
@with_context
def train(context: Any, **options: Any) -> None:
    """
    Train a model on SYMBOL's history and judge it on the part that it has not seen.

    A model that passes its gate becomes live; any other stays staged. TensorFlow must be installed:
    uv run --group train tradewind train SYMBOL.
    """
    kind = _kind(options)
    task = Task(symbol=options["symbol"], kind=kind, config=_config(context, options))
    at_ms = now_ms()
    if options["schedule"] is not None and _fresh(task, options["schedule"], at_ms):
        return
    tensorflow.require()
    from tradewind_train.dataset import make_dataset
    from tradewind_train.making import make

    bars = _bars(context, task, options, at_ms)
    data = make_dataset(bars, kind, task.config.horizon, _sentiment(context, task, bars))
    _say_data(task, data)
    checkpoint = Path(context.settings.state_dir) / "training" / f"{task.symbol}-{kind}.npz"
    try:
        made = make(task, data, checkpoint, context.settings, now_ms=at_ms, resume=options["resume"], tell=_teller())
    except KeyboardInterrupt:
        hint = "go on with --resume" if checkpoint.is_file() else "nothing was kept"
        click.echo(f"\nStopped; no model was added. What was learned: {hint}.", err=True)
        raise click.Abort from None
    _report(made.card, made.folder)
    promotes = options["auto_promote"] if options["schedule"] is not None else not options["stage"]
    if promotes and made.card.proven:
        change = ModelRegistry(task.config.folder).promote(task.symbol, kind, made.folder.name, now_ms=now_ms())
        click.echo(f"Live from {change.time} on.")
    elif made.card.proven:
        click.echo(f"Staged: `tradewind models promote {task.symbol} {kind} {made.folder.name}` makes it live.")
    else:
        click.echo(
            "Staged, and it stays so: it has not passed its gate. On paper it may run with --allow-unproven-model."
        )


def _kind(options: dict[str, Any]) -> str:
    if options["force_sentiment"] and options["force_price_only"]:
        raise UsageError("both --force-sentiment and --force-price-only were given.", code="TW-U008")
    if options["auto_promote"] and options["schedule"] is None:
        raise UsageError("--auto-promote was given without --schedule.", code="TW-U008", hint="Add --schedule DAYS.")
    if options["start"] is not None and options["days"] is not None:
        raise UsageError("both --start and --days were given, expected one of them.", code="TW-U008")
    return "sentiment" if options["force_sentiment"] else "price"


def _config(context: Any, options: dict[str, Any]) -> TrainConfig:
    names = ("arch", "timeframe", "horizon", "epochs", "seed", "threads")
    given = {name: options[name] for name in names if options[name] is not None}
    return structure({**context.settings.commands.get("train", {}), **given}, TrainConfig, "commands.train")


def _fresh(task: Task, days: float, at_ms: int) -> bool:
    """Whether the newest model is young enough, and say so."""
    registry = ModelRegistry(task.config.folder)
    stamps = registry.stamps(task.symbol, task.kind)
    if not stamps:
        return False
    card = read_card(registry.folder(task.symbol, task.kind, stamps[-1]))
    made = datetime.fromisoformat(card.training_date).timestamp() * 1000
    age = (at_ms - made) / _DAY_MS
    if age >= days:
        return False
    click.echo(f"The newest {task.kind} model for {task.symbol} is {age:.1f} days old; there is nothing to do.")
    return True


def _bars(context: Any, task: Task, options: dict[str, Any], at_ms: int) -> Bars:
    settings = context.settings
    if options["source"] is not None:
        settings = attrs.evolve(settings, source=options["source"])
    return load_bars(
        task.symbol,
        task.config.timeframe,
        settings,
        context.catalog,
        now_ms=at_ms,
        start_ms=moment(options["start"], "--start") if options["start"] else None,
        end_ms=moment(options["end"], "--end") if options["end"] else None,
        days=options["days"],
    )


def _sentiment(context: Any, task: Task, bars: Bars) -> Any:
    """Return the sentiment features of the bars for a model that reads them."""
    if task.kind == "price":
        return None
    return load_sentiment(task.symbol, bars, context.settings, context.catalog)


def _say_data(task: Task, data: Any) -> None:
    words = ", ".join(f"{name} {len(data.rows(name)):,}" for name in data.split.ranges())
    span = f"{data.frame.index[0]:%Y-%m-%d} to {data.frame.index[-1]:%Y-%m-%d}"
    click.echo(f"{task.symbol} {task.config.timeframe}, {span}; windows: {words}.", err=True)


def _teller() -> Callable[[Any], None]:
    """Return what shows a pass: one line that is written over on a terminal, plain lines elsewhere."""
    terminal = sys.stderr.isatty()

    def tell(done: Any) -> None:
        line = (
            f"pass {done.epoch}/{done.epochs}: loss {done.train_loss:.4f}, unseen {done.validation_loss:.4f}, "
            f"best {done.best_epoch}, at most {done.seconds_left / 60:.1f} min left"
        )
        click.echo(f"\r{line:100}" if terminal else line, nl=not terminal or done.epoch == done.epochs, err=True)

    return tell


def _report(card: Any, folder: Path) -> None:
    click.echo(f"\n{card.symbol} {card.kind} {card.model_type}: {folder}")
    for name, (start, end) in card.ranges.items():
        click.echo(f"  {name:12}{start[:10]} to {end[:10]}")
    for check in card.gate:
        click.echo(
            f"  {'passed' if check.passed else 'FAILED'}  {check.name}: {check.found}; expected {check.expected}"
        )
    worth = card.after_cost
    if worth.get("trades") is not None:
        total, hold = worth.get("total_return"), worth.get("buy_and_hold")
        held = "n/a" if hold is None else f"{hold:+.2%}"
        click.echo(f"  after costs: {'n/a' if total is None else f'{total:+.2%}'}; buying and holding: {held}")

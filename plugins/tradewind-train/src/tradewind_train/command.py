"""`tradewind train`: make models of a symbol's history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tradewind.api import (
    DataError,
    ModelError,
    ModelRegistry,
    UsageError,
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
@click.option("--force-sentiment", is_flag=True, help="Train the model that reads sentiment, and nothing else.")
@click.option("--force-price-only", is_flag=True, help="Train the price model, whatever sentiment there is.")
@click.option("--arch", type=click.Choice(ARCHITECTURES), help="The network.")
@click.option("--timeframe", metavar="T", help="Bars to learn from, such as 4h.")
@click.option("--horizon", type=int, metavar="BARS", help="Bars ahead to tell of.")
@click.option("--source", metavar="NAME", help="Data source; the settings' own by default, and files without one.")
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
    Train models on SYMBOL's history and judge them on the part that they have not seen.

    A price model, and one that reads sentiment as well where there is sentiment. One that passes its gate
    becomes live; any other stays staged. TensorFlow must be installed: uv run --group train tradewind train SYMBOL.
    """
    _check(options)
    at_ms = now_ms()
    config = _config(context, options)
    tasks = [Task(symbol=options["symbol"], kind=kind, config=config) for kind in _kinds(options)]
    if options["schedule"] is not None:
        tasks = [task for task in tasks if not _fresh(task, options["schedule"], at_ms)]
    if not tasks:
        return
    tensorflow.require()
    from tradewind_train.history import settings_of_source, training_history

    settings = settings_of_source(context.settings, options["source"])
    stretch = _stretch(options)
    history = training_history(tasks[0].symbol, config.timeframe, settings, context.catalog, stretch, now_ms=at_ms)
    if history.made_up:
        click.echo("SYNTHETIC bars: a model of them says nothing of any market, and none is made live.", err=True)
    for task, resume in _to_make(tasks, settings, resume=options["resume"]):
        demanded = options["force_sentiment"] or task.kind == "price"
        _one(task, history, options, resume=resume, demanded=demanded)


def _check(options: dict[str, Any]) -> None:
    if options["force_sentiment"] and options["force_price_only"]:
        raise UsageError("both --force-sentiment and --force-price-only were given.", code="TW-U008")
    if options["auto_promote"] and options["schedule"] is None:
        raise UsageError("--auto-promote was given without --schedule.", code="TW-U008", hint="Add --schedule DAYS.")
    if options["start"] is not None and options["days"] is not None:
        raise UsageError("both --start and --days were given, expected one of them.", code="TW-U008")


def _kinds(options: dict[str, Any]) -> tuple[str, ...]:
    if options["force_sentiment"]:
        return ("sentiment",)
    return ("price",) if options["force_price_only"] else ("price", "sentiment")


def _config(context: Any, options: dict[str, Any]) -> TrainConfig:
    names = ("arch", "timeframe", "horizon", "epochs", "seed", "threads")
    given = {name: options[name] for name in names if options[name] is not None}
    return structure({**context.settings.commands.get("train", {}), **given}, TrainConfig, "commands.train")


def _stretch(options: dict[str, Any]) -> Any:
    from tradewind_train.history import Stretch

    edges = {f"{name}_ms": moment(options[name], f"--{name}") for name in ("start", "end") if options[name]}
    return Stretch(**edges, days=options["days"])


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


def _checkpoint(task: Task, settings: Any) -> Path:
    return Path(settings.state_dir) / "training" / f"{task.symbol}-{task.kind}.npz"


def _to_make(tasks: list[Task], settings: Any, *, resume: bool) -> Iterator[tuple[Task, bool]]:
    """Yield the models to make, and whether each goes on; those before the one that was stopped are done."""
    begun = [_checkpoint(task, settings).is_file() for task in tasks]
    first = begun.index(True) if resume and any(begun) else 0
    for place, task in enumerate(tasks[first:], first):
        yield task, resume and (begun[place] or not any(begun))


def _one(task: Task, history: Any, options: dict[str, Any], *, resume: bool, demanded: bool) -> None:
    """Make one model; one that is not demanded is left out, with a word, where the history has not enough for it."""
    from tradewind_train.making import make
    from tradewind_train.telling import tell_card, tell_data, teller

    try:
        data = history.dataset(task)
    except (DataError, ModelError) as error:
        if demanded:
            raise
        click.echo(f"There is no {task.kind} model of it: {error.message}", err=True)
        return
    tell_data(task, data, history)
    checkpoint = _checkpoint(task, history.settings)
    try:
        made = make(task, data, checkpoint, history.settings, now_ms=now_ms(), resume=resume, tell=teller())
    except KeyboardInterrupt:
        hint = "go on with --resume" if checkpoint.is_file() else "nothing was kept"
        click.echo(f"\nStopped; no {task.kind} model was added. What was learned: {hint}.", err=True)
        raise click.Abort from None
    tell_card(made.card, made.folder)
    _place(task, made, options, made_up=history.made_up)


def _place(task: Task, made: Any, options: dict[str, Any], *, made_up: bool) -> None:
    """Make a model live, or say why it is not."""
    promotes = options["auto_promote"] if options["schedule"] is not None else not options["stage"]
    name = made.folder.name
    if promotes and made.card.proven and not made_up:
        change = ModelRegistry(task.config.folder).promote(task.symbol, task.kind, name, now_ms=now_ms())
        click.echo(f"Live from {change.time} on.")
    elif made.card.proven:
        click.echo(f"Staged: `tradewind models promote {task.symbol} {task.kind} {name}` makes it live.")
    else:
        click.echo(
            "Staged, and it stays so: it has not passed its gate. On paper it may run with --allow-unproven-model."
        )

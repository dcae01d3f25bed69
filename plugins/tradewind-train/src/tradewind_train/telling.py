"""What a training says: the data, every pass, and what the model was worth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from tradewind.api import ModelCard
from tradewind_train.dataset import Dataset
from tradewind_train.fitting import Pass
from tradewind_train.history import TrainingHistory
from tradewind_train.settings import Task


def tell_data(task: Task, data: Dataset, history: TrainingHistory) -> None:
    """Say what a model is made of."""
    words = ", ".join(f"{name} {len(data.rows(name)):,}" for name in data.split.ranges())
    span = f"{data.frame.index[0]:%Y-%m-%d} to {data.frame.index[-1]:%Y-%m-%d}"
    click.echo(
        f"{task.symbol} {task.config.timeframe} of {history.settings.source}, {span}; "
        f"the {task.kind} model's windows: {words}.",
        err=True,
    )


def teller() -> Callable[[Pass], None]:
    """Return what shows a pass: one line that is written over on a terminal, plain lines elsewhere."""
    terminal = sys.stderr.isatty()

    def tell(done: Pass) -> None:
        line = (
            f"pass {done.epoch}/{done.epochs}: loss {done.train_loss:.4f}, unseen {done.validation_loss:.4f}, "
            f"best {done.best_epoch}, at most {done.seconds_left / 60:.1f} min left"
        )
        click.echo(f"\r{line:100}" if terminal else line, nl=not terminal or done.last, err=True)

    return tell


def tell_card(card: ModelCard, folder: Path) -> None:
    """Say what a model was worth, and which checks of the gate it has passed."""
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

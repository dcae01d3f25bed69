"""How far long work has come: a bar with an estimate on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """
    Show progress on stderr.

    Args:
        label: What is being done.
        total: How much there is to do, in any unit.

    Yields:
        A function that takes how much more is done.
    """
    if sys.stderr.isatty():
        with click.progressbar(length=total, label=label, file=sys.stderr, show_eta=True) as bar:
            yield bar.update
        return
    done, told = 0, -1
    click.echo(label, err=True)

    def update(more: int) -> None:
        nonlocal done, told
        done += more
        tenth = done * 10 // max(total, 1)
        if tenth > told:
            told = tenth
            click.echo(f"{label}: {tenth * 10}%", err=True)

    yield update

"""A command that keeps its promises, and one that breaks each."""

from __future__ import annotations

from typing import Final

import attrs
import click

from kit.mutants import Mutant, path_of
from tradewind.testing import CommandContract


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the command."""

    length: int = 30


@click.command()
@click.option("--days", type=int, default=30, help="How many days to look back.")
def sound(days: int) -> None:
    """Say how many days were looked at."""
    click.echo(f"looked at {days} days")


def not_decorated() -> str:
    """Return something that is no command."""
    return "done"


@click.command()
@click.option("--days", type=int, default=30)
def unexplained(days: int) -> None:
    """Say how many days were looked at."""
    click.echo(f"looked at {days} days")


@click.command()
def without_words() -> None:
    click.echo("done")


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def swallows_everything() -> None:
    """Do what is asked for, whatever was written."""
    click.echo("done")


SETTINGS: Final = {"config": path_of(Settings)}


def _of(component: str, breaks: str = "", says: str = "") -> Mutant:
    path = f"kit.commands:{component}"
    return Mutant(contract=CommandContract, breaks=breaks, says=says, component=path, record=SETTINGS)


MUTANTS: Final = (
    _of("sound"),
    _of("not_decorated", "is_a_click_command", "function"),
    _of("unexplained", "help_in_words", "--days"),
    _of("without_words", "help_in_words", "no help text"),
    _of("swallows_everything", "wrong_usage_in_words", "exits with 0"),
)

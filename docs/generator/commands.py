"""The page of the command line: every command's help."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

import click
from generator.docstring import cell, code, joined, table
from generator.installed import first_party

from tradewind.cli.context import Context
from tradewind.cli.main import cli

_HEAD: Final = """# Commands

`tradewind --help` and `tradewind COMMAND --help` print what stands here. Exit codes: 0 done, 1 a check found something,
2 wrong usage or settings, 3 a run that failed. Results go to standard output, messages and progress to standard error.
Times are UTC. Strategy names accept `-` and `_` alike.
"""


def page() -> str:
    """Return the page as Markdown."""
    context = Context()
    context.__dict__["catalog"] = first_party()
    root = click.Context(cli, info_name="tradewind", obj=context)
    return joined([_HEAD, *_command(root, 2)])


def _command(ctx: click.Context, level: int) -> Iterator[str]:
    command = ctx.command
    yield f"{'#' * level} `{ctx.command_path}`"
    yield ""
    yield _prose(command.help or "")
    yield ""
    yield "```text"
    yield " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    yield "```"
    yield ""
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    # the help option is made once per command, with the names that whoever asked first gave it
    rows = [_option(param, ctx) for param in options if "--help" not in param.opts]
    if rows:
        yield from table(("option", "meaning"), rows)
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is None:
                raise LookupError(f"the command {name!r} is listed and not found")
            yield from _command(click.Context(inner, info_name=name, parent=ctx), level + (ctx.parent is None))


def _option(param: click.Option, ctx: click.Context) -> tuple[str, str]:
    record = param.get_help_record(ctx)
    if record is None:
        raise LookupError(f"option {param.name!r} of {ctx.command_path} is hidden")
    shown, meaning = record
    if not meaning:
        raise LookupError(f"option {param.name!r} of {ctx.command_path} has no help")
    return code(shown), cell(meaning)


def _prose(text: str) -> str:
    return inspect.cleandoc(text).replace("\b\n", "")

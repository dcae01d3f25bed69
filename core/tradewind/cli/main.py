"""
The one command, `tradewind`.

Commands are imported when they are run, so that `--help` loads neither numpy nor pandas.
"""

from __future__ import annotations

import errno
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from tradewind import PROJECT, __version__
from tradewind.cli.context import Context
from tradewind.errors import PluginError, TradewindError, UsageError
from tradewind.plugins.names import nearest

_ROOM: Final = {
    errno.ENOSPC: "The disk is full: free some space, or name folders elsewhere (state_dir, cache_dir, logs.folder).",
    errno.EROFS: "Work in a folder that you may write to, or name such with state_dir, cache_dir and logs.folder.",
    errno.EACCES: "Work in a folder that you may write to, or name such with state_dir, cache_dir and logs.folder.",
}
"""What to do when the system does not let a file be used."""

_COMMANDS: Final = {
    "backtest": ("tradewind.cli.backtest:backtest", "Run a strategy over history."),
    "compare": ("tradewind.cli.results:compare", "Show two stored results side by side."),
    "completion": ("tradewind.cli.completion:completion", "Print what makes a shell complete commands and names."),
    "config": ("tradewind.cli.config:config", "Show and check the settings."),
    "data": ("tradewind.cli.data:data", "Check, list, repair and move market data."),
    "db": ("tradewind.cli.db:db", "Check, upgrade, back up and restore the database."),
    "drill": ("tradewind.cli.drill:drill", "Let a strategy have a bad day at an exchange on this machine."),
    "explain": ("tradewind.cli.results:explain", "Tell in words what was decided on one bar."),
    "flatten": ("tradewind.cli.control:flatten", "Close every position of a running session and end it."),
    "health": ("tradewind.cli.health:health", "Say whether all is well, what is not, and what to do."),
    "init": ("tradewind.cli.init:init", "Write a settings file from a few answers."),
    "optimize": ("tradewind.cli.optimize:optimize", "Try many settings and say what the best is worth."),
    "performance": ("tradewind.cli.performance:performance", "Show what sessions have achieved."),
    "parity": ("tradewind.cli.parity:parity", "Tell a session's bars again: equal decisions, every cent attributed."),
    "pause": ("tradewind.cli.control:pause", "Let a running session take no new entries."),
    "plugins": ("tradewind.cli.plugins:plugins", "List, check and make plugins."),
    "rerun": ("tradewind.cli.results:rerun", "Repeat a stored run and compare the outcome."),
    "resume": ("tradewind.cli.control:resume", "Clear a breaker, so that entries are taken again."),
    "results": ("tradewind.cli.results:results", "List stored results."),
    "run": ("tradewind.cli.run:run", "Trade bar by bar, on paper by default."),
    "stop": ("tradewind.cli.control:stop", "End a running session in order; stops remain at the exchange."),
    "swap": ("tradewind.cli.control:swap", "Let another strategy take over in a running session."),
    "walk-forward": ("tradewind.cli.walk_forward:walk_forward", "Choose settings on one stretch, judge on the next."),
}
"""The core's own commands: where each lives and its line in the help."""


class CommandLine(click.Group):
    """The group of all commands, the core's and the plugins', each imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name."""
        return sorted({*_COMMANDS, *self._offered(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name in _COMMANDS:
            module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
            return getattr(import_module(module), attribute)  # type: ignore[no-any-return]  # a click command
        if cmd_name in self._offered(ctx):
            found = _context(ctx).catalog.get("commands", cmd_name).resolve()
            return found if isinstance(found, click.Command) else None
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their one-line summaries, without importing them."""
        offered = self._offered(ctx)
        rows = [(name, _COMMANDS[name][1] if name in _COMMANDS else offered[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or refuse in words that name the nearest."""
        name = args[0]
        if name in _COMMANDS:
            return super().resolve_command(ctx, args)  # no plugin is imported to find what is not theirs
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            # It may be a plugin's, and the settings what keeps plugins from being loaded: then that is told.
            _ = _context(ctx).catalog
            close = nearest(name, known)
            hint = f" Did you mean {close!r}?" if close else ""
            ctx.fail(f"there is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return commands and options for a shell, without importing a single command."""
        from tradewind.cli.completing import offered

        known = {name: summary for name, (_, summary) in _COMMANDS.items()} | offered("commands")
        found = [CompletionItem(name, help=text) for name, text in sorted(known.items()) if name.startswith(incomplete)]
        return [*found, *super(click.Group, self).shell_complete(ctx, incomplete)]

    @staticmethod
    def _offered(ctx: click.Context) -> dict[str, str]:
        try:
            return {entry.name: entry.spec.summary for entry in _context(ctx).catalog.entries("commands")}
        except TradewindError:
            return {}


def _context(ctx: click.Context) -> Context:
    root = ctx.find_root()
    if not isinstance(root.obj, Context):
        root.obj = Context()
    return root.obj


@click.command(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--settings", "settings_file", metavar="FILE", help="Settings file instead of ./tradewind.toml.")
@click.option("--profile", metavar="NAME", help="Profile of the settings file, such as paper or live.")
@click.option("--set", "assignments", multiple=True, metavar="PATH=VALUE", help="Any setting; repeatable.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, prog_name=PROJECT)
@click.pass_context
def cli(
    ctx: click.Context, settings_file: str | None, profile: str | None, assignments: tuple[str, ...], debug: bool
) -> None:
    """Trade with the trend, contain the risk: backtest, paper and live from one kernel."""
    ctx.obj = Context(
        settings_file=Path(settings_file) if settings_file is not None else None,
        profile=profile,
        assignments=assignments,
        debug=debug,
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code: 0 done, 1 found something, 2 usage, 3 failed."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    try:
        code = cli.main(args=given, prog_name=PROJECT, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(3)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _say(str(_usage(error)))
        sys.exit(2)
    except TradewindError as error:
        _tell(error, debug=debug)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if debug:
            _trace()
        _say(f"TW-U007 {error.filename or 'a file or a connection'} could not be used: {error.strerror or error}.")
        if hint := _ROOM.get(error.errno or 0):
            click.echo(hint, err=True)
        sys.exit(3)
    except Exception as error:  # noqa: BLE001  # the last line of defence against a traceback
        if debug:
            _trace()
        _say(f"Tradewind failed unexpectedly: {type(error).__name__}: {error}")
        click.echo("Run it again with --debug for the traceback, and report it.", err=True)
        sys.exit(3)
    sys.exit(code if isinstance(code, int) else 0)


def _usage(error: click.ClickException) -> UsageError:
    """Return what click refused in the form of every other refusal: code, words, remedy."""
    value = isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter)
    code = "TW-U007" if isinstance(error, click.FileError) else "TW-U008" if value else "TW-U009"
    words = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else PROJECT
    return UsageError(
        f"{words[:1].lower()}{words[1:]}{'' if words.endswith('?') else '.'}",
        code=code,
        hint=f"`{command} --help` shows what can be given.",
    )


def _tell(error: TradewindError, *, debug: bool) -> None:
    if debug:
        _trace()
    _say(str(error))
    cause: Any = error.__cause__
    if isinstance(error, PluginError) and cause is not None and debug:
        _say(f"Caused by {type(cause).__name__}: {cause}")


def _trace() -> None:
    _say(traceback.format_exc().rstrip())


def _say(text: str) -> None:
    """Print to stderr without secrets: an error's words may hold what a library was given."""
    from tradewind.config.redaction import redact  # not paid for by help

    click.echo(redact(text), err=True)

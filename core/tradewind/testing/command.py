"""The promises of a command: it explains itself and tells a user's error in words."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import click
from click.testing import CliRunner, Result

from tradewind.plugins.specs import CommandSpec
from tradewind.plugins.structure import structure
from tradewind.testing.contract import promise
from tradewind.testing.failures import require
from tradewind.testing.plugin import NoSettings, PluginContract


class CommandContract(PluginContract):
    """What a command promises. The record's `factory` is the click command itself."""

    kind: ClassVar[str] = "commands"

    @property
    def record(self) -> CommandSpec:
        """The command's record."""
        return cast("CommandSpec", super().record)

    def build(self, **changes: Any) -> Any:
        """Return the command; its settings, when it has any, are only read."""
        structure({**self.config, **changes}, self.entry.settings_class() or NoSettings, self.spec)
        return self.entry.resolve()

    def run(self, *arguments: str) -> Result:
        """Run the command with these arguments and return what it printed."""
        return CliRunner().invoke(self.build(), list(arguments), prog_name=f"tradewind {self.spec}")

    @promise(after=("config_defaults_build",))
    def test_is_a_click_command(self) -> None:
        """
        What `factory` names is a click command.

        The command line shows only what is one: a plain function would be listed and not found.

        To mend: decorate the function with `@click.command()`, and let `factory` name it.
        """
        found = self.build()
        require(isinstance(found, click.Command), f"factory names {type(found).__name__}, expected a click command.")

    @promise(after=("is_a_click_command",))
    def test_help_in_words(self) -> None:
        """
        `--help` exits with 0, says what the command does, and has a line for every option.

        An option that nobody explains is tried out, and on a trading account trying is expensive.

        To mend: give the function a docstring and every option `help=…`.
        """
        outcome = self.run("--help")
        require(outcome.exit_code == 0, f"--help exits with {outcome.exit_code}: {outcome.output.strip()}")
        command = cast("click.Command", self.build())
        require((command.help or "").strip(), "the command has no help text.")
        silent = [
            option.opts[-1]
            for option in command.params
            if isinstance(option, click.Option) and not option.hidden and not option.help
        ]
        require(not silent, f"{', '.join(silent)} has no help.")

    @promise(after=("is_a_click_command",))
    def test_wrong_usage_in_words(self) -> None:
        """
        An option that does not exist exits with 2 and names it, before anything is done.

        A misspelt `--dry-run` that is swallowed is a wet one.

        To mend: leave the parsing to click; no `ignore_unknown_options`.
        """
        outcome = self.run("--no-such-option")
        require(outcome.exit_code == 2, f"--no-such-option exits with {outcome.exit_code}, expected 2.")
        require("--no-such-option" in outcome.output, f"the message does not name the option: {outcome.output.strip()}")

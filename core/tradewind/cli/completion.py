"""`tradewind completion`: what makes a shell complete commands, options, strategies, pairs and bar lengths."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tradewind import PROJECT
from tradewind.cli.context import Context, with_context

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@with_context
def completion(context: Context, shell: str) -> None:
    """
    Print the completion script of a SHELL.

    \b
    bash:  tradewind completion bash > ~/.local/share/bash-completion/completions/tradewind
    zsh:   tradewind completion zsh > a folder of $fpath, as _tradewind
    fish:  tradewind completion fish > ~/.config/fish/completions/tradewind.fish
    """
    del context
    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"nothing is known of the shell {shell}.")
    # The script alone: looking at the version of a shell that may not be installed is the shell's affair.
    made = found(root, {}, PROJECT, f"_{PROJECT.upper()}_COMPLETE")
    click.echo(made.source_template % made.source_vars())

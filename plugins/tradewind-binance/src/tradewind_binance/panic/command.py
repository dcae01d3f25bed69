"""`tradewind panic`: the same program by its other name."""

from __future__ import annotations

import sys

import click

from tradewind_binance.panic.__main__ import main


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def panic(arguments: tuple[str, ...]) -> None:
    """Leave every position on Binance with keys and REST alone, when the engine cannot."""
    sys.exit(main(list(arguments)))

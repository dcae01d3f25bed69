"""`tradewind panic`: the same program by its other name."""

from __future__ import annotations

import sys
from typing import Any

import click

from tradewind.api import with_context
from tradewind_binance.panic.__main__ import carry, main, refuse
from tradewind_binance.panic.asking import Account

HERE = "binance"
"""The executor whose accounts it knows."""


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.option("--account", default="", metavar="NAME", help="Only with the keys of this account, as sessions name it.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@with_context
def panic(context: Any, account: str, arguments: tuple[str, ...]) -> None:
    """
    Leave every position on Binance with keys and REST alone, when the engine cannot.

    With --account it looks for that account's keys in the settings and their profiles, and does nothing at any other.
    """
    sys.exit(_of(context, account, flatten="--flatten" in arguments) if account else main(list(arguments)))


def _of(context: Any, account: str, *, flatten: bool) -> int:
    way = context.way_of(account)
    if way.name != HERE:
        return refuse(f"the account is at {way.name}, and panic knows {HERE} alone: use the venue's own page")
    keys = {name: secret.reveal() for name, secret in way.secrets.items()}
    secret = keys.get("private_key") or keys.get("api_secret")
    if not keys.get("api_key") or not secret:
        return refuse("no key: the settings of this account have no api_key, or neither private_key nor api_secret")
    return carry(Account(way.addresses[0], keys["api_key"], secret, keys.get("private_key_pass")), flatten=flatten)

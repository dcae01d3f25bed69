"""The program: `python -m tradewind_binance.panic [--flatten]`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

from tradewind_binance.clock import wall_seconds
from tradewind_binance.panic.asking import Account
from tradewind_binance.panic.flatten import flatten as leave
from tradewind_binance.panic.flatten import own_orders, step_of

LIVE: Final = "https://api.binance.com"
_PREFIX: Final = "TRADEWIND_EXECUTORS__BINANCE__"
_DESCRIPTION: Final = (
    "Sell what Tradewind bought on Binance and take its orders away, with keys and REST alone. Without --flatten it "
    "only shows what it would do. Positions whose stop does not rest cannot be seen from here: it says so."
)


def main(arguments: list[str] | None = None) -> int:
    """Show or do it; return 0 when nothing of Tradewind rests any more, 1 when something does, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="tradewind panic", description=_DESCRIPTION)
    parser.add_argument("--flatten", action="store_true", help="do it")
    parser.add_argument("--rest-url", default="", help=f"address of REST, else that of the settings, else {LIVE}")
    parser.add_argument("--secrets", type=Path, default=Path(".secrets.toml"), help="file with the keys")
    parser.add_argument("--receipt", type=Path, default=None, help="where the receipt is written")
    chosen = parser.parse_args(arguments)
    keys = _keys(chosen.secrets)
    secret = keys.get("private_key") or keys.get("api_secret")
    if not keys.get("api_key") or not secret:
        return refuse(f"no key: put api_key and private_key or api_secret into {chosen.secrets} or {_PREFIX}API_KEY, …")
    base = chosen.rest_url or keys.get("rest_url") or LIVE
    local = ("http://127.0.0.1", "http://localhost", "http://[::1]")
    if not base.startswith(("https://", *local)):
        return refuse(f"the address is {base!r}, expected one that begins with https://")
    account = Account(base, keys["api_key"], secret, keys.get("private_key_pass"))
    return carry(account, flatten=chosen.flatten, receipt=chosen.receipt)


def carry(account: Account, *, flatten: bool, receipt: Path | None = None) -> int:
    """
    Show or do it at one account.

    Args:
        account: Its REST.
        flatten: Do it; otherwise it is only shown.
        receipt: Where the receipt is written; None for a file in this folder, named by the time.

    Returns:
        0 when nothing of Tradewind rests any more, 1 when something does, 3 when the venue did not say.
    """
    account.take_time()
    try:
        if not flatten:
            return _show([step_of(order) for order in own_orders(account)])
        done, left = leave(account, tell=_say)
    except ConnectionError as error:
        sys.stderr.write(f"{error}. Orders that rest stay there; try again, or use the venue's own page.\n")
        return 3
    moment = int(wall_seconds())
    receipt = receipt or Path(f"tradewind-panic-{moment}.json")
    _write(receipt, {"time": moment, "venue": account.base, "done": done, "left": left})
    _say(f"{len(done)} steps; {len(left)} own orders still rest; receipt: {receipt}")
    _say("A position without a resting stop is not seen here: compare the venue's balances.")
    return 1 if left else 0


def _keys(file: Path) -> dict[str, str]:
    """Return the key's parts: those of the environment, then those of the file."""
    found: dict[str, Any] = {}
    if file.is_file():
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
        for base in (tables, tables.get("default", {}), tables.get("live", {})):
            found |= base.get("executors", {}).get("binance", {})
    for name, value in os.environ.items():
        if name.startswith(_PREFIX) and value:
            found[name.removeprefix(_PREFIX).lower()] = value
    for name in ("api_key", "api_secret", "private_key"):
        if found.get(f"{name}_file") and not found.get(name):
            found[name] = Path(str(found[f"{name}_file"])).expanduser().read_text(encoding="utf-8").strip()
    return {name: str(value) for name, value in found.items()}


def _show(steps: list[dict[str, str]]) -> int:
    for step in steps:
        _say(f"would {step['do']} {step['quantity']} {step['symbol']} ({step['order']})")
    _say(f"{len(steps)} own orders rest. Nothing was done; give --flatten to do it.")
    return 1 if steps else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def refuse(words: str) -> int:
    """Say why nothing was done; return 2."""
    sys.stderr.write(f"{words}\n")
    return 2


def _write(path: Path, content: dict[str, Any]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


if __name__ == "__main__":
    sys.exit(main())

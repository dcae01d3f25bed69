"""
The program `tradewind`, which gets a signal at a chosen moment of its start.

    python leaving.py MODULE:NAME arguments

The signal comes when the function of that name is called the first time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tradewind.cli.main import main


def _signalled(function: Callable[..., Any]) -> Callable[..., Any]:
    sent: list[int] = []

    def first(*values: Any, **named: Any) -> Any:
        if not sent:
            sent.append(os.getpid())
            os.kill(sent[0], signal.SIGTERM)
        return function(*values, **named)

    return first


if __name__ == "__main__":
    module, _, path = sys.argv.pop(1).partition(":")
    *owners, name = path.split(".")
    place: Any = import_module(module)
    for owner in owners:
        place = getattr(place, owner)
    setattr(place, name, _signalled(getattr(place, name)))
    main()

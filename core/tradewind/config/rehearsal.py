"""The profile `sandbox`: settings that a running sandbox left for programs of this machine."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tradewind.config.layers import Layer
from tradewind.errors import SettingsError

PROFILE: Final = "sandbox"
CONNECTION: Final = "sandbox.json"
"""Its name in the state folder; what stands in it under `settings` is a table of settings."""
_START: Final = "Start one in this folder: tradewind sandbox --source synthetic --symbol BTCUSDT --speed 60"


def sandbox_layer(state_dir: Path) -> Layer:
    """
    Return the settings that lead to the sandbox that runs on this machine.

    Raises:
        SettingsError: TW-S005 when none runs, TW-S007 when others can read what it left.
    """
    path = state_dir / CONNECTION
    try:
        facts = path.lstat()
        if not stat.S_ISREG(facts.st_mode) or facts.st_mode & 0o077:
            raise SettingsError(
                f"{path} is not a regular file that only you can read.", code="TW-S007", hint=f"Remove it. {_START}"
            )
        content = json.loads(path.read_text(encoding="utf-8"))
        values, process = content["settings"], int(content["pid"])
    except FileNotFoundError:
        raise _none("no sandbox runs in this folder") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _none(f"{path} cannot be read ({type(error).__name__})") from error
    if not isinstance(values, Mapping) or not _lives(process):
        raise _none(f"the sandbox that left {path} runs no more")
    return Layer(origin=str(path), values=values)


def _none(cause: str) -> SettingsError:
    return SettingsError(f"the profile 'sandbox' needs a sandbox: {cause}.", code="TW-S005", hint=_START)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def state_dir_of(values: Mapping[str, Any], default: Path) -> Path:
    """Return the state folder that these settings name, as a path."""
    named = values.get("state_dir")
    return Path(named) if isinstance(named, str) else default

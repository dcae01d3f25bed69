"""The file by which a program of this machine finds the sandbox and its keys."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tradewind.api import UsageError
from tradewind_sandbox.credentials import Credentials
from tradewind_sandbox.server.serving import SandboxServer

NAME: Final = "sandbox.json"
"""Its name in the state folder."""
VENUE: Final = "binance"
"""The source and the executor that speak its protocol."""


def settings_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that lead a session of Tradewind here: the profile `sandbox`."""
    place = {
        "place": "custom",
        "rest_url": facts["base_url"],
        "stream_url": facts["stream_url"],
        "ws_api_url": facts["ws_api_url"],
        "speed": facts["speed"] or 1.0,
    }
    keys = {"api_key": facts["api_key"], "api_secret": facts["api_secret"]}
    return {
        "symbols": facts["symbols"],
        "source": VENUE,
        "executor": VENUE,
        "sources": {VENUE: place},
        "executors": {VENUE: place | keys},
    }


def facts_of(server: SandboxServer, credentials: Credentials) -> dict[str, Any]:
    """Return what a client needs: addresses, keys, the control port's token, and how fast time runs."""
    facts: dict[str, Any] = {
        "base_url": server.base_url,
        "stream_url": server.stream_url,
        "ws_api_url": server.ws_api_url,
        "control_url": server.control_url,
        "control_token": server.token,
        "api_key": credentials.key,
        "api_secret": credentials.secret,
        "ed25519_api_key": credentials.ed25519_key,
        "ed25519_private_key": credentials.private_pem,
        "symbols": list(server.ticking.sandbox.driver.feeds),
        "speed": server.ticking.pace.speed,
        "pid": os.getpid(),
    }
    return facts | {"settings": settings_of(facts)}


def write_connection(folder: Path, facts: Mapping[str, Any]) -> Path:
    """
    Write the file, readable by its owner alone, in one step; return where it is.

    Raises:
        UsageError: TW-U007 when the folder cannot be written.
    """
    path = folder / NAME
    temporary = folder / f".tmp-{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump(dict(facts), stream, indent=2)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", code="TW-U007", hint="Name another folder with state_dir."
        ) from error
    return path


def remove_connection(path: Path, token: str) -> None:
    """Remove the file, unless another sandbox has written its own in the meantime."""
    try:
        if json.loads(path.read_text())["control_token"] == token:
            path.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        return

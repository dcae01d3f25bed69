"""Ask plugins for a secret; the first that knows it answers."""

from __future__ import annotations

import logging
from typing import Final

import pluggy

from tradewind import PROJECT

_LOG: Final = logging.getLogger(__name__)


def ask_secret(manager: pluggy.PluginManager, name: str) -> str | None:
    """
    Return the first answer that is not None, or None.

    A plugin that raises is passed over; its error is logged without its text, which might hold
    the secret.
    """
    hook = f"{PROJECT}_secret"
    for plugin_name, plugin in manager.list_name_plugin():
        implementation = getattr(plugin, hook, None)
        if implementation is None:
            continue
        try:
            answer = implementation(name=name)
        except Exception as error:  # noqa: BLE001  # the next plugin is asked
            _LOG.warning("plugin %s raised %s when asked for a secret", plugin_name, type(error).__name__)
            continue
        if answer is not None:
            return str(answer)
    return None

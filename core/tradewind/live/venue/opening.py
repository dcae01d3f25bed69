"""Build the way to a venue from settings: executor, secrets, addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tradewind.config.keys import split_secrets
from tradewind.config.schema import Settings
from tradewind.config.secret import Secret
from tradewind.errors import LiveError, PluginError
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.secrets import ask_secret
from tradewind.plugins.specs import ExecutorSpec, canonical
from tradewind.plugins.structure import structure


@attrs.frozen(kw_only=True, eq=False)
class Way:
    """
    The way to a venue.

    Args:
        name: The executor's catalogue name.
        make: Makes the executor, not yet opened; refuses when its keys are missing.
        real_money: Orders cost money there.
        addresses: Where it sends them.
        distribution: Who offers it.
        fingerprint: The account's name in the journal: a hash of key, venue and addresses.
        rate: How fast the venue's time runs: 1, but at a sandbox that replays faster.
        secrets: Its keys.
    """

    name: str
    make: Callable[[], Any]
    real_money: bool
    addresses: tuple[str, ...]
    distribution: str
    fingerprint: str
    rate: float = 1.0
    secrets: Mapping[str, Secret] = attrs.field(factory=dict, repr=False)


def way_to(settings: Settings, catalog: Catalog) -> Way:
    """
    Return the way to the venue that the settings name.

    Raises:
        LiveError: TW-L006 when they name paper.
        PluginError: When no loaded plugin offers it.
        SettingsError: When its settings or secrets cannot be used.
    """
    if settings.executor == "paper":
        raise LiveError(
            "the settings' executor is paper, which sends no orders.",
            code="TW-L006",
            hint='Name a venue in the settings, such as executor = "binance", or leave out --live-trading.',
        )
    entry = catalog.get("executors", settings.executor)
    spec = entry.spec
    if not isinstance(spec, ExecutorSpec):
        raise PluginError(f"{entry.qualified} is no executor.", code="TW-P007")
    where = f"executors.{canonical(entry.name)}"
    table = settings.executors.get(canonical(entry.name), {})
    plain, secrets = split_secrets(spec.secrets, table, where=where, ask=lambda name: ask_secret(catalog.manager, name))
    settings_class = entry.settings_class()
    config = structure(plain, settings_class, where) if settings_class is not None else None
    arguments = [] if config is None else [config]
    if spec.secrets:
        arguments.append(secrets)
    addresses = _addresses(config)
    key = secrets["api_key"].reveal() if "api_key" in secrets else ""
    return Way(
        name=entry.name,
        make=lambda: entry.resolve()(*arguments),
        real_money=spec.real_money,
        addresses=addresses,
        distribution=entry.distribution,
        fingerprint=hashlib.sha256("\n".join((entry.name, *addresses, key)).encode()).hexdigest()[:32],
        rate=float(getattr(config, "speed", 1.0)),
        secrets=secrets,
    )


def _addresses(config: Any) -> tuple[str, ...]:
    """Return every URL that an executor's settings name as an address."""
    told = getattr(config, "addresses", None)
    if told is None:
        return ()
    values = attrs.asdict(told).values() if attrs.has(type(told)) else tuple(told)
    return tuple(str(value) for value in values if "://" in str(value))

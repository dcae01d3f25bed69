"""Build the services that run beside a session from settings and secrets."""

from __future__ import annotations

from typing import Any

from tradewind.config.keys import split_secrets
from tradewind.config.schema import Settings
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.protocols import Service
from tradewind.plugins.secrets import ask_secret
from tradewind.plugins.specs import ServiceSpec, canonical
from tradewind.plugins.structure import structure


def named_services(settings: Settings, catalog: Catalog) -> list[Entry]:
    """Return the services that the settings have a table for: those run beside a session."""
    return [entry for entry in catalog.entries("services") if canonical(entry.name) in settings.services]


def build_service(entry: Entry, settings: Settings, catalog: Catalog) -> Service:
    """
    Return a service, built from its settings and secrets.

    Raises:
        SettingsError: When its settings or secrets cannot be used.
        PluginError: TW-P008 when it cannot be imported.
    """
    where = f"services.{canonical(entry.name)}"
    table = settings.services.get(canonical(entry.name), {})
    names = entry.spec.secrets if isinstance(entry.spec, ServiceSpec) else ()
    plain, secrets = split_secrets(names, table, where=where, ask=lambda name: ask_secret(catalog.manager, name))
    if not names:
        return entry.build(plain)  # type: ignore[no-any-return]  # the contract kit holds it to the protocol
    settings_class = entry.settings_class()
    arguments: list[Any] = [structure(plain, settings_class, where)] if settings_class is not None else []
    return entry.resolve()(*arguments, secrets)  # type: ignore[no-any-return]  # the same

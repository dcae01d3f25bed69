"""Build the services that run beside a session from settings and secrets, and try those that tell people."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tradewind.config.keys import split_secrets
from tradewind.config.redaction import redact
from tradewind.config.schema import Settings
from tradewind.errors import TradewindError
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.secrets import ask_secret
from tradewind.plugins.services import AlertingService, Service
from tradewind.plugins.specs import ServiceSpec, canonical
from tradewind.plugins.structure import structure

TEST_S: Final = 60.0
"""How long the delivery of a test message may take."""


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


@attrs.frozen(kw_only=True)
class AlertTest:
    """
    What became of test messages.

    Args:
        working: The services that delivered one.
        failed: Why each of the others did not, by service.
        notes: What those that work have to say, such as of a second channel that does not.
    """

    working: tuple[str, ...] = ()
    failed: Mapping[str, str] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()


async def try_alerts(settings: Settings, catalog: Catalog) -> AlertTest:
    """Let every alerting service that the settings name deliver a test message, now."""
    working: list[str] = []
    failed: dict[str, str] = {}
    notes: list[str] = []
    for entry in named_services(settings, catalog):
        try:
            service = build_service(entry, settings, catalog)
            if not isinstance(service, AlertingService):
                continue
            said = await asyncio.wait_for(service.test_alert(), TEST_S)
        except TimeoutError:
            failed[entry.name] = f"{entry.name} delivered nothing within {TEST_S:g} s."
        except Exception as error:  # noqa: BLE001  # whatever a service raises, it does not work
            words = error.message if isinstance(error, TradewindError) else f"{type(error).__name__}: {error}"
            failed[entry.name] = redact(words)
        else:
            working.append(entry.name)
            notes += [redact(str(note)) for note in said or ()]
    return AlertTest(working=tuple(working), failed=failed, notes=tuple(notes))

"""The catalogue: every component that loaded plugins offer, by kind and name, built on demand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from importlib import import_module
from typing import Any

import attrs
import pluggy

from tradewind.errors import PLUGIN_FAULTS, PluginError, TradewindError
from tradewind.plugins.discovery import Candidate
from tradewind.plugins.loader import PluginRow, State, load
from tradewind.plugins.names import listed, nearest, normalised, split_qualified
from tradewind.plugins.specs import KINDS, Spec, canonical


@attrs.frozen(kw_only=True)
class Entry:
    """
    One component on offer.

    Args:
        kind: The declaring hook without `tradewind_`, such as `strategies`.
        spec: Its record.
        distribution: Who offers it.
        version: That distribution's version.
    """

    kind: str
    spec: Spec
    distribution: str
    version: str

    @property
    def name(self) -> str:
        """The catalogue name."""
        return self.spec.name

    @property
    def qualified(self) -> str:
        """The name that is unique even when two plugins offer the same one."""
        return f"{self.distribution}:{self.spec.name}"

    def resolve(self, path: str | None = None) -> Any:
        """
        Import what the record's factory (or another of its paths) names.

        Raises:
            PluginError: TW-P008 with the cause.
        """
        target = path or self.spec.factory
        module, _, attribute = target.partition(":")
        try:
            found: Any = import_module(module)
            for part in attribute.split("."):
                found = getattr(found, part)
        except PluginError:
            raise
        except PLUGIN_FAULTS as error:
            raise PluginError(
                f"{self.spec.kind} {self.qualified}: {target!r} cannot be imported: {type(error).__name__}: {error}.",
                code="TW-P008",
                hint=f"Reinstall {self.distribution}, or block it (plugins.block) and choose another.",
                entry=self.qualified,
            ) from error
        return found

    def settings_class(self) -> type | None:
        """Return the attrs class of its settings, or None when it has none."""
        if self.spec.config is None:
            return None
        found = self.resolve(self.spec.config)
        if not isinstance(found, type) or not attrs.has(found):
            raise PluginError(
                f"{self.spec.kind} {self.qualified}: {self.spec.config!r} is not an attrs class.",
                code="TW-P008",
                entry=self.qualified,
            )
        return found

    def build(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        where: str = "",
        secrets: Mapping[str, Any] | None = None,
    ) -> Any:
        """
        Build the component from plain settings, strictly structured into its settings class.

        Args:
            settings: Values by setting name; what is missing takes its default.
            where: The settings table named in messages.
            secrets: Handed to the factory after the settings, when there are any to hand over.

        Raises:
            SettingsError: TW-S002 to TW-S004 for unknown, mistyped or out-of-range settings.
            PluginError: TW-P008 when the factory cannot be imported or called.
        """
        from tradewind.plugins.structure import structure  # cattrs is not paid for by lists

        settings_class = self.settings_class()
        table = where or f"{self.spec.section}.{canonical(self.name)}"
        factory = self.resolve()
        if settings_class is None:
            structure(settings or {}, _NoSettings, table)
            arguments: tuple[Any, ...] = ()
        else:
            arguments = (structure(settings or {}, settings_class, table),)
        if secrets:
            arguments = (*arguments, secrets)
        try:
            return factory(*arguments)
        except (TradewindError, OSError):
            raise
        except PLUGIN_FAULTS as error:
            raise PluginError(
                f"{self.spec.kind} {self.qualified}: its factory {self.spec.factory!r} "
                f"raised {type(error).__name__}: {error}.",
                code="TW-P008",
                entry=self.qualified,
            ) from error


@attrs.frozen(kw_only=True)
class _NoSettings:
    """What a component without a settings class accepts: nothing."""


@attrs.frozen(kw_only=True)
class Catalog:
    """
    Every component on offer, and what became of every plugin.

    Args:
        plugins: One row per distribution.
        manager: Holds the loaded plugins, for secrets and events.
    """

    plugins: tuple[PluginRow, ...]
    manager: pluggy.PluginManager

    @cached_property
    def _entries(self) -> dict[str, dict[str, list[Entry]]]:
        table: dict[str, dict[str, list[Entry]]] = {kind: {} for kind in KINDS}
        for row in self.plugins:
            for kind, spec in row.records:
                entry = Entry(kind=kind, spec=spec, distribution=row.distribution, version=row.version)
                table[kind].setdefault(canonical(spec.name), []).append(entry)
        return table

    def entries(self, kind: str) -> list[Entry]:
        """Return what is on offer of one kind, by name."""
        return [entry for _, offered in sorted(self._entries[kind].items()) for entry in offered]

    def names(self, kind: str) -> list[str]:
        """Return the names on offer of one kind."""
        return [entry.name for entry in self.entries(kind)]

    def get(self, kind: str, name: str) -> Entry:
        """
        Return the component of this name; `-` and `_` are the same, `distribution:name` is exact.

        Raises:
            PluginError: TW-P004 when two plugins offer it, TW-P005 when none does; TW-P001,
                TW-P002 or TW-P003 when the distribution named is broken, incompatible or blocked.
        """
        distribution, component = split_qualified(name)
        offered = self._entries[kind].get(canonical(component), [])
        if distribution is not None:
            wanted = normalised(distribution)
            for entry in offered:
                if entry.distribution == wanted:
                    return entry
            self._refuse_unloaded(kind, name, wanted)
            raise self._unknown(kind, name)
        if len(offered) > 1:
            raise _collision(kind, component, offered)
        if not offered:
            raise self._unknown(kind, name)
        return offered[0]

    def find(self, name: str) -> list[Entry]:
        """
        Return every component of this name, of whatever kind; `-` and `_` are the same.

        Raises:
            PluginError: TW-P005 when there is none.
        """
        distribution, component = split_qualified(name)
        found = [
            entry
            for by_name in self._entries.values()
            for entry in by_name.get(canonical(component), [])
            if distribution is None or entry.distribution == normalised(distribution)
        ]
        if not found:
            known = {entry.name for kind in KINDS for entry in self.entries(kind)}
            close = nearest(component, known | {row.distribution for row in self.plugins})
            raise PluginError(
                f"there is no plugin and no component {name!r}.",
                code="TW-P005",
                hint=(f"Did you mean {close!r}? " if close else "") + "`tradewind plugins list` shows all.",
                name=name,
            )
        return found

    def build(self, kind: str, name: str, settings: Mapping[str, Any] | None = None) -> Any:
        """Build the component of this name; see `Entry.build`."""
        return self.get(kind, name).build(settings)

    def collisions(self) -> list[tuple[str, list[Entry]]]:
        """Return (kind, entries) for every name that more than one plugin offers."""
        return [
            (kind, offered)
            for kind, by_name in self._entries.items()
            for offered in by_name.values()
            if len(offered) > 1
        ]

    def row(self, distribution: str) -> PluginRow | None:
        """Return what became of this distribution, or None when it is not installed."""
        wanted = normalised(distribution)
        return next((row for row in self.plugins if row.distribution == wanted), None)

    def _refuse_unloaded(self, kind: str, name: str, distribution: str) -> None:
        row = self.row(distribution)
        if row is None or row.state is State.LOADED:
            return
        code = {State.BROKEN: "TW-P001", State.INCOMPATIBLE: "TW-P002", State.BLOCKED: "TW-P003"}[row.state]
        raise PluginError(
            f"{KINDS[kind].kind} {name!r} is offered by {row.distribution} {row.version}, "
            f"which is {row.state}: {row.cause}.",
            code=code,
            hint=f"`tradewind plugins info {row.distribution}` shows more.",
        )

    def _unknown(self, kind: str, name: str) -> PluginError:
        names = self.names(kind)
        close = nearest(split_qualified(name)[1], names)
        lines = [f"There is: {listed(names)}."]
        if close:
            lines.insert(0, f"Did you mean {close!r}?")
        unloaded = [row for row in self.plugins if row.state is not State.LOADED]
        lines += [f"{row.distribution} {row.version} may offer it but is {row.state}: {row.cause}." for row in unloaded]
        return PluginError(
            f"there is no {KINDS[kind].kind} {name!r}.", code="TW-P005", hint="\n".join(lines), name=name
        )


def _collision(kind: str, name: str, offered: list[Entry]) -> PluginError:
    who = " and ".join(f"{entry.distribution} {entry.version}" for entry in offered)
    return PluginError(
        f"two plugins offer {KINDS[kind].kind} {name!r}: {who}.",
        code="TW-P004",
        hint=(
            f'Block one (plugins.block = ["{offered[-1].distribution}"]) '
            f"or write its name in full: {offered[0].qualified}."
        ),
        name=name,
    )


def load_catalog(
    *,
    allow: Collection[str] | None = None,
    block: Collection[str] = (),
    candidates: Iterable[Candidate] | None = None,
) -> Catalog:
    """
    Load the installed plugins and return what they offer.

    Args:
        allow: Distributions that may be imported; None for all.
        block: Distributions that may not be imported.
        candidates: What to load instead of what is installed.
    """
    loaded = load(allow=allow, block=block, candidates=candidates)
    return Catalog(plugins=loaded.rows, manager=loaded.manager)

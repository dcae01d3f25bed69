"""
Import plugins one by one, each isolated from the others.

pluggy's own entry-point loading aborts at the first broken plugin and accepts misspelt hooks;
this loader gives every distribution one of four states and goes on.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

import attrs
import pluggy

from tradewind import PROJECT, __version__
from tradewind.errors import PluginError
from tradewind.plugins import hookspecs
from tradewind.plugins.discovery import Candidate, find_candidates
from tradewind.plugins.names import nearest, normalised
from tradewind.plugins.specs import KINDS, Spec


class State(StrEnum):
    """What became of a plugin."""

    LOADED = "loaded"
    BLOCKED = "blocked"
    INCOMPATIBLE = "incompatible"
    BROKEN = "broken"


@attrs.frozen(kw_only=True)
class PluginRow:
    """
    One distribution in the list of plugins.

    Args:
        distribution: Its normalised name.
        version: Its version as installed.
        state: What became of it.
        cause: Why it is not loaded, in words; empty when it is.
        trace: The traceback of a broken plugin.
        records: What it offers, by hook name without `tradewind_`.
    """

    distribution: str
    version: str
    state: State
    cause: str = ""
    trace: str = ""
    records: tuple[tuple[str, Spec], ...] = ()


@attrs.frozen(kw_only=True)
class Loaded:
    """
    The outcome of loading: a row per distribution and the manager that holds the observers.

    Args:
        rows: One per distribution, by name.
        manager: The plugins that are loaded, under their distribution names.
    """

    rows: tuple[PluginRow, ...]
    manager: pluggy.PluginManager


def load(
    *,
    allow: Collection[str] | None = None,
    block: Collection[str] = (),
    candidates: Iterable[Candidate] | None = None,
) -> Loaded:
    """
    Load every installed plugin that may be.

    Args:
        allow: Distributions that may be imported; None for all. Applied before any import.
        block: Distributions that may not be imported.
        candidates: What to load instead of what is installed.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    allowed = None if allow is None else {normalised(name) for name in allow}
    blocked = {normalised(name) for name in block}
    rows = []
    for candidate in find_candidates() if candidates is None else candidates:
        if candidate.distribution in blocked:
            rows.append(_row(candidate, State.BLOCKED, "the settings block it (plugins.block)"))
        elif allowed is not None and candidate.distribution not in allowed:
            rows.append(_row(candidate, State.BLOCKED, "the settings do not allow it (plugins.allow)"))
        elif not candidate.fits:
            cause = f"it requires tradewind{candidate.requires}, this is {__version__}"
            rows.append(_row(candidate, State.INCOMPATIBLE, cause))
        else:
            rows.append(_load_one(manager, candidate))
    return Loaded(rows=tuple(rows), manager=manager)


def _row(candidate: Candidate, state: State, cause: str, trace: str = "") -> PluginRow:
    return PluginRow(
        distribution=candidate.distribution, version=candidate.version, state=state, cause=cause, trace=trace
    )


def _load_one(manager: pluggy.PluginManager, candidate: Candidate) -> PluginRow:
    """Import one plugin and read its records; whatever it raises stays its own."""
    registered: list[Any] = []
    try:
        records: list[tuple[str, Spec]] = []
        for point in candidate.entry_points:
            module = point.load()
            _check_hooks(module, candidate)
            manager.register(module, name=f"{candidate.distribution}:{point.name}")
            registered.append(module)
            records += _read_records(module)
    except BaseException as error:  # a plugin may raise anything, SystemExit included
        if isinstance(error, KeyboardInterrupt):
            raise
        for module in registered:
            manager.unregister(module)
        cause = error.message if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        return _row(candidate, State.BROKEN, cause, "".join(traceback.format_exception(error)))
    return PluginRow(
        distribution=candidate.distribution,
        version=candidate.version,
        state=State.LOADED,
        records=tuple(records),
    )


def _check_hooks(module: Any, candidate: Candidate) -> None:
    """Refuse names and signatures that no specification has: pluggy would ignore them in silence."""
    specified = {name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_")}
    for name, value in vars(module).items():
        marked = getattr(value, f"{PROJECT}_impl", None) is not None
        looks_like_one = name.startswith(f"{PROJECT}_") and callable(value)
        if (marked or looks_like_one) and name not in specified:
            close = nearest(name, specified)
            raise PluginError(
                f"there is no hook {name!r}" + (f"; did it mean {close!r}?" if close else ""),
                code="TW-P006",
                hint=f"The hooks are: {', '.join(sorted(specified))}.",
                distribution=candidate.distribution,
            )
        if looks_like_one and not marked:
            raise PluginError(
                f"{name!r} is not marked with @hookimpl and would never be called",
                code="TW-P006",
                hint="Write `@hookimpl` (from tradewind import hookimpl) above it.",
                distribution=candidate.distribution,
            )


def _read_records(module: Any) -> list[tuple[str, Spec]]:
    records: list[tuple[str, Spec]] = []
    for kind, record_class in KINDS.items():
        hook = getattr(module, f"{PROJECT}_{kind}", None)
        if hook is None:
            continue
        offered = hook()
        if isinstance(offered, Spec):
            offered = (offered,)
        for record in offered or ():
            if not isinstance(record, record_class):
                raise PluginError(
                    f"tradewind_{kind} returned {type(record).__name__}, expected {record_class.__name__}",
                    code="TW-P007",
                )
            records.append((kind, record))
    return records

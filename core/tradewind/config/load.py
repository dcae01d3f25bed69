"""Load the settings of a run: layers, strict structure, and where each value came from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from tradewind.config.layers import Layer, environment_layer, file_layers, leaves, merged, secrets_layer, table_of
from tradewind.config.rehearsal import PROFILE, sandbox_layer, state_dir_of
from tradewind.config.schema import COMPONENT_SECTIONS, Settings
from tradewind.errors import SettingsError
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.names import nearest
from tradewind.plugins.specs import KINDS, canonical

if TYPE_CHECKING:
    from tradewind.plugins.structure import Problem

DEFAULT_FILE: Final = "tradewind.toml"
SECRETS_FILE: Final = ".secrets.toml"


@attrs.frozen(kw_only=True)
class LoadedSettings:
    """
    The settings of a run and their history.

    Args:
        settings: What is in force.
        layers: The layers they were merged from, weakest first.
    """

    settings: Settings
    layers: tuple[Layer, ...]

    def origin(self, path: str) -> str:
        """Return where the value at this path came from, in words."""
        for layer in reversed(self.layers):
            for found, _ in leaves(layer.values):
                if found == path or found.startswith(f"{path}."):
                    return layer.origin
        return "default"


def load_settings(
    file: Path | None = None,
    *,
    profile: str | None = None,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Sequence[Layer] = (),
) -> LoadedSettings:
    """
    Load the settings in force, all faults at once.

    Later layers win: defaults, `tradewind.toml` (its top level, then `[default]`, then the
    profile), `.secrets.toml` beside it, `TRADEWIND_*` and `DATABASE_URL`, the command line.
    The profile `sandbox` begins with what a running sandbox left in the state folder; how its venue is reached, keys
    included, wins over all but the command line: keys of real money must not go there, nor its orders elsewhere.

    Args:
        file: The settings file; None takes `tradewind.toml` of the folder when it is there.
        profile: The profile; it must exist in the file, but for `sandbox`.
        folder: The working folder.
        environ: The environment; None takes the process's own.
        overrides: What the command line says.

    Raises:
        SettingsError: With the code of the first fault and all faults in `problems`.
    """
    where = folder or Path()
    path = file if file is not None else where / DEFAULT_FILE
    layers: list[Layer] = []
    rehearses = profile == PROFILE
    if file is not None or path.exists() or path.is_symlink():  # a link to nothing is no wish for the defaults
        layers += file_layers(path, profile)
    elif profile is not None and not rehearses:
        raise SettingsError(
            f"the profile {profile!r} needs a settings file, and there is no {DEFAULT_FILE} here.",
            code="TW-S005",
            hint=f"Write {DEFAULT_FILE} with a table {table_of(profile)}, or name a file with --settings.",
        )
    secrets = secrets_layer(path.parent / SECRETS_FILE)
    layers += [secrets] if secrets else []
    layers.append(environment_layer(os.environ if environ is None else environ))
    if rehearses:
        found = sandbox_layer(state_dir_of(merged([*layers, *overrides]), Settings().state_dir))
        layers.insert(0, found)
        layers.append(Layer(origin=found.origin, values={"executors": found.values.get("executors", {})}))
    layers += overrides
    values = _canonical_names(merged(layers))
    if not values:
        return LoadedSettings(settings=Settings(), layers=tuple(layers))
    from tradewind.plugins.structure import problems_of, settings_error  # cattrs, only when there is something to read

    settings, problems = problems_of(values, Settings, "")
    if problems:
        raise settings_error(problems, source=", ".join(layer.origin for layer in layers if layer.values))
    return LoadedSettings(settings=settings, layers=tuple(layers))


def _canonical_names(values: dict[str, Any]) -> dict[str, Any]:
    """Write component names with `_`, so that `[strategies.my-idea]` and `my_idea` are one table."""
    for section in COMPONENT_SECTIONS:
        table = values.get(section)
        if isinstance(table, dict):
            values[section] = {canonical(name): inner for name, inner in table.items()}
    return values


def refuse_unknown_tables(settings: Settings, catalog: Catalog) -> None:
    """
    Refuse a table for a component that nobody offers: what it says would be ignored without a word.

    Where a plugin is not loaded the table may be its own, and nothing is refused.

    Raises:
        SettingsError: TW-S002 with every such table.
    """
    from tradewind.plugins.loader import State
    from tradewind.plugins.structure import settings_error

    if all(row.state is State.LOADED for row in catalog.plugins) and (problems := _of_nobody(settings, catalog)):
        raise settings_error(problems)


def _of_nobody(settings: Settings, catalog: Catalog) -> list[Problem]:
    """Return one fault for every table of a component that no loaded plugin offers."""
    from tradewind.plugins.structure import Problem

    problems = []
    for kind, record in KINDS.items():
        if record.section not in COMPONENT_SECTIONS:
            continue
        known = {canonical(found): found for found in catalog.names(kind)}
        for name in getattr(settings, record.section):
            if canonical(name) not in known:
                close = nearest(name, known)
                hint = f"Did you mean {close!r}?" if close else ""
                text = f"is no {record.kind} that a loaded plugin offers."
                problems.append(Problem(code="TW-S002", path=f"{record.section}.{name}", text=text, hint=hint))
    return problems


def check_components(settings: Settings, catalog: Catalog) -> list[Problem]:
    """
    Return the faults in the settings of components, as their own settings classes see them.

    A table for a component that no loaded plugin offers is a fault too.
    """
    from tradewind.plugins.structure import Problem, problems_of

    problems = _of_nobody(settings, catalog)
    strange = {problem.path for problem in problems}
    sections = {record.section: kind for kind, record in KINDS.items()}
    for section in COMPONENT_SECTIONS:
        for name, values in getattr(settings, section).items():
            path = f"{section}.{name}"
            if path in strange:
                continue
            entry = catalog.get(sections[section], name)
            settings_class = entry.settings_class()
            if settings_class is not None:
                secrets = getattr(entry.spec, "secrets", ())
                plain = {setting: value for setting, value in values.items() if setting not in secrets}
                problems += problems_of(plain, settings_class, path)[1]
            elif values:
                problems.append(Problem(code="TW-S002", path=path, text="has no settings."))
    return problems

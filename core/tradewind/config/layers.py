"""
Read the layers of settings, each by itself, with dynaconf.

dynaconf's own merging is not used: with merging on it appends lists (two symbols traded instead
of one), without it a table replaces the whole table below. Each layer is read alone and merged
here: tables merge, all else replaces.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind import PROJECT
from tradewind.config.schema import Settings
from tradewind.config.secret import looks_secret
from tradewind.config.toml import DEEPEST, check_depth, check_file, value_of
from tradewind.errors import SettingsError
from tradewind.plugins.names import listed

PROFILES: Final = ("default", "paper", "sandbox", "live")
"""Tables of a settings file that are profiles; more are written as `[profiles.NAME]`."""

_PREFIX: Final = f"{PROJECT.upper()}_"
_CASTS: Final = frozenset({"@str", "@int", "@float", "@bool", "@json"})


@attrs.frozen(kw_only=True)
class Layer:
    """
    One source of settings.

    Args:
        origin: Where it comes from, in words.
        values: The settings as nested plain tables.
    """

    origin: str
    values: Mapping[str, Any]


def _dynaconf(files: list[str]) -> Any:
    from dynaconf import Dynaconf  # 80 ms that `--help` does not pay
    from dynaconf.utils import parse_conf  # the same

    for name in set(parse_conf.converters) - _CASTS:
        del parse_conf.converters[name]
    return Dynaconf(
        settings_files=files,
        environments=False,
        load_dotenv=False,
        merge_enabled=False,
        loaders=[],
        core_loaders=["TOML"],
        envvar_prefix=None,
        preload=[],
        includes=[],
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _lowered(values: Mapping[str, Any], *, inside_instruments: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in values.items():
        name = key if inside_instruments else key.lower()
        if isinstance(value, Mapping):
            out[name] = _lowered(value, inside_instruments=name == "instruments")
        else:
            out[name] = value
    return out


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every value that is not a table, depth first."""
    for key, value in values.items():
        inner = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from leaves(value, inner)
        else:
            yield inner, value


def _refuse_magic(values: Mapping[str, Any], origin: str) -> None:
    for path, value in leaves(values):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item.startswith("@"):
                raise SettingsError(
                    f"{path} was {item!r}, expected a plain value.",
                    code="TW-S003",
                    hint=f"Text that starts with @ is not evaluated. Read from {origin}.",
                )


def read_file(path: Path) -> dict[str, Any]:
    """
    Return the tables of a settings file.

    Raises:
        SettingsError: TW-S001 when it cannot be read or is not TOML, TW-S008 for another kind
            of file, TW-S003 for text that asks to be evaluated.
    """
    if path.suffix != ".toml":
        raise SettingsError(
            f"the settings file was {path.name!r}, expected a .toml file.",
            code="TW-S008",
            hint="Settings are data: Python, YAML and other files are not read.",
        )
    check_file(path)
    values = _dynaconf([str(path.resolve())]).as_dict()
    values.pop("LOAD_DOTENV", None)
    lowered = _lowered(_plain(values))
    _refuse_magic(lowered, str(path))
    return lowered


def table_of(profile: str) -> str:
    """Return the table that a profile of this name stands in."""
    return f"[{profile}]" if profile in PROFILES else f"[profiles.{profile}]"


def file_layers(path: Path, profile: str | None) -> list[Layer]:
    """
    Return the layers of a settings file: its top level, `[default]`, and the profile's table.

    Raises:
        SettingsError: TW-S005 when the file has no such profile, TW-S006 when it holds a secret.
    """
    values = read_file(path)
    own = {field.name for field in attrs.fields(Settings)}
    named = values.pop("profiles", {})
    profiles = {
        name: values.pop(name) for name in PROFILES if isinstance(values.get(name), Mapping) and name not in own
    }
    profiles |= {name: table for name, table in named.items() if isinstance(table, Mapping)}
    for layer in (values, *profiles.values()):
        for where, value in leaves(layer):
            if looks_secret(where, value):
                raise SettingsError(
                    f"{where} in {path.name} looks like a secret.",
                    code="TW-S006",
                    hint="Move it to .secrets.toml (readable by you alone) or to an environment variable.",
                )
    layers = [Layer(origin=path.name, values=values)]
    if "default" in profiles:
        layers.append(Layer(origin=f"{path.name} [default]", values=profiles["default"]))
    if profile is not None and profile != "default":
        if profile not in profiles and profile != "sandbox":
            raise SettingsError(
                f"{path.name} has no profile {profile!r}.",
                code="TW-S005",
                hint=f"Its profiles are: {listed(profiles)}. Write a table {table_of(profile)}.",
            )
        layers.append(Layer(origin=f"{path.name} [{profile}]", values=profiles.get(profile, {})))
    return layers


def secrets_layer(path: Path) -> Layer | None:
    """
    Return the layer of `.secrets.toml`, or None when there is none.

    Raises:
        SettingsError: TW-S007 when others can read it or it is not a regular file.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
        raise SettingsError(
            f"{path.name} is not a regular file that only you can read.",
            code="TW-S007",
            hint=f"Run: chmod 600 {path.name}",
        )
    return Layer(origin=path.name, values=read_file(path))


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """
    Return the layer of `TRADEWIND_*` variables and `DATABASE_URL`.

    `__` separates tables: `TRADEWIND_LIMITS__MAX_POSITION=0.05`. Values are read as TOML;
    `DATABASE_URL` and secrets are read raw, so that text which looks like a number stays text.
    """
    values: dict[str, Any] = {}
    own = sorted(name for name in environ if name.startswith(_PREFIX))
    if own:
        _dynaconf([])
    for name in own:
        *tables, last = name.removeprefix(_PREFIX).split("__")
        inner = values
        for depth, table in enumerate(tables):
            keep = depth == 1 and tables[0] == "INSTRUMENTS"
            inner = inner.setdefault(table if keep else table.lower(), {})
            if not isinstance(inner, dict):
                raise SettingsError(f"{name} sets a part of what another variable sets as a whole.", code="TW-S003")
        path = ".".join((*tables, last)).lower()
        raw = looks_secret(path, environ[name])
        inner[last.lower()] = environ[name] if raw else _of_variable(name, environ[name])
    check_depth(values, "the environment")
    _refuse_magic(values, "the environment")
    if environ.get("DATABASE_URL"):
        values["database_url"] = environ["DATABASE_URL"]
    return Layer(origin="environment", values=values)


def _of_variable(name: str, text: str) -> Any:
    from dynaconf.utils.parse_conf import parse_conf_data  # not paid for when there is nothing to read

    try:
        return _plain(parse_conf_data(text, tomlfy=True))
    except Exception as error:  # its casts raise what their functions raise
        raise SettingsError(f"{name} was {text[:80]!r}, which cannot be read: {error}.", code="TW-S003") from error


def assignment(text: str) -> tuple[str, Any]:
    """
    Return (path, value) of `path=value` as given with `--set`; the value is read as TOML, else as text.

    Raises:
        SettingsError: TW-S003 when there is no `=` or no path, TW-S001 or TW-S002 when it lies too deep.
    """
    path, separator, raw = text.partition("=")
    if not separator or not path.strip():
        raise SettingsError(
            f"--set was {text!r}, expected path=value.",
            code="TW-S003",
            hint="For example: --set limits.max_position=0.05",
        )
    if path.count(".") > DEEPEST:
        raise SettingsError(f"--set named {path[:60]!r}…, and no setting lies that deep.", code="TW-S002")
    return path.strip(), value_of(raw, "--set")


def assigned(texts: Iterable[str]) -> dict[str, Any]:
    """Return the tables that several `path=value` make together, later ones winning."""
    return merged([Layer(origin="", values=nested(*assignment(text))) for text in texts])


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return the tables that hold one value at a dotted path."""
    head, _, rest = path.partition(".")
    return {head: nested(rest, value) if rest else value}


def merged(layers: list[Layer]) -> dict[str, Any]:
    """Merge layers, later ones winning: tables merge, lists and all else replace."""
    out: dict[str, Any] = {}
    for layer in layers:
        _merge_into(out, layer.values)
    return out


def _merge_into(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = below.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = below[key] = {}
            _merge_into(inner, value)
        else:
            below[key] = value

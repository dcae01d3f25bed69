"""The promises of every plugin, whatever it offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, Final, get_args, get_origin

import attrs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tradewind import PROJECT, __version__
from tradewind.errors import PluginError, TradewindError
from tradewind.plugins.structure import structure
from tradewind.testing.contract import Contract, installed_catalog, promise
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.imports import PUBLIC, PUBLIC_IN_TESTS, imported_packages, loaded_by, private_imports
from tradewind.testing.package import Package, read_package
from tradewind.testing.plain import plain_settings

_UNKNOWN: Final = "no_such_setting"
_CODE: Final = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


@attrs.frozen(kw_only=True)
class NoSettings:
    """What a component without a settings class accepts: nothing."""


def _needs_component(contract: PluginContract) -> str:
    return "" if contract.spec else "no component was named: the distribution alone is checked."


def _needs_settings(contract: PluginContract) -> str:
    missing = _needs_component(contract)
    if missing:
        return missing
    return "" if contract.record.config else "the record names no settings class."


class PluginContract(Contract):
    """
    What every plugin promises.

    Subclass the contract of the component's kind, which has these checks too. A distribution
    that only observes events or looks up secrets is checked with this class itself, by
    `distribution = "its-name"`.
    """

    methods: ClassVar[tuple[str, ...]] = ()
    """The methods that a component of this kind has."""

    def package(self) -> Package:
        """Return what the distribution declares and ships."""
        return read_package(self.distribution or self.entry.distribution)

    @promise()
    def test_entry_point_resolves(self) -> None:
        """
        The distribution's entry point names a module with hooks, and the component is in the catalogue.

        A plugin that is not found does not protect: a start that needs its stop or its limit
        is refused, and a run that only wished for it goes on without.

        To mend: write `[project.entry-points.tradewind]` with `name = "package.plugin"`,
        mark every hook in that module with `@hookimpl`, and reinstall after each change of
        the entry point.
        """
        package = self.package()
        require(package.declarations, f"{package.name} declares no entry point in the group {PROJECT!r}.")
        for name in package.declarations:
            try:
                module = import_module(name)
            except Exception as error:
                raise ContractFailure(
                    f"its entry point names {name!r}, which raised {type(error).__name__}: {error}."
                ) from error
            hooks = [value for value in vars(module).values() if hasattr(value, f"{PROJECT}_impl")]
            require(hooks, f"{name!r} has no function marked with @hookimpl, so it offers nothing.")
        row = (self.catalog or installed_catalog()).row(package.name)
        require(row is not None, f"{package.name} is not among the plugins that were looked for.")
        if row is not None:
            require(row.state == "loaded", f"{package.name} is {row.state}: {row.cause}.")
        if self.spec:
            try:
                offered = self.entry
            except PluginError as error:
                raise ContractFailure(str(error)) from error
            require(offered.distribution == package.name, f"{self.spec!r} is offered by {offered.distribution}.")

    @promise(after=("entry_point_resolves",))
    def test_imports_light(self) -> None:
        """
        Importing the declaration module loads no third-party library.

        Every command imports every declaration: one that pulls in pandas costs each start a
        second, also the start that is meant to stop a loss.

        To mend: keep `plugin.py` to `from tradewind import hookimpl` and records from
        `tradewind.api`; import everything else in the module that `factory` names.
        """
        for module in self.package().declarations:
            try:
                heavy = loaded_by(module)
            except ImportError as error:
                raise ContractFailure(
                    f"{module!r} cannot be imported by itself in a fresh interpreter: {error}."
                ) from error
            require(not heavy, f"importing {module!r} loads {', '.join(heavy)}; a declaration loads none of them.")

    @promise(after=("entry_point_resolves",))
    def test_imports_only_public_api(self) -> None:
        """
        The sources import `tradewind` and `tradewind.api` of Tradewind, and no other plugin.

        Private modules change without notice, and a plugin that breaks between two releases
        breaks while a position is open.

        To mend: take the name from `tradewind.api`; meet other plugins in the catalogue, by
        name. Tests may import `tradewind.testing` as well.
        """
        package = self.package()
        found = [text for path in package.sources for text in private_imports(path, PUBLIC)]
        found += [text for path in package.tests for text in private_imports(path, PUBLIC_IN_TESTS)]
        require(not found, f"it imports what is private: {', '.join(found)}.")
        others = {name for path in package.sources for name in imported_packages(path) & set(package.neighbours)}
        require(not others, f"it imports other plugins: {', '.join(sorted(others))}.")

    @promise(after=("entry_point_resolves",))
    def test_requires_tradewind_range(self) -> None:
        """
        The distribution requires a range of Tradewind with both ends, and this version is in it.

        Without an upper end, an upgrade meets a core that the plugin was never tried with,
        and nothing says so before it trades.

        To mend: write `"tradewind>=0.1,<1"` among the dependencies and reinstall.
        """
        requirements = [Requirement(line) for line in self.package().requires]
        ours = [one for one in requirements if canonicalize_name(one.name) == PROJECT and one.marker is None]
        require(ours, f'it does not require {PROJECT!r} at all; write "tradewind>=0.1,<1".')
        for one in ours:
            operators = {part.operator for part in one.specifier}
            text = f"it requires {str(one)!r}"
            require(operators & {">=", ">", "==", "~=", "==="}, f"{text}, which has no lower end.")
            require(operators & {"<", "<=", "==", "~=", "==="}, f"{text}, which has no upper end.")
            fits = one.specifier.contains(Version(__version__), prereleases=True)
            require(fits, f"{text}, and this is Tradewind {__version__}.")

    @promise(after=("entry_point_resolves",), unless=_needs_component)
    def test_factories_resolve(self) -> None:
        """
        What the record's `factory` and `config` name can be imported; the first is callable, the second an attrs class.

        The record is read at the start and its paths only when the component is used: a wrong
        path fails at the moment the component is needed.

        To mend: write `factory="package.module:Name"`, and make the settings class with
        `@attrs.frozen(kw_only=True)`.
        """
        entry = self.entry
        require(callable(entry.resolve()), f"factory {entry.spec.factory!r} names something that cannot be called.")
        entry.settings_class()

    @promise(after=("factories_resolve",), unless=_needs_component)
    def test_config_defaults_build(self) -> None:
        """
        The component is built from its default settings and has the methods of its kind.

        Settings that nobody wrote are the ones most runs use; a default that its own checks
        refuse stops the first start.

        To mend: give every setting a default that works. A component that cannot do without
        one (a path, an address) states it in the contract class: `config = {"folder": …}`.
        """
        built = self.build()
        missing = [name for name in self.methods if not callable(getattr(built, name, None))]
        require(not missing, f"{type(built).__name__} has no method {', '.join(missing)}.")

    @promise(after=("factories_resolve",), unless=_needs_component)
    def test_config_rejects_unknown_keys(self) -> None:
        """
        A setting that does not exist is refused, at the top and in every table below it.

        A misspelt `stop_atr` that is accepted in silence trades with the default stop.

        To mend: declare every setting as a field of an attrs class. A field of type
        `dict[str, Any]` takes any key: make it an attrs class, or type its values.
        """
        try:
            self.build(**{_UNKNOWN: 1})
        except (TradewindError, TypeError, ValueError):
            pass
        else:
            raise ContractFailure(f"the setting {_UNKNOWN!r}, which does not exist, was accepted.")
        settings_class = self.entry.settings_class()
        loose = list(_open_tables(settings_class)) if settings_class else []
        require(not loose, f"{', '.join(loose)} of the settings would accept any key.")

    @promise(after=("config_defaults_build",), unless=_needs_settings)
    def test_config_round_trips(self) -> None:
        """
        Settings written out as plain values and read again are the same settings.

        A run is stored with its settings and repeated from them; a converter that turns 2
        into 0.02, and 0.02 into 0.0002, repeats another run.

        To mend: let converters leave alone what is converted already, and keep settings to
        numbers, text, booleans, lists and tables.
        """
        settings_class = self.entry.settings_class()
        if settings_class is None:
            return
        first: Any = structure(self.config, settings_class, self.spec)
        written = plain_settings(first)
        again: Any = structure(written, settings_class, self.spec)
        require(first == again, f"the settings {written} were read again as {plain_settings(again)}.")

    @promise(after=("factories_resolve",), unless=_needs_settings)
    def test_readme_documents_every_setting(self) -> None:
        """
        The distribution's README names every setting in code type.

        A setting that is not written down is found by reading the source, or by losing money.

        To mend: add a row for the setting to the table in README.md, its name in backticks.
        """
        settings_class = self.entry.settings_class()
        words = set(re.findall(r"\w+", " ".join(_CODE.findall(self.package().readme))))
        missing = [name for name in _setting_names(settings_class) if name not in words] if settings_class else []
        require(not missing, f"the README does not name {', '.join(f'`{name}`' for name in missing)}.")


def _setting_names(settings_class: type[Any]) -> Iterator[str]:
    """Yield the names of all settings, those of tables below included."""
    for field in attrs.fields(attrs.resolve_types(settings_class)):
        if field.init:
            yield field.name
        for inner in (field.type, *get_args(field.type)):
            if isinstance(inner, type) and attrs.has(inner):
                yield from _setting_names(inner)


def _open_tables(settings_class: type[Any]) -> Iterator[str]:
    """Yield the settings whose type accepts any key."""
    for field in attrs.fields(attrs.resolve_types(settings_class)):
        kind = get_origin(field.type) or field.type
        if isinstance(kind, type) and issubclass(kind, Mapping) and get_args(field.type)[1:] in ((), (Any,)):
            yield f"`{field.name}`"
        elif isinstance(field.type, type) and attrs.has(field.type):
            yield from _open_tables(field.type)

"""What every command needs: settings, catalogue and sources, each loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tradewind.config.layers import Layer
    from tradewind.config.load import LoadedSettings
    from tradewind.config.schema import Settings
    from tradewind.live.venue.opening import Way
    from tradewind.plugins.catalog import Catalog


class Context:
    """
    One call of the command line.

    Args:
        settings_file: The settings file that was named.
        profile: The profile that was named.
        assignments: Settings given as `path=value` before the command.
        debug: Show tracebacks.
    """

    def __init__(
        self,
        settings_file: Path | None = None,
        profile: str | None = None,
        *,
        assignments: tuple[str, ...] = (),
        debug: bool = False,
    ) -> None:
        self.settings_file = settings_file
        self.profile = profile
        self.assignments = assignments
        self.debug = debug
        self.overrides: list[Layer] = []
        self.tells_left_out = False
        self._kept_out: tuple[str, ...] = ()

    @cached_property
    def loaded(self) -> LoadedSettings:
        """The settings in force and where they came from."""
        from tradewind.config.layers import Layer, assigned
        from tradewind.config.load import load_settings

        given = [Layer(origin="command line", values=assigned(self.assignments))] if self.assignments else []
        return load_settings(self.settings_file, profile=self.profile, overrides=[*given, *self.overrides])

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @cached_property
    def catalog(self) -> Catalog:
        """What the loaded plugins offer; one line tells of each that could not be loaded."""
        from tradewind.plugins.catalog import load_catalog

        plugins = self.settings.plugins
        loaded = load_catalog(allow=plugins.allow, block=(*plugins.block, *self._kept_out))
        if self.tells_left_out:
            for row in loaded.plugins:
                if row.state in ("broken", "incompatible"):
                    cause = row.cause.partition("\n")[0]
                    words = f"{row.distribution} {row.version} is {row.state} and left out: {cause}"
                    click.echo(f"{words} (`tradewind plugins info {row.distribution}`)", err=True)
        return loaded

    def keep_out(self, distributions: tuple[str, ...]) -> None:
        """Load the catalogue without these, which another process has; none brings them back."""
        self._kept_out = distributions
        self.__dict__.pop("catalog", None)

    @property
    def cache_dir(self) -> Path:
        """The folder of the market-data cache."""
        return self.settings.cache_dir

    def source(self, name: str | None = None) -> Any:
        """Return the data source of this name, built from its settings; None takes the settings' choice."""
        from tradewind.backtest.source import build_source

        return build_source(name or self.settings.source, self.settings, self.catalog)

    def service(self, name: str) -> Any:
        """Return the service of this name, built from its settings and secrets."""
        from tradewind.live.session.services import build_service

        return build_service(self.catalog.get("services", name), self.settings, self.catalog)

    def way_of(self, account: str) -> Way:
        """
        Return the way to the venue with the keys of one account: by the settings in force, else by another profile.

        Args:
            account: The account's name in the store, which is made of key, venue and addresses.

        Raises:
            LiveError: TW-L006 when neither the settings in force nor a profile beside them has its keys.
        """
        from tradewind.config.layers import PROFILES
        from tradewind.errors import LiveError, TradewindError
        from tradewind.live.venue.opening import way_to

        for profile in dict.fromkeys((self.profile, None, *PROFILES)):
            try:
                other = Context(self.settings_file, profile, assignments=self.assignments)
                way = way_to(other.settings, self.catalog)
            except TradewindError:  # it names no venue, or there is none of that name
                continue
            if way.fingerprint == account:
                return way
        raise LiveError(
            f"no profile of these settings has the key of the account {account[:12]}….",
            code="TW-L006",
            hint="Name the settings that the session was started with: --settings FILE, --profile NAME.",
        )


def open_context() -> Context:
    """Return the context of the running command."""
    found = click.get_current_context().find_root().obj
    return found if isinstance(found, Context) else Context()


def with_context[**P, R](command: Callable[..., R]) -> Callable[P, R]:
    """Give a command its context as first argument."""

    @click.pass_context
    def wrapped(ctx: click.Context, /, *args: Any, **kwargs: Any) -> R:
        root = ctx.find_root()
        if not isinstance(root.obj, Context):
            root.obj = Context()
        root.obj.tells_left_out = ctx.command_path.split()[1:2] != ["plugins"]  # those tell more
        return command(root.obj, *args, **kwargs)

    wrapped.__name__ = command.__name__
    wrapped.__doc__ = command.__doc__
    return wrapped

"""Build a data source by name, and find the pairs it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tradewind.cache.provider import DataProvider, ProviderSource
from tradewind.cache.sample import sample_path
from tradewind.config.keys import split_secrets
from tradewind.config.schema import Settings
from tradewind.errors import PLUGIN_FAULTS, DataError, PluginError, TradewindError
from tradewind.model.instrument import Instrument, check_symbol
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.from_file import FromFile, from_file, instance_of
from tradewind.plugins.names import listed, nearest
from tradewind.plugins.protocols import BarSource
from tradewind.plugins.secrets import ask_secret
from tradewind.plugins.specs import canonical
from tradewind.plugins.structure import structure

SAMPLE: Final = "sample"
"""The name of the embedded synthetic history, read by the source `files`."""

_EMPTY: Final = "It has none: files are named by pair and bar length, such as BTCUSDT_4h.csv or BTCUSDT-4h.parquet."


def build_source(name: str, settings: Settings, catalog: Catalog) -> Any:
    """
    Return the data source of this name, built from its settings.

    Args:
        name: A catalogue name, `sample`, or `path/file.py:Class` of a source or a `DataProvider`.
        settings: The settings in force.
        catalog: What the loaded plugins offer.

    Raises:
        PluginError: When no loaded plugin offers it, or the file has no usable class.
        SettingsError: When its settings are wrong.
    """
    if name == SAMPLE:
        return catalog.build("data_sources", "files", {"path": [str(sample_path())]})
    loaded = from_file(name)
    if loaded is not None:
        return _adopted(loaded, settings)
    entry = catalog.get("data_sources", name)
    values = dict(settings.sources.get(canonical(entry.name), {}))
    if settings.market_data is not None and f"_{canonical(entry.name)}".endswith("_files"):
        values.setdefault("path", [str(settings.market_data)])
    wanted = getattr(entry.spec, "secrets", ())
    if not wanted:
        return entry.build(values)
    where = f"sources.{canonical(entry.name)}"
    plain, secrets = split_secrets(wanted, values, where=where, ask=lambda name: ask_secret(catalog.manager, name))
    return entry.build(plain, secrets=secrets)


def _adopted(loaded: FromFile, settings: Settings) -> Any:
    made = instance_of(loaded.found, loaded.name)
    if isinstance(made, DataProvider):
        return ProviderSource(made, symbols=settings.symbols)
    if isinstance(made, BarSource):
        return made
    raise PluginError(
        f"{loaded.name} has no methods instruments() and bars(), and is no DataProvider.",
        code="TW-P009",
        hint="See the how-to page on writing a data source.",
    )


def asked_of[T](source: Any, question: Callable[..., T], *arguments: Any) -> T:
    """
    Return what a source answers.

    Raises:
        DataError: TW-D011 when its code raises what is neither Tradewind's nor the system's error.
    """
    try:
        return question(*arguments)
    except (TradewindError, OSError):
        raise
    except PLUGIN_FAULTS as error:
        raise DataError(
            f"the data source {type(source).__name__} raised {type(error).__name__}: {error}.",
            code="TW-D011",
            hint="Its own code failed; run again with --debug for the traceback.",
        ) from error


def find_instrument(source: Any, symbol: str, overrides: Mapping[str, Mapping[str, Any]]) -> Instrument:
    """
    Return the pair as the source knows it, with what the settings say of it on top.

    Raises:
        UsageError: TW-U001 for a malformed symbol.
        DataError: TW-D001 when the source does not have it.
        SettingsError: When the settings' rules for it are wrong.
    """
    check_symbol(symbol)
    offered = asked_of(source, lambda: list(source.instruments()))
    known: dict[str, Instrument] = {instrument.symbol: instrument for instrument in offered}
    if symbol not in known:
        close = nearest(symbol, known)
        raise DataError(
            f"the data source has no symbol {symbol!r}.",
            code="TW-D001",
            hint=(f"Did you mean {close!r}? " if close else "") + (f"It has: {listed(known)}." if known else _EMPTY),
            symbol=symbol,
        )
    values = overrides.get(symbol)
    if not values:
        return known[symbol]
    plain = attrs.asdict(known[symbol], recurse=True) | dict(values)
    return structure(plain, Instrument, f"instruments.{symbol}")

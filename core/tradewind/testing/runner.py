"""Run the contracts of what is installed, without pytest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from tradewind.errors import TradewindError
from tradewind.model.instrument import Instrument
from tradewind.plugins.catalog import Catalog, Entry
from tradewind.plugins.specs import DataSourceSpec
from tradewind.testing.bar_source import BarSourceContract
from tradewind.testing.bar_subject import BarSourceSubject, utc
from tradewind.testing.command import CommandContract
from tradewind.testing.contract import CheckResult, installed_catalog
from tradewind.testing.executor import ExecutorContract
from tradewind.testing.health_check import HealthCheckContract
from tradewind.testing.indicator import IndicatorContract
from tradewind.testing.panel import PanelContract
from tradewind.testing.plugin import PluginContract
from tradewind.testing.risk_policy import RiskPolicyContract
from tradewind.testing.series_source import SeriesSourceContract
from tradewind.testing.service import ServiceContract
from tradewind.testing.strategy import StrategyContract

CONTRACTS: Final[tuple[type[PluginContract], ...]] = (
    PluginContract,
    BarSourceContract,
    SeriesSourceContract,
    IndicatorContract,
    StrategyContract,
    RiskPolicyContract,
    ExecutorContract,
    ServiceContract,
    CommandContract,
    HealthCheckContract,
    PanelContract,
)
"""Every contract class, in the order of the reference page."""

_ENOUGH: Final = 150
"""Bars of the range that is asked of a source when nobody said which."""

_BY_KIND: Final = {contract.kind: contract for contract in CONTRACTS if contract.kind != "data_sources"}


def contracts_of(entry: Entry) -> list[type[PluginContract]]:
    """Return the contract classes that a component is held to; a kind without its own has the common one."""
    record = entry.spec
    if not isinstance(record, DataSourceSpec):
        return [_BY_KIND.get(entry.kind, PluginContract)]
    found: list[type[PluginContract]] = []
    if "bars" in record.provides:
        found.append(BarSourceContract)
    if "series" in record.provides:
        found.append(SeriesSourceContract)
    return found or [PluginContract]


def check(
    name: str, catalog: Catalog | None = None, *, config: Mapping[str, Any] | None = None, **attributes: Any
) -> list[CheckResult]:
    """
    Hold an installed component, or all that a distribution offers, to its contracts.

    Data are asked of a source only when it needs no network and lists pairs that have them, unless
    settings or a range are given: then it is taken that they may be.

    Args:
        name: A catalogue name, `distribution:name`, or a distribution.
        catalog: What is installed; None to look.
        config: The settings it is built with.
        attributes: Attributes of the contract class, such as `symbol` or `start`.

    Raises:
        PluginError: TW-P005 when there is no such component.
    """
    offered = catalog or installed_catalog()
    given: dict[str, Any] = dict(attributes) | ({} if config is None else {"config": dict(config)})
    results: list[CheckResult] = []
    for entry in _named(name, offered):
        for contract in contracts_of(entry):
            facts: dict[str, Any] = {"kind": entry.kind, "catalog": offered, **given}
            if entry.kind == "data_sources" and not given:
                facts |= _data(entry, contract)
            results += contract.of(entry.qualified, **facts).results()
    if not results:
        row = offered.row(name)
        if row is not None:
            results = PluginContract.of("", distribution=row.distribution, catalog=offered).results()
    return results


def _named(name: str, catalog: Catalog) -> Iterator[Entry]:
    row = catalog.row(name)
    if row is not None:
        yield from (
            Entry(kind=kind, spec=spec, distribution=row.distribution, version=row.version)
            for kind, spec in row.records
        )
        return
    yield from catalog.find(name)


def _data(entry: Entry, contract: type[PluginContract]) -> dict[str, str]:
    """Return the symbol and range that a source is asked for, or why nothing is asked, when nobody said."""
    record = entry.spec
    if isinstance(record, DataSourceSpec) and record.needs_network:
        return {"without_data": "it asks the network; its own tests run these checks against a local host."}
    if issubclass(contract, SeriesSourceContract):
        return _whether_there_are_values(entry, contract)
    if not issubclass(contract, BarSourceSubject):
        return {}
    try:
        source = entry.build()
        listed = list(source.instruments())
    except TradewindError as error:
        return {"without_data": f"it cannot be asked with its default settings: {error.message}"}
    except Exception:  # noqa: BLE001  # config_defaults_build says what is wrong
        return {}
    if not listed:
        return {"without_data": "it lists no instruments with its default settings."}
    return _newest(source, listed)


def _whether_there_are_values(entry: Entry, contract: type[SeriesSourceContract]) -> dict[str, str]:
    try:
        entry.build().series(contract.symbol, utc(contract.start), utc(contract.end))
    except TradewindError as error:
        return {"without_data": f"it cannot be asked with its default settings: {error.message}"}
    except Exception:  # noqa: BLE001  # the checks say what is wrong
        return {}
    return {}


def _newest(source: Any, listed: Sequence[Instrument]) -> dict[str, str]:
    """Return the newest bars of the first pair that has enough, by a source that tells what it has."""
    tell = getattr(source, "available", None)
    if tell is None:
        return {}
    for instrument in listed:
        for timeframe, (start_ms, end_ms) in sorted(tell(instrument.symbol).items(), reverse=True):
            if end_ms - start_ms >= _ENOUGH * timeframe.ms:
                first, last = max(start_ms, end_ms - _ENOUGH * timeframe.ms), end_ms
                moments = (pd.Timestamp(moment, unit="ms", tz="UTC").isoformat() for moment in (first, last))
                span = dict(zip(("start", "end"), moments, strict=True))
                return {"symbol": instrument.symbol, "timeframe": timeframe.name, **span}
    return {"without_data": f"no pair that it lists has {_ENOUGH} bars."}

"""Both engines behind one face: the oracle's exact records and the kernel's tables as plain floats."""

from __future__ import annotations

from typing import Any

import attrs
import pandas as pd

from generators.cases import Case
from oracle.engine import simulate_oracle
from oracle.records import OracleRun
from tradewind.backtest.simulate import run_plan

SIDES = {"long": 1, "short": -1, "buy": 1, "sell": -1}


@attrs.frozen
class Line:
    """One row of a table; its columns are attributes."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


@attrs.frozen(kw_only=True)
class Outcome:
    """What a simulation left, as lists of lines: amounts are floats, times milliseconds UTC."""

    trades: list[Line]
    fills: list[Line]
    equity: list[Line]
    decisions: list[Line]
    positions: list[Line]
    near_ties: list[str] = attrs.field(factory=list)


def plain(run: OracleRun) -> Outcome:
    """Return the oracle's answer with floats for decimals."""
    return Outcome(
        trades=[_floats(each) for each in run.trades],
        fills=[_floats(each) for each in run.fills],
        equity=[_floats(each) for each in run.equity],
        decisions=[_floats(each) for each in run.decisions],
        positions=[_floats(each) for each in run.positions],
        near_ties=run.near_ties,
    )


def with_oracle(case: Case) -> Outcome:
    """Simulate by the oracle."""
    return plain(simulate_oracle(**case.arguments()))


def _floats(record: Any) -> Line:
    values = attrs.asdict(record)
    return Line({name: float(value) if hasattr(value, "is_signed") else value for name, value in values.items()})


def with_kernel(case: Case, **changes: Any) -> Outcome:
    """Simulate by the kernel; `changes` are further arguments of `run_plan`."""
    run = run_plan(**kernel_arguments(case), **changes)
    return Outcome(
        trades=_lines(run.trades, {"side": SIDES}),
        fills=_lines(run.fills, {"side": SIDES}),
        equity=_lines(run.equity.rename_axis("time").reset_index(), {}),
        decisions=_lines(run.decisions, {}),
        positions=_lines(run.positions, {"side": SIDES}),
    )


def kernel_arguments(case: Case) -> dict[str, Any]:
    """Return the arguments of `run_plan` for a case."""
    arguments = case.arguments()
    if case.clusters:
        days = pd.to_datetime(list(case.clusters), unit="D", utc=True)
        arguments["clusters"] = pd.DataFrame(list(case.clusters.values()), index=days)
    return arguments


def _lines(table: pd.DataFrame, codes: dict[str, dict[str, int]]) -> list[Line]:
    columns: dict[str, list[Any]] = {}
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.as_unit("ms").astype("int64")
        columns[str(name)] = [codes.get(str(name), {}).get(value, value) for value in column.tolist()]
    return [Line(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]

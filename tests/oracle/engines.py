"""Both engines behind one face: the oracle's exact records and the kernel's tables as plain floats."""

from __future__ import annotations

from typing import Any

import attrs

from generators.cases import Case
from oracle.engine import simulate_oracle
from oracle.records import OracleRun


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
    near_ties: list[str] = attrs.field(factory=list)


def plain(run: OracleRun) -> Outcome:
    """Return the oracle's answer with floats for decimals."""
    return Outcome(
        trades=[_floats(each) for each in run.trades],
        fills=[_floats(each) for each in run.fills],
        equity=[_floats(each) for each in run.equity],
        decisions=[_floats(each) for each in run.decisions],
        near_ties=run.near_ties,
    )


def with_oracle(case: Case) -> Outcome:
    """Simulate by the oracle."""
    return plain(simulate_oracle(**case.arguments()))


def _floats(record: Any) -> Line:
    values = attrs.asdict(record)
    return Line({name: float(value) if hasattr(value, "is_signed") else value for name, value in values.items()})


def simulate_case(case: Case) -> Outcome:
    """Simulate by the kernel."""
    raise NotImplementedError

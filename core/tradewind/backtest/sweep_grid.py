"""The grid of a sweep: which parameters each of its trials has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from tradewind.errors import UsageError

Params = Mapping[str, Any]
Grid = Mapping[str, Iterable[Any]] | Sequence[Params]


def trials_of(grid: Grid) -> tuple[dict[str, Any], ...]:
    """
    Return the parameters of each trial, in order.

    Args:
        grid: Values by name, of which every combination is tried, the last name running fastest; or the trials
            themselves, one mapping each, all with the same names.

    Raises:
        UsageError: TW-U008 when there is no trial, or trials have different names.
    """
    if isinstance(grid, Mapping):
        values = {str(name): _values(name, given) for name, given in grid.items()}
        trials = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())] if values else []
    else:
        trials = [{str(name): value for name, value in one.items()} for one in grid]
    if not trials or not all(trials):
        raise UsageError(
            "the grid of the sweep had no trials.",
            code="TW-U008",
            hint='Give values by name, such as {"fast": [5, 10], "slow": [50, 100]}, or one mapping a trial.',
        )
    names = list(trials[0])
    for place, one in enumerate(trials):
        if set(one) != set(names):
            raise UsageError(
                f"trial {place} of the grid had {', '.join(one)}, expected {', '.join(names)} as the first one has.",
                code="TW-U008",
                hint="Every trial states the same parameters.",
            )
    return tuple({name: one[name] for name in names} for one in trials)


def _values(name: Any, given: Any) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(
            f"the grid's {name} was {given!r}, expected several values.",
            code="TW-U008",
            hint="Write [value] for one.",
        )
    return list(given)


def words(params: Params) -> str:
    """Return parameters as `fast=5, slow=50`."""
    return ", ".join(f"{name}={value}" for name, value in params.items())

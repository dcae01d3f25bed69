"""Values to vary as they are written on the command line: `--set PATH=V1,V2,V3`."""

from __future__ import annotations

import tomllib
from typing import Any

import attrs

from tradewind.errors import UsageError


@attrs.frozen(kw_only=True)
class Varied:
    """
    What `--set` was given.

    Args:
        fixed: `path=value` of settings that have one value.
        grid: The values of what is varied, by name or path.
    """

    fixed: tuple[str, ...]
    grid: dict[str, list[Any]]


def varied(assignments: tuple[str, ...]) -> Varied:
    """
    Tell what is varied from what is fixed.

    A path with one value is a setting like any other; without dots and unless it is a setting's name, it is a
    parameter of the strategy.

    Raises:
        UsageError: TW-U008 when nothing is varied, or something that chooses the data is.
        SettingsError: TW-S003 for something else than `path=value`.
    """
    from tradewind.config.layers import assignment
    from tradewind.config.schema import Settings

    own = {field.name for field in attrs.fields(Settings)}
    fixed: list[str] = []
    grid: dict[str, list[Any]] = {}
    for text in assignments:
        path, _ = assignment(text)
        values = _values(path, text.partition("=")[2])
        if len(values) == 1 and ("." in path or path in own):
            fixed.append(text)
        elif path in own:
            raise UsageError(
                f"{path} cannot be varied: it says what data are looked at, or where.",
                code="TW-U008",
                hint="Run the command once for each of its values.",
            )
        else:
            grid[path] = values
    if not grid:
        raise UsageError(
            "nothing was varied, expected --set PATH=V1,V2,V3 at least once.",
            code="TW-U008",
            hint="For example --set stop_atr=2,2.5,3, or --set limits.max_position=0.05,0.1.",
        )
    return Varied(fixed=tuple(fixed), grid=grid)


def _values(path: str, raw: str) -> list[Any]:
    from tradewind.config.layers import assignment

    try:
        values: list[Any] = tomllib.loads(f"x = [{raw}]")["x"]
    except tomllib.TOMLDecodeError:
        return [assignment(f"{path}={part.strip()}")[1] for part in raw.split(",")]
    return values

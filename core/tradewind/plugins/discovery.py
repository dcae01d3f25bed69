"""Find the distributions that offer plugins, from metadata alone: nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, EntryPoint, distributions

import attrs
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from tradewind import PROJECT, __version__
from tradewind.plugins.names import normalised


@attrs.frozen(kw_only=True)
class Candidate:
    """
    One installed distribution with entry points in the group `tradewind`.

    Args:
        distribution: Its normalised name.
        version: Its version as installed.
        entry_points: Those of the group, by name.
        requires: What it requires of Tradewind, as written; empty when it does not say.
        fits: Whether the running version meets that.
    """

    distribution: str
    version: str
    entry_points: tuple[EntryPoint, ...]
    requires: str
    fits: bool


def find_candidates(path: Iterable[str] | None = None) -> list[Candidate]:
    """
    Return the distributions that declare plugins, by name; the first on the path wins.

    Args:
        path: Folders to look in instead of `sys.path`.
    """
    found: dict[str, Candidate] = {}
    for distribution in distributions() if path is None else distributions(path=list(path)):
        points = tuple(
            sorted(
                (point for point in distribution.entry_points if point.group == PROJECT),
                key=lambda point: point.name,
            )
        )
        if not points:
            continue
        name = distribution.metadata["Name"]
        if not name:
            continue
        key = normalised(name)
        if key not in found:
            requires, fits = _requirement(distribution)
            found[key] = Candidate(
                distribution=key,
                version=distribution.version or "?",
                entry_points=points,
                requires=requires,
                fits=fits,
            )
    return [found[key] for key in sorted(found)]


def _requirement(distribution: Distribution) -> tuple[str, bool]:
    for line in distribution.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if normalised(requirement.name) != PROJECT or requirement.marker is not None:
            continue
        return str(requirement.specifier), requirement.specifier.contains(Version(__version__), prereleases=True)
    return "", True

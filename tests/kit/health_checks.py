"""A health check that keeps its promises, and one that breaks each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import attrs

from kit.mutants import Mutant, path_of
from tradewind.testing import HealthCheckContract


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the check: whether its host is down."""

    down: bool = False


def sound(settings: Settings) -> Iterator[tuple[str, str]]:
    """Say whether the host answers."""
    yield ("error", "the host does not answer") if settings.down else ("ok", "the host answers")


def silent(settings: Settings) -> list[tuple[str, str]]:
    """Say nothing."""
    return [("error", "down")] if settings.down else []


def answers_true(settings: Settings) -> bool:
    """Say yes."""
    return not settings.down


def shouts(settings: Settings) -> Iterator[tuple[str, str]]:
    """Use a level of its own."""
    yield "fatal", "the host answers"


def breaks_lines(settings: Settings) -> Iterator[tuple[str, str]]:
    """Say it in two lines."""
    yield "ok", "the host\nanswers"


def waits(settings: Settings) -> list[tuple[str, str]]:
    """Take its time."""
    time.sleep(0.25)
    return list(sound(settings))


def falls_over(settings: Settings) -> Iterator[tuple[str, str]]:
    """Raise what it should tell."""
    if settings.down:
        raise ConnectionRefusedError("nobody there")
    yield "ok", "the host answers"


def looks_away(settings: Settings) -> Iterator[tuple[str, str]]:
    """Be content with everything."""
    yield "ok", "the host answers"


def _of(component: Any, breaks: str = "", says: str = "") -> Mutant:
    return Mutant(
        contract=HealthCheckContract,
        breaks=breaks,
        says=says,
        component=component,
        record={"config": path_of(Settings)},
        attributes={"trouble": {"down": True}, "patience": 0.2},
    )


MUTANTS: Final = (
    _of(sound),
    _of(silent, "findings_in_words", "no finding"),
    _of(answers_true, "findings_in_words", "bool"),
    _of(shouts, "findings_in_words", "fatal"),
    _of(breaks_lines, "findings_in_words", "one line"),
    _of(waits, "answers_in_time", "took"),
    _of(falls_over, "trouble_is_a_finding", "ConnectionRefusedError"),
    _of(looks_away, "trouble_is_a_finding", "expected an error"),
)

"""The promises of a health check: findings in words, in time, whatever is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, cast

from tradewind.plugins.specs import HealthCheckSpec
from tradewind.testing.contract import promise
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.plugin import PluginContract

LEVELS: Final = ("ok", "warning", "error")
"""What a finding says of the state of things."""


def _no_trouble(contract: HealthCheckContract) -> str:
    return "" if contract.trouble is not None else "no `trouble` is stated: settings with which it must find an error."


class HealthCheckContract(PluginContract):
    """
    What a health check promises.

    The record's `factory`, called with the settings, answers with findings: pairs of a level
    (`ok`, `warning` or `error`) and one line of text.

    Args:
        trouble: Settings with which it must find an error, such as a host that is down.
        patience: Seconds that it may take.
    """

    kind: ClassVar[str] = "health_checks"
    trouble: ClassVar[Mapping[str, Any] | None] = None
    patience: ClassVar[float] = 5.0

    @property
    def record(self) -> HealthCheckSpec:
        """The health check's record."""
        return cast("HealthCheckSpec", super().record)

    def findings(self, **changes: Any) -> list[Any]:
        """Return what the check finds with the class's settings and these changes."""
        answer = self.build(**changes)
        iterable = isinstance(answer, Iterable) and not isinstance(answer, (str, bytes, Mapping))
        require(iterable, f"it answered with {type(answer).__name__}, expected pairs of a level and a text.")
        return list(answer)

    @promise(after=("config_defaults_build",))
    def test_findings_in_words(self) -> None:
        """
        The answer is at least one finding: a level (`ok`, `warning` or `error`) and one line of text.

        A check that says nothing looks like one that is content.

        To mend: `yield "ok", "the host answered in 80 ms"`.
        """
        found = self.findings()
        require(found, "it answered with no finding at all.")
        _require_words(found)

    @promise(after=("findings_in_words",))
    def test_answers_in_time(self) -> None:
        """
        The check answers within `patience` seconds.

        Health is asked for when something is wrong; a check that waits for a dead host hides
        what the others found.

        To mend: give every request a time-out below the patience.
        """
        begun = time.perf_counter()
        self.findings()
        took = time.perf_counter() - begun
        require(took <= self.patience, f"it took {took:.1f} seconds, expected at most {self.patience:g}.")

    @promise(after=("findings_in_words",), unless=_no_trouble)
    def test_trouble_is_a_finding(self) -> None:
        """
        What is wrong is told as a finding of level `error`, not raised and not passed over.

        A check that cannot fail gives the comfort of a check and none of its use.

        To mend: catch what the trouble raises and yield `"error", f"…: {error}"`.
        """
        try:
            found = self.findings(**(self.trouble or {}))
        except ContractFailure:
            raise
        except Exception as error:
            words = f"with trouble it raised {type(error).__name__}: {error}; expected a finding of level 'error'."
            raise ContractFailure(words) from error
        _require_words(found)
        require(any(level == "error" for level, _ in found), f"with trouble it found {found}, expected an error.")


def _require_words(found: list[Any]) -> None:
    for finding in found:
        pair = isinstance(finding, tuple) and len(finding) == 2
        require(pair, f"a finding was {finding!r}, expected a level and a text.")
        level, text = finding
        require(level in LEVELS, f"a level was {level!r}, expected one of {', '.join(LEVELS)}.")
        good = isinstance(text, str) and text.strip() and "\n" not in text
        require(good, f"the text of a finding was {text!r}, expected one line.")

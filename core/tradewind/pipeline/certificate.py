"""The finding of the look-ahead and warm-up check, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

Kind = Literal["unstable", "look-ahead", "warm-up"]
Status = Literal["passed", "failed", "unchecked"]


@attrs.frozen(kw_only=True)
class Finding:
    """
    One column that changed when bars were taken away.

    Args:
        column: The feature or decision column.
        kind: `look-ahead` when later bars changed it, `warm-up` when bars older than the declared
            warm-up did, `unstable` when a second run on the same bars did.
        time: The bar where it was seen first, ISO 8601 UTC.
        whole: The value with all bars.
        cut: The value without them.
        difference: How far apart they are, as a share of the column's size; None when one of
            them is unknown or the values are no measure.
        cuts: At how many of the cuts it was seen.
    """

    column: str
    kind: Kind
    time: str
    whole: str
    cut: str
    difference: float | None
    cuts: int

    @property
    def words(self) -> str:
        """The finding as a sentence."""
        size = "" if self.difference is None else f", {self.difference:.2g} of its size"
        if self.kind == "unstable":
            return (
                f"{self.column} differs between two runs on the same bars: {self.whole} and {self.cut} at {self.time}."
            )
        seen = f"at {self.time} it was {self.whole} with all bars and {self.cut}"
        if self.kind == "look-ahead":
            return f"{self.column} looks ahead: {seen} without the bars after it ({self.cuts} cuts{size})."
        return (
            f"{self.column} needs more history than the declared warm-up: {seen} "
            f"with the warm-up alone ({self.cuts} cuts{size})."
        )


@attrs.frozen(kw_only=True)
class Certificate:
    """
    Whether every feature and decision used only what was known, and no more history than declared.

    Args:
        status: `passed`, `failed`, or `unchecked` when the history is too short to cut.
        warmup: The declared warm-up, bars.
        cuts: How many cuts were made.
        seed: The seed that chose them.
        columns: How many feature and decision columns were compared at each cut.
        findings: What failed, the worst kind first.
        memory: Recursive columns that still carry older bars after the warm-up, below the
            tolerance: the largest share of their size, by column.
        notes: What else should be known, in sentences.
    """

    status: Status
    warmup: int
    cuts: int
    seed: int
    columns: int
    findings: tuple[Finding, ...] = ()
    memory: Mapping[str, float] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check was made and found nothing."""
        return self.status == "passed"

    @property
    def words(self) -> str:
        """The certificate as a paragraph, one line per finding."""
        if self.status == "unchecked":
            return "\n".join(("Look-ahead and warm-up were not checked.", *self.notes))
        what = f"{self.columns} columns at {self.cuts} cuts, warm-up {self.warmup} bars"
        if self.status == "passed":
            return "\n".join((f"No look-ahead, warm-up long enough ({what}).", *self.notes))
        lines = (finding.words for finding in self.findings)
        return "\n".join((f"FAILED ({what}): these results cannot be trusted.", *lines, *self.notes))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self) | {"findings": [attrs.asdict(f) for f in self.findings], "words": self.words}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Certificate:
        """Return the certificate that `to_dict` wrote."""
        known = {field.name: values[field.name] for field in attrs.fields(cls)}
        known["findings"] = tuple(Finding(**finding) for finding in known["findings"])
        known["notes"] = tuple(known["notes"])
        return cls(**known)

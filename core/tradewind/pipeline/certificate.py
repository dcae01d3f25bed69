"""The finding of the look-ahead and warm-up check, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

Kind = Literal["unstable", "look-ahead", "warm-up"]
Status = Literal["passed", "failed", "unchecked"]

KINDS: Final[tuple[Kind, ...]] = ("unstable", "look-ahead", "warm-up")
"""The kinds of findings, the worst first."""


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
        symbol: On whose bars it was seen; empty when it was not told.
    """

    column: str
    kind: Kind
    time: str
    whole: str
    cut: str
    difference: float | None
    cuts: int
    symbol: str = ""

    @property
    def words(self) -> str:
        """The finding as a sentence."""
        what = f"{self.symbol}: {self.column}" if self.symbol else self.column
        size = "" if self.difference is None else f", {self.difference:.2g} of its size"
        if self.kind == "unstable":
            return f"{what} differs between two runs on the same bars: {self.whole} and {self.cut} at {self.time}."
        seen = f"at {self.time} it was {self.whole} with all bars and {self.cut}"
        if self.kind == "look-ahead":
            return f"{what} looks ahead: {seen} without the bars after it ({self.cuts} cuts{size})."
        return (
            f"{what} needs more history than the declared warm-up: {seen} "
            f"with the warm-up alone ({self.cuts} cuts{size})."
        )


@attrs.frozen(kw_only=True)
class Certificate:
    """
    Whether every feature and decision used only what was known, and no more history than declared.

    Args:
        status: `passed`, `failed`, or `unchecked` when the history is too short to cut.
        warmup: The declared warm-up, bars.
        cuts: How many cuts were made, on all symbols together.
        seed: The seed that chose them.
        columns: How many feature and decision columns were compared at each cut.
        findings: What failed, the worst kind first.
        memory: Recursive columns that still carry older bars after the warm-up, below the
            tolerance: the largest share of their size, by column.
        notes: What else should be known, in sentences.
        symbols: On whose bars the check was made; empty when it was not told.
        ties: How many choices that stood on a threshold were forgiven; the notes say where.
    """

    status: Status
    warmup: int
    cuts: int
    seed: int
    columns: int
    findings: tuple[Finding, ...] = ()
    memory: Mapping[str, float] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    ties: int = 0

    @property
    def passed(self) -> bool:
        """Whether the check was made and found nothing."""
        return self.status == "passed"

    @property
    def words(self) -> str:
        """The certificate as a paragraph, one line per finding."""
        if self.status == "unchecked":
            return "\n".join(("Look-ahead and warm-up were not checked.", *self.notes))
        of = f" on {len(self.symbols)} symbols" if len(self.symbols) > 1 else ""
        what = f"{self.columns} columns at {self.cuts} cuts{of}, warm-up {self.warmup} bars"
        if self.status == "passed":
            return "\n".join((f"No look-ahead, warm-up long enough ({what}).", *self.notes))
        lines = (finding.words for finding in self.findings)
        return "\n".join((f"FAILED ({what}): these results cannot be trusted.", *lines, *self.notes))

    @classmethod
    def merged(cls, by_symbol: Mapping[str, Certificate]) -> Certificate:
        """
        Return one certificate of those of several symbols.

        It fails with any of them. A symbol whose history is too short to check is told in the
        notes and does not spoil the others: with so little history nothing is decided on it.

        Raises:
            ValueError: Without certificates.
        """
        if not by_symbol:
            raise ValueError("there was no certificate to merge, expected one or more")
        parts = list(by_symbol.values())
        status: Status = next((s for s in ("failed", "passed") if any(one.status == s for one in parts)), "unchecked")
        several = len(parts) > 1
        memory: dict[str, float] = {}
        for one in parts:
            memory |= {name: max(share, memory.get(name, 0.0)) for name, share in one.memory.items()}
        findings = [
            attrs.evolve(finding, symbol=symbol if several else finding.symbol)
            for symbol, one in by_symbol.items()
            for finding in one.findings
        ]
        return cls(
            status=status,
            warmup=max(one.warmup for one in parts),
            cuts=sum(one.cuts for one in parts),
            seed=parts[0].seed,
            columns=max(one.columns for one in parts),
            findings=tuple(sorted(findings, key=lambda finding: KINDS.index(finding.kind))),
            memory=memory,
            notes=tuple(
                f"{symbol}: {note}" if several else note for symbol, one in by_symbol.items() for note in one.notes
            ),
            symbols=tuple(by_symbol),
            ties=sum(one.ties for one in parts),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self) | {"findings": [attrs.asdict(f) for f in self.findings], "words": self.words}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Certificate:
        """Return the certificate that `to_dict` wrote."""
        known = {field.name: values[field.name] for field in attrs.fields(cls) if field.name in values}
        known["findings"] = tuple(Finding(**finding) for finding in known["findings"])
        known |= {name: tuple(known.get(name, ())) for name in ("notes", "symbols")}
        return cls(**known)

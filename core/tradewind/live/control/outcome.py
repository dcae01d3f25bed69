"""What came of a command, for people and programs; nothing heavy is loaded to tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What came of a command for one session.

    Args:
        account: The account's name.
        verb: What was asked.
        heard: The engine answered.
        done: It is carried out, or needs nothing more.
        text: What came of it, in words.
        more: Facts, plain values.
        code: Why it was refused; empty when it was not.
    """

    account: str
    verb: str
    heard: bool
    done: bool = False
    text: str = ""
    more: Mapping[str, Any] = attrs.field(factory=dict)
    code: str = ""

    @classmethod
    def from_answer(cls, account: str, verb: str, piece: Mapping[str, Any]) -> Outcome:
        """Return what the last line of an engine's answer says."""
        known = {"ok", "text", "code", "message", "hint"}
        words = [str(piece.get(name, "")) for name in ("text", "message", "hint")]
        return cls(
            account=account,
            verb=verb,
            heard=True,
            done=piece["ok"] is True,
            text="\n".join(word for word in words if word),
            more={name: value for name, value in piece.items() if name not in known},
            code=str(piece.get("code", "")),
        )

    @property
    def exit_code(self) -> int:
        """0 when it is done, 1 when it is not or not known to be, 2 when it was refused."""
        refused = bool(self.code) and self.code != "TW-L015"
        return 0 if self.done else 2 if refused else 1

    @property
    def lines(self) -> list[str]:
        """What is told to people."""
        head = f"{self.code} " if self.code else ""
        plan = self.more.get("plan", ())
        held = self.more.get("positions") or ()
        stays = [f"  stays open: {one['symbol']} {one['side']} {one['quantity']:.8g}" + _stop(one) for one in held]
        return [head + self.text, *[f"  {line}" for line in plan], *stays]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self)


def _stop(one: Mapping[str, Any]) -> str:
    return ", no stop" if one["stop"] is None else f", stop {one['stop']:,.8g}"

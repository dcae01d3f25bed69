"""Run the command line in this process, as a terminal would."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tradewind.cli.main import main


@attrs.frozen(kw_only=True)
class Said:
    """What a command printed and how it left."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Tradewind = Callable[..., Said]


def runner(capsys: pytest.CaptureFixture[str]) -> Tradewind:
    """Return a function that runs `tradewind` with arguments and returns what it said."""

    def tradewind(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        printed = capsys.readouterr()
        return Said(code=int(left.value.code or 0), out=printed.out, err=printed.err)

    return tradewind

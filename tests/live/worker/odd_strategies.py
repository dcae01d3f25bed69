"""Strategies that do what a strategy should not do, each when its time has come."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import pandas as pd

from tradewind.api import Signals

ODD = 7
"""The odd one acts on every frame whose length is a multiple of this."""


class Quiet:
    """Never trades."""

    timeframe = "1h"
    warmup = 5

    def signals(self, frame: pd.DataFrame) -> Signals:
        if len(frame) % ODD == 0:
            self.odd()
        return Signals.from_arrays(frame.index, enter=0)

    def odd(self) -> None:
        return


class Raises(Quiet):
    """Raises."""

    def odd(self) -> None:
        raise ZeroDivisionError("an indicator was zero")


class Hangs(Quiet):
    """Never answers."""

    def odd(self) -> None:
        while True:
            time.sleep(60.0)


class Dies(Quiet):
    """Takes its process with it."""

    def odd(self) -> None:
        os._exit(9)


class Talks(Quiet):
    """Prints, and asks the terminal."""

    def odd(self) -> None:
        print("a strategy talks")  # what is tested
        sys.stdout.flush()
        os.write(1, b"and writes where answers went\n")
        assert sys.stdin.read() == ""


class Garbles(Quiet):
    """Writes to every pipe it has."""

    def odd(self) -> None:
        for number in range(3, 64):
            try:
                os.write(number, b"\xff" * 64)
            except OSError:
                continue


class Looks(Quiet):
    """Tells what it can see of the environment, as warnings."""

    def check(self, instrument: Any, costs: Any, frame: pd.DataFrame) -> list[str]:
        return [f"{name}={value}" for name, value in os.environ.items()]


class Leaks(Quiet):
    """Knows the next close."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        later = frame["close"].shift(-1).fillna(0.0)
        return Signals.from_arrays(frame.index, enter=(later > frame["close"]).to_numpy(dtype="int8"))

"""A working folder of its own for every test, and no settings from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.terminal import Tradewind, runner


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("TRADEWIND_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tradewind(capsys: pytest.CaptureFixture[str]) -> Tradewind:
    return runner(capsys)

"""The profile `sandbox`: settings that a running sandbox left."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tradewind.config.layers import Layer
from tradewind.config.load import LoadedSettings, load_settings
from tradewind.errors import SettingsError

TABLE: dict[str, Any] = {"symbols": ["BTCUSDT"], "executor": "binance", "executors": {"binance": {"place": "custom"}}}


def left(folder: Path, mode: int = 0o600, **changes: Any) -> Path:
    path = folder / ".tradewind" / "sandbox.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"settings": TABLE, "pid": os.getpid()} | changes))
    path.chmod(mode)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded() -> LoadedSettings:
    return load_settings(profile="sandbox", environ={})


def test_a_running_sandbox_gives_the_settings_that_lead_to_it(here: Path) -> None:
    path = left(here)
    found = loaded()
    assert (found.settings.executor, found.settings.symbols) == ("binance", ("BTCUSDT",))
    assert found.origin("executor") == str(path.relative_to(here))


def test_a_settings_file_goes_before_it_with_or_without_a_table_of_that_name(here: Path) -> None:
    left(here)
    (here / "tradewind.toml").write_text('symbols = ["ETHUSDT"]\n')
    assert loaded().settings.symbols == ("ETHUSDT",)
    (here / "tradewind.toml").write_text('symbols = ["ETHUSDT"]\n[sandbox]\nsymbols = ["SOLUSDT"]\n')
    assert loaded().settings.symbols == ("SOLUSDT",)


KEYED = TABLE | {"executors": {"binance": {"place": "custom", "rest_url": "http://127.0.0.1:1", "api_key": "play"}}}


def test_orders_of_a_rehearsal_go_to_the_sandbox_with_its_keys_whatever_else_is_set(here: Path) -> None:
    left(here, settings=KEYED)
    file = here / "tradewind.toml"
    file.write_text('[executors.binance]\nplace = "binance"\nrest_url = "https://example.org"\nreads_a_second = 3\n')
    secrets = here / ".secrets.toml"
    secrets.write_text('[executors.binance]\napi_key = "real"\n')
    secrets.chmod(0o600)
    real = {"TRADEWIND_EXECUTORS__BINANCE__API_KEY": "real"}
    found = load_settings(profile="sandbox", environ=real).settings.executors["binance"]
    assert found == KEYED["executors"]["binance"] | {"reads_a_second": 3}


def test_the_command_line_goes_before_the_sandbox(here: Path) -> None:
    left(here, settings=KEYED)
    asked = Layer(origin="--set", values={"executors": {"binance": {"rest_url": "http://127.0.0.1:2"}}})
    found = load_settings(profile="sandbox", environ={}, overrides=[asked]).settings.executors["binance"]
    assert found["rest_url"] == "http://127.0.0.1:2"


def test_the_state_folder_of_the_settings_is_looked_into(here: Path) -> None:
    left(here).parent.rename(here / "elsewhere")
    (here / "tradewind.toml").write_text('state_dir = "elsewhere"\n')
    assert loaded().settings.executor == "binance"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pid": 2**22 + 1}, "TW-S005"),
        ({"settings": 5}, "TW-S005"),
        ({"pid": "x"}, "TW-S005"),
        ({"mode": 0o644}, "TW-S007"),
    ],
)
def test_what_no_living_sandbox_left_privately_is_refused(here: Path, changes: dict[str, Any], code: str) -> None:
    left(here, **changes)
    with pytest.raises(SettingsError, match=code):
        loaded()


def test_without_a_sandbox_the_way_to_one_is_told(here: Path) -> None:
    with pytest.raises(SettingsError, match="tradewind sandbox"):
        loaded()

"""Where the secrets of a component come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tradewind.config.keys import split_secrets
from tradewind.config.layers import environment_layer
from tradewind.config.secret import Secret
from tradewind.errors import SettingsError

WHERE = "executors.binance"


def nobody(_: str) -> None:
    return None


def split(
    table: Mapping[str, Any],
    ask: Callable[[str], str | None] = nobody,
    names: Sequence[str] = ("api_key", "api_secret"),
) -> tuple[dict[str, Any], dict[str, Secret]]:
    return split_secrets(names, table, where=WHERE, ask=ask)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    file.chmod(0o600)
    return file


def test_secrets_leave_the_settings() -> None:
    plain, secrets = split({"place": "live", "api_key": "abc", "api_secret": "def"})
    assert plain == {"place": "live"}
    assert {name: secret.reveal() for name, secret in secrets.items()} == {"api_key": "abc", "api_secret": "def"}


def test_a_keyring_goes_before_a_file_and_a_file_before_the_table(kept: Path) -> None:
    table = {"api_key": "from-the-table", "api_key_file": str(kept)}
    assert split(table)[1]["api_key"] == Secret("from-a-file")
    asked: list[str] = []

    def keyring(name: str) -> str | None:
        asked.append(name)
        return "from-a-keyring" if name.endswith("api_key") else None

    assert split(table, keyring)[1]["api_key"] == Secret("from-a-keyring")
    assert asked == ["executors.binance.api_key", "executors.binance.api_secret"]


def test_what_is_not_there_is_not_found() -> None:
    assert split({"api_key": ""})[1] == {}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(kept: Path, mode: int) -> None:
    kept.chmod(mode)
    with pytest.raises(SettingsError, match="TW-S007"):
        split({"api_key_file": str(kept)})


def test_a_link_is_refused(kept: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(kept)
    with pytest.raises(SettingsError, match="TW-S007"):
        split({"api_key_file": str(link)})


def test_a_file_that_could_be_committed_is_refused(kept: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(SettingsError, match="working tree"):
        split({"api_key_file": str(kept)})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"executors\.binance\.api_key_file"):
        split({"api_key_file": str(tmp_path / "nothing")})


@pytest.mark.parametrize("text", ["12e5", "007", "true", "[1]"])
def test_a_secret_of_the_environment_stays_the_text_it_is(text: str) -> None:
    layer = environment_layer({"TRADEWIND_EXECUTORS__BINANCE__API_KEY": text})
    assert layer.values == {"executors": {"binance": {"api_key": text}}}

"""Where the secrets of a component come from."""

from __future__ import annotations

import pytest

from tradewind.config.keys import split_secrets
from tradewind.config.layers import environment_layer
from tradewind.config.secret import Secret
from tradewind.errors import SettingsError

WHERE = "executors.binance"


def nobody(_: str) -> None:
    return None


def split(table, ask=nobody, names=("api_key", "api_secret")):
    return split_secrets(names, table, where=WHERE, ask=ask)


@pytest.fixture
def kept(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    file.chmod(0o600)
    return file


def test_secrets_leave_the_settings():
    plain, secrets = split({"place": "live", "api_key": "abc", "api_secret": "def"})
    assert plain == {"place": "live"}
    assert {name: secret.reveal() for name, secret in secrets.items()} == {"api_key": "abc", "api_secret": "def"}


def test_a_keyring_goes_before_a_file_and_a_file_before_the_table(kept):
    table = {"api_key": "from-the-table", "api_key_file": str(kept)}
    assert split(table)[1]["api_key"] == Secret("from-a-file")
    asked = []

    def keyring(name):
        asked.append(name)
        return "from-a-keyring" if name.endswith("api_key") else None

    assert split(table, keyring)[1]["api_key"] == Secret("from-a-keyring")
    assert asked == ["executors.binance.api_key", "executors.binance.api_secret"]


def test_what_is_not_there_is_not_found():
    assert split({"api_key": ""})[1] == {}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(kept, mode):
    kept.chmod(mode)
    with pytest.raises(SettingsError, match="TW-S007"):
        split({"api_key_file": str(kept)})


def test_a_link_is_refused(kept, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(kept)
    with pytest.raises(SettingsError, match="TW-S007"):
        split({"api_key_file": str(link)})


def test_a_file_that_could_be_committed_is_refused(kept, tmp_path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(SettingsError, match="working tree"):
        split({"api_key_file": str(kept)})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"executors\.binance\.api_key_file"):
        split({"api_key_file": str(tmp_path / "nothing")})


@pytest.mark.parametrize("text", ["12e5", "007", "true", "[1]"])
def test_a_secret_of_the_environment_stays_the_text_it_is(text):
    layer = environment_layer({"TRADEWIND_EXECUTORS__BINANCE__API_KEY": text})
    assert layer.values == {"executors": {"binance": {"api_key": text}}}

"""Later layers win, lists replace, tables merge, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.config.layers import Layer, assigned, assignment, nested
from tradewind.config.load import LoadedSettings, load_settings
from tradewind.errors import SettingsError

FILE = """
strategy = "adaptive"
symbols = ["BTCUSDT", "ETHUSDT"]
[limits]
max_position = 0.20
max_daily_risk = 0.05
[strategies.adaptive]
allow_short = false
[paper]
symbols = ["SOLUSDT"]
[paper.limits]
max_position = 0.07
[profiles.night]
initial_balance = 5000
"""


def load(
    tmp_path: Path,
    text: str | None = FILE,
    *,
    profile: str | None = None,
    environ: dict[str, str] | None = None,
    overrides: tuple[Layer, ...] = (),
) -> LoadedSettings:
    if text is not None:
        (tmp_path / "tradewind.toml").write_text(text)
    return load_settings(profile=profile, folder=tmp_path, environ=environ or {}, overrides=overrides)


def test_without_any_layer_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load(tmp_path, None)
    assert loaded.settings.symbols == ("BTCUSDT",)
    assert loaded.settings.limits.max_daily_risk == 0.06
    assert loaded.origin("limits.max_daily_risk") == "default"


def test_a_list_replaces_the_list_below_and_never_appends(tmp_path: Path) -> None:
    assert load(tmp_path, profile="paper").settings.symbols == ("SOLUSDT",)
    assert load(tmp_path, environ={"TRADEWIND_SYMBOLS": '["XRPUSDT"]'}).settings.symbols == ("XRPUSDT",)


def test_a_table_merges_key_by_key(tmp_path: Path) -> None:
    limits = load(tmp_path, profile="paper").settings.limits
    assert (limits.max_position, limits.max_daily_risk, limits.max_drawdown) == (0.07, 0.05, 0.20)


def test_the_environment_beats_the_profile_and_the_command_line_beats_both(tmp_path: Path) -> None:
    environ = {"TRADEWIND_LIMITS__MAX_POSITION": "0.03"}
    loaded = load(tmp_path, profile="paper", environ=environ)
    assert loaded.settings.limits.max_position == 0.03
    assert loaded.origin("limits.max_position") == "environment"
    last = Layer(origin="command line", values=nested(*assignment("limits.max_position=0.01")))
    loaded = load(tmp_path, profile="paper", environ=environ, overrides=(last,))
    assert loaded.settings.limits.max_position == 0.01
    assert loaded.origin("limits.max_position") == "command line"
    assert loaded.origin("symbols") == "tradewind.toml [paper]"


def test_a_profile_under_profiles_is_found(tmp_path: Path) -> None:
    assert load(tmp_path, profile="night").settings.initial_balance == 5000


@pytest.mark.parametrize("profile", ["pape", "live", "strategies"])
def test_an_unknown_profile_is_an_error_and_never_the_defaults(tmp_path: Path, profile: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, profile=profile)
    assert caught.value.code == "TW-S005"
    assert "night, paper" in str(caught.value)


def test_a_profile_without_a_settings_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TW-S005"):
        load(tmp_path, None, profile="paper")


def test_a_mistyped_table_is_an_unknown_setting_and_not_a_profile(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "[limit]\nmax_position = 0.01\n")
    assert caught.value.code == "TW-S002"
    assert "Did you mean 'limits'?" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("max_postion = 1", "TW-S002", "max_postion is not a setting"),
        ("[limits]\nmax_postion = 0.1", "TW-S002", "Did you mean 'max_position'?"),
        ('initial_balance = "many"', "TW-S003", "initial_balance was 'many', expected a number"),
        ('use_finer_bars = "false"', "TW-S003", "expected true or false"),
        ("use_finer_bars = 1", "TW-S003", "expected true or false"),
        ("seed = 1.7", "TW-S003", "seed was 1.7, expected a whole number"),
        ("seed = true", "TW-S003", "expected a whole number"),
        ('symbols = "BTCUSDT"', "TW-S003", "expected a list"),
        ("symbols = []", "TW-S004", "expected at least one"),
        ('symbols = ["A", "A"]', "TW-S004", "more than once"),
        ('symbols = ["../../x"]', "TW-S004", "expected letters and digits"),
        ('risk = ["regime", "regime"]', "TW-S004", "regime more than once"),
        ("seed = -1", "TW-S004", "at least 0"),
        ("[certificate]\nseed = -1", "TW-S004", "at least 0"),
        ("initial_balance = 1e308", "TW-S004", "at most 1e+15"),
        ('state_dir = ""', "TW-S004", "expected a folder of its own"),
        ('state_dir = "."', "TW-S004", "expected a folder of its own"),
        ("limits = 3", "TW-S003", "expected a table"),
        ("[limits]\nbase_risk_per_trade = 2.0", "TW-S004", "for 2% write 0.02"),
        ("[limits]\nmax_position = 0", "TW-S004", "above 0"),
        ("[limits]\nmax_concurrent_positions = 0", "TW-S004", "from 1"),
        ("[limits]\nmax_drawdown = nan", "TW-S003", "expected a finite number"),
        ("[limits]\nmax_drawdown = inf", "TW-S003", "expected a finite number"),
        ("initial_balance = -5", "TW-S004", "above 0"),
        ("[costs]\ntaker_fee = -0.1", "TW-S004", "costs.taker_fee"),
        ('[costs]\nfee_asset = "gold"', "TW-S003", "'quote', 'base'"),
        ('timeframe = "1M"', "TW-S004", "for minutes write '1m'"),
        ("strategy = 'x", "TW-S001", "is not TOML"),
        ('a = 1\n"a" = 2', "TW-S001", "is not TOML"),
        ('\ufeffstrategy = "adaptive"', "TW-S001", "byte-order mark"),
        ('strategy = "@format {env[HOME]}"', "TW-S003", "not evaluated"),
        ('strategy = "@jinja {{ 7*7 }}"', "TW-S003", "not evaluated"),
        ('[sources.x]\napi_key = "abcdefgh"', "TW-S006", "looks like a secret"),
    ],
)
def test_a_bad_setting_is_named_with_what_was_expected(tmp_path: Path, text: str, code: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_link_to_nothing_is_an_error_and_never_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "tradewind.toml").symlink_to(tmp_path / "gone.toml")
    with pytest.raises(SettingsError, match=r"TW-S001 .* No such file"):
        load(tmp_path, None)


DEEP = 5000


@pytest.mark.parametrize(
    "text",
    [f"seed = {'[' * DEEP}", f"seed = {'[' * DEEP}{']' * DEEP}", f"[{'a.' * DEEP}b]", f"x = {'{a=' * 30}1{'}' * 30}"],
    ids=["no end", "lists", "tables", "inline tables"],
)
def test_what_is_nested_deeper_than_any_setting_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"TW-S001 .*deep"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TRADEWIND_SEED": "@int x"}, "TRADEWIND_SEED was '@int x', which cannot be read"),
        ({"TRADEWIND_LIMITS": "@json {"}, "TRADEWIND_LIMITS was '@json {', which cannot be read"),
        ({"TRADEWIND_LIMITS": "3", "TRADEWIND_LIMITS__MAX_POSITION": "0.1"}, "TRADEWIND_LIMITS__MAX_POSITION sets a"),
        ({f"TRADEWIND_{'__'.join('A' * 30)}": "1"}, "the environment has tables"),
    ],
    ids=["cast", "json", "whole and part", "deep"],
)
def test_a_variable_that_cannot_be_read_is_named(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, None, environ=environ)
    assert words in caught.value.message


@pytest.mark.parametrize("text", [f"seed={'[' * DEEP}", f"{'a.' * DEEP}b=1"], ids=["value", "path"])
def test_an_assignment_nested_deeper_than_any_setting_is_refused_in_words(text: str) -> None:
    with pytest.raises(SettingsError, match="deep"):
        assigned([text])


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = 'seed = 1.5\nsymbols = "X"\nstratgy = "a"\n[limits]\nmax_position = 5\nmax_drawdwn = 1\n'
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    told = "\n".join(caught.value.problems)
    for words in ("seed", "symbols", "stratgy", "limits.max_position", "limits.max_drawdwn"):
        assert words in told
    assert len(caught.value.problems) == 5


def test_every_fault_stands_in_its_own_indented_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, 'symbols = "X"\nseed = 1.5\n')
    first, *rest, read_from = str(caught.value).splitlines()
    assert first == "TW-S003 the settings have 2 faults:"
    assert [line[:10] for line in rest] == ["  TW-S003 ", "  TW-S003 "]
    assert read_from == "Read from tradewind.toml."


@pytest.mark.parametrize("text", ["initial_balance = -5", 'symbols = ["../../x"]', 'timeframe = "1M"'])
def test_a_setting_outside_all_tables_has_no_table_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert caught.value.message.startswith((text.split()[0], f"the {text.split()[0].removesuffix('s')} was"))


def test_text_that_looks_like_a_number_stays_text_in_the_database_url(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"DATABASE_URL": "12e5"}).settings.database_url == "12e5"


def test_variables_of_others_are_not_read(tmp_path: Path) -> None:
    environ = {"DYNACONF_STRATEGY": "enhanced", "STRATEGY": "enhanced", "SETTINGS_FILE_FOR_DYNACONF": "x.toml"}
    assert load(tmp_path, environ=environ).settings.strategy == "adaptive"


def test_a_misspelt_variable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, environ={"TRADEWIND_STRATGY": "enhanced"})
    assert caught.value.code == "TW-S002"


def test_secrets_that_others_can_read_are_refused(tmp_path: Path) -> None:
    secrets = tmp_path / ".secrets.toml"
    secrets.write_text('database_url = "postgresql://me:pass@localhost/x"\n')
    secrets.chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert caught.value.code == "TW-S007"
    assert "chmod 600" in str(caught.value)
    secrets.chmod(0o600)
    assert load(tmp_path).settings.database_url.endswith("/x")


def test_a_linked_secrets_file_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("")
    real.chmod(0o600)
    (tmp_path / ".secrets.toml").symlink_to(real)
    with pytest.raises(SettingsError, match="TW-S007"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("settings.py", b"import os", "TW-S008"),
        ("settings.yaml", b"a: 1", "TW-S008"),
        ("settings.toml", b"strategy = '\xff\xfe'", "TW-S001"),
        ("settings.toml", b"# " + b"x" * 1_100_000, "TW-S001"),
    ],
)
def test_a_file_of_another_kind_or_encoding_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environ={})
    assert caught.value.code == code


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TW-S001"):
        load_settings(tmp_path / "none.toml", environ={})


@pytest.mark.parametrize("text", ["limits.max_position", "=3", ""])
def test_a_malformed_assignment_is_an_error(text: str) -> None:
    with pytest.raises(SettingsError, match="TW-S003"):
        assignment(text)


def test_assignments_are_read_as_toml_and_else_as_text() -> None:
    assert assignment("a.b=0.5") == ("a.b", 0.5)
    assert assignment('a=["x"]') == ("a", ["x"])
    assert assignment("source=files") == ("source", "files")
    assert assignment("a=true") == ("a", True)


def test_hyphen_and_underscore_name_one_component_table(tmp_path: Path) -> None:
    text = "[strategies.high-risk-high-reward]\nallow_short = true\n"
    assert load(tmp_path, text).settings.strategies == {"high_risk_high_reward": {"allow_short": True}}

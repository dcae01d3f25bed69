"""Real money moves only when a test message has just been delivered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from alerts.receiver import webhook
from cli.terminal import Tradewind
from tradewind.cli import run_live
from tradewind.cli.context import Context
from tradewind.errors import LiveError
from tradewind.live import gate
from tradewind.live.session.services import AlertTest, build_service, named_services, try_alerts
from tradewind.live.session.session import Request
from tradewind.live.venue.opening import Way
from tradewind.model.venue import Permissions

NOBODY = "json://127.0.0.1:9/canary-hook-path"


def secrets(folder: Path, **urls: str) -> None:
    path = folder / ".secrets.toml"
    path.write_text("[services.alerts]\n" + "".join(f'{name} = "{url}"\n' for name, url in urls.items()))
    path.chmod(0o600)


def outcome() -> AlertTest:
    context = Context()
    return asyncio.run(try_alerts(context.settings, context.catalog))


@pytest.mark.critical
def test_a_delivered_test_message_passes_and_says_what_it_is(folder: Path) -> None:
    with webhook() as hook:
        secrets(folder, first_url=hook.url)
        found = outcome()
        gate.check_alerts(found.working, found.failed)
    assert found == AlertTest(working=("alerts",))
    assert "Tradewind test" in hook.text


@pytest.mark.critical
@pytest.mark.parametrize("status", [401, 500])
def test_a_receiver_that_refuses_does_not_pass(folder: Path, status: int) -> None:
    with webhook() as hook:
        hook.status = status
        secrets(folder, first_url=hook.url)
        found = outcome()
    with pytest.raises(LiveError) as refused:
        gate.check_alerts(found.working, found.failed)
    assert refused.value.code == "TW-L005"
    assert str(status) in refused.value.message
    assert "tradewind alerts test" in refused.value.hint
    assert "canary" not in str(refused.value)


@pytest.mark.critical
def test_a_dead_first_channel_passes_by_the_second_and_is_told(folder: Path) -> None:
    with webhook() as hook:
        secrets(folder, first_url=NOBODY, second_url=hook.url)
        found = outcome()
    gate.check_alerts(found.working, found.failed)
    assert len(hook.got) == 1
    assert "first channel" in found.notes[0]


@pytest.mark.critical
def test_without_alerts_the_refusal_shows_what_to_write(folder: Path) -> None:
    found = outcome()
    with pytest.raises(LiveError) as refused:
        gate.check_alerts(found.working, found.failed)
    assert found == AlertTest()
    assert ".secrets.toml" in refused.value.hint
    assert "first_url" in refused.value.hint


def test_an_address_that_nobody_knows_is_told_without_its_secret(folder: Path) -> None:
    secrets(folder, first_url="telegrm://canary-token/1")
    found = outcome()
    assert found.working == ()
    assert "telegrm" in found.failed["alerts"]
    assert "canary" not in found.failed["alerts"]


def test_a_file_of_the_secret_serves_as_well(folder: Path) -> None:
    with webhook() as hook:
        (folder / "address").write_text(hook.url)
        (folder / "address").chmod(0o600)
        (folder / "tradewind.toml").write_text('[services.alerts]\nfirst_url_file = "address"\n')
        assert outcome().working == ("alerts",)


@pytest.mark.critical
def test_the_live_start_asks_for_it_after_all_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = Way(
        name="venue", make=object, real_money=True, addresses=("https://api.example.org",), distribution="x",
        fingerprint="f",
    )  # fmt: skip

    async def allowed(_: Any) -> Permissions:
        return Permissions(trade=True, withdraw=False, transfer=False, ip_bound=True, derivatives=False)

    monkeypatch.setattr(run_live, "way_to", lambda *_: way)
    monkeypatch.setattr(run_live, "untrusted", lambda _: {})
    monkeypatch.setattr(run_live, "certificates", lambda *_: {})
    monkeypatch.setattr(run_live, "_permissions", allowed)
    monkeypatch.setattr(run_live, "_ask", lambda *_: None)
    troupe: Any = None

    def start() -> Way:
        return run_live.pass_the_gate(Context(), Request(strategies=("mine",)), troupe, skip_permission_check=False)

    with pytest.raises(LiveError) as refused:
        start()
    assert refused.value.code == "TW-L005"
    with webhook() as hook:
        secrets(folder, first_url=hook.url)
        assert start() is way
        hook.status = 503
        with pytest.raises(LiveError):
            start()


def test_a_secret_address_is_never_shown(tradewind: Tradewind, folder: Path) -> None:
    secrets(folder, first_url=NOBODY)
    shown = tradewind("config", "show", "--origin")
    assert shown.code == 0
    assert "services.alerts.level" in shown.out
    assert "canary" not in shown.out + shown.err
    assert tradewind("config", "check").code == 0
    said = tradewind("alerts", "test")
    assert said.code == 1
    assert "canary" not in said.out + said.err
    (entry,) = named_services(Context().settings, Context().catalog)
    assert "canary" not in repr(build_service(entry, Context().settings, Context().catalog))


def test_an_address_in_the_settings_file_is_refused_with_where_it_belongs(tradewind: Tradewind, folder: Path) -> None:
    (folder / "tradewind.toml").write_text(f'[services.alerts]\nfirst_url = "{NOBODY}"\n')
    refused = tradewind("alerts", "test")
    assert refused.code == 2
    assert refused.err.startswith("TW-S006")
    assert ".secrets.toml" in refused.err
    assert "canary" not in refused.err


def test_an_address_in_the_environment_is_read_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as hook:
        monkeypatch.setenv("TRADEWIND_SERVICES__ALERTS__FIRST_URL", hook.url + "?+X-Mark=1e5")
        assert outcome().working == ("alerts",)

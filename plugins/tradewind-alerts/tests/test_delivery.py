"""Alerts reach people: by web and mail, again when it fails, by another way when one is dead, and never in the way."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import stat
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tradewind.api import LiveError, SettingsError, redact
from tradewind_alerts.service import Alerts

Make = Callable[..., Alerts]
Until = Callable[..., None]
NOBODY = "json://127.0.0.1:9/hook"


def alert(title: str = "Halted: DRAWDOWN", severity: str = "warning", **facts: Any) -> dict[str, Any]:
    event = {"kind": "alert", "time": 1_700_000_000_000, "severity": severity, "title": title, "text": "It fell."}
    return event | {"todo": "Look.", "session": "paper mine on BTCUSDT", "key": title} | facts


@asynccontextmanager
async def running(service: Alerts) -> AsyncIterator[Alerts]:
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


def deliver(service: Alerts, *events: Mapping[str, Any], then: Callable[[], None] | None = None) -> None:
    async def life() -> None:
        async with running(service):
            for event in events:
                service.notify(event)
            if then is not None:
                await asyncio.to_thread(then)

    asyncio.run(life())


def test_a_webhook_gets_what_happened_and_what_to_do(hooks: Any, made: Make, receipts: Any) -> None:
    hook = hooks()
    deliver(made(hook.url()), alert(severity="critical"))
    (message,) = hook.got
    assert message["title"] == "Tradewind critical: Halted: DRAWDOWN"
    assert message["type"] == "failure"
    assert "2023-11-14 22:13:20 UTC CRITICAL Halted: DRAWDOWN. It fell. What to do: Look." in message["message"]
    assert "paper mine on BTCUSDT" in message["message"]
    (receipt,) = receipts("delivered")
    (queued,) = receipts("queued")
    assert (receipt["channel"], receipt["attempt"], receipt["ids"]) == ("first", 1, [queued["id"]])


def test_a_mail_arrives_as_text_whatever_an_alert_holds(mails: Any, made: Make) -> None:
    box = mails()
    deliver(made(box.url()), alert("<script>alert(1)</script> ₿"))
    (mail,) = box.got
    assert mail["To"] == "me@example.org"
    assert "Tradewind warning" in mail["Subject"]
    parts = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
    assert all("<script>" not in part for part in parts)
    texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    assert any("It fell." in text for text in texts)


def test_what_is_less_urgent_than_asked_for_is_not_sent(hooks: Any, made: Make) -> None:
    hook = hooks()
    deliver(made(hook.url(), level="warning"), alert("A", "info"), alert("B", "warning"), alert("C", "critical"))
    assert "A." not in hook.texts()
    assert "B." in hook.texts()
    assert "C." in hook.texts()


def test_other_events_and_those_of_a_replay_are_not_sent(hooks: Any, made: Make, receipts: Any) -> None:
    hook = hooks()
    deliver(made(hook.url()), {"kind": "trade_closed", "time": 1}, alert(replay=True), {"kind": "alert", "time": None})
    assert hook.got == []
    assert receipts() == []


def test_the_same_alert_is_told_once_and_counted(hooks: Any, made: Make, until: Until) -> None:
    hook = hooks()
    service = made(hook.url())

    async def life() -> None:
        async with running(service):
            service.notify(alert())
            await asyncio.to_thread(until, lambda: len(hook.got) == 1)
            for _ in range(5):
                service.notify(alert())
            service.notify(alert("Another"))

    asyncio.run(life())
    assert len(re.findall("WARNING Halted: DRAWDOWN", hook.texts())) == 1
    assert "Held back: 5 × Halted: DRAWDOWN" in hook.texts()


def test_a_flood_is_a_few_messages_and_every_alert_is_told_or_counted(hooks: Any, made: Make) -> None:
    hook = hooks()
    events = [alert("Trouble", "info", text=f"number {number}") for number in range(900)]
    events.insert(450, alert("Position without a stop", "critical"))
    deliver(made(hook.url(), per_minute=5, waiting=300), *events)
    assert 1 <= len(hook.got) <= 8
    told = len(re.findall(r"INFO Trouble\. number", hook.texts()))
    counted = sum(int(number) for number in re.findall(r"(\d+) × Trouble", hook.texts()))
    assert told + counted == 900
    assert "CRITICAL Position without a stop" in hook.texts()
    assert max(len(one["message"]) for one in hook.got) <= 4_000


def test_what_fails_is_tried_again_with_longer_pauses(hooks: Any, made: Make, receipts: Any, until: Until) -> None:
    hook = hooks()
    hook.plan = [500, 503]
    deliver(made(hook.url(), wait_seconds=0.1, longest_wait_seconds=1.0), alert(), then=lambda: until(lambda: hook.got))
    tries = receipts("failed", "delivered")
    assert [(line["what"], line["attempt"]) for line in tries] == [("failed", 1), ("failed", 2), ("delivered", 3)]
    assert "500" in tries[0]["why"]
    pauses = [later["time_ms"] - line["time_ms"] for line, later in pairwise(tries)]
    assert 90 <= pauses[0] < pauses[1]


def test_the_second_channel_gets_what_the_first_does_not_take(hooks: Any, made: Make, until: Until) -> None:
    hook = hooks()
    deliver(made(NOBODY, hook.url(), attempts=2), alert(), then=lambda: until(lambda: hook.got))
    assert "Halted: DRAWDOWN" in hook.got[0]["title"]
    assert "The first channel does not work" in hook.got[0]["message"]


def test_what_is_critical_goes_to_both_at_once_and_once(hooks: Any, mails: Any, made: Make, until: Until) -> None:
    hook, box = hooks(), mails()
    deliver(
        made(hook.url(), box.url()), alert(severity="critical"), alert("B"),
        then=lambda: until(lambda: hook.got and box.got),
    )  # fmt: skip
    assert len(box.got) == 1
    assert "Tradewind critical: Halted: DRAWDOWN" in box.got[0]["Subject"]


def test_a_refused_mail_is_a_failure_with_its_reason(mails: Any, made: Make, receipts: Any) -> None:
    box = mails()
    box.refuses = True
    deliver(made(box.url(), attempts=1, drain_seconds=1.0), alert())
    assert receipts("delivered") == []
    assert receipts("failed")[0]["why"] != ""


@pytest.mark.parametrize("illness", ["hang", "drip"])
def test_a_receiver_that_never_answers_holds_up_nothing(
    illness: str, hooks: Any, made: Make, receipts: Any, until: Until
) -> None:
    sick, hook = hooks(), hooks()
    sick.always = illness
    service = made(sick.url(), hook.url(), attempts=2, attempt_seconds=0.2, drain_seconds=1.0)
    told_s = 0.0

    async def life() -> float:
        nonlocal told_s
        async with running(service):
            begun = time.perf_counter()
            for number in range(200):
                service.notify(alert("Trouble", text=f"number {number}"))
            told_s = time.perf_counter() - begun
            await asyncio.to_thread(until, lambda: bool(hook.got))
            leaving = time.perf_counter()
        return time.perf_counter() - leaving

    # Waiting for the receiver would take 200 times its 0.2 seconds.
    assert asyncio.run(life()) < 10.0
    assert told_s < 5.0
    assert "Trouble" in hook.texts()
    assert receipts("escalated")[0]["why"] != ""


def test_hanging_attempts_are_few_however_long_a_receiver_hangs(hooks: Any, made: Make, until: Until) -> None:
    sick = hooks()
    sick.always = "drip"
    service = made(sick.url(), attempt_seconds=0.1, attempts=20, wait_seconds=0.01, longest_wait_seconds=0.01)
    most = 0

    def watch() -> None:
        nonlocal most
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            most = max(most, sum(one.name == "tradewind-alert-first" for one in threading.enumerate()))
            time.sleep(0.02)

    deliver(service, alert(), then=watch)
    assert 1 <= most <= 4


def test_what_reached_nobody_is_told_at_the_next_start(hooks: Any, made: Make, receipts: Any, until: Until) -> None:
    deliver(made(NOBODY, attempts=1, drain_seconds=0.5), alert(severity="critical"))
    assert receipts("delivered") == []
    hook = hooks()
    again = made(hook.url())
    again._begun_ms += 120_000
    deliver(again, then=lambda: until(lambda: hook.got))
    assert "1 alerts of an earlier session reached nobody. 1 × Halted: DRAWDOWN." in hook.texts()
    assert hook.got[0]["title"].startswith("Tradewind critical")
    quiet = made(hook.url())
    quiet._begun_ms += 240_000
    deliver(quiet)
    assert len(hook.got) == 1


def test_a_channel_that_comes_back_delivers_what_waited(hooks: Any, made: Make, until: Until) -> None:
    hook = hooks()
    hook.plan = [500] * 4
    deliver(made(hook.url(), attempts=2), alert("A"), alert("B"), then=lambda: until(lambda: hook.got))
    assert "WARNING A." in hook.texts()
    assert "WARNING B." in hook.texts()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nosuch://token-that-is-secret", "nosuch"),
        ("json://", "json"),
        ("no address at all", "without a scheme"),
        ("jsons://example.org/secret-path?verify=no", "verify=no"),
    ],
)
def test_an_address_that_cannot_be_used_stops_the_start(url: str, word: str, made: Make) -> None:
    with pytest.raises(SettingsError) as refused:
        asyncio.run(made(url).start())
    assert refused.value.code == "TW-S004"
    assert word in str(refused.value)
    assert "secret" not in str(refused.value).replace("SECRET", "")


def test_no_part_of_an_address_is_written_down_or_logged(
    hooks: Any, made: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hook = hooks()
    hook.always = 403
    url = f"json://someone:canary%40word@127.0.0.1:{hook.port}/canary-path?cto=1&-canary=canary-value"
    caplog.set_level(logging.DEBUG)
    service = made(url, "tgram://123456789:canaryTOKENcanaryTOKENcanary12345/canary", attempts=1, drain_seconds=0.2)
    service.channels[1].send = lambda *_: "HTTPSConnection /bot123456789:canaryTOKENcanaryTOKENcanary12345/sendMessage"  # type: ignore[method-assign]
    deliver(service, alert(severity="critical"))
    text = (tmp_path / "state" / "alerts.jsonl").read_text()
    logged = redact("\n".join(f"{one.getMessage()} {one.exc_text or ''}" for one in caplog.records))
    assert "canary" not in logged
    assert "canary" not in text.replace("/bot123456789:canaryTOKENcanaryTOKENcanary12345/", "")
    assert "canary" not in redact(text)
    assert "canary" not in repr(service.channels)


def test_receipts_are_their_owners_alone_and_bounded(hooks: Any, made: Make, tmp_path: Path) -> None:
    hook = hooks()
    events = [alert(f"Title {number}", text="x" * 500) for number in range(60)]
    deliver(made(hook.url(), receipts_bytes=10_000, waiting=1_000), *events)
    path = tmp_path / "state" / "alerts.jsonl"
    old = path.with_name("alerts.jsonl.1")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert old.stat().st_size < 15_000


def test_receipts_that_cannot_be_written_stop_no_alert(hooks: Any, made: Make, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    hook = hooks()
    deliver(made(hook.url(), receipts=str(tmp_path / "state" / "alerts.jsonl")), alert())
    assert len(hook.got) == 1


def test_a_test_message_passes_only_when_somebody_took_it(hooks: Any, made: Make, receipts: Any) -> None:
    hook = hooks()
    assert list(asyncio.run(made(hook.url()).test_alert())) == []
    (note,) = asyncio.run(made(NOBODY, hook.url()).test_alert())
    assert "first channel" in note
    assert len(hook.got) == 2
    with pytest.raises(LiveError) as refused:
        asyncio.run(made(NOBODY).test_alert())
    assert refused.value.code == "TW-L005"
    assert "tradewind alerts test" in refused.value.hint
    hook.always = 500
    with pytest.raises(LiveError):
        asyncio.run(made(hook.url()).test_alert())
    failed = [bool(line["why"]) for line in receipts("test")]
    # two channels are told at once: which of them is through first is nobody's promise
    assert [failed[:1], sorted(failed[1:3]), failed[3:]] == [[False], [False, True], [True, True]]
    assert json.dumps(receipts("test"))


def test_without_an_address_it_runs_and_sends_nothing(made: Make, receipts: Any) -> None:
    deliver(made(), alert())
    assert receipts() == []
    with pytest.raises(LiveError) as refused:
        asyncio.run(made().test_alert())
    assert "first_url" in refused.value.hint

"""No secret is in any byte that a session writes: logs, database, terminal, crash output."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import stat
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.config.redaction import redact
from tradewind.config.schema import LogSettings
from tradewind.config.secret import Secret
from tradewind.live.logs import session_log

CANARIES = (
    "canary-plain-1f8e27aa",
    "canary/with+chars&=?%/2b91",
    'canary"quoted\\and\\slashed/77',
    "canary with spaces 5c0d",
    "canäry-ünicode-93ce",
    "canary\nof two\nlines-and-more 41",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJfakeKEYfakeKEYfakeKEYfakeKEYcan\n-----END PRIVATE KEY-----",
    "canary:colon@host/84",
    "canary'apostrophe'6d",
    "Canary_UPPER_and_lower_0aF3",
    "canary.token.eyJhbGciOiJIUzI1NiJ9.e30.sig",
)
"""One of each kind: what a key, a token, a password or a PEM block can look like."""


def forms(value: str) -> set[str]:
    raw = value.encode()
    found = {value, quote(value, safe=""), quote(value), json.dumps(value)[1:-1], repr(value)[1:-1], raw.hex()}
    found |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    found |= {line for line in value.split("\n") if len(line) > 9 and "-----" not in line}
    return found


ALL_FORMS = sorted({form for value in CANARIES for form in forms(value)})


def hits(content: str) -> list[str]:
    return [form for form in ALL_FORMS if form in content]


def written(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def secrets() -> list[Secret]:
    return [Secret(value) for value in CANARIES]


@pytest.mark.critical
def test_no_canary_is_in_any_log_byte(
    secrets: list[Secret], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with session_log(LogSettings(folder=tmp_path / "logs"), debug=True) as log:
        foreign = logging.getLogger("some.library")
        for form in ALL_FORMS:
            log.info("signed", payload=f"a={form}&b=1", nested={"deep": [form, {"x": form}]})
            foreign.warning("GET https://x/y?key=%s", form)
            foreign.debug("headers %r", {"X-Whatever": form})
            try:
                raise ValueError(f"refused {form}")
            except ValueError:
                log.exception("it broke")
                foreign.exception("it broke %s", form)
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.warn(f"careful with {form}", UserWarning, stacklevel=1)
        _crash_in_a_loop(ALL_FORMS)
        _crash_in_a_thread(ALL_FORMS)
        sys.excepthook(ValueError, ValueError(ALL_FORMS[0] + ALL_FORMS[-1]), None)
    printed = capsys.readouterr()
    assert hits(written(tmp_path)) == []
    assert hits(printed.out + printed.err) == []
    assert written(tmp_path).count("it broke") >= 4 * len(ALL_FORMS)
    assert len(secrets) == 12


def _crash_in_a_loop(texts: list[str]) -> None:
    async def leave_broken() -> None:
        loop = asyncio.get_running_loop()
        for text in texts:
            loop.call_exception_handler({"message": f"lost {text}", "exception": RuntimeError(text)})

    asyncio.run(leave_broken())


def _crash_in_a_thread(texts: list[str]) -> None:
    def fail() -> None:
        raise RuntimeError(" ".join(texts))

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def test_lines_of_the_twin_are_json_and_say_the_same(tmp_path: Path) -> None:
    with session_log(LogSettings(folder=tmp_path)) as log:
        log.info("halted", breaker="DRAWDOWN", equity=8_000.5)
        logging.getLogger("elsewhere").warning("odd: %s", {"api_key": "abcdef123456"})
    events = [json.loads(line) for line in (tmp_path / "trading.jsonl").read_text().splitlines()]
    assert (events[0]["event"], events[0]["level"]) == ("halted", "info")
    assert events[0]["equity"] == 8_000.5
    assert events[0]["timestamp"].endswith("Z")
    assert "abcdef123456" not in written(tmp_path)
    assert "halted" in (tmp_path / "trading.log").read_text()


def test_files_are_for_their_owner_alone_and_are_put_aside_when_full(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with session_log(LogSettings(folder=tmp_path / "logs", max_bytes=2_000, backups=2)) as log:
            for n in range(100):
                log.info("something happened", number=n)
    finally:
        os.umask(old)
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == [
        "trading.jsonl",
        "trading.jsonl.1",
        "trading.jsonl.2",
        "trading.log",
        "trading.log.1",
        "trading.log.2",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_logging_is_as_it_was_afterwards(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook, sys.unraisablehook)
    with session_log(LogSettings(folder=tmp_path)):
        assert len(root.handlers) == len(before[1]) + 2
    assert (root.level, list(root.handlers), sys.excepthook, threading.excepthook, sys.unraisablehook) == before


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/v3/order?symbol=BTCUSDT&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
        "{'X-MBX-APIKEY': 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A'}",
        '{"apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"}',
        "X-MBX-APIKEY: vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "Authorization: Bearer vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "postgresql://trader:vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A@db/x",
        "Cookie: session=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "-----BEGIN EC PRIVATE KEY-----\nvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy\n-----END EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy",
        "listenKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    ],
)
def test_what_was_never_known_to_be_a_secret_is_found_by_its_name(text: str) -> None:
    shown = redact(text)
    assert "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv" not in shown
    assert "c8db56825ae71d6d" not in shown
    assert "****" in shown


def test_ordinary_words_stay() -> None:
    text = "2025-01-01 BTCUSDT adaptive entered long 0.017 at 58,806.3; reason: stop; token chain ok, key=up"
    assert redact(text) == text


@given(
    secret=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=12, max_size=40),
    before=st.binary(max_size=5),
    after=st.binary(max_size=5),
)
def test_a_value_is_found_in_every_form_and_at_every_place_of_a_longer_base64_text(
    secret: str, before: bytes, after: bytes
) -> None:
    held = Secret(secret)
    longer = base64.b64encode(before + secret.encode() + after).decode()
    assert "****" in redact(f"x {longer} y")
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.encode().hex()):
        assert form not in redact(f"<{form}>")
    assert held.reveal() == secret


def test_a_secret_that_is_gone_is_no_longer_looked_for() -> None:
    held = Secret("gone-with-the-wind")
    assert redact("gone-with-the-wind") == "****"
    del held
    assert redact("gone-with-the-wind") == "gone-with-the-wind"


@pytest.mark.critical
def test_a_crash_of_the_process_shows_no_canary(tmp_path: Path) -> None:
    script = tmp_path / "crash.py"
    script.write_text(
        "from pathlib import Path\n"
        "from tradewind.config.schema import LogSettings\n"
        "from tradewind.config.secret import Secret\n"
        "from tradewind.live.logs import session_log\n"
        "key = Secret('canary-of-a-crash-77aa')\n"
        "with session_log(LogSettings(folder=Path('logs'))) as log:\n"
        "    import sys\n"
        "    sys.excepthook(*(lambda e: (type(e), e, None))(ValueError('lost ' + key.reveal())))\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    everything = done.stdout + done.stderr + written(tmp_path / "logs")
    assert "lost ****" in done.stderr
    assert "canary-of-a-crash-77aa" not in everything

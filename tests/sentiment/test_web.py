"""A host is asked within bounds, whatever it does: every failure has a code, none takes long, none leads elsewhere."""

from __future__ import annotations

import time

import pytest

from sentiment.hosts import Answer, Say, always, hosting, in_turn
from tradewind.errors import DataError, SettingsError
from tradewind.sentiment.web import Web

PAGE = "<!doctype html><title>Sign in</title>"


def asked(answer: Answer, tries: int = 2, max_bytes: int = 10_000) -> tuple[object, list[float], int]:
    """Return what a host's answer came to, how long was waited between tries, and how often it was asked."""
    waits: list[float] = []
    with hosting(answer) as host:
        web = Web(
            url=host.url, name="a host", timeout=0.4, tries=tries, max_bytes=max_bytes, per_minute=1e6,
            sleep=waits.append,
        )  # fmt: skip
        try:
            found: object = web.json("v1/all")
        except DataError as error:
            found = error
        return found, waits, len(host.asked)


def test_json_is_returned_as_it_is() -> None:
    found, waits, count = asked(always(Say([{"mean": 0.25}])))
    assert found == [{"mean": 0.25}]
    assert (waits, count) == ([], 1)


@pytest.mark.parametrize(
    ("say", "code", "words"),
    [
        (Say(PAGE, headers={"Content-Type": "text/html"}), "TW-D015", "a page for people"),
        (Say('[{"mean": 0.2}, {"mea'), "TW-D015", "no JSON"),
        (Say('[{"mean": NaN}]'), "TW-D015", "no JSON"),
        (Say('[{"mean": Infinity}]'), "TW-D015", "no JSON"),
        (Say(b"\xff\xfe\x00"), "TW-D015", "no JSON"),
        (Say("[" * 60 + "]" * 60), "TW-D015", "nested"),
        (Say("[" * 9_000), "TW-D015", "no JSON"),
        (Say(" " * 20_000), "TW-D015", "more than 10,000 bytes"),
        (Say("", status=403), "TW-D016", "refused the key"),
        (Say("", status=404), "TW-D015", "status 404"),
        (Say("[]", headers={"Content-Encoding": "gzip"}), "TW-D015", "encoding"),
        (Say("", status=302, headers={"Location": "https://elsewhere.example/"}), "TW-D015", "another host"),
        (Say("", status=302, headers={"Location": "http://127.0.0.1:1/"}), "TW-D015", "another host"),
        (Say("", status=301, headers={"Location": "/again"}), "TW-D015", "circles"),
    ],
    ids=lambda value: value.body[:12] if isinstance(value, Say) and isinstance(value.body, str) else None,
)
def test_what_cannot_be_used_is_refused_at_once(say: Say, code: str, words: str) -> None:
    found, waits, _ = asked(always(say))
    assert isinstance(found, DataError)
    assert found.code == code
    assert words in found.message
    assert waits == []


@pytest.mark.parametrize(
    ("say", "words"),
    [
        (Say("", status=500), "status 500"),
        (Say("", status=503), "status 503"),
        (Say("", status=429), "status 429"),
        (Say("[1, 2, 3]", cut=4), "cut off"),
        (Say("[]", slow_s=0.05), "not there in 0.4 s"),
    ],
    ids=["500", "503", "429 without a time", "cut off", "a byte now and then"],
)
def test_a_host_that_fails_is_asked_a_bounded_number_of_times(say: Say, words: str) -> None:
    begun = time.monotonic()
    found, waits, count = asked(always(say))
    assert isinstance(found, DataError)
    assert found.code == "TW-D014"
    assert words in found.message
    assert count == (1 if say.status == 429 else 2)
    assert waits == ([] if say.status == 429 else [0.5])
    assert time.monotonic() - begun < 5.0


def test_a_failure_that_passes_is_not_told() -> None:
    found, waits, count = asked(in_turn(Say("", status=502), Say([1])))
    assert found == [1]
    assert (waits, count) == ([0.5], 2)


def test_a_host_that_wants_a_little_peace_gets_it_and_one_that_wants_much_is_left_alone() -> None:
    found, waits, _ = asked(in_turn(Say("", status=429, headers={"Retry-After": "3"}), Say([1])))
    assert (found, waits) == ([1], [3.0])
    found, waits, count = asked(always(Say("", status=429, headers={"Retry-After": "3600"})))
    assert isinstance(found, DataError)
    assert (waits, count) == ([], 1)


def test_a_host_that_is_gone_is_an_error_with_a_code() -> None:
    with hosting(always(Say([]))) as host:
        web = Web(url=host.url, name="a host", tries=2, sleep=lambda _: None)
    with pytest.raises(DataError, match="did not answer") as caught:
        web.json("v1/all")
    assert caught.value.code == "TW-D014"


def test_a_redirect_within_the_host_is_followed() -> None:
    def answer(path: str, _: object) -> Say:
        return Say([path]) if path == "/v2" else Say("", status=308, headers={"Location": "/v2"})

    assert asked(answer)[0] == ["/v2"]


def test_what_may_be_missing_is_no_error() -> None:
    with hosting(always(Say("", status=404))) as host:
        assert Web(url=host.url, name="a host").json("v1/day", missing=[]) == []


def test_questions_keep_the_quota() -> None:
    waits: list[float] = []
    now = [100.0]
    with hosting(always(Say([]))) as host:
        web = Web(url=host.url, name="a host", per_minute=30, sleep=waits.append, clock=lambda: now[0])
        web.json("a")
        now[0] += 0.5
        web.json("b")
    assert waits == [1.5]


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "ftp://127.0.0.1", "", "https://user@host", "api.example.com"]
)
def test_addresses_without_encryption_are_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Web(url=url, name="a host")
    assert caught.value.code == "TW-S004"


def test_a_key_is_sent_and_never_shown() -> None:
    with hosting(always(Say([]))) as host:
        web = Web(url=host.url, name="a host", headers={"Authorization": "Apikey s3cret"})
        web.json("a")
        assert host.headers[0]["Authorization"] == "Apikey s3cret"
    assert "s3cret" not in repr(web)

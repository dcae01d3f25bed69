"""A secret cannot leave by accident."""

from __future__ import annotations

import json
import pickle

import pytest

from tradewind.config.secret import Secret, looks_secret


def test_a_secret_shows_nothing_and_compares_by_value() -> None:
    secret = Secret("abc")
    assert repr(secret) == "Secret(****)"
    assert secret == Secret("abc")
    assert secret != Secret("abd")
    assert secret != "abc"  # noqa: S105  # the comparison is the point
    assert secret.reveal() == "abc"
    assert not Secret("")


@pytest.mark.parametrize(
    "leak",
    [str, lambda s: f"{s}", pickle.dumps, json.dumps, hash, "{}".format],
    ids=range(6),
)
def test_every_accidental_way_out_is_closed(leak: object) -> None:
    with pytest.raises(TypeError):
        leak(Secret("abc"))  # type: ignore[operator]  # each is a function of one value


@pytest.mark.parametrize(
    ("path", "value", "secret"),
    [
        ("sources.x.api_key", "k", True),
        ("sources.x.api_key_file", "/k", False),
        ("a.password", "p", True),
        ("a.password", "", False),
        ("a.note", "-----BEGIN PRIVATE KEY-----", True),
        ("a.tokens_per_bar", "x", True),
        ("a.limit", 3, False),
    ],
)
def test_names_that_say_secret_are_known(path: str, value: object, secret: bool) -> None:
    assert looks_secret(path, value) is secret

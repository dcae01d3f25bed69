"""A value that must never be seen."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from weakref import WeakValueDictionary


class Secret:
    """
    A key, token or password that cannot be printed, formatted, pickled or serialised by accident.

    `reveal()` is the one way to the value. Comparison takes constant time.
    """

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        # Kept by identity: a secret has no hash.
        _LIVING[id(self)] = self

    def reveal(self) -> str:
        """Return the value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    def __str__(self) -> NoReturn:
        raise TypeError("a Secret has no text; call reveal() where the value itself is needed")

    def __format__(self, _: str) -> NoReturn:
        raise TypeError("a Secret has no text; call reveal() where the value itself is needed")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> NoReturn:
        raise TypeError("a Secret is not hashable")

    def __bool__(self) -> bool:
        return bool(self._value)


_LIVING: WeakValueDictionary[int, Secret] = WeakValueDictionary()


def living_secrets() -> list[str]:
    """Return the values of all secrets that this process holds, sorted, for what takes them out of texts."""
    return sorted({secret.reveal() for secret in list(_LIVING.values()) if secret})


_TELLING: Final = (
    "secret", "password", "passphrase", "api_key", "apikey", "token", "private", "first_url", "second_url",
)  # fmt: skip
"""Parts of the names of secrets; the last two are where alerts go, addresses that hold a token."""


def looks_secret(path: str, value: Any) -> bool:
    """Tell whether a setting's name says that its value should be kept secret."""
    if not isinstance(value, str) or not value:
        return False
    last = path.rsplit(".", 1)[-1].lower()
    named = any(word in last for word in _TELLING)
    return (named and not last.endswith(("_file", "_name"))) or "-----BEGIN" in value


def secrets_in(values: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """Return the values of settings whose names say that they are secret, by path."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= secrets_in(value, f"{path}{name}.")
        elif looks_secret(f"{path}{name}", value):
            found[f"{path}{name}"] = value
    return found


def without_secrets(values: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Return settings without the values whose names say that they are secret."""
    found = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found[name] = without_secrets(value, f"{path}{name}.")
        elif not looks_secret(f"{path}{name}", value):
            found[name] = value
    return found

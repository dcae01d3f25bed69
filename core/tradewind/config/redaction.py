"""
Take secrets out of text before anyone sees it.

Two nets: the exact values of all secrets that this process holds, in the forms in which they travel, and
the patterns in which venues and protocols carry keys, for what was never known to be a secret.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

from tradewind.config.secret import living_secrets

HIDDEN: Final = "****"

SHORTEST: Final = 6
"""Shorter values are not looked for: they occur in ordinary words."""

_NAMES: Final = (
    r"api[-_]?key|api[-_]?secret|secret[-_]?key|secret|signature|passphrase|password|passwd|access[-_]?token|"
    r"refresh[-_]?token|token|listen[-_]?key|private[-_]?key|x-mbx-apikey|set-cookie|cookie|session[-_]?id"
)
_PATTERNS: Final = (
    (re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(rf"(?i)([\"']?\b(?:{_NAMES})[\"']?\s*[:=]\s*[\"'])(?:[^\"'\\]|\\.)*"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)(\b(?:{_NAMES})\s*=\s*)[^\s\"'&,;)}}\]]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(\b(?:x-mbx-apikey|set-cookie|cookie|authorization)\s*:\s*)[^\r\n\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)"), rf"\1{HIDDEN}\2"),
)


def redact(text: str) -> str:
    """Return the text without secrets; what was taken out is `****`."""
    exact = _exact(tuple(living_secrets()))
    if exact is not None:
        text = exact.sub(HIDDEN, text)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def cleaned(value: Any) -> Any:
    """Return plain data (texts, mappings, lists) with secrets taken out of every text, so that it stays well-formed."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(name): cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner) for inner in value]
    return value


def words_of(error: BaseException, *, most: int = 200) -> str:
    """Return an error in words without secrets; what is cut off is cut off afterwards: half a secret is one, too."""
    return redact(f"{type(error).__name__}: {error}")[:most]


@functools.lru_cache(maxsize=4)
def _exact(values: tuple[str, ...]) -> re.Pattern[str] | None:
    forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
    if not forms:
        return None
    # The longest first: a value may hold another one.
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))


def _forms(value: str) -> Iterator[str]:
    """Yield a secret as it looks raw, percent-encoded, in JSON, in Python's repr, in base64 and line by line."""
    for part in {value, value.strip(), *(line for line in value.split("\n") if not line.startswith("-----"))}:
        if len(part) < SHORTEST:
            continue
        yield part
        yield quote(part, safe="")
        yield quote_plus(part)
        yield quote(part)
        yield json.dumps(part)[1:-1]
        yield repr(part)[1:-1]
        yield part.encode().hex()
        yield from _base64(part.encode())


def _base64(raw: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            # Within a longer text a value begins at any of three places; its edges mix with its neighbours.
            text = encode(b"\0" * shift + raw).decode()
            first = -(-shift * 8 // 6)
            last = len(text.rstrip("=")) - (1 if (shift + len(raw)) % 3 else 0)
            yield text[first:last]
        yield encode(raw).decode()

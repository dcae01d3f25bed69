"""Signatures of requests: HMAC-SHA-256, RSA PKCS#1 v1.5 with SHA-256, Ed25519 (rest-api.md, SIGNED)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tradewind_sandbox.exchange.rules import ApiKey

_PREFIX: Final = "signature="


def hmac_hex(secret: str, payload: str) -> str:
    """Return the HMAC-SHA-256 of a payload as lower-case hex."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def without_signature(text: str) -> str:
    """Return a query string or form body without its signature, all else as sent."""
    return "&".join(pair for pair in text.split("&") if not pair.startswith(_PREFIX))


def payload_of(query: str, body: str) -> str:
    """Return what a REST request's signature is made over: query string and body, nothing between."""
    return without_signature(query) + without_signature(body)


@lru_cache(maxsize=64)
def _public(pem: str) -> Ed25519PublicKey | RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, (Ed25519PublicKey, RSAPublicKey)):
        raise TypeError("only Ed25519 and RSA keys sign requests")
    return key


def is_valid(key: ApiKey, payload: str, signature: str) -> bool:
    """
    Whether a signature is a key's own over a payload.

    HMAC hex is compared without regard to case, RSA and Ed25519 base64 with it.
    """
    if key.kind == "HMAC":
        return hmac.compare_digest(hmac_hex(key.secret, payload).encode(), signature.lower().encode())
    try:
        raw = base64.b64decode(signature, validate=True)
        public = _public(key.public_pem)
        if isinstance(public, RSAPublicKey):
            public.verify(raw, payload.encode(), PKCS1v15(), SHA256())
        else:
            public.verify(raw, payload.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True

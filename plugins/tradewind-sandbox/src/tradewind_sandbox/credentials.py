"""The API keys of a sandbox: made for one session, worth nothing anywhere else."""

from __future__ import annotations

import hashlib

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tradewind_sandbox.exchange.rules import ApiKey


@attrs.frozen(kw_only=True)
class Credentials:
    """
    What a client signs with.

    Args:
        key: The API key of the shared secret.
        secret: The shared secret, for HMAC.
        ed25519_key: The API key of the Ed25519 pair.
        private_pem: Its private half, PEM.
        public_pem: Its public half, PEM.
    """

    key: str
    secret: str = attrs.field(repr=False)
    ed25519_key: str
    private_pem: str = attrs.field(repr=False)
    public_pem: str

    @classmethod
    def made_of(cls, entropy: bytes) -> Credentials:
        """Return the keys that these bytes make; the same bytes make the same keys."""

        def drawn(purpose: str) -> str:
            return hashlib.blake2b(purpose.encode(), key=entropy[:64], digest_size=32).hexdigest()

        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(drawn("ed25519")))
        return cls(
            key=drawn("key"),
            secret=drawn("secret"),
            ed25519_key=drawn("ed25519 key"),
            private_pem=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            public_pem=private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        )

    def api_keys(self) -> tuple[ApiKey, ...]:
        """Return the keys as the exchange knows them."""
        return (
            ApiKey(key=self.key, secret=self.secret),
            ApiKey(key=self.ed25519_key, kind="ED25519", public_pem=self.public_pem),
        )

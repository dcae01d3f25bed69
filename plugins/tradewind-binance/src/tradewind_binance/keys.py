"""The key that signs: a key id with an HMAC secret or a private key."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from tradewind.api import Secret, VenueError

NAMES = ("api_key", "api_secret", "private_key", "private_key_pass")
"""The secrets that the executor asks for."""


@attrs.frozen(kw_only=True)
class Key:
    """
    One API key.

    Args:
        api_key: Its id.
        api_secret: The secret of an HMAC key, None for others.
        private_key: PEM text of an Ed25519 or RSA key, None for HMAC.
        passphrase: Of the private key.
    """

    api_key: Secret
    api_secret: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None

    @classmethod
    def of(cls, secrets: Mapping[str, Secret]) -> Key:
        """
        Return the key that these secrets make.

        Raises:
            VenueError: TW-V002 when a part is missing.
        """
        missing = "api_key" if "api_key" not in secrets else ""
        if not missing and not {"api_secret", "private_key"} & set(secrets):
            missing = "private_key (Ed25519, recommended) or api_secret (HMAC)"
        if missing:
            raise VenueError(
                f"the executor binance has no {missing}.",
                code="TW-V002",
                hint="Put it into .secrets.toml under [executors.binance], into a file named by the setting "
                "with _file at its end, or into the environment (TRADEWIND_EXECUTORS__BINANCE__API_KEY, …).",
            )
        return cls(
            api_key=secrets["api_key"],
            api_secret=secrets.get("api_secret"),
            private_key=secrets.get("private_key"),
            passphrase=secrets.get("private_key_pass"),
        )

    @property
    def arguments(self) -> dict[str, str | None]:
        """What python-binance's clients are built with."""
        return {
            "api_key": self.api_key.reveal(),
            "api_secret": None if self.api_secret is None else self.api_secret.reveal(),
            "private_key": None if self.private_key is None else self.private_key.reveal(),
            "private_key_pass": None if self.passphrase is None else self.passphrase.reveal(),
        }

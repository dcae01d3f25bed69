"""Signed requests by the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

from tradewind_binance.clock import wall_seconds

TIMEOUT: Final = 10.0
WINDOW_MS: Final = 10_000
LATE: Final = -1021
"""What the venue answers to a request whose time is not its own, or older than its window."""
TIMES: Final = 4
Body = dict[str, Any] | list[Any]


class Account:
    """
    One account's REST, with the key in memory only.

    Args:
        base: Address of REST, without a path; kept as `base`.
        api_key: The key's id.
        secret: The HMAC secret, or the PEM text of a private key.
        passphrase: Of the private key, None for none.
    """

    def __init__(self, base: str, api_key: str, secret: str, passphrase: str | None = None) -> None:
        self.base = base.rstrip("/")
        self._api_key = api_key
        self._secret = secret
        self._passphrase = passphrase
        self._offset_ms = 0

    def take_time(self) -> None:
        """Take over the venue's clock."""
        before = wall_seconds() * 1000
        _, body = self._send("GET", f"{self.base}/api/v3/time")
        after = wall_seconds() * 1000
        served = body.get("serverTime") if isinstance(body, dict) else None
        if isinstance(served, int):
            self._offset_ms = int(served - (before + after) / 2)

    def ask(self, method: str, path: str, **parameters: str) -> tuple[int, Body]:
        """
        Return status and body of a signed request; a status of 0 says that no answer came, for a reason in words.

        When the venue says that our clock is off, it did nothing: its time is taken again.
        """
        for _ in range(TIMES):
            status, body = self._send(method, self._signed(path, parameters))
            if not isinstance(body, dict) or body.get("code") != LATE:
                break
            self.take_time()
        return status, body

    def _signed(self, path: str, parameters: dict[str, str]) -> str:
        signed = parameters | {
            "recvWindow": str(WINDOW_MS),
            "timestamp": str(int(wall_seconds() * 1000) + self._offset_ms),
        }
        query = urllib.parse.urlencode(signed)
        signature = urllib.parse.quote(self._sign(query.encode()), safe="")
        return f"{self.base}/api/v3/{path}?{query}&signature={signature}"

    def _sign(self, payload: bytes) -> str:
        if "-----BEGIN" not in self._secret:
            return hmac.new(self._secret.encode(), payload, hashlib.sha256).hexdigest()
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

        password = None if self._passphrase is None else self._passphrase.encode()
        key = serialization.load_pem_private_key(self._secret.encode(), password)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return base64.b64encode(key.sign(payload)).decode()
        if isinstance(key, rsa.RSAPrivateKey):
            return base64.b64encode(key.sign(payload, padding.PKCS1v15(), hashes.SHA256())).decode()
        raise ValueError("the private key is neither Ed25519 nor RSA")

    def _send(self, method: str, url: str) -> tuple[int, Body]:
        headers = {"X-MBX-APIKEY": self._api_key, "Accept": "application/json"}
        request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310  # https, or this machine
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # the same
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _read(error.read())
        except (OSError, ValueError) as error:
            return 0, {"msg": f"no answer: {type(error).__name__}"}


def _read(raw: bytes) -> Body:
    try:
        body = json.loads(raw, parse_float=str)
    except ValueError:
        return {"msg": "the answer is no JSON"}
    return body if isinstance(body, dict | list) else {}

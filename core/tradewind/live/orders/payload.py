"""Requests as text: what is written down before it is sent, and read again after a restart."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import attrs

from tradewind.model.orders import OrderKind, OrderRequest, Side, Verb

_AMOUNTS = ("quantity", "price", "stop_price", "stop_limit", "stop_quantity")


def to_text(request: OrderRequest) -> str:
    """Return a request as JSON; amounts are text, so that they stay exact."""
    plain = {
        field.name: str(value) if isinstance(value, Decimal) else value
        for field in attrs.fields(OrderRequest)
        if (value := getattr(request, field.name)) not in (None, "")
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> OrderRequest:
    """Return the request that `to_text` wrote."""
    plain: dict[str, Any] = json.loads(text)
    for name in _AMOUNTS:
        if name in plain:
            plain[name] = Decimal(plain[name])
    plain["verb"] = Verb(plain["verb"])
    plain["side"] = Side(plain["side"])
    plain["kind"] = OrderKind(plain["kind"])
    return OrderRequest(**plain)


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a written request."""
    return hashlib.sha256(text.encode()).hexdigest()

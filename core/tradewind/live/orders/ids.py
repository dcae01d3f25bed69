"""
Client order ids: what an order is for can be read from its name alone.

An id is 31 characters, `tw1-SSSSS-BBBBBBB-YYYY-RKKK-CCC`: the version, a hash of account, slot and
tranche, the bar's open in seconds, a hash of the symbol, the role and the count of the chain's changes,
and a check of all that. It follows from what is decided and from nothing else, so a process that was
killed, or one that should have been, computes the same id for the same intent, and the venue refuses
the second while the first rests. The alphabet has no vowels: no id can hold a word, such as those that
a venue's firewall refuses.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from typing import Final

import attrs

from tradewind.errors import LiveError

ALPHABET: Final = "0123456789BCDFGHJKLMNPQRSTVWXYZ_"
LENGTH: Final = 31
MOST_TRANCHES: Final = 8
"""As many parts as an entry may have; each has hashes of its own."""
ROLES: Final = frozenset("LESXRC")
"""List, entry, stop, exit, re-protection, cancel."""
_SHAPE: Final = re.compile(rf"^tw1-[{ALPHABET}]{{5}}-[{ALPHABET}]{{7}}-[{ALPHABET}]{{4}}-[LESXRC][{ALPHABET}]{{3}}-")


@attrs.frozen
class OrderName:
    """
    What an id says.

    Args:
        slot: The strategy's place.
        tranche: Which part of the entry.
        bar_open_ms: The bar that decided the entry, UTC milliseconds, a whole second.
        symbol: The venue's name of the pair.
        role: One of `ROLES`.
        k: Counts the changes of the chain's token.
    """

    slot: str
    tranche: int
    bar_open_ms: int
    symbol: str
    role: str
    k: int


def _digits(number: int, places: int) -> str:
    text = ""
    for _ in range(places):
        number, digit = divmod(number, 32)
        text = ALPHABET[digit] + text
    if number:
        raise ValueError(f"the number does not fit into {places} places of base 32")
    return text


def _number(text: str) -> int:
    number = 0
    for character in text:
        number = number * 32 + ALPHABET.index(character)
    return number


def _hash(text: str, places: int) -> str:
    bits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return _digits(bits % 32**places, places)


def _check(text: str) -> str:
    return _digits(zlib.crc32(text.encode()) & 0x7FFF, 3)


def is_ours(client_id: str) -> bool:
    """Tell whether some engine of this kind made the id, whatever its account and slot."""
    return len(client_id) == LENGTH and bool(_SHAPE.match(client_id)) and _check(client_id[:-4]) == client_id[-3:]


class OrderNames:
    """
    The ids of one account.

    Args:
        account: The account's fingerprint.
        slots: The slots that trade.
        symbols: The symbols traded.

    Raises:
        LiveError: TW-L009 when two slots or two symbols would share a hash.
    """

    def __init__(self, account: str, slots: Sequence[str], symbols: Sequence[str]) -> None:
        self._slot_codes = {
            (slot, tranche): _hash(f"{account}|{slot}|{tranche}", 5)
            for slot in slots
            for tranche in range(MOST_TRANCHES)
        }
        self._symbol_codes = {symbol: _hash(symbol, 4) for symbol in symbols}
        self._slots = {code: key for key, code in self._slot_codes.items()}
        self._symbols = {code: symbol for symbol, code in self._symbol_codes.items()}
        if len(self._slots) < len(self._slot_codes) or len(self._symbols) < len(self._symbol_codes):
            raise LiveError(
                "two slots or two symbols would have the same client order ids, expected different ones.",
                code="TW-L009",
                hint="Rename a slot, or trade one of the two symbols on another account.",
            )

    def write(self, name: OrderName) -> str:
        """Return the id; a role, number or time that cannot be written raises ValueError."""
        if name.role not in ROLES or name.bar_open_ms % 1_000:
            raise ValueError(f"{name} cannot be written as a client order id")
        head = "-".join(
            (
                "tw1",
                self._slot_codes[name.slot, name.tranche],
                _digits(name.bar_open_ms // 1_000, 7),
                self._symbol_codes[name.symbol],
                name.role + _digits(name.k, 3),
            )
        )
        return f"{head}-{_check(head)}"

    def read(self, client_id: str) -> OrderName | None:
        """Return what an id says; None when it is not one of ours: foreign, damaged, or of an unknown slot."""
        if not is_ours(client_id):
            return None
        _, slot_code, bar, symbol_code, tail, _ = client_id.split("-")
        slot = self._slots.get(slot_code)
        symbol = self._symbols.get(symbol_code)
        if slot is None or symbol is None:
            return None
        return OrderName(*slot, _number(bar) * 1_000, symbol, tail[0], _number(tail[1:]))

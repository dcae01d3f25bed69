"""
Where models are kept: one folder per symbol, kind and moment, and a log of which one was live when.

`ml/BTCUSDT/price/20250630T000000Z/` holds `model.onnx`, `card.json` and perhaps `model.keras`. Beside
the stamps lies `live.json`, the log of every change; it is written whole or not at all, and is the
pointer: what it names last is live. Copies of the live model, or of the newest staged one while
none is live, lie above as `ml/btcusdt_price.onnx` and `ml/btcusdt_price_metadata.json`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from tradewind.cache.atomic import sync_folder, write_whole
from tradewind.cache.lock import writing
from tradewind.errors import ModelError, SettingsError
from tradewind.learning.card import CARD, MODEL, ModelCard, read_card, sha256_of_bytes
from tradewind.learning.contract import MODEL_KINDS
from tradewind.learning.moments import is_stamp, iso, ms_of, stamp
from tradewind.model.instrument import check_symbol
from tradewind.plugins.structure import structure

LOG: Final = "live.json"
LOCK: Final = ".lock"
MAX_LOG_BYTES: Final = 4_000_000
_UNFINISHED: Final = ".tmp-"
_SAFE: Final = re.compile(r"^[A-Z0-9]+$")


@attrs.frozen(kw_only=True)
class Change:
    """
    One change of the live pointer.

    Args:
        time: When, ISO 8601, UTC.
        action: `promote` or `rollback`.
        stamp: What is live from then on; empty for nothing.
        reason: Why, one sentence.
    """

    time: str
    action: str
    stamp: str
    reason: str = ""

    @property
    def time_ms(self) -> int:
        """`time` in milliseconds UTC."""
        return ms_of(self.time)


@attrs.frozen(kw_only=True)
class RegisteredModel:
    """
    A model of the registry.

    Args:
        folder: Where it lies.
        card: Its card.
        live: It is the live one.
    """

    folder: Path
    card: ModelCard
    live: bool

    @property
    def stamp(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def state(self) -> str:
        """`live`, `proven` (it has passed its gate) or `staged`."""
        return "live" if self.live else "proven" if self.card.proven else "staged"


@attrs.frozen(kw_only=True)
class _Log:
    changes: tuple[Change, ...] = ()


@attrs.frozen
class ModelRegistry:
    """
    The models below a folder.

    Args:
        root: The folder, usually `ml`.
    """

    root: Path

    def shelf(self, symbol: str, kind: str) -> Path:
        """
        Return the folder of a symbol's models of a kind.

        Raises:
            UsageError: TW-U001 for a malformed symbol.
            ModelError: TW-M001 for an unknown kind.
        """
        check_symbol(symbol)
        if kind not in MODEL_KINDS:
            raise ModelError(f"the kind was {kind!r}, expected {' or '.join(MODEL_KINDS)}.", code="TW-M001")
        return self.root / _file_name(symbol) / kind

    def changes(self, symbol: str, kind: str) -> tuple[Change, ...]:
        """
        Return every change of the live pointer, oldest first.

        Raises:
            ModelError: TW-M002 when the log cannot be read.
        """
        path = self.shelf(symbol, kind) / LOG
        try:
            content = path.read_bytes() if path.exists() else b'{"changes": []}'
            if len(content) > MAX_LOG_BYTES:
                raise ValueError(f"it is larger than {MAX_LOG_BYTES:,} bytes")
            log = structure(json.loads(content), _Log, "")
            times = [change.time_ms for change in log.changes]
        except (OSError, ValueError, SettingsError) as error:
            raise ModelError(
                f"{path} is no log of models: {error}.", code="TW-M002", hint="Take it back from a backup."
            ) from error
        if times != sorted(times) or any(change.stamp and not is_stamp(change.stamp) for change in log.changes):
            raise ModelError(f"{path} is no log of models: its changes are out of order.", code="TW-M002")
        return log.changes

    def live(self, symbol: str, kind: str) -> str:
        """Return the stamp that is live now, empty for none."""
        changes = self.changes(symbol, kind)
        return changes[-1].stamp if changes else ""

    def folder(self, symbol: str, kind: str, name: str) -> Path:
        """
        Return the folder of one model.

        Raises:
            ModelError: TW-M001 when there is none of this stamp.
        """
        folder = self.shelf(symbol, kind) / name
        if not is_stamp(name) or not folder.is_dir():
            known = ", ".join(self.stamps(symbol, kind)) or "none"
            raise ModelError(
                f"there is no {kind} model {name!r} for {symbol}; there is: {known}.",
                code="TW-M001",
                hint="`tradewind models list` shows all of them.",
            )
        return folder

    def stamps(self, symbol: str, kind: str) -> tuple[str, ...]:
        """Return the stamps of all models of a kind, oldest first."""
        shelf = self.shelf(symbol, kind)
        if not shelf.is_dir():
            return ()
        return tuple(sorted(path.name for path in shelf.iterdir() if path.is_dir() and is_stamp(path.name)))

    def shelves(self) -> Iterator[tuple[str, str]]:
        """Yield (symbol, kind) of every folder that holds models."""
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            for kind in MODEL_KINDS:
                if _SAFE.match(folder.name) and (folder / kind).is_dir():
                    yield folder.name, kind

    def entries(self) -> Iterator[RegisteredModel]:
        """
        Yield every model, by symbol, kind and age.

        Raises:
            ModelError: TW-M002 for a card or log that cannot be read.
        """
        for symbol, kind in self.shelves():
            live = self.live(symbol, kind)
            for name in self.stamps(symbol, kind):
                folder = self.shelf(symbol, kind) / name
                yield RegisteredModel(folder=folder, card=read_card(folder), live=name == live)

    def stage(self, card: ModelCard, files: Mapping[str, bytes], *, now_ms: int) -> Path:
        """
        Add a model, whole or not at all, and return its folder.

        Args:
            card: Its card.
            files: Contents by file name, `model.onnx` among them.
            now_ms: The moment, UTC milliseconds; it names the folder.

        Raises:
            ModelError: TW-M003 when the card describes another file, TW-M001 when the moment is taken.
        """
        if sha256_of_bytes(files[MODEL]) != card.file_sha256:
            raise ModelError("the card describes another model file.", code="TW-M003")
        shelf = self.shelf(card.symbol, card.kind)
        shelf.mkdir(parents=True, exist_ok=True)
        folder, unfinished = shelf / stamp(now_ms), shelf / f"{_UNFINISHED}{stamp(now_ms)}"
        if folder.exists():
            raise ModelError(f"there is a model {folder} already.", code="TW-M001", hint="Stamps are whole seconds.")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, content in {**files, CARD: card.to_json().encode()}.items():
            write_whole(unfinished / name, content)
        unfinished.rename(folder)
        sync_folder(shelf)
        if not self.live(card.symbol, card.kind):
            self._copy(folder, card)
        return folder

    def promote(self, symbol: str, kind: str, name: str, *, now_ms: int, reason: str = "") -> Change:
        """
        Make a model live.

        Raises:
            ModelError: TW-M001 when there is none of this stamp, TW-M009 when it has not passed its gate.
        """
        folder = self.folder(symbol, kind, name)
        card = read_card(folder)
        if not card.proven:
            failed = "; ".join(
                f"{check.name}: {check.found}, expected {check.expected}" for check in card.gate if not check.passed
            )
            raise ModelError(
                f"the {kind} model {name} for {symbol} has not passed its gate: {failed or 'nothing was checked'}.",
                code="TW-M009",
                hint="It stays staged, and may run on paper with --allow-unproven-model.",
            )
        return self._change(symbol, kind, "promote", name, reason or "promoted", now_ms)

    def rollback(self, symbol: str, kind: str, *, now_ms: int, reason: str = "") -> Change:
        """
        Make live again what was live before, or nothing when nothing was.

        Raises:
            ModelError: TW-M001 when nothing is live.
        """
        standing: list[str] = []
        for change in self.changes(symbol, kind):
            if change.action == "promote":
                standing.append(change.stamp)
            elif standing:
                standing.pop()
        if not standing:
            raise ModelError(
                f"no {kind} model for {symbol} is live.", code="TW-M001", hint="There is nothing to roll back."
            )
        before = standing[-2] if len(standing) > 1 else ""
        return self._change(symbol, kind, "rollback", before, reason or f"rolled back from {standing[-1]}", now_ms)

    def _change(self, symbol: str, kind: str, action: str, name: str, reason: str, now_ms: int) -> Change:
        with writing(self.shelf(symbol, kind) / LOCK):
            return self._logged(symbol, kind, action, name, reason, now_ms)

    def _logged(self, symbol: str, kind: str, action: str, name: str, reason: str, now_ms: int) -> Change:
        changes = self.changes(symbol, kind)
        # a clock that was set back must not put a change before one that took effect already
        moment = max([now_ms, *(change.time_ms + 1 for change in changes[-1:])])
        change = Change(time=iso(moment), action=action, stamp=name, reason=reason)
        plain = {"changes": [attrs.asdict(each) for each in (*changes, change)]}
        shelf = self.shelf(symbol, kind)
        write_whole(shelf / LOG, (json.dumps(plain, indent=1) + "\n").encode())
        if name:
            self._copy(shelf / name, read_card(shelf / name))
        return change

    def _copy(self, folder: Path, card: ModelCard) -> None:
        stem = f"{_file_name(card.symbol).lower()}_{card.kind}"
        write_whole(self.root / f"{stem}.onnx", (folder / MODEL).read_bytes())
        write_whole(self.root / f"{stem}_metadata.json", (folder / CARD).read_bytes())


def _file_name(symbol: str) -> str:
    if _SAFE.match(symbol):
        return symbol
    # symbols may hold any letter; a folder's name may not
    return "X" + os.fsencode(symbol).hex().upper()

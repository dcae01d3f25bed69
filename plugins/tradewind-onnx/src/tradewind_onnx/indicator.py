"""A trained model as an indicator: what it expects at each close, or why it has no opinion."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame, DatetimeIndex

from tradewind.api import (
    MODEL_KINDS,
    MODEL_WINDOW,
    OPINION_CODES,
    ModelError,
    ModelRegistry,
    Timeframe,
    feature_table,
    read_card,
)
from tradewind_onnx.drifting import DriftMemory
from tradewind_onnx.memory import Memory
from tradewind_onnx.model import Model, load_model
from tradewind_onnx.settings import OnnxConfig

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]

DAY_MS: Final = 86_400_000
_LOG: Final = logging.getLogger("tradewind.onnx")
_MEMORY: Final = Memory()
_DRIFT: Final = DriftMemory()
_LOADED: Final[dict[tuple[Any, ...], Model]] = {}
_LOCK: Final = Lock()


@attrs.frozen(kw_only=True)
class _Span:
    """Which model answers bars that close in (after_ms, until_ms]; None for none."""

    after_ms: float
    until_ms: float
    folder: Path | None


@attrs.define(eq=False)
class OnnxIndicator:
    """
    What a model expects over its horizon, known at the close of each bar.

    A bar is answered by the model that was live at its close; bars from before the first promotion by
    the first one promoted. Where the model was fitted on the bar or on later ones, has not passed its
    gate, is too old, sees a market unlike the one it learned, lacks an input, fails, or takes too long,
    it has no opinion: mu, sigma and confidence are NaN and `state` says why (`OPINION_CODES`).

    A model that cannot be loaded when a run begins is an error. One that breaks later, when a file is
    replaced under a running engine, is no opinion and a line in the log.

    Args:
        config: The settings.
    """

    config: OnnxConfig = attrs.field(factory=OnnxConfig, on_setattr=attrs.setters.frozen)
    _answered: bool = attrs.field(default=False, init=False)

    def warmup(self) -> int:
        """Return how many leading rows are NaN: a window ends at its bar."""
        return MODEL_WINDOW - 1

    def compute(self, bars: DataFrame) -> DataFrame:
        """
        Return mu (log return), sigma (its standard deviation), confidence (the chance that the sign of mu is right,
        0 to 1) and state, over the index of `bars`.

        Raises:
            ModelError: When a model or the registry cannot be read, or the bars are of another length than the model's.
        """
        index = bars.index
        if not isinstance(index, DatetimeIndex):
            raise ModelError("the bars have no times.", code="TW-M005", hint="Index them by open time in UTC.")
        plain = index if index.tz is None else index.tz_convert("UTC").tz_localize(None)
        columns = {str(name): bars[name].to_numpy() for name in bars.columns}
        return DataFrame(self.arrays({"time": plain.as_unit("ms").asi8, **columns}), index=index, copy=False)

    def arrays(self, bars: Mapping[str, Any]) -> dict[str, Floats]:
        """
        Return what `compute` does, as arrays.

        Args:
            bars: open, high, low, close, volume, time (bar opens, int64 milliseconds UTC) and, for a sentiment
                model, the eight features.
        """
        rows, first = len(bars["time"]), self.warmup()
        out: dict[str, Floats] = {name: np.full(rows, np.nan) for name in ("mu", "sigma", "confidence")}
        state = np.full(rows, OPINION_CODES["no_model"], dtype=np.int8)
        if rows > first:
            table = feature_table(bars, MODEL_KINDS[self.config.kind])
            try:
                for span in self._spans():
                    self._fill(span, bars, table, out, state)
                self._answered = True
            except ModelError as error:
                if not self._answered:
                    raise
                _LOG.error("the model has no opinion: %s", error)
                out = {name: np.full(rows, np.nan) for name in out}
                state[:] = OPINION_CODES["error"]
        states = state.astype(np.float64)
        states[:first] = np.nan
        return {**out, "state": states}

    def _spans(self) -> Iterator[_Span]:
        c, forever = self.config, float("inf")
        registry = ModelRegistry(Path(c.folder))
        if c.model:
            folder = Path(c.model)
            named = folder if (folder / "card.json").is_file() else registry.folder(c.symbol, c.kind, c.model)
            yield _Span(after_ms=-forever, until_ms=forever, folder=named)
            return
        changes = registry.changes(c.symbol, c.kind)
        if not changes:
            staged = registry.stamps(c.symbol, c.kind)
            newest = registry.folder(c.symbol, c.kind, staged[-1]) if staged else None
            # what has passed its gate and was never promoted is kept back on purpose
            if newest is not None and (c.allow_unproven or not read_card(newest).proven):
                yield _Span(after_ms=-forever, until_ms=forever, folder=newest)
            return
        starts = [-forever, *(change.time_ms for change in changes[1:])]
        for change, after, until in zip(changes, starts, [*starts[1:], forever], strict=True):
            folder_ = registry.folder(c.symbol, c.kind, change.stamp) if change.stamp else None
            yield _Span(after_ms=after, until_ms=until, folder=folder_)

    def _fill(self, span: _Span, bars: Mapping[str, Any], table: Any, out: dict[str, Floats], state: Codes) -> None:
        if span.folder is None:
            return
        model = self._model(span.folder)
        length = self._bar_ms(bars["time"], model)
        closes = bars["time"] + length
        mine = (closes > span.after_ms) & (closes <= span.until_ms)
        mine[: self.warmup()] = False
        if not mine.any():
            return
        codes = self._refusals(model, bars, table, closes)
        asked = mine & (codes == OPINION_CODES["opinion"])
        mu, log_sigma, milliseconds = _MEMORY.ask(model, bars["time"], table, asked)
        codes[asked & np.isnan(mu)] = OPINION_CODES["error"]
        codes[asked & (milliseconds > self.config.budget_ms)] = OPINION_CODES["late"]
        good = asked & (codes == OPINION_CODES["opinion"])
        out["mu"][good] = mu[good]
        out["sigma"][good] = np.exp(log_sigma[good])
        out["confidence"][good] = model.card.calibration(mu[good], log_sigma[good])
        state[mine] = codes[mine]

    def _refusals(self, model: Model, bars: Mapping[str, Any], table: Any, closes: Any) -> Codes:
        """Return for each bar why the model must not be asked, the gravest reason."""
        c, card = self.config, model.card
        codes = np.full(len(closes), OPINION_CODES["opinion"], dtype=np.int8)
        unknown = np.flatnonzero(~np.isfinite(table).all(axis=1))
        if unknown.size:
            last = np.full(len(closes), -card.sequence_length)
            last[unknown] = unknown
            recent = np.arange(len(closes)) - np.maximum.accumulate(last) < card.sequence_length
            codes[recent] = OPINION_CODES["inputs_unknown"]
        if c.drift_limit:
            with np.errstate(invalid="ignore"):
                codes[_DRIFT.index(card, bars) > c.drift_limit] = OPINION_CODES["drift"]
        if c.expiry_days:
            codes[closes > card.data_end_ms + c.expiry_days * DAY_MS] = OPINION_CODES["expired"]
        if not card.proven and not c.allow_unproven:
            codes[:] = OPINION_CODES["unproven"]
        # last, because the marks of a run hang on it
        codes[closes <= card.seen_until_ms] = OPINION_CODES["in_sample"]
        return codes

    def _bar_ms(self, time: npt.NDArray[np.int64], model: Model) -> int:
        length = Timeframe(model.card.timeframe).ms
        step = int(np.diff(time).min()) if len(time) > 1 else length
        if step != length:
            raise ModelError(
                f"the model was made for bars of {model.card.timeframe}, these are {step // 60_000} minutes apart.",
                code="TW-M005",
                hint=f"Run it with --timeframe {model.card.timeframe}, or train one for this length.",
            )
        return length

    def _model(self, folder: Path) -> Model:
        """Return a model of the registry, loaded once for as long as its files are the same."""
        c = self.config
        files = [(folder / name) for name in ("model.onnx", "card.json")]
        stats = [path.stat() for path in files if path.is_file()]
        key = (str(folder.resolve()), c.threads, c.batch, *((s.st_mtime_ns, s.st_size, s.st_ino) for s in stats))
        with _LOCK:
            found = _LOADED.get(key)
        if found is None:
            self._check_card(folder)
            found = load_model(folder, threads=c.threads, batch=c.batch)
            with _LOCK:
                _LOADED[key] = found
        return found

    def _check_card(self, folder: Path) -> None:
        card, c = read_card(folder), self.config
        if (card.symbol, card.kind) != (c.symbol, c.kind):
            raise ModelError(
                f"{folder} holds a {card.kind} model for {card.symbol}, expected a {c.kind} model for {c.symbol}.",
                code="TW-M005",
                hint="A model knows one pair; train one for the other.",
            )
        if c.horizon and card.horizon != c.horizon:
            raise ModelError(
                f"{folder} looks {card.horizon} bars ahead, expected {c.horizon}.",
                code="TW-M005",
                hint="Set the strategy's horizon to the model's, or train one for this horizon.",
            )
        if card.sequence_length != MODEL_WINDOW:
            raise ModelError(f"{folder} sees {card.sequence_length} bars, expected {MODEL_WINDOW}.", code="TW-M005")

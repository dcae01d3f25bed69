"""
Judging a network on history that took no part in making it, by the very way it will be asked.

The model file is asked through the indicator `onnx`. Its worth after costs is that of the shipped strategy over
the test range: of every entry that the strategy asked for, for the gate, and of an account that can hold one
position at a time, for the card. The test range is looked at once, here.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame, Timedelta

from tradewind.api import (
    BLOCK_HORIZONS,
    MODEL_WINDOW,
    Calibration,
    Estimate,
    GateEvidence,
    GoldenWindow,
    ModelCard,
    backtest,
    calibrate,
    drift_inputs,
    drift_profile,
    entries_of,
    entries_profit_factor,
    hit_rate,
    indicator,
    information_coefficient,
    judge_model,
    mean_difference,
    profit_factor_interval,
)
from tradewind_train.dataset import Dataset
from tradewind_train.settings import Task

Floats = npt.NDArray[np.float64]

BUDGET_MS: Final = 50.0
"""What one window may take for the gate, milliseconds."""

WARMUP: Final = 1_000
STRATEGIES: Final = {"price": "ml_basic", "sentiment": "ml_with_sentiment"}
_SINGLES: Final = 200
_FAR: Final = Timedelta(36_524, unit="D")
_EPOCH: Final = "1970-01-01T00:00:00+00:00"


@attrs.frozen(kw_only=True)
class Told:
    """What a model expects at each close: log return and the logarithm of its deviation, NaN before the first."""

    mu: Floats
    log_sigma: Floats


def judged(draft: ModelCard, model: bytes, task: Task, data: Dataset, settings: Any, scratch: Path) -> ModelCard:
    """
    Return the card of a model with everything that the test range says of it, and the gate's verdict.

    Args:
        draft: The card as far as it is known before.
        model: The model file.
        task: What was made.
        data: What it was made of.
        settings: The settings in force: costs, limits and sources of the backtest.
        scratch: A folder to put the model in while it is judged.

    Raises:
        PluginError: When the indicator `onnx` or the strategy is not installed.
    """
    _put(scratch, attrs.evolve(draft, seen_until=_EPOCH), model)
    told = _asked(scratch, task, data.frame)
    validation = data.rows("validation")
    curve = calibrate(told.mu[validation], told.log_sigma[validation], data.realised[validation], horizon=data.horizon)
    card = attrs.evolve(draft, calibration=curve, inputs=_profiles(data))
    _put(scratch, card, model)
    rows = data.rows("test")
    sigma, realised, mu = data.sigma[rows], data.realised[rows], told.mu[rows]
    drawn: dict[str, int] = {"block": BLOCK_HORIZONS * data.horizon, "seed": task.config.seed}
    coefficient = information_coefficient(mu / sigma, realised / sigma, **drawn)
    target = data.target[rows]
    gain = mean_difference((target - mu / sigma) ** 2, target**2, **drawn)
    milliseconds, difference = _served(scratch, task, data, told)
    begins = data.frame.index[data.split.test[0]].isoformat()
    _put(scratch, attrs.evolve(card, seen_until=begins), model)
    worth, factor = _worth(scratch, task, data, settings)
    evidence = GateEvidence(
        coefficient=coefficient,
        profit_factor=factor,
        entries=int(worth["entries"]),
        persistence=gain,
        milliseconds=milliseconds,
        budget_ms=BUDGET_MS,
        difference=difference,
    )
    results = {
        **draft.evaluation_results,
        "hit_rate": hit_rate(mu, realised),
        "squared_error": float(np.mean((target - mu / sigma) ** 2)),
        "validation_information_coefficient": information_coefficient(
            told.mu[validation] / data.sigma[validation],
            data.target[validation],
            **drawn,
        ).to_dict(),
        "windows": {name: len(data.rows(name)) for name in data.split.ranges()},
        "milliseconds_per_window": milliseconds,
        "batch_difference": difference,
    }
    return attrs.evolve(
        card,
        information_coefficient=coefficient,
        baselines=_baselines(target, realised, gain),
        after_cost=worth,
        evaluation_results=results,
        gate=judge_model(evidence),
    )


def _baselines(target: Floats, realised: Floats, gain: Estimate) -> dict[str, Any]:
    """Return what "nothing changes" and the more frequent direction are worth."""
    up = float(np.mean(realised > 0.0))
    return {
        "persistence": {"squared_error": float(np.mean(target**2)), "gain": gain.to_dict()},
        "majority": {"hit_rate": max(up, 1.0 - up)},
    }


def golden(data: Dataset, outputs: tuple[float, float, float]) -> GoldenWindow:
    """Return the last window of the training range with the model's answer to it."""
    return GoldenWindow(window=golden_window(data), outputs=outputs)


def golden_window(data: Dataset) -> tuple[tuple[float, ...], ...]:
    """Return the last window of the training range whose inputs are all known."""
    row = int(data.rows("train")[-1])
    window = data.table[row - MODEL_WINDOW + 1 : row + 1]
    return tuple(tuple(float(value) for value in line) for line in window)


def neutral_calibration() -> Calibration:
    """Return a curve that trusts nothing."""
    return Calibration(score=(0.0,), probability=(0.5,), count=(0.0,))


def _put(folder: Path, card: ModelCard, model: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "card.json").write_text(card.to_json())


def _asked(folder: Path, task: Task, frame: DataFrame, **changes: Any) -> Told:
    found = indicator(
        "onnx",
        symbol=task.symbol,
        kind=task.kind,
        model=str(folder),
        allow_unproven=True,
        expiry_days=0.0,
        drift_limit=0.0,
        budget_ms=60_000.0,
        threads=task.config.threads,
        **changes,
    ).compute(frame)
    return Told(mu=found["mu"].to_numpy(), log_sigma=np.log(found["sigma"].to_numpy()))


def _profiles(data: Dataset) -> dict[str, Any]:
    bars = data.bars
    values = drift_inputs(bars.close, bars.high, bars.low, bars.volume)
    start, stop = data.split.train
    return {name: drift_profile(column[start:stop]) for name, column in values.items()}


def _worth(folder: Path, task: Task, data: Dataset, settings: Any) -> tuple[dict[str, Any], Estimate]:
    """Return what the shipped strategy made of the model, and the profit factor of its entries."""
    first = data.split.test[0]
    bars = data.bars.rows(max(0, first - WARMUP), len(data.bars))
    chosen = STRATEGIES[task.kind]
    told = {"symbol": task.symbol, "allow_unproven_model": True, "horizon": task.config.horizon}
    name = "model" if task.kind == "price" else "sentiment_model"
    asked = attrs.evolve(
        settings,
        symbols=(task.symbol,),
        timeframe=task.config.timeframe,
        strategies={chosen: {**told, name: str(folder)}},
        indicators={**settings.indicators, "onnx": {"expiry_days": 0.0, "folder": str(folder / "none")}},
        certificate=attrs.evolve(settings.certificate, enabled=False),
    )
    result = backtest(chosen, bars, settings=asked)
    pnl = result.trades["pnl"].to_numpy()
    entries = entries_of(chosen, bars, apart=task.config.horizon, settings=asked)
    kept = entries.row >= (begins := min(first, WARMUP))
    factor = entries_profit_factor(
        entries.row[kept] - begins,
        entries.gain[kept],
        rows=len(bars) - begins,
        block=BLOCK_HORIZONS * data.horizon,
        seed=task.config.seed,
    )
    metrics = result.metrics
    figures = ("total_return", "buy_and_hold", "sharpe_ratio", "max_drawdown", "win_rate", "fees", "time_in_market")
    interval = result.interval
    return {
        "strategy": chosen,
        "order": "stops before targets",
        "entries": int(kept.sum()),
        "entries_profit_factor": factor.to_dict(),
        "trades": len(pnl),
        "profit_factor": profit_factor_interval(pnl, seed=task.config.seed).to_dict(),
        **{name: _plain(metrics[name]) for name in figures},
        "return_interval": None if interval is None else [interval.pessimistic, interval.optimistic],
    }, factor


def _plain(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _served(folder: Path, task: Task, data: Dataset, told: Told) -> tuple[float, float]:
    """Return the median milliseconds of single windows, and how far they are from the batch."""
    rows = data.rows("test")[-_SINGLES:]
    taken, difference = [], 0.0
    for row in rows:
        part = data.frame.iloc[row - MODEL_WINDOW + 1 : row + 1]
        # under times of its own no earlier answer is found again
        part = part.set_axis(part.index + _FAR)
        began = time.perf_counter()
        alone = _asked(folder, task, part, batch=1)
        taken.append((time.perf_counter() - began) * 1000.0)
        difference = max(difference, abs(float(alone.mu[-1]) - float(told.mu[row])))
    return float(np.median(taken)), difference

"""`tradewind models`: what there is, whether it can be trusted, and what is live."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from tradewind.api import ModelError, ModelRegistry, RegisteredModel, moment, now_ms, with_context
from tradewind_onnx.model import Model, load_model

_WINDOWS = 64
_SAME = 1e-6
_ALL = "All may trade."
_REST = "open no trade; --allow-unproven-model lets them in a backtest or on paper."


@click.group()
def models() -> None:
    """List, validate, promote and roll back trained models."""


def _folder(context: Any) -> Path:
    return Path(context.settings.indicators.get("onnx", {}).get("folder", "ml"))


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def list_models(context: Any, as_json: bool) -> None:
    """List every model with its state, age and worth on the test range."""
    entries = list(ModelRegistry(_folder(context)).entries())
    if as_json:
        click.echo(json.dumps([_row(entry) for entry in entries], indent=2))
        return
    for entry in entries:
        card = entry.card
        skill = card.information_coefficient
        click.echo(
            f"{card.symbol} {card.kind:9} {entry.stamp}  {entry.state:6}  {card.model_type:11} "
            f"IC {skill.value:+.3f} ({skill.low:+.3f} to {skill.high:+.3f})  data to {card.data_end[:10]}"
        )
    if not entries:
        click.echo(f"There are no models in {_folder(context)}.", err=True)


def _row(entry: RegisteredModel) -> dict[str, Any]:
    card = entry.card
    return {
        "symbol": card.symbol,
        "kind": card.kind,
        "stamp": entry.stamp,
        "state": entry.state,
        "model_type": card.model_type,
        "timeframe": card.timeframe,
        "horizon": card.horizon,
        "information_coefficient": card.information_coefficient.to_dict(),
        "data_end": card.data_end,
        "gate": {check.name: check.passed for check in card.gate},
        "folder": str(entry.folder),
    }


@models.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def validate(context: Any, path: Path | None, as_json: bool) -> None:
    """
    Check the model in the folder PATH, or every model: card, file, answers, speed and gate.

    Exits with 1 when a model may not be loaded or has not passed its gate.
    """
    folders = [path] if path is not None else _all_folders(ModelRegistry(_folder(context)))
    rows = [_validated(folder) for folder in folders]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo(f"{row['folder']}: {row['verdict']}")
            for line in row["findings"]:
                click.echo(f"  {line}")
    proven = sum(row["verdict"] == "proven" for row in rows)
    if not rows:
        click.echo(f"There are no models in {_folder(context)}.", err=True)
    elif not as_json:
        click.echo(f"{proven} of {len(rows)} have passed their gate. {_meaning(proven, len(rows))}")
    sys.exit(0 if proven == len(rows) else 1)


def _meaning(proven: int, count: int) -> str:
    """Return what the verdicts mean for trading."""
    return _ALL if proven == count else f"{'The others' if proven else 'They'} {_REST}"


def _all_folders(registry: ModelRegistry) -> list[Path]:
    return [
        registry.folder(symbol, kind, name)
        for symbol, kind in registry.shelves()
        for name in registry.stamps(symbol, kind)
    ]


def _validated(folder: Path) -> dict[str, Any]:
    """Return what is found of one model; a fault is a finding, not an end."""
    try:
        model = load_model(folder)
        milliseconds, difference = _asked(model)
    except ModelError as error:
        return {"folder": str(folder), "verdict": "refused", "findings": [str(error)]}
    findings = [
        f"{'passed' if check.passed else 'FAILED'} {check.name}: {check.found}; expected {check.expected}"
        for check in model.card.gate
    ]
    same = difference <= _SAME
    findings.append(
        f"{'passed' if same else 'FAILED'} here: {milliseconds:.2f} ms a window, batch off by {difference:.1e}"
    )
    proven = model.card.proven and same
    return {"folder": str(folder), "verdict": "proven" if proven else "not proven", "findings": findings}


def _asked(model: Model) -> tuple[float, float]:
    """Return the median milliseconds of a window, and how far single windows are from a batch of them."""
    golden = np.asarray(model.card.golden.window, dtype=np.float32)
    # windows alike and yet different: all values of one grow by up to a percent
    factors = 1.0 + np.arange(_WINDOWS, dtype=np.float32)[:, None, None] / (100.0 * _WINDOWS)
    windows = np.ascontiguousarray(golden[None] * factors)
    batch, _ = model.run(windows)
    taken, singles = [], []
    for window in windows:
        began = time.perf_counter()
        singles.append(model.run(window[None])[0][0])
        taken.append((time.perf_counter() - began) * 1000.0)
    return float(np.median(taken)), float(np.abs(batch - np.asarray(singles)).max())


@models.command()
@click.argument("symbol")
@click.argument("kind", type=click.Choice(["price", "sentiment"]))
@click.argument("stamp", required=False)
@click.option("--reason", default="", metavar="TEXT", help="Why, for the log.")
@with_context
def promote(context: Any, symbol: str, kind: str, stamp: str | None, reason: str) -> None:
    """Make the model STAMP, or the newest, live; one that has not passed its gate is refused."""
    registry = ModelRegistry(_folder(context))
    stamps = registry.stamps(symbol, kind)
    name = stamp or (stamps[-1] if stamps else "")
    load_model(registry.folder(symbol, kind, name))
    change = registry.promote(symbol, kind, name, now_ms=now_ms(), reason=reason)
    click.echo(f"{symbol} {kind}: {change.stamp} is live from {change.time} on.")


@models.command()
@click.argument("symbol")
@click.argument("kind", type=click.Choice(["price", "sentiment"]))
@click.option("--reason", default="", metavar="TEXT", help="Why, for the log.")
@with_context
def rollback(context: Any, symbol: str, kind: str, reason: str) -> None:
    """Make live again what was live before, or nothing when nothing was."""
    change = ModelRegistry(_folder(context)).rollback(symbol, kind, now_ms=now_ms(), reason=reason)
    what = f"{change.stamp} is live" if change.stamp else "nothing is live"
    click.echo(f"{symbol} {kind}: {what} from {change.time} on.")


@models.command()
@click.argument("symbol")
@click.argument("kind", type=click.Choice(["price", "sentiment"]))
@click.option("--at", metavar="TIME", help="What was live at this moment, ISO 8601, UTC.")
@with_context
def log(context: Any, symbol: str, kind: str, at: str | None) -> None:
    """Show every change of the live model, or what was live at one moment."""
    changes = ModelRegistry(_folder(context)).changes(symbol, kind)
    if at is not None:
        limit = moment(at, "--at")
        changes = tuple(change for change in changes if change.time_ms <= limit)[-1:]
    for change in changes:
        click.echo(f"{change.time}  {change.action:8}  {change.stamp or 'nothing':16}  {change.reason}")
    if not changes:
        click.echo("Nothing was live.", err=True)

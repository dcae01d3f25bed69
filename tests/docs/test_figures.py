"""The figures on the page about strategies are what their command gives on the real history."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.terminal import runner
from docs.pages import DOCS

ROWS = (DOCS / "explanation" / "strategies.md").read_text(encoding="utf-8").split("| pair, years |", 1)[1]
COLUMNS = ("return", "a year", "max drawdown", "Sharpe", "trades", "fees of 10,000")


def on_the_page() -> dict[tuple[str, str], dict[str, str]]:
    """Return the table's figures by pair and strategy."""
    found, pair = {}, ""
    for line in ROWS.split("\n\n", 1)[0].splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("| \n").split(" | ")]
        if len(cells) == len(COLUMNS) + 3 or "USDT" in cells[0]:
            pair = cells[0].split()[0] if "USDT" in cells[0] else pair
        strategy = re.search(r"`(\w+)`", line)
        assert strategy is not None
        figures = line.split(f"`{strategy[1]}` |", 1)[1].split("|")
        found[pair, strategy[1]] = dict(zip(COLUMNS, (one.strip() for one in figures), strict=False))
    return found


def percent(share: float) -> str:
    text = f"{100 * abs(share):.1f}%"
    return text if text == "0.0%" else f"{'+' if share > 0 else '−'}{text}"


def told(metrics: dict[str, Any]) -> dict[str, str]:
    """Return a result's figures as the page writes them."""
    return {
        "return": percent(metrics["total_return"]),
        "a year": percent(metrics["cagr"]),
        "max drawdown": f"{100 * metrics['max_drawdown']:.1f}%",
        "Sharpe": f"{metrics['sharpe_ratio']:.2f}".replace("-", "−"),
        "trades": str(metrics["total_trades"]),
        "fees of 10,000": f"{metrics['fees']:.0f}",
    }


@pytest.mark.parametrize(("pair", "strategy"), sorted(on_the_page()))
def test_the_table_of_five_years_is_what_the_command_gives(
    pair: str,
    strategy: str,
    market_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.json"
    words = (
        f"backtest {strategy} --source files --symbol {pair} --timeframe 4h --start 2020-07-01 --end 2025-07-01 "
        f"--no-db --json {out} --set state_dir={tmp_path} --set market_data={market_data} "
        "--set certificate.enabled=false"
    )
    done = runner(capsys)(*words.split())
    assert done.code == 0, done.err
    assert on_the_page()[pair, strategy] == told(json.loads(out.read_text(encoding="utf-8"))["metrics"])


def test_the_table_names_both_pairs_and_all_three_strategies() -> None:
    assert len(on_the_page()) == 6

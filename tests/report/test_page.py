"""The report of a run: whole, small, safe, and the same figures as the result's."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from report.runs import ODD_NAME, run
from tradewind.backtest.pages.comparison import comparison_page
from tradewind.backtest.pages.document import CREDIT, NO_LIBRARY, document, framed, page, page_asset
from tradewind.backtest.pages.payload import monthly, payload_of
from tradewind.backtest.pages.sections import _month, trade_table
from tradewind.backtest.report import FIGURES, figure_text
from tradewind.backtest.result import Result


def numbers(text: str, dtype: str = "<f4") -> Any:
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def moments(told: Any) -> list[int]:
    if isinstance(told, str):
        return [int(one) for one in numbers(told, "<u4")]
    gaps, at, found = dict(told["gaps"]), told["start"], []
    for row in range(told["rows"]):
        at += told["step"] * gaps.get(row, 0)
        found.append(at)
        at += told["step"]
    return found


def test_the_page_shows_every_figure_as_the_result_has_it() -> None:
    result = run()
    shown = page(result)

    for label, name in FIGURES:
        assert html.escape(label) in shown
        assert f">{html.escape(figure_text(name, result.metrics[name]))}</dd>" in shown
    assert result.id in shown
    assert result.interval is not None
    assert html.escape(result.interval.headline) in shown


def test_candles_and_trades_are_those_of_the_run() -> None:
    result = run()
    (drawn,) = payload_of(result)["symbols"]
    bars = result.bars["BTCUSDT"] if "BTCUSDT" in result.bars else next(iter(result.bars.values()))

    assert (bars.time // 1000).tolist() == moments(drawn["time"])
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(bars, name).astype("<f4"), numbers(drawn[name]))
    trades = drawn["trades"]
    assert (pd.DatetimeIndex(result.trades["entry_time"]).as_unit("s").asi8).tolist() == moments(trades["entry_time"])
    assert np.array_equal(result.trades["pnl"].to_numpy().astype("<f4"), numbers(trades["pnl"]))
    reasons = [trades["reasons"][place] for place in trades["reason"]]
    assert result.trades["exit_reason"].tolist() == reasons


def test_a_stop_is_drawn_where_a_trade_that_hit_it_lost_one_unit_of_risk() -> None:
    result = run()
    (drawn,) = payload_of(result)["symbols"]
    stop, entry = numbers(drawn["trades"]["stop"]), numbers(drawn["trades"]["entry"])
    stopped = (result.trades["exit_reason"] == "stop").to_numpy()

    assert stopped.any()
    assert np.isfinite(stop).all()
    assert (stop < entry).all()
    # the fill is at the trigger or below it, by slippage or a gap
    exits = result.trades["exit_price"].to_numpy()[stopped]
    assert (exits <= stop[stopped] * 1.0001).all()
    assert np.median(np.abs(exits / stop[stopped] - 1.0)) < 0.005


def test_gaps_in_the_history_come_back() -> None:
    result = run()
    symbol, bars = next(iter(result.bars.items()))
    kept = np.ones(len(bars), dtype=np.bool_)
    kept[[100, 101, 500]] = False
    holed = attrs.evolve(bars, **{name: getattr(bars, name)[kept] for name in ("time", "open", "high", "low", "close",
                                                                              "volume", "partial")})  # fmt: skip
    (drawn,) = payload_of(attrs.evolve(result, bars={symbol: holed}))["symbols"]

    assert len(drawn["time"]["gaps"]) == 2
    assert (holed.time // 1000).tolist() == moments(drawn["time"])


def test_months_multiply_to_the_total_return() -> None:
    result = run()
    product = math.prod(1.0 + value for value in monthly(result).values()) - 1.0
    total = result.metrics["total_return"]

    assert isinstance(total, float)
    assert product == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize(("rows", "freq", "most"), [(5_000, "4h", 500_000), (50_000, "1h", 2_000_000)])
def test_a_page_is_no_larger_than_it_may_be(rows: int, freq: str, most: int) -> None:
    size = len(page(run(rows, freq=freq, every=max(40, rows // 100))).encode())

    assert size + (0 if page_asset("lightweight-charts.js") else 198_000) <= most


def test_more_bars_than_can_be_drawn_are_put_together() -> None:
    (drawn,) = payload_of(run(60_000, freq="1h", every=600))["symbols"]

    assert drawn["together"] == 2
    assert len(moments(drawn["time"])) == 30_000


def test_several_symbols_can_be_chosen_among() -> None:
    result = run(symbols=3)
    shown = page(result)

    assert re.findall(r"<option>(\w+)</option>", shown) == ["X0USDT", "X1USDT", "X2USDT"]
    assert [one["name"] for one in payload_of(result)["symbols"]] == list(result.bars)


def test_names_from_outside_are_text() -> None:
    odd = attrs.evolve(run(), strategy=ODD_NAME, warnings=(f"beware {ODD_NAME} </script><script>alert(2)</script>",))
    shown = page(odd)

    assert ODD_NAME not in shown
    assert "alert(2)</script>" not in shown
    assert "</script" not in document("x", [], {"symbols": ["</script><script>"]}).partition('id="payload">')[2][:40]


def test_the_policy_lets_in_what_the_page_is_made_of_and_nothing_else() -> None:
    shown = page(run())
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', shown)
    assert policy is not None
    parts = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    scripts = re.findall(r"<script>(.*?)</script>", shown, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)
    assert style is not None

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert parts["default-src"] == "'none'"
    assert parts["script-src"].split() == ([digest(one) for one in scripts] or ["'none'"])
    assert parts["style-src"] == digest(style[1])
    assert "unsafe" not in policy[1]
    assert not re.search(r"<[^>]+\s(on\w+|style)=", shown.partition("<script")[0])
    assert set(re.findall(r"(?:src|href)=[\"']([^\"']+)", shown.partition("<script")[0])) <= {
        "https://www.tradingview.com/"
    }


def test_a_stored_result_has_a_page_without_prices() -> None:
    stored = Result.from_json(run().to_json())
    shown = page(stored)

    assert payload_of(stored)["symbols"] == []
    assert "A stored result has no bars" in shown


def test_without_the_library_there_are_drawings_and_a_word_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.backtest.pages.document.LIBRARY", "none.js")
    shown = page(run())

    assert "<svg" in shown
    assert "<script" not in shown
    assert NO_LIBRARY in shown
    assert CREDIT not in shown


def test_a_notebook_shows_the_page_in_a_frame_that_touches_nothing() -> None:
    result = run()
    shown = framed(result)

    assert shown == result._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts"')
    assert html.unescape(shown.partition('srcdoc="')[2].rpartition('"')[0]) == page(result)


def test_two_results_on_a_page_are_told_apart() -> None:
    one, other = run(), run(every=50)
    shown = comparison_page(one, other)

    assert one.id in shown
    assert other.id in shown
    assert "Trades only in" in shown
    same = comparison_page(one, one)
    assert "The same trades and equity, to the last bit." in same


def test_the_payload_is_strict_json() -> None:
    text = json.dumps(payload_of(run()), allow_nan=False)

    assert json.loads(text) == payload_of(run())


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_amounts_have_no_exponents_however_large_or_small(scale: float) -> None:
    table = run().trades.copy()
    for name in ("entry_price", "exit_price", "quantity", "fees", "pnl"):
        table[name] *= scale
    cells = re.findall(r"<td[^>]*>([^<]*)", trade_table("Trades", table))
    assert [one for one in cells if re.search(r"\de[+-]?\d", one)] == []
    price = f"{table['entry_price'].iloc[0]:.7e}"
    shown = float(cells[3].replace(",", ""))
    assert f"{shown:.3e}" == f"{float(price):.3e}"


def test_a_month_in_which_nothing_moved_has_no_sign_of_a_loss() -> None:
    assert _month(-0.0004) == _month(0.0) == "<td class=''>+0.0%</td>"
    assert "-0.1%" in _month(-0.0006)


def test_a_page_says_in_which_units_and_which_time_it_speaks() -> None:
    assert "times are UTC, amounts in the quote asset" in page(run())

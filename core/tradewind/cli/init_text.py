"""The settings file that `tradewind init` writes: every line says what it is for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Answers:
    """
    What was asked before a settings file is written.

    Args:
        source: Where bars come from.
        market_data: Folder of price files; None for the usual places.
        strategy: What decides.
        symbols: What is traded.
        timeframe: Bar length; empty for the strategy's own.
        balance: Balance at the start of backtests and paper trading, quote units.
        risk: Loss at the stop of a normal trade, a fraction.
        metrics: Figures for Prometheus are wanted.
        streams: The source tells bars as they close.
    """

    source: str
    strategy: str
    symbols: tuple[str, ...]
    timeframe: str = ""
    market_data: Path | None = None
    balance: float = 10_000.0
    risk: float = 0.02
    metrics: bool = False
    streams: bool = False


def settings_text(answers: Answers) -> str:
    """Return the settings file: TOML without a secret in it."""
    most = max(answers.risk, min(1.0, round(1.5 * answers.risk, 6)))
    day = max(0.06, min(1.0, round(3.0 * answers.risk, 6)))
    lines = [
        "# Settings of Tradewind. `tradewind config show --origin` prints all that there are,",
        "# `tradewind config check` finds mistakes. Keys and passwords do not belong here: see the end.",
        "",
        "# What decides: a name of `tradewind plugins list`, or a file and class such as my_idea.py:MyStrategy.",
        f"strategy = {_text(answers.strategy)}",
        "",
        "# What is traded.",
        f"symbols = {_list(answers.symbols)}",
        *_timeframe(answers.timeframe),
        "",
        *_source(answers),
        "",
        '# Where orders go: paper sends none. Others are named when you are ready, such as "binance".',
        'executor = "paper"',
        "",
        "# Balance at the start of backtests and paper trading, in the quote asset.",
        f"initial_balance = {_number(answers.balance)}",
        "",
        "# What tightens every plan: size by volatility, and less of it in markets without a trend.",
        'risk = ["atr-sizing", "regime"]',
        "",
        "[limits]",
        "# Loss at the stop of a normal trade, and the most that any may risk, as fractions of equity.",
        f"base_risk_per_trade = {_number(answers.risk)}",
        f"max_risk_per_trade = {_number(most)}",
        "# Largest position, of equity.",
        "max_position = 0.1",
        "# The day's loss, and the fall from the highest equity, at which entries stop.",
        f"max_daily_risk = {_number(day)}",
        "max_drawdown = 0.2",
        "",
        "[costs]",
        "# Fee per execution and slippage, as fractions; look your venue's fees up.",
        "taker_fee = 0.001",
        "slippage = 0.0005",
        "",
        *_services(answers),
        *_secrets(),
    ]
    return "\n".join(lines) + "\n"


def _timeframe(name: str) -> list[str]:
    if name:
        return ["# Bar length; without this line the strategy's own is taken.", f"timeframe = {_text(name)}"]
    return ["# Bar length; without it the strategy's own is taken.", '# timeframe = "4h"']


def _source(answers: Answers) -> list[str]:
    lines = ["# Where bars come from."]
    if answers.source == "sample":
        lines[0] = "# Where bars come from: the embedded sample is synthetic. It shows that everything works, no more."
    lines.append(f"source = {_text(answers.source)}")
    if answers.market_data is not None:
        lines.append(f"market_data = {_text(answers.market_data.as_posix())}")
    if answers.streams:
        lines.append("# It also tells bars as they close: `tradewind run` trades them on paper as they come.")
    return lines


def _services(answers: Answers) -> list[str]:
    return [
        "# Figures for Prometheus at http://127.0.0.1:9464/metrics while a session runs.",
        "[services.metrics]" if answers.metrics else "# [services.metrics]",
        "",
        "# Alerts. Their address is a secret: see below.",
        "# [services.alerts]",
        '# level = "warning"',
        "",
    ]


def _secrets() -> list[str]:
    return [
        "# Secrets belong in .secrets.toml beside this file, readable by you alone (chmod 600 .secrets.toml),",
        "# or in the environment as TRADEWIND_…, and never in version control:",
        "#",
        "#   [services.alerts]",
        '#   first_url = "tgram://BOT_TOKEN/CHAT_ID"',
        "#",
        "#   [executors.binance]",
        '#   api_key = "…"',
    ]


def _text(value: str) -> str:
    # What JSON writes as a text, TOML reads as the same text.
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _number(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".") if value != int(value) else f"{value:.1f}"

"""
Sessions and what they leave behind for people: trades, positions, equity, figures, decisions.

Amounts are exact decimals in quote units unless a field says otherwise, ratios are floats, times UTC
milliseconds. An `id` of 0 is given by the store when the row is added.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import attrs

from tradewind.store.records import ZERO, Plain, decimal

MODES: Final = ("backtest", "paper", "practice", "live")
TRADING: Final = MODES[1:]
"""The modes in which an engine runs."""
AT_VENUE: Final = frozenset({"practice", "live"})
"""The modes in which orders go to a venue."""


@attrs.frozen(kw_only=True)
class Session:
    """
    One run of an engine with one configuration: backtest, paper, practice or live.

    Args:
        id: Given by the store.
        strategy_name: The strategy.
        symbol: The pair, or several joined by commas.
        mode: `backtest`, `paper`, `practice` (at a venue where no real money moves) or `live`.
        timeframe: The strategy's timeframe.
        initial_balance: Balance at the start.
        start_time: When the session began; of a backtest, the open of its first bar.
        ended_ms: When it ended; of a backtest, the close of its last bar. None while it runs.
        end_reason: Why it ended.
        account_fp: The account's fingerprint; empty for a backtest.
        result_id: Id of the stored result of a backtest.
        code_hash: Hash of the code that ran.
        config_hash: Hash of the settings.
        plugin_lock_hash: Hash of the plugins.
        detail: What was true at the start: the venue's filters, the guarantee level, warnings.
    """

    id: int = 0
    strategy_name: str
    symbol: str
    mode: str
    timeframe: str = ""
    initial_balance: Decimal = attrs.field(validator=decimal)
    start_time: int
    ended_ms: int | None = None
    end_reason: str = ""
    account_fp: str = ""
    result_id: str = ""
    code_hash: str = ""
    config_hash: str = ""
    plugin_lock_hash: str = ""
    detail: Plain = attrs.field(factory=dict)

    @property
    def at_venue(self) -> bool:
        """Whether its orders went to a venue, of practice or for real."""
        return self.mode in AT_VENUE


@attrs.frozen(kw_only=True)
class Trade:
    """
    A position, or a tranche of one, that was closed.

    Args:
        id: Given by the store.
        session_id: The session.
        strategy_name: The strategy.
        symbol: The pair.
        side: `long` or `short`.
        quantity: Base units.
        entry_time: When it was opened.
        entry_price: At what price.
        exit_time: When it was closed.
        exit_price: At what price.
        fees: What both ways cost.
        pnl: Profit after fees.
        pnl_pct: The same as a fraction of the value at entry.
        exit_reason: Why it was closed.
        chain_id: The chain in the journal; None for a backtest.
    """

    id: int = 0
    session_id: int
    strategy_name: str
    symbol: str
    side: str
    quantity: Decimal = attrs.field(validator=decimal)
    entry_time: int
    entry_price: Decimal = attrs.field(validator=decimal)
    exit_time: int
    exit_price: Decimal = attrs.field(validator=decimal)
    fees: Decimal = attrs.field(default=ZERO, validator=decimal)
    pnl: Decimal = attrs.field(validator=decimal)
    pnl_pct: float | None = None
    exit_reason: str = ""
    chain_id: int | None = None


@attrs.frozen(kw_only=True)
class Position:
    """
    A position that is open now, or was at the end of a backtest.

    Args:
        id: Given by the store.
        session_id: The session.
        strategy_name: The strategy.
        symbol: The pair.
        side: `long` or `short`.
        quantity: Base units.
        entry_time: When it was opened.
        entry_price: At what price.
        current_price: The last price seen.
        unrealized_pnl: Profit at that price, before the exit's fees.
        stop_price: Where it is protected; None for no stop.
        updated_ms: When price and profit were written.
        chain_id: The chain in the journal; None for a backtest.
    """

    id: int = 0
    session_id: int
    strategy_name: str
    symbol: str
    side: str
    quantity: Decimal = attrs.field(validator=decimal)
    entry_time: int
    entry_price: Decimal = attrs.field(validator=decimal)
    current_price: Decimal = attrs.field(validator=decimal)
    unrealized_pnl: Decimal = attrs.field(validator=decimal)
    stop_price: Decimal | None = attrs.field(default=None, validator=decimal)
    updated_ms: int
    chain_id: int | None = None


@attrs.frozen(kw_only=True)
class AccountPoint:
    """
    The account at one moment; a row of `account_history`.

    Args:
        id: Given by the store.
        session_id: The session.
        timestamp: When.
        balance: Cash.
        equity: Cash and positions.
        drawdown: Fall from the highest equity so far, a fraction.
    """

    id: int = 0
    session_id: int
    timestamp: int
    balance: Decimal = attrs.field(validator=decimal)
    equity: Decimal = attrs.field(validator=decimal)
    drawdown: float


@attrs.frozen(kw_only=True)
class Performance:
    """
    The figures of a session over a period; a row of `performance_metrics`.

    Args:
        id: Given by the store.
        session_id: The session.
        period: `all`, or a day or month such as `2024-05`.
        total_return: Fraction.
        sharpe_ratio: Annualised; None where it is not defined.
        max_drawdown: Fraction.
        win_rate: Fraction of trades with profit; None without trades.
        total_trades: How many.
        total_pnl: Profit after fees.
        figures: Every other figure by name.
        computed_ms: When they were reckoned.
    """

    id: int = 0
    session_id: int
    period: str = "all"
    total_return: float | None = None
    sharpe_ratio: float | None = None
    max_drawdown: float | None = None
    win_rate: float | None = None
    total_trades: int = 0
    total_pnl: Decimal = attrs.field(default=ZERO, validator=decimal)
    figures: Plain = attrs.field(factory=dict)
    computed_ms: int


@attrs.frozen(kw_only=True)
class Execution:
    """
    What a strategy wanted on one bar and what became of it: a row of `strategy_executions`, the decision ledger.

    Args:
        id: Given by the store.
        session_id: The session.
        strategy_name: The strategy.
        symbol: The pair.
        slot: The strategy's place; its name unless it has several.
        bar_open_ms: The bar.
        signal_type: `enter_long`, `enter_short`, `exit_long`, `exit_short` or `none`.
        outcome: Code of `tradewind.model.decisions.OUTCOMES`.
        bits: Which named conditions held.
        requested_risk: Fraction of equity the strategy asked to risk.
        effective_risk: Fraction that was left after all limits.
        quantity: Base units decided.
        price: Price decided on.
        binding: Which limit set the quantity.
        reason: Why, in words where the outcome does not say it all.
        inputs_hash: SHA-256 of the frame that was looked at.
        indicators: Values of the indicators on the bar, by name.
        sentiment_data: Values of the sentiment series, by name.
        ml_predictions: Values of the models, by name.
    """

    id: int = 0
    session_id: int
    strategy_name: str
    symbol: str
    slot: str
    bar_open_ms: int
    signal_type: str = "none"
    outcome: int = 0
    bits: int = 0
    requested_risk: float | None = None
    effective_risk: float | None = None
    quantity: Decimal | None = attrs.field(default=None, validator=decimal)
    price: Decimal | None = attrs.field(default=None, validator=decimal)
    binding: str = ""
    reason: str = ""
    inputs_hash: str = ""
    indicators: Plain = attrs.field(factory=dict)
    sentiment_data: Plain = attrs.field(factory=dict)
    ml_predictions: Plain = attrs.field(factory=dict)

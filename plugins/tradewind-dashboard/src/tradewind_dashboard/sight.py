"""All that the dashboard looks at, and what it may do, in one hand."""

from __future__ import annotations

import attrs

from tradewind.api import Board, Outlook, Panels, Steering


@attrs.frozen(kw_only=True)
class Sight:
    """
    All that the dashboard looks at, and what it may do.

    Args:
        board: Sessions.
        outlook: Health, strategies, stored backtests.
        panels: What plugins show.
        steering: The controls of sessions.
        tradewind: How the command line is started with the same settings, for what takes keys.
    """

    board: Board
    outlook: Outlook
    panels: Panels
    steering: Steering
    tradewind: tuple[str, ...]

"""A plain scorer of articles: words of gain and loss, counted, with negations turned."""

from __future__ import annotations

import re
from typing import Final

_GAINS = """
adopt adopted adoption approval approve approved approves beat beats boom boost boosts breakthrough bull bullish
bulls climb climbs gain gained gains growth high highs inflow inflows jump jumps launch launches milestone optimism
optimistic outperform partnership profit profits rallied rallies rally rebound rebounds record recover recovers
recovery rise rises rising soar soars strong stronger support surge surged surges top tops upgrade upgraded win
wins
"""
_LOSSES = """
ban banned bans bear bearish bears breach collapse collapsed collapses concern concerns crackdown crash crashed
crashes crisis cut decline declines delay delayed downturn drop dropped drops dump exploit exploited fall fallen
falling falls fear fears fell fine fined fraud hack hacked hackers halt halted lawsuit layoffs liquidated
liquidation liquidations lose loses loss losses low lows outflow outflows panic plunge plunged plunges probe reject
rejected risk scam selloff sink sinks slump slumps steal stolen sue sued sues tumble tumbles uncertainty warn
warning warns weak weaker
"""
GAINS: Final = frozenset(_GAINS.split())
"""Words that stand for good news."""
LOSSES: Final = frozenset(_LOSSES.split())
"""Words that stand for bad news."""
TURNING: Final = frozenset({"not", "no", "never", "without", "despite", "isn't", "won't", "doesn't", "didn't"})
_WORD: Final = re.compile(r"[a-z']+")
_LONGEST: Final = 20_000
_TITLE_WEIGHT: Final = 3
_CALM: Final = 3
"""So many words without an opinion stand beside those with one: a single word is no verdict."""


def score(title: str, body: str) -> float:
    """
    Return how an article sounds, in (-1, 1): gains less losses, as a share of both and a little calm.

    The title counts three times; a word after a negation counts for the other side.
    """
    gains = losses = 0
    for text, weight in ((title, _TITLE_WEIGHT), (body[:_LONGEST], 1)):
        turned = False
        for word in _WORD.findall(text.lower()):
            if word in GAINS or word in LOSSES:
                good = (word in GAINS) != turned
                gains += weight * good
                losses += weight * (not good)
            turned = word in TURNING
    return (gains - losses) / (gains + losses + _CALM)

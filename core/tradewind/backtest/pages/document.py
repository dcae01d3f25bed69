"""A result as one HTML file that works without a network, under a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from tradewind.backtest.pages import sections
from tradewind.backtest.pages.drawing import drawing
from tradewind.backtest.pages.payload import payload_of
from tradewind.backtest.result import Result

LIBRARY: Final = "lightweight-charts.js"
"""The charts' library, put beside the renderer when the package is built."""
FRAME_HEIGHT: Final = 900
"""Height of a report in a notebook, pixels."""

_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
CREDIT: Final = (
    "Charts by <a href='https://www.tradingview.com/' rel='noopener noreferrer'>TradingView</a> Lightweight Charts™, "
    "copyright 2025 TradingView, Inc., Apache License 2.0."
)
NO_LIBRARY: Final = "The charts' library was not there when Tradewind was installed: these are drawings in its place."


@lru_cache(maxsize=8)
def page_asset(name: str) -> str | None:
    """Return a file that pages are made of, None when it was not there at the build."""
    path = files("tradewind.backtest.pages").joinpath("static", name)
    return path.read_text(encoding="utf-8") if path.is_file() else None


def page(result: Result) -> str:
    """
    Return the report of a result as a self-contained page.

    Prices, trades, equity and drawdown are drawn by script; the rest, and a drawing of the equity, needs none.
    """
    charts = sections.charts(result)
    body = [
        sections.head(result),
        sections.figures(result),
        charts,
        f"<noscript>{drawing(result)}</noscript>" if _has_library() else drawing(result),
        sections.heatmap(result),
        sections.trust(result),
        sections.trades(result),
        sections.inputs(result),
    ]
    title = f"{result.strategy} on {', '.join(result.symbols)}, {result.timeframe}"
    return document(title, body, payload_of(result) if charts else None)


def framed(result: Result) -> str:
    """Return the report inside a frame, as notebooks show it: it can touch nothing of theirs."""
    return (
        f'<iframe sandbox="allow-scripts" width="100%" height="{FRAME_HEIGHT}" style="border:0" '
        f'srcdoc="{escape(page(result), quote=True)}"></iframe>'
    )


def document(title: str, body: Iterable[str], payload: Any = None) -> str:
    """
    Return a page.

    Args:
        title: Its title, as text.
        body: Its parts, as HTML.
        payload: What its charts are drawn from; None for a page without scripts.
    """
    style = page_asset("report.css") or ""
    library, renderer = page_asset(LIBRARY), page_asset("report.js") or ""
    draws = payload is not None and library is not None
    scripts = [library or "", renderer] if draws else []
    sources = " ".join(_hash(script) for script in scripts) or "'none'"
    policy = (
        f"default-src 'none'; script-src {sources}; style-src {_hash(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    data = json.dumps(payload, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c") if draws else ""
    end = [f'<script type="application/json" id="payload">{data}</script>'] if draws else []
    end += [f"<script>{script}</script>" for script in scripts]
    foot = CREDIT if draws else NO_LIBRARY if payload is not None else ""
    return "\n".join(
        [
            "<!doctype html>",
            "<html lang='en'><head><meta charset='utf-8'>",
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            "<meta name='color-scheme' content='light dark'><meta name='referrer' content='no-referrer'>",
            f"<title>{escape(title)}</title><style>{style}</style></head><body><main>",
            *(part for part in body if part),
            f"</main><footer>{foot}</footer>",
            *end,
            "</body></html>",
            "",
        ]
    )


def page_policy(page: str) -> str:
    """Return the policy of a page of ours, for the header of a server that sends it, which loads nothing."""
    found = _POLICY.search(page)
    return f"{found[1] if found else "default-src 'none'"}; sandbox allow-scripts; frame-ancestors 'none'"


def _has_library() -> bool:
    return page_asset(LIBRARY) is not None


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

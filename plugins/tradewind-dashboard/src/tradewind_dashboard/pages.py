"""The page, the files it is made of, and the reports of stored backtests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tradewind.api import Outlook, TradewindError, page_asset, page_policy
from tradewind_dashboard.answers import in_words, refused

SCRIPTS: Final = ("app.js", "chart.js", "controls.js", "lists.js", "panels.js", "shown.js")
STATIC: Final = {
    **dict.fromkeys((*SCRIPTS, "lightweight-charts.js"), "text/javascript"),
    "app.css": "text/css",
    "icon.svg": "image/svg+xml",
}
"""The files there are; no path leads to another."""


@lru_cache(maxsize=16)
def _file(name: str) -> bytes | None:
    if name == "lightweight-charts.js":
        library = page_asset(name)
        return None if library is None else library.encode()
    return files("tradewind_dashboard").joinpath("static", name).read_bytes()


async def _page(_: Request) -> Response:
    return Response(_file("index.html"), media_type="text/html")


async def _icon(_: Request) -> Response:
    return Response(_file("icon.svg"), media_type="image/svg+xml")  # browsers ask for one unasked


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    content = _file(name) if name in STATIC else None
    if content is None:
        return refused(404, "there is no such file")
    return Response(content, media_type=STATIC[name], headers={"Cache-Control": "no-cache"})


FILES: Final = (
    Route("/", _page),
    Route("/login", _page),
    Route("/favicon.ico", _icon),
    Route("/static/{name}", _static),
)
"""What is shown to everybody: it says nothing of any session."""


class Reports:
    """
    Reports of stored backtests, under the policy that each states of itself, in a box of their own.

    Args:
        outlook: Where they are.
    """

    def __init__(self, outlook: Outlook) -> None:
        self._outlook = outlook

    async def report(self, request: Request) -> Response:
        """Answer with one result's report."""
        return await _shown(self._outlook.report, request.path_params["result_id"])

    async def comparison(self, request: Request) -> Response:
        """Answer with two results side by side."""
        ask = request.query_params
        return await _shown(self._outlook.comparison_report, ask.get("first", ""), ask.get("second", ""))


async def _shown(make: Callable[..., str], *ids: str) -> Response:
    try:
        page = await asyncio.to_thread(make, *ids)
    except TradewindError as error:
        return in_words(error)
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": page_policy(page)})

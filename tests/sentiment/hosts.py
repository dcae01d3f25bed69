"""A host on this machine that says what a test wants: recorded history, garbage, or nothing for a long time."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import numpy as np
import pandas as pd

DAY_S = 86_400


@attrs.define
class Say:
    """
    One answer.

    Args:
        body: What is sent; text and bytes as they are, everything else as JSON.
        status: The status.
        headers: More headers; a content length given here is kept.
        slow_s: Seconds between two bytes.
        cut: Close the connection after so many bytes.
    """

    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    slow_s: float = 0.0
    cut: int | None = None

    @property
    def content(self) -> bytes:
        """The body as bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


Answer = Callable[[str, Mapping[str, str]], Say]
"""From the path and the parameters of a question to what is said."""


class Host:
    """A running host; `answer` may be changed while it runs."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self._over = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # its name is the protocol's
                host.asked.append(self.path)
                host.headers.append(dict(self.headers.items()))
                parts = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                host.send(self, host.answer(parts.path, query))

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def send(self, handler: BaseHTTPRequestHandler, say: Say) -> None:
        """Send one answer, as slow and as whole as it is to be."""
        content = say.content
        try:
            handler.send_response(say.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **say.headers}
            for name, value in headers.items():
                handler.send_header(name, value)
            if say.slow_s:
                handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
                while not self._over.wait(say.slow_s):
                    handler.wfile.write(b"x")
                return
            handler.end_headers()
            handler.wfile.write(content if say.cut is None else content[: say.cut])
            if say.cut is not None:
                handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # whoever asked has gone
            return

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def runs(self) -> bool:
        """Whether it has not been closed."""
        return not self._over.is_set()

    def close(self) -> None:
        """Stop answering: what asks now is refused."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def hosting(answer: Answer) -> Iterator[Host]:
    """Run a host."""
    host = Host(answer)
    try:
        yield host
    finally:
        host.close()


def always(say: Say) -> Answer:
    """Return what says one thing whatever it is asked."""
    return lambda _path, _query: say


def in_turn(*says: Say) -> Answer:
    """Return what says one thing after the other, the last for ever."""
    left = list(says)
    return lambda _path, _query: left.pop(0) if len(left) > 1 else left[0]


# SentiCrypt


def senticrypt(records: list[dict[str, Any]]) -> Answer:
    """Return a host that answers as SentiCrypt's API v2 does."""

    def answer(path: str, _: Mapping[str, str]) -> Say:
        if path == "/v2/all.json":
            return Say(records)
        day = path.removeprefix("/v2/history/").removesuffix(".json")
        found = [record for record in records if record["date"] == day]
        return Say(found[0]) if found else Say("not found", status=404)

    return answer


def scores(first: str, days: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return made-up records in SentiCrypt's shape."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in pd.date_range(first, periods=days, freq="D"):
        parts = [round(float(value), 4) for value in np.clip(rng.normal(0.05, 0.15, 3), -1, 1)]
        mean = round(sum(parts) / 3, 4)
        rows.append(
            {
                "date": day.strftime("%Y-%m-%d"),
                "price": 57676,
                "volume": 118,
                "count": 30,
                "sum": mean * 30,
                "mean": mean,
            }
            | dict(zip(("score1", "score2", "score3"), parts, strict=True))
        )
    return rows


def recorded_scores(folder: Path) -> list[dict[str, Any]]:
    """Return SentiCrypt's real history in its own shape."""
    frame = pd.read_parquet(folder / "sentiment" / "senticrypt-daily.parquet")
    frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


# Fear & Greed


def fear_greed(index: Mapping[str, int]) -> Answer:
    """Return a host that answers as alternative.me does; the newest day first."""

    def answer(path: str, query: Mapping[str, str]) -> Say:
        if path != "/fng/":
            return Say("not found", status=404)
        limit = int(query.get("limit", "1"))
        rows = [
            {
                "value": str(value),
                "value_classification": "Fear",
                "timestamp": str(int(pd.Timestamp(day, tz="UTC").timestamp())),
            }
            for day, value in sorted(index.items(), reverse=True)
        ]
        data = rows[:limit] if limit else rows
        return Say({"name": "Fear and Greed Index", "data": data, "metadata": {"error": None}})

    return answer


def recorded_index(folder: Path) -> dict[str, int]:
    """Return the real index by date."""
    frame = pd.read_parquet(folder / "sentiment" / "fear-greed-daily.parquet")
    return dict(zip(frame["date"].dt.strftime("%Y-%m-%d"), frame["value"].astype(int), strict=True))


# CryptoCompare


def news(articles: list[dict[str, Any]], page: int = 50) -> Answer:
    """Return a host that answers as CryptoCompare's news do: what is as old as `lTs` or older, the newest first."""

    def answer(path: str, query: Mapping[str, str]) -> Say:
        if path != "/data/v2/news/":
            return Say("not found", status=404)
        before = int(query["lTs"])
        found = sorted((one for one in articles if one["published_on"] <= before), key=lambda one: -one["published_on"])
        return Say({"Type": 100, "Message": "News list successfully returned", "Data": found[:page]})

    return answer


def articles(first: str, days: int, a_day: int = 20, seed: int = 2) -> list[dict[str, Any]]:
    """Return made-up articles, some of them two a second."""
    rng = np.random.default_rng(seed)
    start = int(pd.Timestamp(first, tz="UTC").timestamp())
    words = ["bitcoin rallies to a record high", "exchange hacked, coins stolen", "a quiet day", "no gains in sight"]
    found = []
    for day in range(days):
        seconds = np.sort(rng.integers(0, DAY_S - 1, a_day - 2))
        moments = [*seconds.tolist(), int(seconds[-1]), int(seconds[-1])]
        for at, second in enumerate(moments):
            found.append(
                {
                    "id": f"{day}-{at}",
                    "guid": f"guid-{day}-{at}",
                    "published_on": start + day * DAY_S + second,
                    "title": words[int(rng.integers(0, len(words)))],
                    "body": words[int(rng.integers(0, len(words)))],
                    "source": "made-up",
                    "categories": "BTC|MARKET",
                }
            )
    return found

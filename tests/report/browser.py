"""A real browser without a screen: what a page came to be, what it complained of, and its picture."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from websockets.sync.client import ClientConnection, connect

FOUND = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--remote-debugging-port=0",
)  # fmt: skip
PATIENCE_S = 60.0
"""How long anything may take; a busy machine is slow."""

needs_browser = pytest.mark.skipif(FOUND is None, reason="there is no chromium on this machine: install it to look")


@attrs.frozen(kw_only=True)
class Seen:
    """
    What a browser saw.

    Args:
        dom: The page as it is when its scripts are done.
        complaints: Lines of the console.
        picture: The picture, PNG.
    """

    dom: str
    complaints: tuple[str, ...]
    picture: Path


class Tab:
    """A page of a browser that is spoken to."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.complaints: list[str] = []

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        """Return the browser's answer; what it tells meanwhile is listened to."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": values}))
        while True:
            told = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if told.get("id") == self._number:
                assert "error" not in told, told
                found: dict[str, Any] = told["result"]
                return found
            self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Log.entryAdded":
            self.complaints.append(str(told["params"]["entry"]["text"]))
        elif told.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(told["params"]["exceptionDetails"]))
        elif told.get("method") == "Runtime.consoleAPICalled" and told["params"]["type"] in ("error", "warning"):
            self.complaints.append(str(told["params"]["args"]))

    def value(self, expression: str) -> Any:
        """Return what an expression is in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def later(self, expression: str) -> Any:
        """Return what a promise comes to in the page; an exception as its words."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return told["exceptionDetails"]["text"] if "exceptionDetails" in told else told["result"].get("value")

    def window(self, width: int, height: int, *, dark: bool = False) -> None:
        """Let the window have this size, pixels, and the system be set to light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address: str) -> None:
        """Open a page and wait until it is there."""
        self.ask("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def picture(self) -> bytes:
        """Return what the window shows, PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def until(self, expression: str) -> None:
        """Wait until an expression holds in the page."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.value(expression):
            assert time.monotonic() < deadline, (expression, self.complaints, self.value("document.body.innerText"))
            time.sleep(0.05)


@contextmanager
def browser(folder: Path, *flags: str) -> Iterator[Tab]:
    """Give an empty page of a browser of its own, started with these flags, too, and end it."""
    profile = folder / "profile"
    shutil.rmtree(profile, ignore_errors=True)
    profile.mkdir(parents=True)
    with (folder / "browser.log").open("wb") as log:
        process = subprocess.Popen([str(FOUND), *FLAGS, *flags, f"--user-data-dir={profile}"], stdout=log, stderr=log)
    try:
        place = profile / "DevToolsActivePort"
        deadline = time.monotonic() + PATIENCE_S
        while not place.exists() or len(place.read_text().split()) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        port = int(place.read_text().split()[0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE_S) as answer:
            address = next(one["webSocketDebuggerUrl"] for one in json.load(answer) if one["type"] == "page")
        with connect(address, max_size=None, open_timeout=PATIENCE_S, compression=None) as connection:
            tab = Tab(connection)
            for domain in ("Page", "Runtime", "Log"):
                tab.ask(f"{domain}.enable")
            yield tab
    finally:
        process.terminate()
        process.wait(60)


DRAWN = "document.documentElement.dataset.drawn"


def look(
    address: str, folder: Path, *, width: int = 1280, height: int = 1600, dark: bool = False, until: str = DRAWN
) -> Seen:
    """
    Open a page, wait until an expression holds in it, and look.

    Args:
        address: The page.
        folder: Where the picture is put.
        width: Of the window, pixels.
        height: The same.
        dark: The system is set to dark.
        until: What holds when the page is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"page-{width}-{'dark' if dark else 'light'}.png"
    with browser(folder) as tab:
        tab.window(width, height, dark=dark)
        tab.open(address)
        tab.until(until)
        picture.write_bytes(tab.picture())
        dom = str(tab.value("document.documentElement.outerHTML"))
        return Seen(dom=dom, complaints=tuple(tab.complaints), picture=picture)

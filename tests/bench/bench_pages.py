"""
Time a report of 50,000 bars in a real browser, from the click on: first frame, candles, everything.

Run with plain python: `python tests/bench/bench_pages.py`. It needs chromium.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from report.browser import DRAWN, FOUND, Tab, browser
from report.runs import run
from tradewind.backtest.pages.document import page

BARS: Final = 50_000
TIMES: Final = 7
MARKS: Final = """
(() => {
  const paint = performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint');
  const candles = performance.getEntriesByName('candles drawn')[0];
  return [paint.startTime, candles.duration, Number(document.documentElement.dataset.drawn)];
})()
"""


def spent(tab: Tab) -> float:
    """Return the processor time that the page's main thread has used, seconds."""
    told = {one["name"]: one["value"] for one in tab.ask("Performance.getMetrics")["metrics"]}
    return float(told["ThreadTime"])


def main() -> None:
    """Print everything."""
    if FOUND is None:
        raise SystemExit("there is no chromium on this machine")
    begun = time.process_time()
    text = page(run(BARS, freq="15min"))
    sys.stdout.write(
        f"report of {BARS:,} bars: {len(text) / 1e6:.2f} MB, made in {time.process_time() - begun:.2f} s\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        path.write_text(text)
        with browser(Path(folder)) as tab:
            tab.window(1280, 1600)
            tab.ask("Performance.enable", timeDomain="threadTicks")
            rows = [opened(tab, path.as_uri()) for _ in range(TIMES)]
    low, middle = np.min(rows, axis=0), np.median(rows, axis=0)
    names = ("first frame", "candles, from their bytes to the frame that shows them", "everything drawn", "processor")
    sys.stdout.write(f"{'milliseconds':<56} {'least':>8} {'median':>8}\n")
    for name, least, half in zip(names, low, middle, strict=True):
        sys.stdout.write(f"{name:<56} {least:8.0f} {half:8.0f}\n")


def opened(tab: Tab, address: str) -> list[float]:
    """Open a page and return what it took, milliseconds."""
    tab.open("about:blank")
    tab.open(address)
    tab.until(f"{DRAWN} && performance.getEntriesByType('paint').length")
    return [*tab.value(MARKS), 1_000.0 * spent(tab)]


if __name__ == "__main__":
    main()
